/** Systems outside this code, in another language: a regulator reads the public warnings, a department answers its dispatches. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topicName, topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Dispatch } from '../../schemas/types.ts'
import { Kafka, logLevel } from '../../services/platform/log/kafka/kafkajs/door.ts'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import type { Log, NewRecord } from '../../services/platform/log/port.ts'
import { openRegistry } from '../../services/platform/registry/client.ts'
import { openFraming } from '../../services/platform/registry/framing.ts'
import type { Framing } from '../../services/platform/registry/framing.ts'
import { aWarning, member, recordsOf, testCasework, warningRecord } from '../casework/support.ts'
import { temporaryDatabase } from '../support/database.ts'
import { describeWithKafka, sharedKafka, startTestRegistry } from '../support/kafka.ts'
import type { TestRegistry } from '../support/kafka.ts'
import { runSample, samplePython } from '../support/python.ts'
import { newPrefix, quickTimes } from './support.ts'

const python = (await samplePython()) ?? ''

let server: TestRegistry
let directory: string
let prefix: string
let framing: Framing
let logs: Log[] = []

async function openLog(more: { readonly framing?: Framing } = {}): Promise<Log> {
  const { bootstrap } = await sharedKafka()
  const log = await openKafkaLog({
    connection: { brokers: bootstrap, clientId: 'weir-test' },
    prefix,
    directory: join(directory, String(logs.length)),
    times: quickTimes,
    fetchWaitMs: 50,
    ...more,
  })
  logs.push(log)
  return log
}

async function publish(log: Log, records: readonly NewRecord[]): Promise<void> {
  await log.ensureTopics(records.map(({ topic }) => topic))
  const publisher = await log.publisher('test')
  await publisher.publish(records, (await publisher.position()) + 1)
  await publisher.close()
}

async function sample(
  script: string,
  parameters: readonly string[],
): Promise<Awaited<ReturnType<typeof runSample>>> {
  const { bootstrap } = await sharedKafka()
  const common = ['--brokers', bootstrap.join(','), '--prefix', prefix, '--once', ...parameters]
  return runSample(python, script, common)
}

/** A transaction that holds one warning and is not decided. */
async function openTransaction(value: Uint8Array) {
  const { bootstrap } = await sharedKafka()
  const kafka = new Kafka({ brokers: [...bootstrap], logLevel: logLevel.NOTHING })
  const producer = kafka.producer({
    transactionalId: `${prefix}-undecided`,
    maxInFlightRequests: 1,
    idempotent: true,
  })
  await producer.connect()
  const transaction = await producer.transaction()
  const topic = topicName(topics.warnings, prefix)
  await transaction.send({ topic, messages: [{ value: Buffer.from(value), partition: 0 }] })
  return { transaction, producer }
}

const times = new Set(['event_time', 'valid_from', 'valid_until'])

/** What a message looks like in the JSON that the samples print: times in ISO 8601, bytes in base64. */
function asPrinted(value: unknown, name = ''): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map((item) => asPrinted(item))
  if (times.has(name)) return new Date(value as number).toISOString()
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([field, inner]) => [field, asPrinted(inner, field)]))
}

/** The newest recorded sample of a warning: what the registry's newest schema says, without any schema file. */
const recorded = (): Promise<Buffer> =>
  readFile(new URL('../../schemas/warning/v2.sample.avro', import.meta.url))

function raw(topic: TopicSpec, value: Uint8Array | null): NewRecord {
  // Retention goes by the timestamp: a broker may clear away what is older at any moment.
  return { topic, key: 'k', partition: 0, value, headers: {}, timestamp: Date.now() }
}

/** Two warnings that differ in everything: one as recorded with its schema, one as tests make them. */
async function twoWarnings(): Promise<readonly Uint8Array[]> {
  return [await recorded(), codecs.warning.encode(aWarning({ warning_id: 'w-2', level: 'red' }))]
}

const printedOf = (values: readonly Uint8Array[]): unknown[] =>
  values.map((value) => asPrinted(codecs.warning.decode(value)))

function dispatch(change: Partial<Dispatch>): NewRecord {
  const value = codecs.dispatch.encode({
    dispatch_id: 'C1-d1',
    case_id: 'C1',
    department: 'D01',
    region: '331004',
    purpose: 'verify',
    role: 'lead',
    subject_id: 'p_subject',
    risk_type: 'T1',
    level: 'orange',
    card: 'none',
    sent_at: 0,
    acknowledge_by: 0,
    complete_by: 0,
    calendar_version: '2026',
    warning_ids: [],
    explanation: { zh: '说明', en: 'Explanation' },
    ...change,
  })
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  return { ...raw(topics.dispatches, value), headers: { traceparent } }
}

