import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { codecs, UndecodableError, versionsOf } from '../../../schemas/codec.ts'
import { asSingleObject } from '../../../schemas/header.ts'
import { messages } from '../../../schemas/messages.ts'
import type { MessageName } from '../../../schemas/messages.ts'
import { deadLetterTopic, topicName, topics, withPartitions } from '../../../schemas/topics.ts'
import { openFraming } from './framing.ts'
import { registerAll } from './register.ts'
import { MemoryRegistry } from './memory-registry.fixture.ts'
import { subjectOf, subjectsOf } from './subjects.ts'

const all = Object.values(topics)
const names = Object.keys(codecs) as MessageName[]

/** As recorded when the version was released, in single-object encoding. */
function sample(message: MessageName): Buffer {
  return readFileSync(new URL(`../../../schemas/${codecs[message].subject}/v1.sample.avro`, import.meta.url))
}

const confluent = (id: number, body: Uint8Array): Buffer => {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(id, 1)
  return Buffer.concat([header, body])
}

let foreignId = 5_000

/** What somebody else registered: ids are known process-wide, so each is given once. */
function foreign(registry: MemoryRegistry, text: string): number {
  foreignId += 1
  return registry.add('somebody', text, foreignId)
}

async function framed(first: number): Promise<{
  readonly registry: MemoryRegistry
  readonly framing: Awaited<ReturnType<typeof openFraming>>
}> {
  const registry = new MemoryRegistry(first)
  return { registry, framing: await openFraming({ registry, prefix: 'weir', register: true }) }
}

describe('subjects', () => {
  it('are named after the topic where it carries one kind of message, else after the message too', () => {
    expect(subjectOf(topics.warnings, 'warning', 'weir')).toBe('weir.public.warnings.v1-value')
    expect(subjectOf(topics.flows, 'flowBlock', 'test')).toBe('test.warn.flows.v1-weir.v1.FlowBlock')
    expect(subjectOf(topics.flows, 'control', 'test')).toBe('test.warn.flows.v1-weir.v1.Control')
  })

  it('do not depend on how many partitions a topic has', () => {
    const [cut] = subjectsOf([withPartitions(topics.warnings, 64)], 'weir')
    expect(cut?.subject).toBe('weir.public.warnings.v1-value')
  })

  it('are none for dead letters', () => {
    expect(subjectsOf([deadLetterTopic(topics.warnings, 'casework')], 'weir')).toEqual([])
  })

  it('are there for every kind of message', () => {
    expect([...new Set(Object.values(messages).flat())].toSorted()).toEqual(names.toSorted())
  })
})

describe('a value going out', () => {
  it.each(names)('carries the id of its schema in place of the fingerprint: %s', async (message) => {
    const { framing, registry } = await framed(1_000)
    const topic = all.find((one) =>
      subjectsOf([one], 'weir').some(({ subject }) => registry.has(subject, message)),
    )
    if (topic === undefined) throw new Error(`${message} is on no topic`)
    const value = sample(message)
    const before = Buffer.from(value)
    const out = framing.outgoing(topicName(topic), value)
    const id = registry.idOfText(versionsOf(codecs[message].subject)[0]?.text ?? '')
    expect(Buffer.from(out)).toEqual(confluent(id, before.subarray(10)))
    expect(framing.idFor(topicName(topic), value)).toBe(id)
    expect(codecs[message].decode(out)).toEqual(codecs[message].decode(before))
  })

  it('is not changed itself: one value may be written to several partitions, kept, or written again', async () => {
    const { framing } = await framed(1_000)
    const value = sample('control')
    const before = Buffer.from(value)
    const flows = topicName(topics.flows)
    const outs = [0, 1, 2].map(() => framing.outgoing(flows, value))
    expect(value).toEqual(before)
    expect(outs[1]).toEqual(outs[0])
    expect(codecs.control.decode(value)).toEqual(codecs.control.decode(outs[2] ?? value))
  })

  it.each<[string, string, Uint8Array]>([
    ['on a dead-letter topic', topicName(deadLetterTopic(topics.warnings, 'casework')), sample('warning')],
    ['on a topic of others', 'other.topic', sample('warning')],
    ['that is framed already', topicName(topics.warnings), confluent(5, Buffer.from('x'))],
    ['that belongs to another topic', topicName(topics.warnings), sample('dispatch')],
    ['that is no message', topicName(topics.warnings), Buffer.from('text of somebody')],
    ['that is cut off in its header', topicName(topics.warnings), sample('warning').subarray(0, 9)],
    ['that is empty', topicName(topics.warnings), new Uint8Array(0)],
  ])('passes untouched %s', async (_, topic, value) => {
    const { framing } = await framed(1_000)
    expect(framing.outgoing(topic, value)).toBe(value)
    expect(framing.idFor(topic, value)).toBeUndefined()
  })

  it('keeps its place in a larger buffer', async () => {
    const { framing } = await framed(1_000)
    const value = sample('warning')
    const large = new Uint8Array(Buffer.concat([Buffer.from('before'), value, Buffer.from('behind')]))
    const out = framing.outgoing(topicName(topics.warnings), large.subarray(6, 6 + value.length))
    expect(codecs.warning.decode(out)).toEqual(codecs.warning.decode(value))
  })
})

