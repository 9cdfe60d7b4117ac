/** Schema registry: a real one, alone and between services on Kafka; taken away and given back. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { codecs, versionsOf } from '../../schemas/codec.ts'
import type { MessageName } from '../../schemas/messages.ts'
import { messages } from '../../schemas/messages.ts'
import { topicName, topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import type { Log, LogRecord, NewRecord } from '../../services/platform/log/port.ts'
import { openRegistry } from '../../services/platform/registry/client.ts'
import type { SchemaRegistry } from '../../services/platform/registry/client.ts'
import { openFraming } from '../../services/platform/registry/framing.ts'
import type { Framing } from '../../services/platform/registry/framing.ts'
import { registerAll } from '../../services/platform/registry/register.ts'
import { createTelemetry } from '../../services/platform/telemetry/telemetry.ts'
import { startWarn, warnDeadLetters } from '../../services/warn/app.ts'
import { describeWithKafka, describeWithRegistry, sharedKafka, startTestRegistry } from '../support/kafka.ts'
import type { TestRegistry } from '../support/kafka.ts'
import { payment } from '../support/transaction.ts'
import { newPrefix, quickTimes } from './support.ts'

const all = Object.values(topics)
const names = Object.keys(codecs) as MessageName[]
const telemetry = createTelemetry({ service: 'test', level: 'silent' })

let server: TestRegistry
let registry: SchemaRegistry

/** As recorded when the newest version was released, in single-object encoding. */
function sample(message: MessageName): Promise<Buffer> {
  const { subject } = codecs[message]
  const newest = versionsOf(subject).at(-1)?.version
  return readFile(new URL(`../../schemas/${subject}/v${newest}.sample.avro`, import.meta.url))
}

function topicOf(message: MessageName): TopicSpec {
  const key = Object.entries(messages).find(([, carried]) => carried.includes(message))?.[0]
  return topics[key as keyof typeof topics]
}

function confluent(id: number, value: Uint8Array): Buffer {
  const header = Buffer.alloc(5)
  header.writeUInt32BE(id, 1)
  return Buffer.concat([header, value.subarray(10)])
}

/** The same schema with other documentation: another text, so another id, but the same messages. */
function copyOf(message: MessageName, doc: string): string {
  return JSON.stringify({ ...(JSON.parse(codecs[message].schema) as object), doc })
}

async function unavailable(): Promise<number> {
  const text = await telemetry.registry.getSingleMetricAsString('weir_schema_registry_requests_total')
  return Number(/outcome="unavailable"\} (\d+)/.exec(text)?.[1] ?? 0)
}

