import { deadLetterTopic, topics } from '../../../../schemas/topics.ts'
import type { DeadLetterTopic, TopicSpec } from '../../../../schemas/topics.ts'

/** Where refused records go: `weir.ingest.transactions.v1.ingest.dlq`. Values are sealed by the identity vault (G10). */
export const ingestDeadLetters: DeadLetterTopic = {
  ...deadLetterTopic(topics.transactions, 'ingest'),
  retentionMs: 800 * 86_400_000,
}

/** Where refused facts go, sealed as well. */
export const factDeadLetters: DeadLetterTopic = deadLetterTopic(topics.facts, 'ingest')

/** Every topic ingest writes. */
export const ingestTopics: readonly TopicSpec[] = [
  topics.transactions,
  ingestDeadLetters,
  topics.facts,
  factDeadLetters,
]
