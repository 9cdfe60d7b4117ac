/** What casework writes to the log: topics by the name the outbox knows them by, and CloudEvents headers. */
import type { CaseEvent } from '../../../schemas/types.ts'
import { deadLetterTopic, topics } from '../../../schemas/topics.ts'
import type { DeadLetterTopic, TopicSpec } from '../../../schemas/topics.ts'
import type { Step } from '../core/draft.ts'

/** Name under which casework reads and publishes. */
export const group = 'casework'

/** Topics casework writes to; the key is what the outbox stores. */
export const outputs = {
  case_events: topics.caseEvents,
  dispatches: topics.dispatches,
  warning_dead_letters: deadLetterTopic(topics.warnings, group),
  acknowledgement_dead_letters: deadLetterTopic(topics.acknowledgements, group),
} as const satisfies Readonly<Record<string, TopicSpec>> &
  Readonly<Record<`${string}_dead_letters`, DeadLetterTopic>>

/** Which output a record goes to. */
export type Output = keyof typeof outputs

type Headers = Readonly<Record<string, string>>

/** CloudEvents 1.0 in binary mode, and the trace it belongs to. */
export function headersOf(id: string, type: string, at: number, traceparent: string): Headers {
  return {
    ce_id: id,
    ce_source: '/weir/casework',
    ce_type: type,
    ce_specversion: '1.0',
    ce_time: new Date(at).toISOString(),
    'content-type': 'application/avro',
    ...(traceparent === '' ? {} : { traceparent }),
  }
}

/** Headers of a case event. */
export function caseEventHeaders(event: CaseEvent, traceparent: string): Headers {
  return headersOf(event.event_id, `weir.case.${event.type}`, event.occurred_at, traceparent)
}

/** Headers of a dispatch. */
export function dispatchHeaders(dispatchId: string, { fact }: Step, traceparent: string): Headers {
  return headersOf(dispatchId, 'weir.dispatch', fact.at, traceparent)
}
