/** Stage one as a task of the log: transactions in, flow blocks out, repeats and broken records set aside in the same commit. */
import { UndecodableError, codecs } from '../../../schemas/codec.ts'
import type { Transaction } from '../../../schemas/types.ts'
import { topics } from '../../../schemas/topics.ts'
import { partitionOf } from '../../platform/log/partitioner.ts'
import type {
  Batch,
  BatchResult,
  LogRecord,
  NewRecord,
  TaskOptions,
  TaskState,
} from '../../platform/log/port.ts'
import type { Splitter, SplitterOptions } from '../core/split.ts'
import { createSplitter } from '../core/split.ts'
import type { WarnMetrics } from './metrics.ts'
import type { DeadLetterFacts } from './records.ts'
import { blockRecord, deadLetterRecord, deadLetterTopics, groups } from './records.ts'
import { inBatchSpan } from './tracing.ts'

/** Entries looked at for clearing away, per new entry: keeps the memory of transactions within its horizon. */
const clearedPerBatchMin = 100

const refusals: Readonly<Record<'conflicting_duplicate' | 'invalid_transaction', DeadLetterFacts>> = {
  conflicting_duplicate: {
    reason: 'conflicting_duplicate',
    exception: 'ConflictingDuplicate',
    message:
      'a transaction with this source and id was taken before with other content: find out which one is right',
  },
  invalid_transaction: {
    reason: 'invalid_transaction',
    exception: 'InvalidTransaction',
    message: 'amount, time or a side of the transaction is missing or out of range: mend it at the source',
  },
}

interface Decoded {
  readonly record: LogRecord
  readonly transaction: Transaction
}

/** Processes the batches of one partition. */
class SplitProcessor {
  private readonly splitter: Splitter
  private readonly state: TaskState
  private readonly metrics: WarnMetrics
  private cursor = 't'

  constructor(partition: number, state: TaskState, metrics: WarnMetrics, options: Partial<SplitterOptions>) {
    this.state = state
    this.metrics = metrics
    this.splitter = createSplitter({
      ...options,
      source: partition,
      partitions: topics.flows.partitions,
      partitionOf,
      state,
    })
  }

  process(batch: Batch): BatchResult {
    return inBatchSpan(groups.split, batch, (traceparent) => this.split(batch, traceparent))
  }

  private split(batch: Batch, traceparent: string): BatchResult {
    const outputs: NewRecord[] = []
    const decoded = this.decode(batch, outputs)
    const result = this.splitter.split(decoded.map(({ transaction }) => transaction))
    for (const { index, reason } of result.refused) {
      const record = decoded[index]?.record
      if (record !== undefined) {
        outputs.push(deadLetterRecord(deadLetterTopics.transactions, batch, record, refusals[reason]))
      }
    }
    const deadLetters = outputs.map(({ headers }) => ({
      topic: topics.transactions.name,
      reason: headers['x-reason'] ?? '',
    }))
    for (const [number, { partition, block }] of result.blocks.entries()) {
      const id = `flows/${batch.partition}/${batch.nextOffset}/${number}`
      outputs.push(blockRecord(partition, block, id, traceparent))
    }
    this.metrics.processed(groups.split, batch.partition, {
      flows: result.flows,
      duplicates: result.duplicates,
      deadLetters,
      emissions: [],
    })
    return {
      outputs,
      state: {
        writes: [...result.changes, ...this.cleared(decoded.length)],
        replayFrom: batch.nextOffset,
      },
    }
  }

  private decode(batch: Batch, outputs: NewRecord[]): Decoded[] {
    const decoded: Decoded[] = []
    for (const record of batch.records) {
      try {
        decoded.push({ record, transaction: codecs.transaction.decode(record.value ?? new Uint8Array(0)) })
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error
        const { reason, name: exception, message } = error
        outputs.push(
          deadLetterRecord(deadLetterTopics.transactions, batch, record, { reason, exception, message }),
        )
      }
    }
    return decoded
  }

  private cleared(added: number) {
    const read = (from: string) => this.state.entries(from, 'u')
    const { changes, cursor } = this.splitter.expired(read, this.cursor, Math.max(clearedPerBatchMin, added))
    this.cursor = cursor
    return changes
  }
}

/** The task of stage one. Every batch is a checkpoint: its state is a few bytes per transaction. */
export function splitTask(metrics: WarnMetrics, options: Partial<SplitterOptions> = {}): TaskOptions {
  return {
    group: groups.split,
    topic: topics.transactions,
    open(partition, state) {
      metrics.opened(groups.split, partition)
      return new SplitProcessor(partition, state, metrics, options)
    },
  }
}