await describeWithRegistry(
  'a schema registry',
  () => {
    beforeAll(async () => {
      server = await startTestRegistry(true)
      registry = openRegistry({ url: server.url, telemetry })
    })
    afterAll(async () => server.remove())

    it('gets every schema once, under BACKWARD compatibility', async () => {
      const planned = await registerAll(registry, all, 'weir', { dryRun: true })
      expect(planned.every(({ status, ids }) => status === 'missing' && ids.includes(undefined))).toBe(true)
      const rows = await registerAll(registry, all, 'weir')
      expect(rows.map(({ subject }) => subject)).toContain('weir.warn.flows.v1-weir.v1.FlowBlock')
      expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['registered']))
      const unchanged = rows.map((row) => ({ ...row, status: 'unchanged' }))
      expect(await registerAll(registry, all, 'weir')).toEqual(unchanged)
      expect(await registerAll(registry, all, 'weir', { dryRun: true })).toEqual(unchanged)
      const level = await fetch(`${server.url}/config/weir.public.warnings.v1-value`)
      expect(await level.json()).toMatchObject({ compatibilityLevel: 'BACKWARD' })
    })

    it('gives one schema one id, whatever the subject', async () => {
      const [here] = await registerAll(registry, [topics.warnings], 'weir')
      const [there] = await registerAll(registry, [topics.warnings], 'other')
      expect(there).toMatchObject({ status: 'registered', ids: here?.ids })
    })

    it('refuses a schema that does not read what is there; the error names subject, version and reason', async () => {
      const subject = 'taken.public.dispatches.v1-value'
      await registry.register(
        subject,
        '{"type":"record","name":"Dispatch","namespace":"weir.v1","fields":[]}',
      )
      await registry.demandBackward(subject)
      const problem = {
        code: 'incompatible',
        message: expect.stringMatching(`version 1 .*${subject}`) as string,
      }
      for (const dryRun of [false, true])
        await expect(registerAll(registry, [topics.dispatches], 'taken', { dryRun })).rejects.toMatchObject(
          problem,
        )
    })

    it.each(names)('lets a message be read in both framings alike: %s', async (message) => {
      const framing = await openFraming({ registry, prefix: 'weir' })
      const value = await sample(message)
      const out = framing.outgoing(topicName(topicOf(message)), value)
      expect(out[0]).toBe(0)
      expect(out).toHaveLength(value.length - 5)
      expect(await registry.schemaOf(Buffer.from(out).readUInt32BE(1))).toBe(codecs[message].schema)
      expect(codecs[message].decode(out)).toEqual(codecs[message].decode(value))
    })

    it('does not know every id: the codec then says so', async () => {
      const framing = await openFraming({ registry, prefix: 'weir' })
      const value = confluent(4_000_000_000, await sample('warning'))
      await framing.incoming([value])
      expect(() => codecs.warning.decode(value)).toThrow(
        expect.objectContaining({ reason: 'unknown_schema' }) as Error,
      )
    })

    it('makes readers wait while it is away, and has the same ids when it is back', async () => {
      const framing = await openFraming({ registry, prefix: 'weir' })
      const id = await registry.register('somebody-value', copyOf('warning', 'A copy.'))
      const value = confluent(id, await sample('warning'))
      await server.kill()
      const before = await unavailable()
      const waiting = framing.incoming([value])
      await expect.poll(unavailable).toBeGreaterThan(before + 2)
      await server.start()
      await waiting
      expect(codecs.warning.decode(value)).toEqual(codecs.warning.decode(await sample('warning')))
      expect(await registry.schemaOf(id)).toBe(copyOf('warning', 'A copy.'))
      const rows = await registerAll(registry, all, 'weir')
      expect(new Set(rows.map(({ status }) => status))).toEqual(new Set(['unchanged']))
    })

    it('makes readers wait while it hangs', async () => {
      const impatient = openRegistry({ url: server.url, telemetry, timeoutMs: 200 })
      const framing = await openFraming({ registry: impatient, prefix: 'weir' })
      const id = await registry.register('somebody-value', copyOf('warning', 'Another copy.'))
      await server.pause()
      const before = await unavailable()
      const waiting = framing.incoming([confluent(id, await sample('warning'))])
      await expect.poll(unavailable).toBeGreaterThan(before + 1)
      await server.resume()
      await waiting
      expect(() => codecs.warning.decode(confluent(id, Buffer.alloc(10)))).toThrow(
        expect.objectContaining({ reason: 'corrupt_body' }) as Error,
      )
    })
  },
  true,
)

async function everything(log: Log, topic: TopicSpec): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  for (const partition of (await log.offsets(topic)).keys())
    for await (const record of log.read(topic, partition, 0)) found.push(record)
  return found
}

function recordOf(topic: TopicSpec, value: Uint8Array, at = 0): NewRecord {
  return { topic, key: 'k', value, headers: {}, timestamp: Date.parse('2026-01-05T10:00:00+08:00') + at }
}