describe('values coming in', () => {
  it('need no question when they carry fingerprints, known ids, or nothing', async () => {
    const { framing, registry } = await framed(1_000)
    const before = registry.asked
    const out = framing.outgoing(topicName(topics.warnings), sample('warning'))
    expect(
      framing.incoming([sample('warning'), out, null, Buffer.from('x'), Buffer.alloc(0)]),
    ).toBeUndefined()
    expect(registry.asked).toBe(before)
  })

  it('are decodable once an id of somebody else was looked up, even when the text differs in what does not matter', async () => {
    const { framing, registry } = await framed(1_000)
    const schema = JSON.parse(codecs.acknowledgement.schema) as object
    const id = foreign(registry, JSON.stringify({ ...schema, doc: 'our copy' }, undefined, 2))
    const value = confluent(id, sample('acknowledgement').subarray(10))
    const decode = () => codecs.acknowledgement.decode(value)
    expect(decode).toThrow(expect.objectContaining({ reason: 'unknown_schema' }) as Error)
    await framing.incoming([value, value, null])
    expect(decode()).toEqual(codecs.acknowledgement.decode(sample('acknowledgement')))
    expect(framing.incoming([value])).toBeUndefined()
  })

  it.each<[string, string | undefined]>([
    ['the registry does not know', undefined],
    ['stands for a schema of others', '{"type":"record","name":"Other","fields":[]}'],
    [
      'stands for a schema that cannot be read',
      '{"type":"record","name":"R","fields":[{"name":"a","type":"Elsewhere"}]}',
    ],
    ['stands for no schema', 'no JSON'],
  ])('are refused by the codec when their id %s, and the registry is asked once', async (_, text) => {
    const { framing, registry } = await framed(1_000)
    const id = text === undefined ? 999_999 : foreign(registry, text)
    const value = confluent(id, sample('warning').subarray(10))
    const before = registry.asked
    await framing.incoming([value, value])
    expect(framing.incoming([value])).toBeUndefined()
    expect(registry.asked).toBe(before + 1)
    const decode = () => codecs.warning.decode(value)
    expect(decode).toThrow(UndecodableError)
    expect(decode).toThrow(expect.objectContaining({ reason: 'unknown_schema' }) as Error)
  })

  it('wait while the registry is away, and share the question', async () => {
    const { framing, registry } = await framed(1_000)
    const schema = JSON.parse(codecs.warning.schema) as object
    const id = foreign(registry, JSON.stringify({ ...schema, doc: 'another copy' }))
    const own = codecs.warning.encode(codecs.warning.decode(sample('warning')))
    const value = confluent(id, own.subarray(10))
    const before = registry.asked
    registry.stop()
    const waiting = [[value], [null, value]].map(async (values) => framing.incoming(values))
    await new Promise(setImmediate)
    expect(() => codecs.warning.decode(value)).toThrow(UndecodableError)
    registry.start()
    await Promise.all(waiting)
    expect(codecs.warning.decode(value)).toEqual(codecs.warning.decode(sample('warning')))
    expect(registry.asked).toBe(before + 1)
  })

  it('are not handed over when their reader is told to stop; others go on waiting', async () => {
    const { framing, registry } = await framed(1_000)
    const schema = JSON.parse(codecs.dispatch.schema) as object
    const value = confluent(foreign(registry, JSON.stringify({ ...schema, doc: 'a copy' })), Buffer.from('x'))
    registry.stop()
    const stop = new AbortController()
    const mine = framing.incoming([value], stop.signal)
    const others = framing.incoming([value], new AbortController().signal)
    stop.abort()
    await expect(mine).rejects.toThrow(
      expect.objectContaining({ code: 'unavailable', retriable: true }) as Error,
    )
    registry.start()
    await expect(others).resolves.toBeUndefined()
  })

  it('are not handed over when the framing is closed', async () => {
    const { framing, registry } = await framed(1_000)
    registry.stop()
    const waiting = framing.incoming([confluent(123_456_788, Buffer.from('x'))])
    framing.close()
    await expect(waiting).rejects.toThrow(expect.objectContaining({ code: 'unavailable' }) as Error)
    expect(registry.waiting).toBe(0)
  })

  it('leave no question behind when nobody waits for them any more', async () => {
    const { framing, registry } = await framed(1_000)
    registry.stop()
    const stop = new AbortController()
    const values = [confluent(123_456_789, Buffer.from('x'))]
    const waiting = [stop.signal, stop.signal].map(async (signal) => framing.incoming(values, signal))
    expect(registry.waiting).toBe(1)
    stop.abort()
    await Promise.allSettled(waiting)
    await expect.poll(() => registry.waiting).toBe(0)
  })
})

