/** How plans and access lists look on a screen and as JSON. */
import type { Acl } from '../../platform/log/kafka/topics/acls.ts'
import type { Difference, Refusal, TopicAction, TopicPlan } from '../../platform/log/kafka/topics/plan.ts'

import type { SchemaPlan } from './schemas.ts'

/** What there is to do at the broker and at the registry. */
export interface Plan {
  readonly topics: TopicPlan
  /** Absent without a registry. */
  readonly schemas?: SchemaPlan
  readonly isRefused: boolean
}

type Json = Readonly<Record<string, unknown>>
type Kind = TopicAction['action']

const kinds: readonly Kind[] = ['create', 'alter', 'keep', 'refuse']

/** How many topics each action concerns. */
export function planCounts(plan: TopicPlan): Readonly<Record<Kind, number>> {
  const count = (kind: Kind): number => plan.filter(({ action }) => action === kind).length
  return { create: count('create'), alter: count('alter'), keep: count('keep'), refuse: count('refuse') }
}

function refusalText(refusal: Refusal): string {
  const { found, wanted } = refusal
  switch (refusal.reason) {
    case 'partitions_differ':
      return `partitions ${found}, ${wanted} wanted`
    case 'not_aligned':
      return `partitions ${found}, its input ${refusal.with} has ${wanted}`
    case 'cleanup_differs':
      return `cleanup.policy ${found}, ${wanted} wanted`
    case 'too_few_brokers':
      return `copies ${wanted}, brokers ${found}`
  }
}

/** What to do about a refusal. */
const advice: Readonly<Record<Refusal['reason'], { readonly zh: string; readonly en: string }>> = {
  partitions_differ: {
    zh: '分区数建成后不可更改：把 WEIR_KAFKA_PARTITIONS 设回原值，或换用另一个 WEIR_TOPIC_PREFIX',
    en: 'The number of partitions is fixed for life: set WEIR_KAFKA_PARTITIONS to what it was, or use another WEIR_TOPIC_PREFIX.',
  },
  not_aligned: {
    zh: '同一任务拥有两者的同号分区，分区数必须相同；其一是手工建立的：确认无内容后删除，或换用另一个 WEIR_TOPIC_PREFIX',
    en: 'One task owns the same partition of both, so their numbers must agree. One of the two was made by hand: delete it if nothing was written to it, or use another WEIR_TOPIC_PREFIX.',
  },
  cleanup_differs: {
    zh: '更改清理方式会删除记录：先查明是谁写入的，再手工修改 cleanup.policy',
    en: 'Another way of cleaning would remove records: find out who made the topic, then change cleanup.policy by hand.',
  },
  too_few_brokers: {
    zh: '每份副本需要一台服务器：增加服务器，或调整 WEIR_KAFKA_REPLICATION',
    en: 'Each copy needs a broker of its own: start more, or set WEIR_KAFKA_REPLICATION.',
  },
}

function adviceText(plan: TopicPlan): readonly string[] {
  const reasons = plan.flatMap((step) => (step.action === 'refuse' ? [step.refusal.reason] : []))
  return [...new Set(reasons)].flatMap((reason) => [`  ${advice[reason].zh}`, `  ${advice[reason].en}`])
}

const signs: Readonly<Record<Kind, string>> = { create: '+', alter: '~', keep: '=', refuse: '!' }

function sizeText({ topic }: TopicAction): string {
  const { partitions, replication, settings } = topic
  const kept = settings['retention.ms'] ?? ''
  const time = kept === '-1' ? settings['cleanup.policy'] : `${Math.round(Number(kept) / 86_400_000)} d`
  return `partitions ${partitions}, copies ${replication}, ${time ?? ''}`
}

function keptText({ setting, found, wanted }: Difference): string {
  return `    ${setting}  ${found} 保持不变 stays (${wanted} is asked for)`
}

function actionText(step: TopicAction): readonly string[] {
  const head = `${signs[step.action]} ${step.topic.name}`
  switch (step.action) {
    case 'create':
      return [`${head}  ${sizeText(step)}`]
    case 'alter':
      return [
        head,
        ...step.changes.map(({ setting, from, to }) => `    ${setting}  ${from} → ${to}`),
        ...step.kept.map(keptText),
      ]
    case 'keep':
      return [head, ...step.kept.map(keptText)]
    case 'refuse':
      return [`${head}  ${refusalText(step.refusal)}`]
  }
}

function schemaText({ subjects, refusal }: SchemaPlan): readonly string[] {
  if (refusal !== undefined) return ['! 模式注册中心 schema registry', `    ${refusal}`]
  const missing = subjects.filter(({ status }) => status === 'missing')
  const rest = subjects.length - missing.length
  return [
    ...missing.map(({ subject }) => `+ ${subject}  模式 schema`),
    `${missing.length} 个模式待注册 schemas to register, ${rest} 已注册 registered`,
  ]
}

/** The plan for people: one line for each topic, and below it what differs; then the schemas. */
export function planText({ topics, schemas }: Plan): string {
  const { create, alter, keep, refuse } = planCounts(topics)
  const summary = `${create} 新建 to create, ${alter} 修改 to alter, ${keep} 无需变动 as they should be, ${refuse} 拒绝 refused`
  const steps = kinds.flatMap((kind) => topics.filter(({ action }) => action === kind))
  const registry = schemas === undefined ? [] : schemaText(schemas)
  const lines = [...steps.flatMap(actionText), ...adviceText(topics), summary, ...registry]
  return `${lines.join('\n')}\n`
}

function actionJson(step: TopicAction): Json {
  const { name, partitions, replication, settings } = step.topic
  return {
    topic: name,
    action: step.action,
    partitions,
    replication,
    ...(step.action === 'create' ? { settings } : {}),
    ...(step.action === 'alter' ? { changes: step.changes } : {}),
    ...('kept' in step ? { kept: step.kept } : {}),
    ...(step.action === 'refuse'
      ? { refusal: { ...step.refusal, advice: advice[step.refusal.reason].en } }
      : {}),
  }
}

function schemaJson({ subjects, refusal }: SchemaPlan): Json {
  return {
    subjects: subjects.map(({ topic, subject, ids, status }) => ({
      topic,
      subject,
      ids: ids.map((id) => id ?? null),
      status,
    })),
    refusal: refusal ?? null,
  }
}

/** The plan for machines. */
export function planJson({ topics, schemas }: Plan): Json {
  return {
    ...planCounts(topics),
    topics: topics.map(actionJson),
    schemas: schemas === undefined ? null : schemaJson(schemas),
  }
}

/** An access list as a table for people. */
export function aclText(acls: readonly Acl[]): string {
  const rows = acls.map(({ user, resource, pattern, name, operation }) => [
    user,
    operation,
    resource,
    pattern === 'prefixed' ? `${name}*` : name,
  ])
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`)
    .join('')
}
