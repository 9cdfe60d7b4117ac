/** Stage one as a task of the log: transactions in, flow blocks out, repeats and broken records set aside in the same commit. */
import { UndecodableError, codecs } from '../../../schemas/codec.ts'
import { asBuffer } from '../../../schemas/header.ts'
import { topics } from '../../../schemas/topics.ts'
import { deadLetterRecord, undecodableFacts } from '../../platform/dead-letters/letter.ts'
import type { DeadLetterFacts } from '../../platform/dead-letters/letter.ts'
import { storedTopicName } from '../../platform/log/names.ts'
import { partitionOfBytes } from '../../platform/log/partitioner.ts'
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
import { bodyAt } from '../core/wire/header.ts'
import { TransactionView } from '../core/wire/transaction.ts'
import type { WarnMetrics } from './metrics.ts'
import { deadLetterTopics, flowTypes, groups, headersOf } from './records.ts'
import { headerOf } from './schema-header.ts'
import { inBatchSpan } from './tracing.ts'

/** The memory of transactions is stored after so many of them, or so many batches. */
const checkpointTransactions = 50_000
const checkpointBatches = 500

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

/** What the task can be told. */
export interface SplitTaskOptions extends Partial<SplitterOptions> {
  /** Prefix of topic names. Default `weir`. */
  readonly prefix?: string
  /** Bounds of a batch, and of how far sources may drift apart; see WarnConfig. */
  readonly batchTransactions?: number
  readonly alignMs?: number
}

const nothing = Buffer.alloc(0)

/** What a batch came to besides its blocks. */
interface Found {
  readonly outputs: NewRecord[]
  readonly deadLetters: { topic: string; reason: string }[]
  duplicates: number
}

/** Processes the batches of one partition. */
class SplitProcessor {
  private readonly splitter: Splitter
  private readonly metrics: WarnMetrics
  private readonly prefix: string
  private readonly header = headerOf('transaction')
  private readonly view = new TransactionView()
  private transactions = 0
  private batches = 0

  constructor(partition: number, state: TaskState, metrics: WarnMetrics, options: SplitTaskOptions) {
    this.prefix = options.prefix ?? 'weir'
    this.metrics = metrics
    this.splitter = createSplitter({
      ...options,
      source: partition,
      partitions: options.partitions ?? topics.flows.partitions,
      partitionOf: partitionOfBytes,
      state,
      header: headerOf('flow-block'),
    })
  }

  process(batch: Batch): BatchResult {
    return inBatchSpan(groups.split, batch, (traceparent) => this.split(batch, traceparent))
  }

  private split(batch: Batch, traceparent: string): BatchResult {
    const found: Found = { outputs: [], deadLetters: [], duplicates: 0 }
    for (const record of batch.records) this.take(batch, record, found)
    let flows = 0
    for (const [number, block] of this.splitter.blocks().entries()) {
      flows += block.flows
      const id = `flows/${batch.partition}/${batch.nextOffset}/${number}`
      found.outputs.push({
        topic: topics.flows,
        key: '',
        partition: block.partition,
        value: block.value,
        headers: headersOf(id, flowTypes.block, block.newest, traceparent),
        // Retention goes by the timestamp: it does not lie before the flows inside.
        timestamp: block.newest,
      })
    }
    const { outputs, deadLetters, duplicates } = found
    this.metrics.processed(groups.split, batch.partition, { flows, duplicates, deadLetters, emissions: [] })
    const { eventTime } = this.splitter
    return { outputs, state: this.checkpoint(batch), ...(eventTime > 0 ? { eventTime } : {}) }
  }

  private take(batch: Batch, record: LogRecord, found: Found): void {
    const verdict = this.verdictOn(record)
    if (verdict === 'new') return
    if (verdict === 'same') {
      found.duplicates += 1
      return
    }
    const facts = verdict instanceof UndecodableError ? undecodableFacts(verdict) : refusals[verdict]
    found.outputs.push(
      deadLetterRecord(deadLetterTopics.transactions, batch.partition, record, facts, this.prefix),
    )
    const topic = storedTopicName(topics.transactions, this.prefix)
    found.deadLetters.push({ topic, reason: facts.reason })
  }

  private verdictOn({ value }: LogRecord): ReturnType<Splitter['take']> | UndecodableError {
    const bytes = value === null ? nothing : asBuffer(value)
    const body = bodyAt(bytes, this.header)
    if (body >= 0 && this.view.read(bytes, body)) return this.splitter.take(this.view)
    // Written with an older schema, or not at all as our writers write: the codec knows.
    try {
      return this.splitter.takeObject(codecs.transaction.decode(bytes))
    } catch (error) {
      if (error instanceof UndecodableError) return error
      throw error
    }
  }

  private checkpoint(batch: Batch): BatchResult['state'] {
    this.transactions += batch.records.length
    this.batches += 1
    if (this.transactions < checkpointTransactions && this.batches < checkpointBatches) return { writes: [] }
    this.transactions = 0
    this.batches = 0
    return { writes: this.splitter.checkpoint(), replayFrom: batch.nextOffset }
  }
}

/** The task of stage one. */
export function splitTask(metrics: WarnMetrics, options: SplitTaskOptions = {}): TaskOptions {
  const { batchTransactions: maxRecords, alignMs } = options
  return {
    group: groups.split,
    topic: topics.transactions,
    ...(maxRecords !== undefined && { maxRecords }),
    ...(alignMs !== undefined && { alignMs }),
    open(partition, state) {
      metrics.opened(groups.split, partition)
      return new SplitProcessor(partition, state, metrics, options)
    },
  }
}
