/** Topics as code against a real broker: created, compared, altered, never shrunk; and `weir topics` over it. */
import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import { topics, withPartitions } from '../../schemas/topics.ts'
import { LogError } from '../../services/platform/log/port.ts'
import { withKafkaAdmin } from '../../services/platform/log/kafka/admin.ts'
import type { Admin } from '../../services/platform/log/kafka/kafkajs/door.ts'
import { ConfigResourceTypes } from '../../services/platform/log/kafka/kafkajs/door.ts'
import {
  applyTopics,
  ensureKafkaTopics,
  planAtBroker,
} from '../../services/platform/log/kafka/topics/apply.ts'
import { wantedTopic } from '../../services/platform/log/kafka/topics/plan.ts'
import { describeWithKafka, sharedKafka, startTestRegistry } from '../support/kafka.ts'
import { weir } from '../support/weir.ts'

/** A prefix nobody used before: the broker is shared. */
function newPrefix(): string {
  return `t${randomUUID().slice(0, 8)}`
}

async function administered<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
  const { bootstrap } = await sharedKafka()
  return withKafkaAdmin({ brokers: bootstrap, clientId: 'topics-spec' }, work)
}

async function errorOf(work: Promise<unknown>): Promise<LogError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (error instanceof LogError) return error
  throw new Error(`expected a LogError, got ${String(error)}`)
}

/** Sets one setting of a topic by hand, as an operator might. */
async function set(admin: Admin, topic: string, entries: Readonly<Record<string, string>>): Promise<void> {
  const configEntries = Object.entries(entries).map(([name, value]) => ({ name, value }))
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries }
  await admin.alterConfigs({ validateOnly: false, resources: [resource] })
  await expect
    .poll(async () => Object.entries(await settings(admin, topic)))
    .toEqual(expect.arrayContaining(Object.entries(entries)))
}

async function settings(admin: Admin, topic: string): Promise<Readonly<Record<string, string>>> {
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic }
  const { resources } = await admin.describeConfigs({ includeSynonyms: false, resources: [resource] })
  const [found] = resources
  return Object.fromEntries(found?.configEntries.map((entry) => [entry.configName, entry.configValue]) ?? [])
}

await describeWithKafka('topics at a broker', () => {
  const specs = [topics.flows, topics.ruleSets, topics.dispatches]

  it('are made by several that start at the same time, and are then as they should be', async () => {
    await administered(async (admin) => {
      const layout = { prefix: newPrefix(), replication: 1 }
      await Promise.all([1, 2, 3, 4].map(async () => ensureKafkaTopics(admin, specs, layout)))
      const plan = await planAtBroker(
        admin,
        specs.map((spec) => wantedTopic(spec, layout)),
      )
      expect(plan.map((step) => step.action)).toEqual(['keep', 'keep', 'keep'])
      expect(plan.flatMap((step) => (step.action === 'keep' ? step.kept : []))).toEqual([])
    })
  })

  it('with another number of partitions are refused, with what to do', async () => {
    await administered(async (admin) => {
      const layout = { prefix: newPrefix(), replication: 1 }
      await ensureKafkaTopics(admin, specs, layout)
      const wide = specs.map((spec) => withPartitions(spec, 8))
      const error = await errorOf(ensureKafkaTopics(admin, wide, layout))
      expect(error).toMatchObject({ code: 'partitions_differ', retriable: false })
      expect(error.message).toContain(`${layout.prefix}.warn.flows.v1 has 4 partitions, 8 are asked for`)
      expect(error.message).toContain('WEIR_KAFKA_PARTITIONS')
    })
  })

  it('cannot have more copies than there are brokers', async () => {
    await administered(async (admin) => {
      const error = await errorOf(
        ensureKafkaTopics(admin, [topics.flows], { prefix: newPrefix(), replication: 9 }),
      )
      expect(error.message).toContain('WEIR_KAFKA_REPLICATION')
    })
  })

  it('that somebody made poorer are mended; what somebody else set stays, and what is more generous too', async () => {
    await administered(async (admin) => {
      const layout = { prefix: newPrefix(), replication: 1 }
      const wanted = specs.map((spec) => wantedTopic(spec, layout))
      await applyTopics(admin, await planAtBroker(admin, wanted))
      const flows = `${layout.prefix}.warn.flows.v1`
      const byHand = { 'flush.ms': '5000', 'retention.ms': '1000', 'max.message.bytes': '99999999' }
      await set(admin, flows, byHand)

      const plan = await planAtBroker(admin, wanted)
      expect(plan.map((step) => step.action)).toEqual(['alter', 'keep', 'keep'])
      await applyTopics(admin, plan)

      expect(await settings(admin, flows)).toMatchObject({
        ...wanted[0]?.settings,
        'flush.ms': '5000',
        'max.message.bytes': '99999999',
      })
      expect((await planAtBroker(admin, wanted)).map((step) => step.action)).toEqual(['keep', 'keep', 'keep'])
    })
  })

  it('take records from a clock that runs days ahead', async () => {
    await administered(async (admin) => {
      const layout = { prefix: newPrefix(), replication: 1 }
      await ensureKafkaTopics(admin, [topics.transactions], layout)
      const found = await settings(admin, `${layout.prefix}.ingest.transactions.v1`)
      expect(found['message.timestamp.after.max.ms']).toBe('9223372036854775807')
    })
  })
})