await describeWithKafka(
  'services on Kafka with a schema registry',
  () => {
    let directory: string
    let prefix: string
    let framing: Framing
    const opened: Log[] = []

    async function open(more: { readonly framing?: Framing } = {}): Promise<Log> {
      const { bootstrap } = await sharedKafka()
      const log = await openKafkaLog({
        connection: { brokers: bootstrap, clientId: 'weir-test' },
        prefix,
        directory: join(directory, String(opened.length)),
        times: quickTimes,
        fetchWaitMs: 50,
        ...more,
      })
      opened.push(log)
      return log
    }

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'weir-registry-'))
      prefix = newPrefix()
      server = await startTestRegistry(true)
      registry = openRegistry({ url: server.url, telemetry })
      framing = await openFraming({ registry, prefix, register: true })
    })
    afterAll(async () => {
      await Promise.all(opened.map(async (log) => log.close()))
      await server.remove()
      await rm(directory, { recursive: true, force: true })
    })

    it('write ids, read ids and fingerprints, and set aside what the registry does not know', async () => {
      const log = await open({ framing })
      const others = await open()
      await log.ensureTopics(all)
      const paid = (at: string) => payment({ at, amount: '1000000', from: 'A', to: 'B' })
      const unknown = confluent(4_000_000_001, codecs.transaction.encode(paid('2026-01-05 10:02')))
      const publisher = await others.publisher('bank')
      await publisher.publish(
        [
          recordOf(topics.transactions, codecs.transaction.encode(paid('2026-01-05 10:00'))),
          recordOf(topics.transactions, unknown, 1),
          recordOf(topics.transactions, codecs.transaction.encode(paid('2026-01-05 10:04')), 2),
        ],
        1,
      )
      const framed = await log.publisher('ours')
      await framed.publish(
        [recordOf(topics.transactions, codecs.transaction.encode(paid('2026-01-05 10:06')), 3)],
        1,
      )
      const warn = await startWarn({ log, telemetry })
      await warn.idle()
      await warn.stop()
      const warnings = await everything(others, topics.warnings)
      expect(warnings.every(({ value }) => value?.[0] === 0)).toBe(true)
      const single = warnings
        .map(({ value }) => codecs.warning.decode(value ?? new Uint8Array(0)))
        .filter(({ rules }) => rules[0]?.rule_id === 'R01')
      expect(single.map(({ subject_id }) => subject_id).toSorted()).toEqual(['A', 'A', 'A', 'B', 'B', 'B'])
      const dead = await everything(log, warnDeadLetters.transactions)
      expect(dead.map(({ value, headers }) => [value, headers['x-reason']])).toEqual([
        [unknown, 'unknown_schema'],
      ])
    })

    it('wait while the registry is away, then go on with the same record: none is lost or passed over', async () => {
      const topic = topics.acknowledgements
      const log = await open({ framing })
      const others = await open()
      await log.ensureTopics([topic])
      const own = await sample('acknowledgement')
      const id = await registry.register('department-value', copyOf('acknowledgement', 'Our own copy.'))
      await server.kill()
      const publisher = await others.publisher('department')
      const values = [framing.outgoing(topicName(topic, prefix), own), confluent(id, own), own]
      await publisher.publish(
        values.map((value, at) => recordOf(topic, value, at)),
        1,
      )
      const before = await unavailable()
      const handled: unknown[] = []
      const running = log
        .follow({
          group: 'reader',
          topic,
          position: async () => 0,
          handle: async ({ records }) => {
            for (const { value } of records)
              handled.push(codecs.acknowledgement.decode(value ?? new Uint8Array(0)))
          },
        })
        .subscribe()
      await expect.poll(unavailable, { timeout: 60_000 }).toBeGreaterThan(before + 3)
      expect(handled).toEqual([])
      await server.start()
      await expect.poll(() => handled.length, { timeout: 60_000 }).toBe(3)
      running.unsubscribe()
      expect(handled).toEqual(values.map(() => codecs.acknowledgement.decode(own)))
    })

    it('stop at once while they wait for the registry', async () => {
      const topic = topics.dispatches
      const log = await open({ framing })
      const others = await open()
      await log.ensureTopics([topic])
      const foreign = await registry.register('other-department-value', copyOf('dispatch', 'Our own copy.'))
      await server.kill()
      const publisher = await others.publisher('somebody')
      await publisher.publish([recordOf(topic, confluent(foreign, await sample('dispatch')))], 1)
      const handled: unknown[] = []
      const before = await unavailable()
      log
        .follow({
          group: 'waiting',
          topic,
          position: async () => 0,
          handle: async ({ records }) => void handled.push(...records),
        })
        .subscribe()
      await expect.poll(unavailable, { timeout: 60_000 }).toBeGreaterThan(before)
      await log.close()
      expect(handled).toEqual([])
      await server.start()
    })
  },
  { registry: true },
)
