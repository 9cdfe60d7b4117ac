/**
 * A task whose every running value is known beforehand: it numbers the records of each key. One record lost, doubled or taken
 * from a stale state makes every number after it wrong.
 */
import { topics } from '../../schemas/topics.ts'
import type {
  Batch,
  BatchResult,
  LogRecord,
  NewRecord,
  StateWrite,
  TaskOptions,
  TaskProcessor,
  TaskState,
} from '../../services/platform/log/port.ts'
import { countingGroup, countsTopic } from './topics.ts'

/** Often enough that a short run is restored from stored state, seldom enough that it must also fold again. */
const checkpointEveryBatches = 25

class Counting implements TaskProcessor {
  private readonly state: TaskState
  private readonly counts = new Map<string, number>()
  private readonly changed = new Set<string>()
  private batches = 0

  constructor(state: TaskState) {
    this.state = state
  }

  process(batch: Batch): BatchResult {
    const outputs = batch.records.map((record) => this.count(batch.partition, record))
    this.batches += 1
    if (this.batches % checkpointEveryBatches !== 0) return { outputs, state: { writes: [] } }
    const writes = [...this.changed].map((key): StateWrite => ({
      key,
      value: Buffer.from(String(this.counts.get(key))),
    }))
    this.changed.clear()
    // What is stored is read back from there, not remembered.
    this.counts.clear()
    return { outputs, state: { writes, replayFrom: batch.nextOffset } }
  }

  private count(partition: number, { key, offset, timestamp }: LogRecord): NewRecord {
    const count = (this.counts.get(key) ?? this.stored(key)) + 1
    this.counts.set(key, count)
    this.changed.add(key)
    return {
      topic: countsTopic,
      key,
      partition,
      value: Buffer.from(`${offset} ${count}`),
      headers: {},
      timestamp,
    }
  }

  private stored(key: string): number {
    const value = this.state.get(key)
    return value === undefined ? 0 : Number(Buffer.from(value).toString())
  }
}

/** The task. Writes, for each record, its offset and its number among those of its key, to the partition of the same number. */
export const countingTask: TaskOptions = {
  group: countingGroup,
  topic: topics.transactions,
  open: (_partition, state) => new Counting(state),
}
