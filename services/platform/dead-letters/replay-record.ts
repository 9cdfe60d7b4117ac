/** What replaying a dead letter writes: the record as it was, and the audit record that says so. Pure. */
import { codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import { storedTopicName } from '../log/names.ts'
import { partitionOf } from '../log/partitioner.ts'
import type { NewRecord } from '../log/port.ts'
import { letterHeaders, originalHeaders } from './letter.ts'
import type { DeadLetter } from './letter.ts'

/** Who replays, why, and in which run. */
export interface ReplayedBy {
  readonly by: string
  /** Empty when nothing was said. */
  readonly why: string
  readonly runId: string
  /** Milliseconds since 1970. */
  readonly at: number
  /** Prefix of topic names. */
  readonly prefix: string
}

/** Partition of the key; without a key, the partition the record was read from: it has no other. */
function targetPartition({ record, origin, originPartitions }: DeadLetter): number {
  return record.key === '' ? origin.partition : partitionOf(record.key, originPartitions)
}

/** The record as it was before it was set aside, and which dead letter it comes from. */
export function replayRecord(letter: DeadLetter): NewRecord {
  const { topic, record, place, replays } = letter
  const { key, value, timestamp } = record
  return {
    topic: topic.origin,
    key,
    partition: targetPartition(letter),
    value,
    headers: {
      ...originalHeaders(letter),
      [letterHeaders.replayOf]: place,
      [letterHeaders.replays]: String(replays + 1),
    },
    timestamp,
  }
}

/** The audit record of one replay; its key is the place of the dead letter. To be written with `replayRecord` in one commit. */
export function auditRecord(letter: DeadLetter, { by, why, runId, at, prefix }: ReplayedBy): NewRecord {
  const { topic, partition, place, record, origin, facts, replays } = letter
  return {
    topic: topics.deadLetterReplays,
    key: place,
    value: codecs.deadLetterReplay.encode({
      dead_letter_topic: storedTopicName(topic, prefix),
      dead_letter_partition: partition,
      dead_letter_offset: record.offset,
      topic: storedTopicName(topic.origin, prefix),
      origin_partition: origin.partition,
      origin_offset: origin.offset,
      partition: targetPartition(letter),
      reason: facts.reason,
      replays: replays + 1,
      replayed_at: at,
      replayed_by: by,
      why,
      run_id: runId,
    }),
    headers: {
      ce_id: place,
      ce_source: '/weir/dlq',
      ce_type: 'weir.dead-letter.replayed',
      ce_specversion: '1.0',
      ce_time: new Date(at).toISOString(),
      'content-type': 'application/avro',
    },
    timestamp: at,
  }
}
