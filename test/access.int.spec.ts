/** The table of who reads and writes what (services/cli/topics/access.ts), and docs/asyncapi.yaml, against what the services do. */
import { readFileSync } from 'node:fs'
import avro from 'avsc'
import { Check } from 'typebox/schema'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { TopicSpec } from '../schemas/topics.ts'
import { topics } from '../schemas/topics.ts'
import type { Access } from '../services/cli/topics/access.ts'
import { allTopics, services } from '../services/cli/topics/access.ts'
import { deadLetterTopics } from '../services/cli/dlq/choose.ts'
import type { Log, LogRecord } from '../services/platform/log/port.ts'
import type { LoopLogs } from './support/loop.ts'
import { runLoop } from './support/loop.ts'
import { temporaryLog } from './support/temporary-log.ts'
import type { TemporaryLog } from './support/temporary-log.ts'

interface Message {
  readonly headers: object
  readonly payload?: { readonly schema: avro.Schema }
  readonly bindings?: { readonly kafka: { readonly key?: object } }
}

interface Document {
  readonly channels: Readonly<
    Record<string, { readonly title: string; readonly messages: Readonly<Record<string, unknown>> }>
  >
  readonly operations: Readonly<
    Record<
      string,
      { readonly action: string; readonly summary: string; readonly channel: { readonly $ref: string } }
    >
  >
  readonly components: { readonly messages: Readonly<Record<string, Message>> }
}

const document = parse(readFileSync(new URL('../docs/asyncapi.yaml', import.meta.url), 'utf8')) as Document

/** What one service asked of its log. */
class Asked {
  readonly reads = new Set<string>()
  readonly publishers = new Set<string>()
  readonly topics = new Set<string>()

  /** The log, noting what is asked of it. */
  around(log: Log): Log {
    return new Proxy(log, {
      get: (target, name: keyof Log) => {
        const method = target[name].bind(target) as (...given: unknown[]) => unknown
        return (...given: unknown[]) => {
          this.note(name, given[0])
          return method(...given)
        }
      },
    })
  }

  private note(name: keyof Log, given: unknown): void {
    if (name === 'task' || name === 'follow') {
      const { group, topic } = given as { readonly group: string; readonly topic: TopicSpec }
      this.reads.add(`${group} ${topic.name}`)
    }
    if (name === 'publisher') this.publishers.add(given as string)
    if (name === 'ensureTopics')
      for (const topic of given as readonly TopicSpec[]) this.topics.add(topic.name)
  }
}

const loop = ['ingest', 'warn', 'casework', 'supervise'] as const

describe('what the services do at the log', () => {
  let temporary: TemporaryLog
  const asked = { ingest: new Asked(), warn: new Asked(), casework: new Asked(), supervise: new Asked() }

  beforeAll(async () => {
    temporary = await temporaryLog()
    const logs = Object.fromEntries(loop.map((name) => [name, asked[name].around(temporary.log)]))
    await runLoop(logs as LoopLogs)
  })
  afterAll(async () => temporary.remove())

  it.each(loop)('%s reads what the table says, in the groups it says, and nothing else', (name) => {
    const { tasks = [], follows = [] } = services[name] as Access
    const said = [...tasks, ...follows].map(({ group, reads }) => `${group} ${reads.name}`)
    expect(asked[name].reads).toEqual(new Set(said))
  })

  it.each(loop)('%s publishes under names that the table gives to it', (name) => {
    const { publishers = [] } = services[name] as Access
    const isSaid = (used: string): boolean =>
      publishers.some((publisher) =>
        publisher.name.endsWith(':') ? used.startsWith(publisher.name) : used === publisher.name,
      )
    expect([...asked[name].publishers].filter((used) => !isSaid(used))).toEqual([])
  })

  it.each(loop)('%s asks for no topic that weir topics apply would not make', (name) => {
    const made = new Set(allTopics(4).map(({ topic }) => topic.name))
    expect([...asked[name].topics].filter((topic) => !made.has(topic))).toEqual([])
  })

  it('sets aside in the dead-letter topics that the table has', () => {
    const made = allTopics(4).filter(({ purpose }) => purpose === 'dead_letters')
    expect(made.map(({ topic }) => topic.name).toSorted()).toEqual(
      deadLetterTopics.map((topic) => topic.name).toSorted(),
    )
  })

  describe.each(Object.entries(document.channels))('on %s', (key, { title, messages }) => {
    const topic = allTopics(4).find((declared) => `weir.${declared.topic.name}` === title)?.topic

    async function records(): Promise<readonly LogRecord[]> {
      if (topic === undefined) return []
      const found: LogRecord[] = []
      const bounds = await temporary.log.offsets(topic).catch(() => [])
      for (const [partition, { first }] of bounds.entries())
        for await (const record of temporary.log.read(topic, partition, first)) found.push(record)
      return found
    }

    function fits({ headers, key: recordKey, value }: LogRecord, name: string): boolean {
      const message = document.components.messages[name]
      if (message === undefined || !Check(message.headers, headers)) return false
      if (message.payload === undefined) return true
      const hasKey = message.bindings?.kafka.key !== undefined
      if (hasKey !== (recordKey !== '') || value === null) return false
      const type = avro.Type.forSchema(message.payload.schema, { registry: {} })
      return type.isValid(type.fromBuffer(Buffer.from(value).subarray(10)))
    }

    it('every record is as docs/asyncapi.yaml says', async () => {
      const strange = (await records()).filter(
        (record) => !Object.keys(messages).some((name) => fits(record, name)),
      )
      expect(strange.map(({ headers }) => headers).slice(0, 2)).toEqual([])
    })

    it('nobody writes of whom docs/asyncapi.yaml does not say so', async () => {
      const writers = new Set(
        (await records()).map(({ headers }) => headers['ce_source']?.replace('/weir/', '')),
      )
      const said = new Set(
        Object.values(document.operations)
          .filter(({ action, channel }) => action === 'send' && channel.$ref === `#/channels/${key}`)
          .map(({ summary }) => summary.split(' ')[0]),
      )
      expect([...writers].filter((writer) => !said.has(writer))).toEqual([])
    })
  })

  it('wrote to every topic of the loop, so that the above means something', async () => {
    const { transactions, flows, warnings, caseEvents, dispatches, ruleSets } = topics
    for (const topic of [transactions, flows, warnings, caseEvents, dispatches, ruleSets]) {
      const bounds = await temporary.log.offsets(topic)
      expect([topic.name, bounds.some(({ next }) => next > 0)]).toEqual([topic.name, true])
    }
  })
})
