/** Facts on their way to the fold, as a task of the log: repeats dropped, contradictions set aside, the rest into the partition of its subject. */
import { UndecodableError, codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { Fact, FactsFed } from '../../../schemas/types.ts'
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
import { FactGate, seenFromBothEnds } from '../core/facts/gate.ts'
import type { WarnMetrics } from './metrics.ts'
import { deadLetterTopics, flowTypes, groups, headersOf } from './records.ts'
import { inBatchSpan } from './tracing.ts'

const refusals: Readonly<Record<'conflicting_duplicate' | 'invalid_fact', DeadLetterFacts>> = {
  conflicting_duplicate: {
    reason: 'conflicting_duplicate',
    exception: 'ConflictingDuplicate',
    message:
      'a fact with this source and id was taken before with other content: find out which one is right; a change is a fact of its own',
  },
  invalid_fact: {
    reason: 'invalid_fact',
    exception: 'InvalidFact',
    message: 'id, time or subject of the fact is missing: mend it at the source',
  },
}

/** What the task can be told. */
export interface FactsTaskOptions {
  /** Prefix of topic names. Default `weir`. */
  readonly prefix?: string
  /** Partitions of the flows topic. */
  readonly partitions: number
}

/** Processes the batches of one partition. */
class FactsProcessor {
  private readonly gate: FactGate
  private readonly metrics: WarnMetrics
  private readonly partitions: number
  private readonly prefix: string

  constructor(partition: number, state: TaskState, metrics: WarnMetrics, options: FactsTaskOptions) {
    this.gate = new FactGate(state, partition)
    this.metrics = metrics
    this.partitions = options.partitions
    this.prefix = options.prefix ?? 'weir'
  }

  process(batch: Batch): BatchResult {
    return inBatchSpan(groups.facts, batch, () => this.passOn(batch))
  }

  private passOn(batch: Batch): BatchResult {
    const outputs: NewRecord[] = []
    const deadLetters: { topic: string; reason: string }[] = []
    let duplicates = 0
    for (const record of batch.records) {
      const verdict = this.verdictOn(record)
      if (verdict === 'same') duplicates += 1
      else if ('reason' in verdict) {
        deadLetters.push({ topic: storedTopicName(topics.facts, this.prefix), reason: verdict.reason })
        outputs.push(deadLetterRecord(deadLetterTopics.facts, batch.partition, record, verdict, this.prefix))
      } else for (const fact of seenFromBothEnds(verdict)) outputs.push(this.flowRecord(fact, record))
    }
    for (const fed of this.gate.takeFed()) outputs.push(fedRecord(fed))
    this.metrics.processed(groups.facts, batch.partition, {
      flows: 0,
      duplicates,
      deadLetters,
      emissions: [],
    })
    return { outputs, state: { writes: this.gate.checkpoint(), replayFrom: batch.nextOffset } }
  }

  private verdictOn({ value, timestamp }: LogRecord): Fact | 'same' | DeadLetterFacts {
    let fact: Fact
    try {
      fact = codecs.fact.decode(value ?? new Uint8Array())
    } catch (error) {
      if (error instanceof UndecodableError) return undecodableFacts(error)
      throw error
    }
    const sighting = this.gate.take(fact, timestamp)
    if (sighting === 'new') return fact
    return sighting === 'same' ? sighting : refusals[sighting]
  }

  /** Timestamp: the fact's arrival. Retention goes by it, and a fact may be years old. */
  private flowRecord(fact: Fact, { offset, headers, timestamp }: LogRecord): NewRecord {
    const subject = Buffer.from(fact.subject_id)
    const id = `fact/${fact.source_id}/${fact.fact_id}/${fact.subject_id}/${offset}`
    return {
      topic: topics.flows,
      key: fact.subject_id,
      partition: partitionOfBytes(subject, this.partitions, 0, subject.length),
      value: codecs.fact.encode(fact),
      headers: headersOf(id, flowTypes.fact, fact.event_time, headers['traceparent'] ?? ''),
      timestamp,
    }
  }
}

function fedRecord(fed: FactsFed): NewRecord {
  const key = `${fed.kind}/${fed.partition}`
  return {
    topic: topics.factsFed,
    key,
    value: codecs.factsFed.encode(fed),
    headers: headersOf(`${key}/${fed.delivered}`, 'weir.facts-fed.v1', fed.newest_event_time, ''),
    timestamp: fed.arrived_at,
  }
}

/** The task that passes facts on. */
export function factsTask(metrics: WarnMetrics, options: FactsTaskOptions): TaskOptions {
  return {
    group: groups.facts,
    topic: topics.facts,
    open(partition, state) {
      metrics.opened(groups.facts, partition)
      return new FactsProcessor(partition, state, metrics, options)
    },
  }
}