describe('what is kept where no registry is asked', () => {
  it('is given its fingerprint back', async () => {
    const { framing } = await framed(1_000)
    const value = sample('warning')
    expect(asSingleObject(framing.outgoing(topicName(topics.warnings), value))).toEqual(value)
    for (const other of [value, confluent(777_777, Buffer.from('x')), Buffer.from('text')])
      expect(asSingleObject(other)).toBe(other)
  })
})

describe('registering', () => {
  it('says what it did, and does nothing the second time', async () => {
    const registry = new MemoryRegistry(1_000)
    const planned = await registerAll(registry, all, 'weir', { dryRun: true })
    expect(new Set(planned.map(({ status }) => status))).toEqual(new Set(['missing']))
    expect(registry.size).toBe(0)
    const first = await registerAll(registry, all, 'weir')
    expect(first).toHaveLength(subjectsOf(all, 'weir').length)
    expect(new Set(first.map(({ status }) => status))).toEqual(new Set(['registered']))
    expect(first.every(({ subject }) => registry.levels.get(subject) === 'BACKWARD')).toBe(true)
    const unchanged = first.map((row) => ({ ...row, status: 'unchanged' }))
    expect(await registerAll(registry, all, 'weir')).toEqual(unchanged)
    expect(await registerAll(registry, all, 'weir', { dryRun: true })).toEqual(unchanged)
  })

  it('names subject, version and reason when what is there cannot be read any more', async () => {
    const registry = new MemoryRegistry(1_000)
    registry.add(
      'weir.public.warnings.v1-value',
      '{"type":"record","name":"Warning","namespace":"weir.v1","fields":[]}',
    )
    for (const dryRun of [true, false]) {
      await expect(registerAll(registry, [topics.warnings], 'weir', { dryRun })).rejects.toThrow(
        /version 1 cannot be registered under weir\.public\.warnings\.v1-value: .*no matching field for default-less/,
      )
    }
  })

  it('is what opening asks for when it was not done', async () => {
    const opening = openFraming({ registry: new MemoryRegistry(1_000), prefix: 'weir' })
    await expect(opening).rejects.toThrow(
      /ingest\.transactions\.v1-value is not registered .*weir topics apply/,
    )
  })

  it('is refused when an id means another schema than before: the registry was emptied', async () => {
    await framed(1_000)
    await expect(framed(1_001)).rejects.toThrow(/it was emptied, or it is another registry/)
  })
})
