/** A task with state whose right result is easy to compute: it numbers the records of every key. */
import type { TopicSpec } from '../../../schemas/topics.ts'
import { partitionOf } from '../../../services/platform/log/partitioner.ts'
import type {
  Batch,
  BatchResult,
  LogRecord,
  NewRecord,
  StateWrite,
  TaskProcessor,
  TaskState,
} from '../../../services/platform/log/port.ts'
import { bytes } from './harness.ts'

/** Where a fault may be put. */
export type Step = 'open' | 'process-begin' | 'process-end'

/** How the counting task behaves. */
export interface CountingOptions {
  readonly output: TopicSpec
  /** A checkpoint is made every this many batches. */
  readonly checkpointEvery: number
  /** Called at every step; may throw. */
  readonly at?: (step: Step) => void
}

/** Builds the processor of one partition. Each record becomes one output `<value>#<count of its key>`. */
export function countingProcessor(
  options: CountingOptions,
): (partition: number, state: TaskState) => TaskProcessor {
  return (_partition, state) => {
    options.at?.('open')
    return new Counting(options, state)
  }
}

class Counting implements TaskProcessor {
  private readonly options: CountingOptions
  private readonly state: TaskState
  private readonly counts = new Map<string, number>()
  private dirty = new Set<string>()
  private batches = 0

  constructor(options: CountingOptions, state: TaskState) {
    this.options = options
    this.state = state
  }

  process(batch: Batch): BatchResult {
    this.options.at?.('process-begin')
    const outputs = batch.records.map((one) => this.count(one))
    this.batches += 1
    this.options.at?.('process-end')
    if (this.batches % this.options.checkpointEvery !== 0) return { outputs, state: { writes: [] } }
    const writes = [...this.dirty].map((key): StateWrite => ({
      key,
      value: bytes(String(this.counts.get(key))),
    }))
    this.dirty = new Set()
    return { outputs, state: { writes, replayFrom: batch.nextOffset } }
  }

  private count({ key, value, timestamp }: LogRecord): NewRecord {
    const count = (this.counts.get(key) ?? this.stored(key)) + 1
    this.counts.set(key, count)
    this.dirty.add(key)
    const text = `${value === null ? '' : Buffer.from(value).toString()}#${count}`
    return { topic: this.options.output, key, value: bytes(text), headers: {}, timestamp }
  }

  private stored(key: string): number {
    const value = this.state.get(key)
    return value ? Number(Buffer.from(value).toString()) : 0
  }
}

/** What the counting task must have written to each partition, in order. */
export function expectedCounts(inputs: readonly NewRecord[], partitions: number): string[][] {
  const expected = Array.from({ length: partitions }, (): string[] => [])
  const counts = new Map<string, number>()
  for (const { key, value } of inputs) {
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    expected[partitionOf(key, partitions)]?.push(
      `${value === null ? '' : Buffer.from(value).toString()}#${count}`,
    )
  }
  return expected
}
