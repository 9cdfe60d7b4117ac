/** Topics the Kafka log keeps for itself, and the names it goes by at the broker; access lists are made from the same functions. */
import type { TopicSpec } from '../../../../../schemas/topics.ts'

/** Topics of one task group. Each has as many partitions as the group's input: one task owns a partition of all of them. */
export interface GroupTopics {
  /** Barriers and positions, newest per key. */
  readonly positions: TopicSpec
  /** Chunks of state, for a partition that moves to another machine. */
  readonly snapshots: TopicSpec
}

/** The internal topics of a task group that reads `input`. */
export function groupTopics(group: string, input: TopicSpec): GroupTopics {
  const kept = { partitions: input.partitions, cleanup: 'compact', retentionMs: 0 } as const
  return {
    positions: { name: `log.${group}.positions.v1`, ...kept },
    snapshots: { name: `log.${group}.snapshots.v1`, ...kept },
  }
}

/** Positions of all publishers; the publisher's name decides the partition. Their number is not a matter of scale. */
export const publishersTopic: TopicSpec = {
  name: 'log.publishers.v1',
  partitions: 8,
  cleanup: 'compact',
  retentionMs: 0,
}

/** Name of a group at the broker, e.g. `weir.casework.public.warnings.v1`: one for each topic, whose partitions are handed out on their own. */
export function kafkaGroup(prefix: string, group: string, topic: TopicSpec): string {
  return `${prefix}.${group}.${topic.name}`
}

/** What the transactional ids of a group's tasks begin with, e.g. `weir.warn-split.`; topic and partition follow. */
export function taskTransactionalIds(prefix: string, group: string): string {
  return `${prefix}.${group}.`
}

/** Transactional id of a publisher; also what the ids of publishers begin with whose names begin with `name`. */
export function publisherTransactionalId(prefix: string, name: string): string {
  return `${prefix}.publisher.${name}`
}
