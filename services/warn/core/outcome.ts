/** Outcomes: what is no warning and yet no silence (G3). Pure. */
import type { Outcome, OutcomeKind } from '../../../schemas/types.ts'

const nothing = {
  subject_id: '',
  txn_id: '',
  rule_ids: [],
  level: '',
  warning_id: '',
  exemption_id: '',
  explanation: { zh: '', en: '' },
} as const

/** An outcome of one kind; what it has nothing to say of is left empty. `event_time`: milliseconds since 1970. */
export function outcomeOf(
  kind: OutcomeKind,
  facts: Pick<Outcome, 'reason' | 'event_time'> & Partial<Omit<Outcome, 'kind'>>,
): Outcome {
  return { ...nothing, ...facts, kind }
}

/** An outcome that tells of a payment, or of none (empty ids), and of the rules concerned. */
export function plainOutcome(
  kind: 'late' | 'unscored',
  subjectId: string,
  txnId: string,
  eventTime: number,
  reason: string,
  ruleIds: readonly string[],
): Outcome {
  const facts = { subject_id: subjectId, txn_id: txnId, event_time: eventTime, reason, rule_ids: ruleIds }
  return outcomeOf(kind, facts)
}
