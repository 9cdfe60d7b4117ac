/** The access list against a broker that controls access: every service does its whole work as its own user, and nothing else. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import { deadLetterTopic, topics } from '../../schemas/topics.ts'
import { services } from '../../services/cli/topics/access.ts'
import { accessList, outsideUsers } from '../../services/cli/topics/acls.ts'
import { Secret } from '../../services/platform/config/secret.ts'
import type { KafkaConnection } from '../../services/platform/log/kafka/connection.ts'
import { kafkaOptions } from '../../services/platform/log/kafka/connection.ts'
import { Kafka, logLevel } from '../../services/platform/log/kafka/kafkajs/door.ts'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import type { Log, LogRecord } from '../../services/platform/log/port.ts'
import { LogError } from '../../services/platform/log/port.ts'
import { describeWithKafka, startKafka } from '../support/kafka.ts'
import type { TestKafka } from '../support/kafka.ts'
import { runLoop } from '../support/loop.ts'
import { weir } from '../support/weir.ts'
import { quickTimes } from './support.ts'

const administrator = 'admin'
/** Not the number in schemas/topics.ts: every service takes it from the log. */
const partitions = 3
const passwordOf = (user: string): string => `password of ${user}`
const names = [...new Set([administrator, ...accessList('weir').map(({ user }) => user), 'weir-web'])]

async function errorOf(work: Promise<unknown>): Promise<LogError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof LogError) return error
  throw new Error(`expected a LogError, got ${String(error)}`)
}

