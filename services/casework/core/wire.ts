/** Facts as the records other services read (schemas/case-event, schemas/dispatch). Pure. */
import type { CaseEvent } from '../../../schemas/types.ts'
import type { Case, CaseFact, CasePromiseState, HandlingResult, VerificationRecord } from './case.ts'
import type { Step } from './draft.ts'

type Details = Readonly<Record<string, string>>

function resultDetails(result: HandlingResult): Details {
  return {
    summary: result.summary,
    paper: result.paper,
    amount_involved_minor: String(result.amount_involved),
    amount_frozen_minor: String(result.amount_frozen),
    amount_recovered_minor: String(result.amount_recovered),
  }
}

function verificationDetails({
  place,
  visited_at: visitedAt,
  people,
  findings,
}: VerificationRecord): Details {
  return { place, visited_at: String(visitedAt), people: people.join('、'), findings }
}

function closedDetails(result: HandlingResult | null): Details {
  return result === null
    ? { outcome: 'cleared', removed_from_lists: 'true' }
    : { outcome: 'handled', ...resultDetails(result) }
}

/** What only this type of fact says. Identities are never in it: a case speaks of its subject by pseudonym (G10). */
function detailsOf(fact: CaseFact): Details {
  switch (fact.type) {
    case 'lead_opened':
    case 'warning_appended':
    case 'warning_suppressed':
      return {
        warning_id: fact.warning.warningId,
        warning_level: fact.warning.level,
        rule_ids: fact.warning.ruleIds.join(','),
        score: String(fact.warning.score),
      }
    case 'level_raised':
      return { from: fact.from, to: fact.level }
    case 'dispatched':
      return { purpose: fact.dispatch.purpose, role: fact.dispatch.role, region: fact.dispatch.region }
    case 'verified':
      return verificationDetails(fact.verification)
    case 'graded':
      return { from: fact.from, to: fact.card }
    case 'measure_taken':
      return { measure: fact.kind, legal_basis: fact.legalBasis }
    case 'fed_back':
      return resultDetails(fact.result)
    case 'closed':
      return closedDetails(fact.result)
    case 'reminded':
    case 'supervised':
      return { promise_id: fact.promiseId }
    case 'commented':
      return { text: fact.text }
    case 'acknowledged':
    case 'returned':
    case 'escalated':
    case 'verification_started':
    case 'identity_revealed':
      return {}
  }
}

interface Concerns {
  readonly dispatch_id: string
  readonly department: string
}

const nobody: Concerns = { dispatch_id: '', department: '' }

/** The dispatch and department a fact is about. */
function concernsOf(fact: CaseFact, after: Case): Concerns {
  if (fact.type === 'dispatched') return fact.dispatch
  if ('dispatchId' in fact) {
    const dispatch = after.dispatches.find((one) => one.dispatch_id === fact.dispatchId)
    return dispatch ?? nobody
  }
  if (!('promiseId' in fact)) return nobody
  const promise: CasePromiseState | undefined = after.promises.find(
    (one) => one.promise_id === fact.promiseId,
  )
  return promise ?? nobody
}

/** The case event of one step, as published. Deterministic: the same step gives the same record. */
export function toCaseEvent({ fact, after }: Step): CaseEvent {
  const { dispatch_id, department } = concernsOf(fact, after)
  const provisional = fact.provisional.length > 0 ? { provisional: fact.provisional.join(',') } : {}
  return {
    event_id: `${after.caseId}-${after.sequence}`,
    case_id: after.caseId,
    sequence: after.sequence,
    type: fact.type,
    occurred_at: fact.at,
    actor: fact.actor.user,
    actor_role: fact.actor.role,
    actor_department: fact.actor.department,
    state: after.state,
    subject_id: after.subjectId,
    risk_type: after.riskType,
    level: after.level,
    card: after.card,
    region: after.region,
    dispatch_id,
    department,
    promises: fact.promises,
    kept: fact.kept,
    withdrawn: fact.withdrawn,
    reason: fact.reason,
    details: { ...detailsOf(fact), ...provisional },
  }
}
