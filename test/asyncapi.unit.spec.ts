/** docs/asyncapi.yaml is what the code says, and a valid AsyncAPI 3.0 document. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import avro from 'avsc'
import { Check, Errors } from 'typebox/schema'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { codecs, versionsOf } from '../schemas/codec.ts'
import type { TopicSpec } from '../schemas/topics.ts'
import { topics } from '../schemas/topics.ts'
import { asyncApiYaml } from '../scripts/asyncapi.ts'
import { allTopics, services } from '../services/cli/topics/access.ts'

interface Message {
  readonly payload?: { readonly schemaFormat: string; readonly schema: avro.Schema }
}

interface Document {
  readonly asyncapi: string
  readonly channels: Readonly<
    Record<string, { readonly title: string; readonly tags: readonly { readonly name: string }[] }>
  >
  readonly operations: Readonly<
    Record<string, { readonly action: string; readonly channel: { readonly $ref: string } }>
  >
  readonly components: { readonly messages: Readonly<Record<string, Message>> }
}

const yaml = readFileSync(new URL('../docs/asyncapi.yaml', import.meta.url), 'utf8')
const document = parse(yaml) as Document
const require = createRequire(import.meta.url)
// typebox finds a schema by its id, and does not know that an empty fragment changes nothing.
const schemaText = readFileSync(require.resolve('@asyncapi/specs/schemas/3.0.0.json'), 'utf8')
const schema = JSON.parse(schemaText.replaceAll('/draft-07/schema#"', '/draft-07/schema"')) as object

/** Every `$ref` below a value. */
function references(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, part]: [string, unknown]) =>
    key === '$ref' && typeof part === 'string' ? [part] : references(part),
  )
}

function isThere(reference: string): boolean {
  const path = reference.replace(/^#\//, '').split('/')
  let at: unknown = document
  for (const step of path) at = (at as Readonly<Record<string, unknown>> | undefined)?.[step]
  return at !== undefined
}

describe('docs/asyncapi.yaml', () => {
  it('is what the code says; npm run docs writes it', () => {
    expect(yaml).toBe(asyncApiYaml())
  })

  it('is valid by the JSON schema of AsyncAPI 3.0', () => {
    expect(Errors(schema, document)[1].slice(0, 3)).toEqual([])
    expect(Check(schema, document)).toBe(true)
  })

  it.each<[string, (broken: Record<string, unknown>) => void]>([
    ['without a title', (broken) => (broken['info'] = { version: '1' })],
    [
      'with an operation that does something unheard of',
      (broken) => (broken['operations'] = { x: { action: 'fly' } }),
    ],
    [
      'with headers of no type there is',
      (broken) => (broken['components'] = { messages: { x: { headers: { type: 'stone' } } } }),
    ],
    [
      'with a payload that is no Avro schema',
      (broken) =>
        (broken['components'] = {
          messages: {
            x: {
              payload: { ...document.components.messages['warning']?.payload, schema: { type: 'record' } },
            },
          },
        }),
    ],
  ])('would not be valid %s', (_, breakIt) => {
    const broken = structuredClone(document) as unknown as Record<string, unknown>
    breakIt(broken)
    expect(Check(schema, broken)).toBe(false)
  })

  it('refers to nothing that is not in it', () => {
    const found = references(document)
    expect(found.length).toBeGreaterThan(50)
    expect(found.filter((reference) => !isThere(reference))).toEqual([])
  })

  it('shows every public and inbound topic, and every dead-letter topic', () => {
    const shown = new Set(Object.values(document.channels).map(({ title }) => title))
    const outside = allTopics(4)
      .filter(({ topic, purpose }) => purpose === 'dead_letters' || /^(?:public|inbound)\./.test(topic.name))
      .map(({ topic }) => `weir.${topic.name}`)
    expect(outside.filter((name) => !shown.has(name))).toEqual([])
    expect(outside.length).toBeGreaterThan(4)
  })

  it('shows nothing of what the log keeps for itself', () => {
    expect(Object.values(document.channels).filter(({ title }) => title.startsWith('weir.log.'))).toEqual([])
  })

  it.each(Object.entries(document.components.messages).filter(([, { payload }]) => payload !== undefined))(
    'gives for %s the schema that reads what Weir writes',
    (name, { payload }) => {
      const { subject } = codecs[name as keyof typeof codecs]
      const folder = new URL(`../schemas/${subject}/`, import.meta.url)
      const newest = versionsOf(subject).at(-1)?.version
      const sample = readFileSync(new URL(`v${newest}.sample.avro`, folder))
      const type = avro.Type.forSchema(payload?.schema ?? 'null')
      expect(type.isValid(type.fromBuffer(sample.subarray(10)))).toBe(true)
      expect(payload?.schemaFormat).toBe('application/vnd.apache.avro;version=1.9.0')
    },
  )

  it('says of every service what it reads and writes', () => {
    const said = Object.keys(document.operations)
    expect(said).toEqual(
      expect.arrayContaining([
        'ingestSendsTransactions',
        'warnReceivesTransactions',
        'warnSendsWarnings',
        'caseworkReceivesAcknowledgements',
        'caseworkSendsDispatches',
        'superviseReceivesCaseEvents',
      ]),
    )
    expect(said.filter((name) => name.startsWith('web'))).toEqual([])
  })
})

describe('the table of who reads and writes what', () => {
  it('names each topic once, and each reader’s dead letters', () => {
    const names = allTopics(4).map(({ topic }) => topic.name)
    expect(new Set(names).size).toBe(names.length)
  })

  it('lets one service alone write to each public topic', () => {
    const publicTopics = Object.values<TopicSpec>(topics).filter(({ name }) => name.startsWith('public.'))
    const { operator: _, ...loop } = services
    for (const { name } of publicTopics) {
      const writers = Object.values(loop).filter((access) =>
        [
          ...('tasks' in access ? access.tasks : []),
          ...('publishers' in access ? access.publishers : []),
        ].some(({ writes }) => writes.some((topic) => topic.name === name)),
      )
      expect(writers.map(({ user }) => user)).toHaveLength(1)
    }
  })

  it('cuts what belongs together into equally many partitions, whatever their number', () => {
    for (const { topic, alignedWith } of allTopics(32)) {
      if (alignedWith !== undefined)
        expect([topic.name, topic.partitions]).toEqual([topic.name, alignedWith.partitions])
    }
  })
})