await describeWithKafka(
  'the access list',
  () => {
    let kafka: TestKafka
    const folder = mkdtempSync(join(tmpdir(), 'weir-acls-'))
    const logs: Log[] = []

    beforeAll(async () => {
      const users = names.map((name) => ({ name, password: passwordOf(name) }))
      const security = { protocol: 'SASL_PLAINTEXT', mechanism: 'PLAIN', users } as const
      kafka = await startKafka({ security: { ...security, superUsers: [administrator] } })
      const made = await topicsAs(administrator, 'apply', '--acls')
      expect(made).toMatchObject({ code: 0, printed: { acls_created: accessList('weir').length } })
    })
    afterAll(async () => {
      await Promise.all(logs.map(async (log) => log.close()))
      await kafka.remove()
      rmSync(folder, { recursive: true })
    })

    function connectionOf(user: string): KafkaConnection {
      const sasl = { mechanism: 'plain', username: user, password: new Secret(passwordOf(user)) } as const
      return { brokers: kafka.bootstrap, clientId: user, sasl }
    }

    async function logOf(user: string): Promise<Log> {
      const log = await openKafkaLog({
        connection: connectionOf(user),
        directory: join(folder, user),
        partitions,
        times: quickTimes,
        restart: { attemptsMax: 1 },
      })
      logs.push(log)
      return log
    }

    function clientOf(user: string) {
      return new Kafka({
        ...kafkaOptions(connectionOf(user)),
        logLevel: logLevel.NOTHING,
        retry: { retries: 1 },
      })
    }

    async function topicsAs(user: string, ...args: readonly string[]) {
      const command = weir(['topics', ...args, '--json'], {
        WEIR_KAFKA_BROKERS: kafka.bootstrap.join(','),
        WEIR_KAFKA_PARTITIONS: String(partitions),
        WEIR_KAFKA_SASL_MECHANISM: 'plain',
        WEIR_KAFKA_SASL_USERNAME: user,
        WEIR_KAFKA_SASL_PASSWORD: passwordOf(user),
      })
      const { code, stdout, stderr } = await command.ended
      return { code, printed: JSON.parse(stdout) as Readonly<Record<string, unknown>>, stderr }
    }

    async function recordsOf(log: Log, topic: TopicSpec): Promise<readonly LogRecord[]> {
      const found: LogRecord[] = []
      for (const [partition, { first }] of (await log.offsets(topic)).entries())
        for await (const record of log.read(topic, partition, first)) found.push(record)
      return found
    }

    async function publish(log: Log, name: string, topic: TopicSpec): Promise<void> {
      const publisher = await log.publisher(name)
      try {
        const record = { topic, key: 'k', value: Buffer.from('v'), headers: {}, timestamp: 0 }
        await publisher.publish([record], (await publisher.position()) + 1)
      } finally {
        await publisher.close()
      }
    }

    it('lets each service do its whole work as its own user, from the file to the board, on 3 partitions', async () => {
      const outcome = await runLoop({
        ingest: await logOf(services.ingest.user),
        warn: await logOf(services.warn.user),
        casework: await logOf(services.casework.user),
        supervise: await logOf(services.supervise.user),
      })
      expect(outcome.leads).toBeGreaterThan(0)
      expect(outcome).toEqual({ leads: outcome.leads, seen: outcome.leads, outbox: 0 })
    })

    it.each<[string, string, TopicSpec]>([
      [services.ingest.user, 'ingest:file', topics.warnings],
      [services.warn.user, 'warn-idle', topics.caseEvents],
      [services.casework.user, 'casework-outbox', topics.warnings],
      [services.operator.user, 'dead-letter-replay:x', topics.dispatches],
    ])('lets %s, publishing as %s, write nothing to a topic of somebody else', async (user, name, topic) => {
      const before = await recordsOf(await logOf(administrator), topic)
      const error = await errorOf(publish(await logOf(user), name, topic))
      expect(error).toMatchObject({ code: 'unavailable' })
      expect(error.message).toContain('weir topics acls')
      expect(await recordsOf(await logOf(administrator), topic)).toHaveLength(before.length)
    })

    it.each<[string, string]>([
      [services.casework.user, 'warn-control'],
      [services.ingest.user, 'casework-outbox'],
      [services.supervise.user, 'supervise'],
      [services.web.user, 'web'],
    ])('lets %s not publish as %s, so that it cannot fence whoever does', async (user, name) => {
      expect(await errorOf(publish(await logOf(user), name, topics.flows))).toMatchObject({
        code: 'unavailable',
      })
    })

    it.each<[string, TopicSpec]>([
      [services.ingest.user, topics.transactions],
      [services.casework.user, topics.flows],
      [services.supervise.user, topics.warnings],
      [services.web.user, topics.caseEvents],
      [services.operator.user, topics.transactions],
      [outsideUsers.regulator, topics.transactions],
      [outsideUsers.regulator, deadLetterTopic(topics.warnings, 'casework')],
      [outsideUsers.department, topics.warnings],
    ])('lets %s not read %o', async (user, topic) => {
      const log = await logOf(user)
      const reading = recordsOf(log, topic)
      expect(await errorOf(reading)).toMatchObject({ code: 'unavailable' })
    })

    it('lets a regulator read what is public in groups of its own name, and in no other', async () => {
      const client = clientOf(outsideUsers.regulator)
      const decoded: string[] = []
      const consumer = client.consumer({ groupId: `${outsideUsers.regulator}.archive` })
      try {
        await consumer.connect()
        await consumer.subscribe({ topics: [/^weir\.public\.[a-z-]+\.v1$/], fromBeginning: true })
        await consumer.run({
          eachMessage: async ({ topic, message: { value } }) => {
            if (topic === 'weir.public.warnings.v1')
              decoded.push(codecs.warning.decode(value ?? Buffer.alloc(0)).warning_id)
          },
        })
        await expect.poll(() => decoded.length, { timeout: 60_000 }).toBeGreaterThan(0)
      } finally {
        await consumer.disconnect()
      }
      const intruder = client.consumer({ groupId: 'weir.casework.public.warnings.v1', retry: { retries: 0 } })
      const { promise: crash, resolve } = Promise.withResolvers<string>()
      intruder.on('consumer.crash', ({ payload }) => resolve(payload.error.message))
      try {
        await intruder.connect()
        await intruder.subscribe({ topics: ['weir.public.warnings.v1'] })
        await intruder.run({ eachMessage: async () => undefined })
        // kafkajs' words for a coordinator that does not talk about this group to this user.
        expect(await crash).toMatch(/Failed to find group coordinator|Group authorization failed/)
      } finally {
        await intruder.disconnect()
      }
    })

    it('lets a department read dispatches and acknowledge them', async () => {
      const log = await logOf(outsideUsers.department)
      expect((await recordsOf(log, topics.dispatches)).length).toBeGreaterThan(0)
      const producer = clientOf(outsideUsers.department).producer({ idempotent: true })
      try {
        await producer.connect()
        const messages = [{ key: 'd-1', value: 'answer' }]
        await producer.send({ topic: 'weir.inbound.acknowledgements.v1', messages })
        await expect(producer.send({ topic: 'weir.public.dispatches.v1', messages })).rejects.toThrow(
          /Topic authorization failed/,
        )
      } finally {
        await producer.disconnect()
      }
    })

    it('lets whoever looks after topics plan and apply them, and give nobody permissions', async () => {
      const { user } = services.operator
      expect(await topicsAs(user, 'plan')).toMatchObject({
        code: 0,
        printed: { create: 0, alter: 0, refuse: 0 },
      })
      expect(await topicsAs(user, 'apply')).toMatchObject({ code: 0, printed: { applied: true } })
      const refused = await topicsAs(user, 'apply', '--acls')
      expect(refused.code).toBe(1)
      expect(refused.stderr).toContain('super.users')
    })

    it('is given once: a second time there is nothing to give', async () => {
      expect(await topicsAs(administrator, 'apply', '--acls')).toMatchObject({
        code: 0,
        printed: { acls_created: 0 },
      })
    })

    it('tells a service whose topic is missing who can make it', async () => {
      const log = await logOf(services.warn.user)
      const error = await errorOf(log.ensureTopics([{ ...topics.flows, name: 'warn.other.v1' }]))
      expect(error).toMatchObject({ code: 'unavailable' })
      expect(error.message).toMatch(/weir topics apply|weir topics acls/)
    })
  },
  { process: true },
)
