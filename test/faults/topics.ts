/** Names that the harness, its workers and its oracle agree on. */
import type { TopicSpec } from '../../schemas/topics.ts'
import { topics } from '../../schemas/topics.ts'

/** Group of the counting task, which reads the transactions beside the splitting one. */
export const countingGroup = 'faults-count'

/** What the counting task writes. */
export const countsTopic: TopicSpec = { ...topics.transactions, name: 'faults.counts.v1' }

/** Name of the publisher of transactions. */
export const publisherName = 'faults-bank'

/** Header of a transaction record: its number in the stream, from 0. */
export const indexHeader = 'index'
