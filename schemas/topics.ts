/** One topic: its name without prefix, and how it is cut and kept. */
export interface TopicSpec {
  readonly name: string
  /** Topics that a task reads or writes partition by partition share one number. */
  readonly partitions: number
  readonly cleanup: 'delete' | 'compact'
  readonly retentionMs: number
  /** Another system's: its name is whole, no prefix goes before it. */
  readonly isForeign?: boolean
}

const day = 86_400_000

/** Every topic of Weir (target.md 5), keyed by what code calls it. Names carry no prefix: `topicName` adds it. */
export const topics = {
  transactions: { name: 'ingest.transactions.v1', partitions: 4, cleanup: 'delete', retentionMs: 400 * day },
  facts: { name: 'ingest.facts.v1', partitions: 4, cleanup: 'delete', retentionMs: 800 * day },
  flows: { name: 'warn.flows.v1', partitions: 4, cleanup: 'delete', retentionMs: 400 * day },
  factsFed: { name: 'warn.facts-fed.v1', partitions: 1, cleanup: 'compact', retentionMs: 0 },
  outcomes: { name: 'warn.outcomes.v1', partitions: 4, cleanup: 'delete', retentionMs: 400 * day },
  /** What a candidate rule set would have warned of; nobody is told. */
  shadowWarnings: {
    name: 'warn.shadow-warnings.v1',
    partitions: 4,
    cleanup: 'delete',
    retentionMs: 90 * day,
  },
  warnings: { name: 'public.warnings.v1', partitions: 4, cleanup: 'delete', retentionMs: 800 * day },
  caseEvents: { name: 'public.case-events.v1', partitions: 4, cleanup: 'delete', retentionMs: 3650 * day },
  dispatches: { name: 'public.dispatches.v1', partitions: 1, cleanup: 'delete', retentionMs: 800 * day },
  acknowledgements: {
    name: 'inbound.acknowledgements.v1',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 800 * day,
  },
  ruleSets: { name: 'rules.rule-sets.v1', partitions: 1, cleanup: 'compact', retentionMs: 0 },
  exemptions: { name: 'rules.exemptions.v1', partitions: 1, cleanup: 'compact', retentionMs: 0 },
  labels: { name: 'rules.labels.v1', partitions: 1, cleanup: 'delete', retentionMs: 800 * day },
  auditCheckpoints: {
    name: 'audit.checkpoints.v1',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 3650 * day,
  },
  deadLetterReplays: {
    name: 'audit.dead-letter-replays.v1',
    partitions: 1,
    cleanup: 'delete',
    retentionMs: 3650 * day,
  },
} as const satisfies Readonly<Record<string, TopicSpec>>

/** Full name of a topic, e.g. `weir.public.warnings.v1`. */
export function topicName(topic: TopicSpec, prefix = 'weir'): string {
  return `${prefix}.${topic.name}`
}

/** Where one reader sets aside what it cannot use. */
export interface DeadLetterTopic extends TopicSpec {
  /** The topic its records were read from, or, for ingestion, meant for. */
  readonly origin: TopicSpec
}

/** The dead-letter topic of one reader, e.g. `weir.ingest.transactions.v1.warn.dlq`. Kept as long as its topic. */
export function deadLetterTopic(origin: TopicSpec, group: string): DeadLetterTopic {
  return { ...origin, name: `${origin.name}.${group}.dlq`, partitions: 1, cleanup: 'delete', origin }
}

/** A topic in a log whose topics are cut into `partitions`: those cut into several get that number, the others stay one. */
export function withPartitions(topic: TopicSpec, partitions: number): TopicSpec {
  return topic.partitions === 1 ? topic : { ...topic, partitions }
}
