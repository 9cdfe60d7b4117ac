import { describe, expect, it } from 'vitest'
import { topics } from '../../../schemas/topics.ts'
import { kafkaAclsScript } from '../../platform/log/kafka/topics/acls.ts'
import { planTopics, wantedTopic } from '../../platform/log/kafka/topics/plan.ts'
import type { ExistingTopic } from '../../platform/log/kafka/topics/plan.ts'
import { services } from './access.ts'
import { accessList, outsideUsers } from './acls.ts'
import { aclText, planJson, planText } from './render.ts'

function rightsOf(user: string): readonly string[] {
  return accessList('weir')
    .filter((acl) => acl.user === user)
    .map(
      ({ operation, resource, pattern, name }) =>
        `${operation} ${resource} ${name}${pattern === 'prefixed' ? '*' : ''}`,
    )
}

describe('the access list', () => {
  it('gives supervise what it reads, and nothing else', () => {
    expect(rightsOf(services.supervise.user)).toEqual([
      'read group weir.supervise.public.case-events.v1',
      'read topic weir.public.case-events.v1',
    ])
  })

  it('gives ingest its topics and its own publishers', () => {
    expect(rightsOf(services.ingest.user)).toEqual([
      'write transactional_id weir.publisher.ingest:*',
      'read topic weir.log.publishers.v1',
      'write topic weir.log.publishers.v1',
      'write topic weir.ingest.transactions.v1',
      'write topic weir.ingest.transactions.v1.ingest.dlq',
      'write transactional_id weir.publisher.ingest-refused:*',
      'write transactional_id weir.publisher.ingest-facts:*',
      'write topic weir.ingest.facts.v1',
      'write topic weir.ingest.facts.v1.ingest.dlq',
      'write transactional_id weir.publisher.ingest-facts-refused:*',
      'write transactional_id weir.publisher.ingest-stream:*',
    ])
  })

  it('gives a regulator what is public, without the dead letters of public topics', () => {
    expect(rightsOf(outsideUsers.regulator)).toEqual([
      'read topic weir.public.warnings.v1',
      'read topic weir.public.case-events.v1',
      'read topic weir.public.dispatches.v1',
      'read group regulator-example.*',
    ])
  })

  it('gives a department dispatches to read and acknowledgements to write', () => {
    expect(rightsOf(outsideUsers.department)).toEqual([
      'read topic weir.public.dispatches.v1',
      'write topic weir.inbound.acknowledgements.v1',
      'read group department-example.*',
    ])
  })

  it('gives web nothing: it asks the other services by HTTP', () => {
    expect(rightsOf(services.web.user)).toEqual([])
  })

  it('gives nobody a right by prefix that reaches into the topics of all, but to whoever makes topics', () => {
    const wide = accessList('weir').filter(
      ({ resource, pattern }) => resource === 'topic' && pattern === 'prefixed',
    )
    expect(new Set(wide.map(({ user, operation }) => `${user} ${operation}`))).toEqual(
      new Set(['weir-operator create', 'weir-operator describe', 'weir-operator alter_configs']),
    )
  })

  it('follows the prefix', () => {
    expect(accessList('t1').every(({ name }) => name.startsWith('t1.') || name.endsWith('-example.'))).toBe(
      true,
    )
  })

  it('can be run as commands of Kafka’s own tool, one for each user and resource', () => {
    const script = kafkaAclsScript(
      accessList('weir').filter(({ user }) => user === services.ingest.user),
      'kafka-1:9093',
    )
    const [first, second] = script.split('\n')
    expect(first).toBe(
      'kafka-acls.sh --bootstrap-server kafka-1:9093 --command-config admin.properties --add --allow-principal User:weir-ingest --operation Write --transactional-id weir.publisher.ingest: --resource-pattern-type prefixed',
    )
    expect(second).toContain(
      '--operation Read --operation Write --topic weir.log.publishers.v1 --resource-pattern-type literal',
    )
  })

  it('can be read as a table', () => {
    const [line] = aclText(accessList('weir')).split('\n')
    expect(line?.split(/ {2,}/)).toEqual([
      'weir-ingest',
      'write',
      'transactional_id',
      'weir.publisher.ingest:*',
    ])
  })
})

describe('a plan', () => {
  const layout = { prefix: 'weir', replication: 1 }
  const [flows, warnings, ruleSets, dispatches] = [
    topics.flows,
    topics.warnings,
    topics.ruleSets,
    topics.dispatches,
  ].map((topic) => wantedTopic(topic, layout))
  if (!flows || !warnings || !ruleSets || !dispatches) throw new Error('four topics')
  const as = (topic: typeof flows, other: Partial<ExistingTopic> = {}): ExistingTopic => {
    const { name, partitions, replication, settings } = topic
    return { name, partitions, replication, own: {}, ...other, settings: { ...settings, ...other.settings } }
  }
  const plan = planTopics(
    [flows, warnings, ruleSets, dispatches],
    [
      as(flows, { partitions: 8 }),
      as(warnings, { settings: { 'retention.ms': '1000', 'max.message.bytes': '99999999' } }),
      as(ruleSets),
    ],
  )

  it('reads for people like a difference, with what to do about what is refused', () => {
    expect(planText({ topics: plan, isRefused: true })).toMatchInlineSnapshot(`
      "+ weir.public.dispatches.v1  partitions 1, copies 1, 800 d
      ~ weir.public.warnings.v1
          retention.ms  1000 → 69120000000
          max.message.bytes  99999999 保持不变 stays (8388608 is asked for)
      = weir.rules.rule-sets.v1
      ! weir.warn.flows.v1  partitions 8, 4 wanted
        分区数建成后不可更改：把 WEIR_KAFKA_PARTITIONS 设回原值，或换用另一个 WEIR_TOPIC_PREFIX
        The number of partitions is fixed for life: set WEIR_KAFKA_PARTITIONS to what it was, or use another WEIR_TOPIC_PREFIX.
      1 新建 to create, 1 修改 to alter, 1 无需变动 as they should be, 1 拒绝 refused
      "
    `)
  })

  it('says the same to machines', () => {
    expect(planJson({ topics: plan, isRefused: true })).toMatchObject({
      create: 1,
      alter: 1,
      keep: 1,
      refuse: 1,
      schemas: null,
      topics: [
        {
          topic: 'weir.warn.flows.v1',
          action: 'refuse',
          refusal: { reason: 'partitions_differ', found: 8, wanted: 4 },
        },
        {
          topic: 'weir.public.warnings.v1',
          changes: [{ setting: 'retention.ms', from: '1000', to: '69120000000' }],
        },
        { topic: 'weir.rules.rule-sets.v1', kept: [] },
        { topic: 'weir.public.dispatches.v1', action: 'create', partitions: 1, replication: 1 },
      ],
    })
  })

  it('shows what the registry has and lacks', () => {
    const row = { topic: 'weir.warn.flows.v1', ids: [undefined] }
    const schemas = {
      subjects: [
        { ...row, subject: 'weir.warn.flows.v1-weir.v1.Control', status: 'missing' as const },
        { ...row, subject: 'weir.warn.flows.v1-weir.v1.FlowBlock', status: 'unchanged' as const },
      ],
    }
    const text = planText({ topics: [], schemas, isRefused: false })
    expect(text).toMatch(/\+ weir\.warn\.flows\.v1-weir\.v1\.Control/)
    expect(text).toMatch(/1 .*to register, 1 .*registered/)
    const refused = planText({
      topics: [],
      schemas: { subjects: [], refusal: 'does not read' },
      isRefused: true,
    })
    expect(refused).toMatch(/! .*schema registry\n {4}does not read/)
  })
})
