/** Who reads and writes which topics: one table, from which follow the topics there are, what each user may do, and docs/asyncapi.yaml. */
import { deadLetterTopic, topics, withPartitions } from '../../../schemas/topics.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'
import { groupTopics, publishersTopic } from '../../platform/log/kafka/topics/internal.ts'

/** A stage that reads one topic and writes others, exactly once. */
export interface TaskAccess {
  readonly group: string
  readonly reads: TopicSpec
  readonly writes: readonly TopicSpec[]
}

/** Reading with positions in a database. */
export interface FollowAccess {
  readonly group: string
  readonly reads: TopicSpec
}

/** Writing from outside the log. */
export interface PublisherAccess {
  /** Name of the publisher; one that ends with `:` stands for all that begin so. */
  readonly name: string
  readonly writes: readonly TopicSpec[]
}

/** What one service, or one outside system, does at the log. */
export interface Access {
  /** Its user at the broker, e.g. `weir-warn`. */
  readonly user: string
  readonly tasks?: readonly TaskAccess[]
  readonly follows?: readonly FollowAccess[]
  readonly publishers?: readonly PublisherAccess[]
  /** Read without a group. */
  readonly reads?: readonly TopicSpec[]
}

const deadLetters = {
  ingest: deadLetterTopic(topics.transactions, 'ingest'),
  ingestFacts: deadLetterTopic(topics.facts, 'ingest'),
  split: deadLetterTopic(topics.transactions, 'warn'),
  facts: deadLetterTopic(topics.facts, 'warn'),
  score: deadLetterTopic(topics.flows, 'warn'),
  label: deadLetterTopic(topics.caseEvents, 'warn'),
  warnings: deadLetterTopic(topics.warnings, 'casework'),
  acknowledgements: deadLetterTopic(topics.acknowledgements, 'casework'),
} as const

const ingestWrites = [topics.transactions, deadLetters.ingest]
const ingestFactsWrites = [topics.facts, deadLetters.ingestFacts]

/** The services of Weir. Nobody but these writes to `weir.…` topics, except departments to inbound ones. */
export const services = {
  ingest: {
    user: 'weir-ingest',
    publishers: [
      { name: 'ingest:', writes: ingestWrites },
      { name: 'ingest-refused:', writes: ingestWrites },
      { name: 'ingest-facts:', writes: ingestFactsWrites },
      { name: 'ingest-facts-refused:', writes: ingestFactsWrites },
      { name: 'ingest-stream:', writes: ingestWrites },
    ],
  },
  warn: {
    user: 'weir-warn',
    tasks: [
      { group: 'warn-split', reads: topics.transactions, writes: [topics.flows, deadLetters.split] },
      {
        group: 'warn-facts',
        reads: topics.facts,
        writes: [topics.flows, topics.factsFed, deadLetters.facts],
      },
      {
        group: 'warn-score',
        reads: topics.flows,
        writes: [topics.flows, topics.warnings, topics.shadowWarnings, topics.outcomes, deadLetters.score],
      },
      {
        group: 'warn-label',
        reads: topics.caseEvents,
        writes: [topics.flows, topics.labels, deadLetters.label],
      },
    ],
    publishers: [
      { name: 'warn-control', writes: [topics.ruleSets, topics.flows] },
      { name: 'warn-idle', writes: [topics.flows] },
    ],
    reads: [topics.ruleSets],
  },
  casework: {
    user: 'weir-casework',
    follows: [
      { group: 'casework', reads: topics.warnings },
      { group: 'casework', reads: topics.acknowledgements },
    ],
    publishers: [
      {
        name: 'casework-outbox',
        writes: [topics.caseEvents, topics.dispatches, deadLetters.warnings, deadLetters.acknowledgements],
      },
    ],
  },
  supervise: { user: 'weir-supervise', follows: [{ group: 'supervise', reads: topics.caseEvents }] },
  /** Asks the other services by HTTP. */
  web: { user: 'weir-web' },
  /** Whoever runs `weir rules`: drafts, reviews, publishes and switches off. */
  rules: {
    user: 'weir-rules',
    publishers: [{ name: 'warn-control', writes: [topics.ruleSets, topics.flows] }],
    // What `weir rules report` counts.
    reads: [topics.ruleSets, topics.shadowWarnings, topics.labels, topics.warnings, topics.transactions],
  },
  /** Whoever runs `weir exemptions`: grants, revokes and lists them. */
  exemptions: {
    user: 'weir-exemptions',
    publishers: [{ name: 'warn-exemptions', writes: [topics.exemptions, topics.flows] }],
    reads: [topics.exemptions, topics.ruleSets],
  },
  /** Whoever runs `weir dlq`: reads what was set aside, and publishes it again where it came from. */
  operator: {
    user: 'weir-operator',
    publishers: [
      {
        name: 'dead-letter-replay:',
        writes: [
          ...new Set(Object.values(deadLetters).map(({ origin }) => origin)),
          topics.deadLetterReplays,
        ],
      },
    ],
    reads: [...Object.values(deadLetters), topics.deadLetterReplays],
  },
} as const satisfies Readonly<Record<string, Access>>

/** What a topic is for. */
export type TopicPurpose = 'messages' | 'dead_letters' | 'positions'

/** A topic of Weir, as it is to be made. */
export interface DeclaredTopic {
  readonly topic: TopicSpec
  readonly purpose: TopicPurpose
  /** The topic whose tasks own this one's partitions too. */
  readonly alignedWith?: TopicSpec
}

/** Every topic of Weir, dead letters and the log's own included. `partitions`: how many those get that are cut into several. */
export function allTopics(partitions: number): readonly DeclaredTopic[] {
  const sized = (topic: TopicSpec): TopicSpec => withPartitions(topic, partitions)
  const messages = Object.values(topics).map((topic) => ({
    topic: sized(topic),
    purpose: 'messages' as const,
  }))
  const letters = Object.values(deadLetters).map((topic) => ({ topic, purpose: 'dead_letters' as const }))
  const tasks = Object.values<Access>(services).flatMap((access) => access.tasks ?? [])
  const positions = tasks.flatMap(({ group, reads }) => {
    const input = sized(reads)
    return Object.values(groupTopics(group, input)).map((topic: TopicSpec) => ({
      topic,
      purpose: 'positions' as const,
      alignedWith: input,
    }))
  })
  return [...messages, ...letters, ...positions, { topic: publishersTopic, purpose: 'positions' }]
}
