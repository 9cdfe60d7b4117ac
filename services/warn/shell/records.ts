/** What warn writes: topics and CloudEvents headers (binary mode). */
import { codecs } from '../../../schemas/codec.ts'
import type { Control, FlowBlock, PathToken } from '../../../schemas/types.ts'
import { deadLetterTopic, topics } from '../../../schemas/topics.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'
import { partitionOf } from '../../platform/log/partitioner.ts'
import type { NewRecord } from '../../platform/log/port.ts'
import type { Emission } from '../core/fold.ts'

/** Names of the tasks, and of what makes labels of grades; positions and state belong to them. */
export const groups = {
  split: 'warn-split',
  facts: 'warn-facts',
  score: 'warn-score',
  label: 'warn-label',
} as const

/** Where records that cannot be used go. */
export const deadLetterTopics = {
  transactions: deadLetterTopic(topics.transactions, 'warn'),
  facts: deadLetterTopic(topics.facts, 'warn'),
  flows: deadLetterTopic(topics.flows, 'warn'),
  caseEvents: deadLetterTopic(topics.caseEvents, 'warn'),
} as const

/** Every topic warn reads or writes. */
export const warnTopics: readonly TopicSpec[] = [
  topics.transactions,
  topics.facts,
  topics.factsFed,
  topics.flows,
  topics.warnings,
  topics.shadowWarnings,
  topics.outcomes,
  topics.ruleSets,
  topics.caseEvents,
  topics.labels,
  ...Object.values(deadLetterTopics),
]

/** CloudEvents types on the flows topic: they tell blocks, controls, path tokens and facts apart. */
export const flowTypes = {
  block: 'weir.warn.flow-block.v1',
  control: 'weir.warn.control.v1',
  paths: 'weir.warn.path-block.v1',
  fact: 'weir.fact',
} as const

/** CloudEvents 1.0 in binary mode, and the trace the record belongs to. `at`: milliseconds since 1970. */
export function headersOf(id: string, type: string, at: number, traceparent: string): Record<string, string> {
  return {
    ce_id: id,
    ce_source: '/weir/warn',
    ce_type: type,
    ce_specversion: '1.0',
    ce_time: new Date(at).toISOString(),
    'content-type': 'application/avro',
    ...(traceparent === '' ? {} : { traceparent }),
  }
}

/** A flow block for one partition of the flows topic. `id` is unique and the same whenever the same batch is split. */
export function blockRecord(partition: number, block: FlowBlock, id: string, traceparent: string): NewRecord {
  // Retention goes by the timestamp: it must not lie before the flows inside.
  const timestamp = block.flows.reduce(
    (newest, flow) => Math.max(newest, flow.event_time),
    block.source_event_time,
  )
  return {
    topic: topics.flows,
    key: '',
    partition,
    value: codecs.flowBlock.encode(block),
    headers: headersOf(id, flowTypes.block, timestamp, traceparent),
    timestamp,
  }
}

/** A control record for one partition of the flows topic: for what concerns one subject. */
export function controlRecord(control: Control, partition: number): NewRecord {
  return {
    topic: topics.flows,
    key: '',
    partition,
    value: codecs.control.encode(control),
    headers: headersOf(`${control.control_id}/${partition}`, flowTypes.control, control.issued_at, ''),
    timestamp: control.issued_at,
  }
}

/** A control record for every partition of the flows topic, of which there are `partitions`; to be published together. */
export function controlRecords(control: Control, partitions: number): NewRecord[] {
  return Array.from({ length: partitions }, (_, partition) => controlRecord(control, partition))
}

/**
 * The record of a warning or an outcome; key = subject.
 * @param notBefore least timestamp: retention goes by it, and what a fact brings may be years old when it comes
 */
export function emissionRecord(emission: Emission, traceparent: string, notBefore = 0): NewRecord {
  if (emission.type !== 'outcome') {
    const { warning } = emission
    return {
      topic: emission.type === 'warning' ? topics.warnings : topics.shadowWarnings,
      key: warning.subject_id,
      value: codecs.warning.encode(warning),
      headers: headersOf(warning.warning_id, 'weir.warning.v1', warning.event_time, traceparent),
      timestamp: Math.max(warning.event_time, notBefore),
    }
  }
  const { outcome } = emission
  const { kind, reason, subject_id, txn_id, event_time } = outcome
  // Several rules may be exempted at one payment.
  const id =
    kind === 'exempted'
      ? `exempted/${outcome.warning_id}/${event_time}`
      : [reason, subject_id, txn_id, event_time].join('/')
  return {
    topic: topics.outcomes,
    key: outcome.subject_id,
    value: codecs.outcome.encode(outcome),
    headers: headersOf(id, 'weir.outcome.v1', outcome.event_time, traceparent),
    timestamp: Math.max(outcome.event_time, notBefore),
  }
}

/** Tokens in one record, at most: about 200 KB. */
const tokensMax = 200

/**
 * Path tokens for the partitions of the flows topic that hold their subjects, few records for many tokens.
 * @param id of the batch they were made in: the same whenever it is folded
 */
export function pathRecords(
  tokens: readonly PathToken[],
  partitions: number,
  id: string,
  traceparent: string,
): NewRecord[] {
  const records: NewRecord[] = []
  const byPartition = Map.groupBy(tokens, (token) => partitionOf(token.subject_id, partitions))
  for (const [partition, own] of [...byPartition].toSorted(([a], [b]) => a - b)) {
    for (let from = 0; from < own.length; from += tokensMax) {
      const some = own.slice(from, from + tokensMax)
      // Retention goes by the timestamp: it does not lie before the payments inside.
      const timestamp = some.reduce((newest, token) => Math.max(newest, timeOf(token)), 0)
      records.push({
        topic: topics.flows,
        key: '',
        partition,
        value: codecs.pathBlock.encode({ tokens: some }),
        headers: headersOf(`${id}/${records.length}`, flowTypes.paths, timestamp, traceparent),
        timestamp,
      })
    }
  }
  return records
}

/** Event time of the last payment. */
function timeOf({ payments }: PathToken): number {
  return payments.at(-1)?.event_time ?? 0
}
