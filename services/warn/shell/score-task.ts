/** Stage two as a task of the log: flow blocks and controls in, warnings and outcomes out. */
import { UndecodableError, codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
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
import type { WarnMetrics } from './metrics.ts'
import { deadLetterRecord, deadLetterTopics, emissionRecord, flowTypes, groups } from './records.ts'
import { inBatchSpan } from './tracing.ts'

/** When the state of changed subjects is stored; between, a restart folds again what came since. */
export interface CheckpointPolicy extends ScorerLimits {
  /** Flows since the last checkpoint. Default 20,000. */
  readonly checkpointFlows?: number
  /** Batches since the last checkpoint. Default 200. */
  readonly checkpointBatches?: number
}

/** Processes the batches of one partition. */
class ScoreProcessor {
  private readonly scorer: Scorer
  private readonly metrics: WarnMetrics
  private readonly flowsMax: number
  private readonly batchesMax: number
  private flows = 0
  private batches = 0

  constructor(state: TaskState, metrics: WarnMetrics, policy: CheckpointPolicy) {
    this.scorer = createScorer(state, policy)
    this.metrics = metrics
    this.flowsMax = policy.checkpointFlows ?? 20_000
    this.batchesMax = policy.checkpointBatches ?? 200
  }

  process(batch: Batch): BatchResult {
    return inBatchSpan(groups.score, batch, () => this.score(batch))
  }

  private score(batch: Batch): BatchResult {
    const outputs: NewRecord[] = []
    const emissions: Emission[] = []
    const deadLetters: { topic: string; reason: string }[] = []
    for (const record of batch.records) {
      try {
        // The trace of the block that brought a flow, not of the batch it was read in.
        const traceparent = record.headers['traceparent'] ?? ''
        for (const emission of this.fold(record)) {
          emissions.push(emission)
          outputs.push(emissionRecord(emission, traceparent))
        }
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error
        const { reason, name: exception, message } = error
        deadLetters.push({ topic: topics.flows.name, reason })
        outputs.push(deadLetterRecord(deadLetterTopics.flows, batch, record, { reason, exception, message }))
      }
    }
    this.metrics.processed(groups.score, batch.partition, { flows: 0, duplicates: 0, deadLetters, emissions })
    return { outputs, state: this.checkpoint(batch.nextOffset) }
  }

  private fold(record: LogRecord): Emission[] {
    const value = record.value ?? new Uint8Array(0)
    if (record.headers['ce_type'] === flowTypes.control)
      return this.scorer.control(codecs.control.decode(value))
    const block = codecs.flowBlock.decode(value)
    this.flows += block.flows.length
    return this.scorer.block(block)
  }

  private checkpoint(nextOffset: number): BatchResult['state'] {
    this.batches += 1
    if (this.flows < this.flowsMax && this.batches < this.batchesMax) return { writes: [] }
    this.flows = 0
    this.batches = 0
    return { writes: this.scorer.checkpoint(), replayFrom: nextOffset }
  }
}

/** The task of stage two. */
export function scoreTask(metrics: WarnMetrics, policy: CheckpointPolicy = {}): TaskOptions {
  return {
    group: groups.score,
    topic: topics.flows,
    open(partition, state) {
      metrics.opened(groups.score, partition)
      return new ScoreProcessor(state, metrics, policy)
    },
  }
}
