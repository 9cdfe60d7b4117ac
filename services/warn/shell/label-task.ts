/**
 * Grades come back as labels: a task over case events. A label and the control that tells the fold of it are one commit with the
 * position, so that each grade counts once.
 */
import { UndecodableError, codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { CaseEvent, Label } from '../../../schemas/types.ts'
import { deadLetterRecord, undecodableFacts } from '../../platform/dead-letters/letter.ts'
import { storedTopicName } from '../../platform/log/names.ts'
import { partitionOf } from '../../platform/log/partitioner.ts'
import type {
  Batch,
  BatchResult,
  LogRecord,
  NewRecord,
  StateWrite,
  TaskOptions,
  TaskState,
} from '../../platform/log/port.ts'
import { controlOf } from '../core/control.ts'
import { labelling } from '../core/feedback/labelling.ts'
import type { CaseMemory } from '../core/feedback/labelling.ts'
import { stateKey } from '../core/state.ts'
import type { WarnMetrics } from './metrics.ts'
import { controlRecord, deadLetterTopics, groups, headersOf } from './records.ts'
import { inBatchSpan } from './tracing.ts'

/** What the task can be told. */
export interface LabelTaskOptions {
  /** Of the flows topic. */
  readonly partitions: number
  /** Prefix of topic names. */
  readonly prefix: string
}

/** Processes the batches of one partition; the stored state is complete with every batch. */
class LabelProcessor {
  private readonly state: TaskState
  private readonly metrics: WarnMetrics
  private readonly options: LabelTaskOptions
  /** Cases that changed in the batch at hand; undefined: forgotten. */
  private changed = new Map<string, CaseMemory | undefined>()

  constructor(state: TaskState, metrics: WarnMetrics, options: LabelTaskOptions) {
    this.state = state
    this.metrics = metrics
    this.options = options
  }

  process(batch: Batch): BatchResult {
    return inBatchSpan(groups.label, batch, () => this.label(batch))
  }

  private label(batch: Batch): BatchResult {
    this.changed = new Map()
    const outputs: NewRecord[] = []
    const deadLetters: { topic: string; reason: string }[] = []
    const { prefix } = this.options
    for (const record of batch.records) {
      const event = decoded(record)
      if (!(event instanceof UndecodableError)) {
        outputs.push(...this.take(event, record))
        continue
      }
      const facts = undecodableFacts(event)
      deadLetters.push({ topic: storedTopicName(topics.caseEvents, prefix), reason: facts.reason })
      outputs.push(deadLetterRecord(deadLetterTopics.caseEvents, batch.partition, record, facts, prefix))
    }
    const counts = { flows: 0, duplicates: 0, deadLetters, emissions: [] }
    this.metrics.processed(groups.label, batch.partition, counts)
    return { outputs, state: { writes: this.writes(), replayFrom: batch.nextOffset } }
  }

  private take(event: CaseEvent, { headers }: LogRecord): NewRecord[] {
    const { case_id: id } = event
    const before = this.changed.has(id) ? this.changed.get(id) : this.stored(id)
    const { memory, label, counts } = labelling(before, event)
    if (memory !== before) this.changed.set(id, memory)
    const control = controlOf('label', {
      control_id: `label/${event.event_id}`,
      issued_at: event.occurred_at,
      content: JSON.stringify(counts),
    })
    const told =
      counts.length === 0
        ? []
        : [controlRecord(control, partitionOf(event.subject_id, this.options.partitions))]
    return label === undefined
      ? told
      : [...told, labelRecord(label, event.event_id, headers['traceparent'] ?? '')]
  }

  private stored(id: string): CaseMemory | undefined {
    const bytes = this.state.get(stateKey('c', id))
    return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as CaseMemory)
  }

  private writes(): StateWrite[] {
    return [...this.changed].map(([id, memory]) => ({
      key: stateKey('c', id),
      value: memory === undefined ? null : Buffer.from(JSON.stringify(memory)),
    }))
  }
}

function decoded({ value }: LogRecord): CaseEvent | UndecodableError {
  try {
    return codecs.caseEvent.decode(value ?? new Uint8Array(0))
  } catch (error) {
    if (error instanceof UndecodableError) return error
    throw error
  }
}

function labelRecord(label: Label, eventId: string, traceparent: string): NewRecord {
  return {
    topic: topics.labels,
    key: label.case_id,
    value: codecs.label.encode(label),
    headers: headersOf(eventId, 'weir.label.v1', label.graded_at, traceparent),
    timestamp: label.graded_at,
  }
}

/** The task that makes labels of grades. */
export function labelTask(metrics: WarnMetrics, options: LabelTaskOptions): TaskOptions {
  return {
    group: groups.label,
    topic: topics.caseEvents,
    open(partition, state) {
      metrics.opened(groups.label, partition)
      return new LabelProcessor(state, metrics, options)
    },
  }
}
