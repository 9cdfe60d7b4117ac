/** The task that the crash test kills: what both sides of the test must agree on. */
import type { TopicSpec } from '../../schemas/topics.ts'
import type { NewRecord } from '../../services/platform/log/port.ts'
import { countingProcessor } from './contract/counting.ts'
import { record } from './contract/harness.ts'

export const crashInput: TopicSpec = {
  name: 'crash.input.v1',
  partitions: 2,
  cleanup: 'delete',
  retentionMs: 0,
}
export const crashOutput: TopicSpec = {
  name: 'crash.output.v1',
  partitions: 2,
  cleanup: 'delete',
  retentionMs: 0,
}
export const crashGroup = 'crash'
export const crashPublisher = 'crash'

/** Records of one publish; their timestamps number all records through. */
export const crashRecordsPerPublish = 20

/** As many keys as to make a checkpoint larger than one transaction holds. */
const keys = 9_001

/** What the publisher writes at a position. */
export function crashRecords(position: number): NewRecord[] {
  return Array.from({ length: crashRecordsPerPublish }, (_, index) => {
    const n = position * crashRecordsPerPublish + index
    return record(crashInput, `k${n % keys}`, n)
  })
}

/** Counts, with a checkpoint after every 30 batches of up to 100 records. */
export const crashProcessor = countingProcessor({ output: crashOutput, checkpointEvery: 30 })
