import { deadLetterTopic, topicName, topics } from '../../../../schemas/topics.ts'
import type { DeadLetterTopic } from '../../../../schemas/topics.ts'

/** Where refused records go: `weir.ingest.transactions.v1.ingest.dlq`. Values are sealed by the identity vault (G10). */
export const ingestDeadLetters: DeadLetterTopic = {
  ...deadLetterTopic(topics.transactions, 'ingest'),
  retentionMs: 800 * 86_400_000,
}

/** Full name of the topic a refused record was meant for. */
export function intendedTopic(prefix: string): string {
  return topicName(topics.transactions, prefix)
}