await describeWithKafka(
  'a system in another language',
  () => {
    describe.skipIf(python === '')('in Python, with librdkafka and fastavro', () => {
      beforeAll(async () => {
        server = await startTestRegistry(true)
        directory = await mkdtemp(join(tmpdir(), 'weir-python-'))
      })
      beforeEach(async () => {
        prefix = newPrefix()
        const registry = openRegistry({ url: server.url })
        framing = await openFraming({ registry, prefix, register: true })
      })
      afterEach(async () => {
        await Promise.all(logs.map(async (log) => log.close()))
        logs = []
      })
      afterAll(async () => {
        await server.remove()
        await rm(directory, { recursive: true, force: true })
      })

      const reading = (more: readonly string[] = []) =>
        sample('read_warnings.py', ['--group', `${prefix}.regulator`, ...more])
      const answering = (more: readonly string[] = []) =>
        sample('acknowledge_dispatch.py', ['--group', `${prefix}.d01`, '--department', 'D01', ...more])

      it('reads every field of a warning through the registry, without any schema file', async () => {
        const log = await openLog({ framing })
        const values = await twoWarnings()
        await publish(
          log,
          values.map((value) => raw(topics.warnings, value)),
        )
        const { code, printed, complaints } = await reading([
          '--registry',
          server.url,
          '--schemas',
          directory,
        ])
        expect(complaints).toBe('')
        expect(code).toBe(0)
        expect(printed).toEqual(printedOf(values))
      })

      it('reads every field of a warning without a registry, and goes on where it stopped', async () => {
        const log = await openLog()
        const values = await twoWarnings()
        await publish(
          log,
          values.map((value) => raw(topics.warnings, value)),
        )
        expect(await reading()).toEqual({ code: 0, complaints: '', printed: printedOf(values) })
        expect(await reading()).toEqual({ code: 0, complaints: '', printed: [] })
      })

      it('reads both framings on one topic, and says what it cannot read and why', async () => {
        const own = await recorded()
        const unknown = Buffer.concat([Buffer.from([0, 0xee, 0, 0, 1]), own.subarray(10)])
        const framed = framing.outgoing(topicName(topics.warnings, prefix), own)
        const values = [own, framed, unknown, Buffer.from('text'), own.subarray(0, 60), framed]
        await publish(
          await openLog(),
          values.map((value) => raw(topics.warnings, value)),
        )
        const { code, printed, complaints } = await reading(['--registry', server.url])
        expect(printed).toEqual(printedOf([own, own, own]))
        expect(complaints.match(/: \w+$/gm)).toEqual([
          ': unknown_schema',
          ': not_single_object',
          ': corrupt_body',
        ])
        expect(code).toBe(3)
      })

      it('never sees a warning of a transaction that was aborted', async () => {
        const first = await recorded()
        const second = codecs.warning.encode(aWarning())
        await publish(await openLog(), [raw(topics.warnings, first)])
        const { transaction, producer } = await openTransaction(second)
        await transaction.abort()
        await producer.disconnect()
        expect(await reading()).toEqual({ code: 0, complaints: '', printed: printedOf([first]) })
      })

      it('waits for a transaction that is not decided yet, instead of taking what it hides for the end', async () => {
        const value = await recorded()
        const log = await openLog()
        await log.ensureTopics([topics.warnings])
        const { transaction, producer } = await openTransaction(value)
        const read = reading()
        // Long enough for a reader that does not wait to come to its end; one that waits sees both, however slow the machine is.
        await setTimeout(3_000)
        await transaction.commit()
        await producer.disconnect()
        const { printed } = await read
        expect(printed).toEqual(printedOf([value]))
      })

      it.each([
        ['with ids of the registry', 0],
        ['in single-object encoding', 0xc3],
      ])('answers the dispatches of its department %s', async (_, firstByte) => {
        const registered = firstByte === 0
        const log = await openLog(registered ? { framing } : {})
        await publish(log, [
          dispatch({ dispatch_id: 'C1-d1' }),
          dispatch({ dispatch_id: 'C2-d1', department: 'D02' }),
          dispatch({ dispatch_id: 'C3-d1' }),
        ])
        await log.ensureTopics([topics.acknowledgements])
        const options = ['--officer', '张三', ...(registered ? ['--registry', server.url] : [])]
        const { code, printed, complaints } = await answering(options)
        expect([code, complaints]).toEqual([0, ''])
        expect(printed).toEqual(
          ['C1-d1', 'C3-d1'].map((dispatch_id) => ({ dispatch_id, answer: 'accepted' })),
        )
        const records = await recordsOf(log, topics.acknowledgements)
        expect(records.map(({ key }) => key)).toEqual(['C1-d1', 'C3-d1'])
        for (const { value, headers, key } of records) {
          expect(value?.[0]).toBe(firstByte)
          const answer = codecs.acknowledgement.decode(value ?? new Uint8Array(0))
          expect(answer).toMatchObject({
            dispatch_id: key,
            department: 'D01',
            answer: 'accepted',
            reason: '',
            officer: '张三',
          })
          expect(headers).toEqual({
            ce_id: answer.acknowledgement_id,
            ce_source: '/department/D01',
            ce_type: 'weir.acknowledgement',
            ce_specversion: '1.0',
            ce_time: new Date(answer.answered_at).toISOString(),
            'content-type': 'application/avro',
            traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
          })
        }
      })

      it('acknowledges a dispatch of a real case by topic; the same answer twice counts once', async () => {
        const log = await openLog({ framing })
        const database = await temporaryDatabase()
        const casework = await testCasework({ log, database })
        try {
          await publish(log, [warningRecord(aWarning({ level: 'orange' }))])
          await casework.idle()
          const [task] = await casework.tasks('D01')
          expect(task).toMatchObject({ next: 'acknowledge' })
          for (const group of ['first', 'after-a-crash']) {
            const { code } = await answering(['--group', `${prefix}.${group}`, '--registry', server.url])
            expect(code).toBe(0)
          }
          await casework.idle()
          const detail = await casework.detail(task?.lead.case_id ?? '', member('D01'))
          expect(detail?.lead.state).toBe('acknowledged')
          expect(detail?.events.filter(({ type }) => type === 'acknowledged')).toMatchObject([
            { actor: 'D01 system', actor_department: 'D01' },
          ])
          expect(await recordsOf(log, topics.acknowledgements)).toHaveLength(2)
        } finally {
          await casework.stop()
          await database.close()
        }
      })
    })
  },
  { registry: true },
)
