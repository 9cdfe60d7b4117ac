import type { Batch, Progress } from './port.ts'

/** What is told of a batch that is done. */
export function progressOf(group: string, batch: Batch, replaying: boolean): Progress {
  return {
    group,
    topic: batch.topic.name,
    partition: batch.partition,
    records: batch.records.length,
    nextOffset: batch.nextOffset,
    lagRecords: batch.endOffset - batch.nextOffset,
    timestamp: batch.records.reduce<number | undefined>(
      (newest, { timestamp }) => Math.max(newest ?? timestamp, timestamp),
      undefined,
    ),
    replaying,
  }
}
