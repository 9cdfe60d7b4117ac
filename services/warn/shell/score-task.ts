/** Stage two as a task of the log: flow blocks and controls in, warnings and outcomes out. */
import { UndecodableError, codecs } from '../../../schemas/codec.ts'
import { asBuffer } from '../../../schemas/header.ts'
import { topics } from '../../../schemas/topics.ts'
import { deadLetterRecord, undecodableFacts } from '../../platform/dead-letters/letter.ts'
import { storedTopicName } from '../../platform/log/names.ts'
import type {
  Batch,
  BatchResult,
  LogRecord,
  NewRecord,
  TaskOptions,
  TaskState,
} from '../../platform/log/port.ts'
import type { Emission, Scorer, ScorerLimits } from '../core/fold.ts'
import { createScorer } from '../core/fold.ts'
import { bodyAt } from '../core/wire/header.ts'
import type { WarnMetrics } from './metrics.ts'
import { deadLetterTopics, emissionRecord, flowTypes, groups, pathRecords } from './records.ts'
import { headerOf } from './schema-header.ts'
import { inBatchSpan, traceOf } from './tracing.ts'

/** How stage two runs; when the state of changed subjects is stored: between, a restart folds again what came since. */
export interface ScoreTaskOptions extends ScorerLimits {
  /** Partitions of the flows topic. Default: as the topic is declared. */
  readonly partitions?: number
  /** Flows after which a checkpoint begins. Default 250,000. */
  readonly checkpointFlows?: number
  /** Batches after which one begins at the latest. Default 5,000. */
  readonly checkpointBatches?: number
  /** Blocks taken at once. Default 1,000. */
  readonly batchBlocks?: number
  /** Prefix of topic names. Default `weir`. */
  readonly prefix?: string
}

/** Flows of changed subjects stored with the smallest batch, and with the largest, about, while a checkpoint is under way. */
const storedFlowsMin = 1_000
const storedFlowsMax = 20_000
/** Flows stored for each flow that a batch brings: a checkpoint ends long before the next one is due. */
const storedPerFlow = 4

/** Processes the batches of one partition. */
class ScoreProcessor {
  private readonly scorer: Scorer
  private readonly metrics: WarnMetrics
  private readonly prefix: string
  private readonly partitions: number
  private readonly header = headerOf('flow-block')
  private readonly flowsMax: number
  private readonly batchesMax: number
  private flows = 0
  private batches = 0

  constructor(partition: number, state: TaskState, metrics: WarnMetrics, policy: ScoreTaskOptions) {
    this.scorer = createScorer(state, policy)
    metrics.labelled(partition, this.scorer.labels.list())
    this.metrics = metrics
    this.prefix = policy.prefix ?? 'weir'
    this.partitions = policy.partitions ?? topics.flows.partitions
    this.flowsMax = policy.checkpointFlows ?? 250_000
    this.batchesMax = policy.checkpointBatches ?? 5_000
  }

  process(batch: Batch): BatchResult {
    return inBatchSpan(groups.score, batch, () => this.score(batch))
  }

  private score(batch: Batch): BatchResult {
    const flowsBefore = this.flows
    const labelsBefore = this.scorer.labels.counts
    const outputs: NewRecord[] = []
    const emissions: Emission[] = []
    const deadLetters: { topic: string; reason: string }[] = []
    for (const record of batch.records) {
      try {
        // The trace of the block that brought a flow, not of the batch it was read in.
        const traceparent = record.headers['traceparent'] ?? ''
        const notBefore = record.headers['ce_type'] === flowTypes.fact ? record.timestamp : 0
        for (const emission of this.fold(record)) {
          emissions.push(emission)
          outputs.push(emissionRecord(emission, traceparent, notBefore))
        }
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error
        const facts = undecodableFacts(error)
        deadLetters.push({ topic: storedTopicName(topics.flows, this.prefix), reason: facts.reason })
        outputs.push(deadLetterRecord(deadLetterTopics.flows, batch.partition, record, facts, this.prefix))
      }
    }
    // Told to those who hold the subjects, in the log's order: what a replay makes is dropped with its other outputs.
    const id = `paths/${batch.partition}/${batch.nextOffset}`
    outputs.push(...pathRecords(this.scorer.takeTokens(), this.partitions, id, traceOf(batch)))
    if (this.scorer.labels.counts !== labelsBefore)
      this.metrics.labelled(batch.partition, this.scorer.labels.list())
    this.metrics.processed(groups.score, batch.partition, { flows: 0, duplicates: 0, deadLetters, emissions })
    return { outputs, state: this.checkpoint(batch.nextOffset, this.flows - flowsBefore) }
  }

  private fold(record: LogRecord): Emission[] {
    const value = record.value ?? new Uint8Array(0)
    if (record.headers['ce_type'] === flowTypes.control)
      return this.scorer.control(codecs.control.decode(value), record.offset)
    if (record.headers['ce_type'] === flowTypes.paths)
      return this.scorer.paths(codecs.pathBlock.decode(value), record.offset)
    if (record.headers['ce_type'] === flowTypes.fact)
      return this.scorer.fact(codecs.fact.decode(value), record.offset)
    const bytes = asBuffer(value)
    const body = bodyAt(bytes, this.header)
    const emissions = body < 0 ? undefined : this.scorer.packedBlock(bytes, body, record.offset)
    // Written with an older schema, or not at all as our writers write: the codec knows.
    const known = emissions ?? this.scorer.block(codecs.flowBlock.decode(bytes), record.offset)
    this.flows += this.scorer.flowsOfBlock
    return known
  }

  /** A checkpoint is stored a part at a time, with the batch it began at and those that follow. */
  private checkpoint(nextOffset: number, flows: number): BatchResult['state'] {
    this.batches += 1
    if (!this.scorer.isStoring && (this.flows >= this.flowsMax || this.batches >= this.batchesMax)) {
      this.flows = 0
      this.batches = 0
      this.scorer.beginCheckpoint(nextOffset)
    }
    // A small batch stores little, so that nobody waits long for it; a backlog brings the checkpoint to its end in time.
    const atOnce = Math.min(storedFlowsMax, Math.max(storedFlowsMin, storedPerFlow * flows))
    const { changes: writes, replayFrom } = this.scorer.store(nextOffset, atOnce)
    return replayFrom === undefined ? { writes } : { writes, replayFrom }
  }
}

/** The task of stage two. */
export function scoreTask(metrics: WarnMetrics, policy: ScoreTaskOptions = {}): TaskOptions {
  const { batchBlocks: maxRecords } = policy
  return {
    group: groups.score,
    topic: topics.flows,
    ...(maxRecords !== undefined && { maxRecords }),
    open(partition, state) {
      metrics.opened(groups.score, partition)
      return new ScoreProcessor(partition, state, metrics, policy)
    },
  }
}