await describeWithKafka(
  'weir topics',
  () => {
    interface Printed {
      readonly create: number
      readonly alter: number
      readonly keep: number
      readonly refuse: number
      readonly applied?: boolean
      readonly topics: readonly { readonly topic: string; readonly action: string }[]
      readonly schemas: null | { readonly subjects: readonly { readonly status: string }[] }
    }

    async function run(
      args: readonly string[],
      environment: Readonly<Record<string, string>>,
    ): Promise<{ readonly code: number | null; readonly printed: Printed; readonly stderr: string }> {
      const { bootstrap } = await sharedKafka()
      const command = weir(['topics', ...args, '--json'], {
        WEIR_KAFKA_BROKERS: bootstrap.join(','),
        ...environment,
      })
      const { code, stdout, stderr } = await command.ended
      return { code, printed: JSON.parse(stdout) as Printed, stderr }
    }

    it('plans without doing, applies what it planned, and has nothing left to do', async () => {
      const environment = { WEIR_TOPIC_PREFIX: newPrefix(), WEIR_KAFKA_PARTITIONS: '2' }
      const planned = await run(['plan'], environment)
      expect(planned).toMatchObject({ code: 0, printed: { keep: 0, refuse: 0, schemas: null } })
      const again = await run(['plan'], environment)
      expect(again.printed.create).toBe(planned.printed.create)

      const applied = await run(['apply'], environment)
      expect(applied).toMatchObject({ code: 0, printed: { applied: true, create: planned.printed.create } })
      const done = await run(['plan'], environment)
      expect(done.printed).toMatchObject({ create: 0, alter: 0, keep: planned.printed.create, refuse: 0 })
    })

    it('changes nothing when something is refused, and says so with exit code 3', async () => {
      const prefix = newPrefix()
      await administered((admin) => ensureKafkaTopics(admin, [topics.flows], { prefix, replication: 1 }))
      const environment = { WEIR_TOPIC_PREFIX: prefix, WEIR_KAFKA_PARTITIONS: '8' }
      const applied = await run(['apply'], environment)
      expect(applied).toMatchObject({ code: 3, printed: { applied: false, refuse: 3 } })
      const refused = applied.printed.topics.filter(({ action }) => action === 'refuse')
      expect(refused.map(({ topic }) => topic)).toEqual([
        `${prefix}.warn.flows.v1`,
        // Made anew they would not fit what the topic beside them has.
        `${prefix}.log.warn-score.positions.v1`,
        `${prefix}.log.warn-score.snapshots.v1`,
      ])
      expect((await run(['plan'], environment)).printed.create).toBe(applied.printed.create)
    })

    it('registers the schemas where there is a registry, and plans them before', async () => {
      await using registry = await startTestRegistry()
      const environment = { WEIR_TOPIC_PREFIX: newPrefix(), SCHEMA_REGISTRY_URL: registry.url }
      const statuses = ({ printed }: { readonly printed: Printed }): ReadonlySet<string> =>
        new Set(printed.schemas?.subjects.map(({ status }) => status))
      expect(statuses(await run(['plan'], environment))).toEqual(new Set(['missing']))
      await run(['apply'], environment)
      expect(statuses(await run(['plan'], environment))).toEqual(new Set(['unchanged']))
    })

    it('says which setting is wrong when the broker is not where it should be', async () => {
      const command = weir(['topics', 'plan'], { WEIR_KAFKA_BROKERS: '127.0.0.1:1' })
      const { code, stderr } = await command.ended
      expect(code).toBe(1)
      expect(stderr).toContain('WEIR_KAFKA_BROKERS')
    })
  },
  { registry: true },
)
