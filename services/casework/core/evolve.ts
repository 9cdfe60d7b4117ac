/** Folds facts into a case. Pure and total: whatever was stored once folds for ever. */
import type { CaseState, PromiseNode } from '../../../schemas/http/common.ts'
import type { CasePromise, Dispatch } from '../../../schemas/types.ts'
import { isHigher, warningIdsMax } from './case.ts'
import type { Case, CaseDispatchState, CaseFact, CasePromiseState, FactFrame, WarningFacts } from './case.ts'
import { InvariantError } from './refusals.ts'

type Body<Type extends CaseFact['type']> = Extract<CaseFact, { type: Type }>

function opened(fact: Body<'lead_opened'>): Case {
  return {
    caseId: fact.caseId,
    subjectId: fact.subjectId,
    riskType: fact.riskType,
    region: fact.region,
    level: fact.warning.level,
    card: 'none',
    state: 'detected',
    score: fact.warning.score,
    headline: fact.warning.headline,
    ruleIds: fact.warning.ruleIds,
    families: fact.warning.families,
    warnings: 1,
    warningIds: [fact.warning.warningId],
    openedAt: fact.at,
    lastWarningAt: fact.at,
    lastEventAt: fact.at,
    closedAt: null,
    sequence: 1,
    dispatches: [],
    promises: [],
    verifications: 0,
    measures: 0,
    returns: 0,
    gradedBy: '',
  }
}

const union = (some: readonly string[], more: readonly string[]): readonly string[] =>
  more.every((one) => some.includes(one)) ? some : [...new Set([...some, ...more])]

function withWarning(current: Case, warning: WarningFacts, at: number): Case {
  const tellsMore = isHigher(warning.level, current.level) || warning.score > current.score
  return {
    ...current,
    score: Math.max(current.score, warning.score),
    headline: tellsMore ? warning.headline : current.headline,
    ruleIds: union(current.ruleIds, warning.ruleIds),
    families: union(current.families, warning.families),
    warnings: current.warnings + 1,
    warningIds: [...current.warningIds, warning.warningId].slice(-warningIdsMax),
    lastWarningAt: at,
  }
}

function dispatchState(dispatch: Dispatch): CaseDispatchState {
  if (dispatch.purpose === 'unknown' || dispatch.role === 'unknown') {
    throw new InvariantError(`Dispatch ${dispatch.dispatch_id} has no purpose or role`)
  }
  return {
    dispatch_id: dispatch.dispatch_id,
    department: dispatch.department,
    region: dispatch.region,
    purpose: dispatch.purpose,
    role: dispatch.role,
    sent_at: dispatch.sent_at,
    acknowledge_by: dispatch.acknowledge_by,
    complete_by: dispatch.complete_by,
    acknowledged_at: null,
    returned_at: null,
    return_reason: '',
    ended_at: null,
  }
}

function endDispatches(
  current: Case,
  at: number,
  which: (dispatch: CaseDispatchState) => boolean,
): readonly CaseDispatchState[] {
  return current.dispatches.map((dispatch) =>
    dispatch.ended_at === null && which(dispatch) ? { ...dispatch, ended_at: at } : dispatch,
  )
}

function withDispatch(current: Case, { dispatch, at }: Body<'dispatched'>): Case {
  const added = dispatchState(dispatch)
  const leads = added.role === 'lead' && added.purpose !== 'inform'
  // Who becomes the lead no longer merely assists.
  const before = leads
    ? endDispatches(
        current,
        at,
        (one) =>
          one.department === added.department && one.role === 'assist' && one.purpose === added.purpose,
      )
    : current.dispatches
  const state: CaseState = added.purpose === 'verify' ? 'alerted' : 'routed'
  return { ...current, state: leads ? state : current.state, dispatches: [...before, added] }
}

function changeDispatch(
  current: Case,
  dispatchId: string,
  change: Partial<CaseDispatchState>,
): readonly CaseDispatchState[] {
  return current.dispatches.map((one) => (one.dispatch_id === dispatchId ? { ...one, ...change } : one))
}

/** State after a fact that only the lead's own doing moves. */
function movedByLead(current: Case, dispatchId: string, state: CaseState): CaseState {
  const dispatch = current.dispatches.find((one) => one.dispatch_id === dispatchId)
  if (dispatch === undefined) throw new InvariantError(`Case ${current.caseId} has no dispatch ${dispatchId}`)
  return dispatch.role === 'lead' ? state : current.state
}

function acknowledged(current: Case, fact: Body<'acknowledged'>): Case {
  const dispatch = current.dispatches.find((one) => one.dispatch_id === fact.dispatchId)
  const state = dispatch?.purpose === 'handle' ? 'handling' : 'acknowledged'
  return {
    ...current,
    state: movedByLead(current, fact.dispatchId, state),
    dispatches: changeDispatch(current, fact.dispatchId, { acknowledged_at: fact.at }),
  }
}

function returned(current: Case, fact: Body<'returned'>): Case {
  const state = movedByLead(current, fact.dispatchId, 'returned')
  return {
    ...current,
    state,
    returns: state === 'returned' ? current.returns + 1 : current.returns,
    dispatches: changeDispatch(current, fact.dispatchId, {
      returned_at: fact.at,
      return_reason: fact.reason,
      ended_at: fact.at,
    }),
  }
}

function graded(current: Case, fact: Body<'graded'>): Case {
  return {
    ...current,
    state: 'graded',
    card: fact.card,
    gradedBy: fact.actor.user,
    dispatches: endDispatches(current, fact.at, (one) => one.purpose !== 'inform'),
  }
}

/** What a fact says by itself, before its deadlines are booked. */
function apply(current: Case, fact: CaseFact): Case {
  switch (fact.type) {
    case 'lead_opened':
      throw new InvariantError(`Case ${current.caseId} is opened twice`)
    case 'warning_appended':
      return withWarning(current, fact.warning, fact.at)
    case 'level_raised':
      return { ...current, level: fact.level }
    case 'dispatched':
      return withDispatch(current, fact)
    case 'acknowledged':
      return acknowledged(current, fact)
    case 'returned':
      return returned(current, fact)
    case 'verification_started':
      return { ...current, state: 'verifying' }
    case 'verified':
      return { ...current, state: 'verifying', verifications: current.verifications + 1 }
    case 'graded':
      return graded(current, fact)
    case 'measure_taken':
      return {
        ...current,
        state: movedByLead(current, fact.dispatchId, 'handling'),
        measures: current.measures + 1,
      }
    case 'fed_back':
      return { ...current, state: 'fed_back' }
    case 'closed':
      return {
        ...current,
        state: 'closed',
        closedAt: fact.at,
        dispatches: endDispatches(current, fact.at, () => true),
      }
    case 'warning_suppressed':
    case 'escalated':
    case 'reminded':
    case 'supervised':
    case 'commented':
    case 'identity_revealed':
      return current
  }
}

function promiseState(promise: CasePromise, frame: FactFrame): CasePromiseState {
  return {
    promise_id: promise.promise_id,
    node: promise.node as PromiseNode,
    department: promise.department,
    dispatch_id: promise.dispatch_id,
    made_at: promise.made_at,
    due_at: promise.due_at,
    kept_at: null,
    withdrawn_at: null,
    calendar_version: promise.calendar_version,
    provisional: frame.provisional.includes(promise.promise_id),
    basis: promise.basis,
    reminders: 0,
  }
}

function settle(promise: CasePromiseState, fact: CaseFact): CasePromiseState {
  if (fact.kept.includes(promise.promise_id)) return { ...promise, kept_at: fact.at }
  if (fact.withdrawn.includes(promise.promise_id)) return { ...promise, withdrawn_at: fact.at }
  const about = fact.type === 'reminded' || fact.type === 'supervised' ? fact.promiseId : undefined
  return about === promise.promise_id ? { ...promise, reminders: promise.reminders + 1 } : promise
}

function withPromises(current: Case, fact: CaseFact): readonly CasePromiseState[] {
  const touches = fact.kept.length + fact.withdrawn.length > 0 || 'promiseId' in fact
  const before = touches ? current.promises.map((promise) => settle(promise, fact)) : current.promises
  if (fact.promises.length === 0) return before
  return [...before, ...fact.promises.map((promise) => promiseState(promise, fact))]
}

/**
 * The case after one more fact. The first fact of a case is `lead_opened`, and only that.
 * @throws InvariantError when the facts do not belong together
 */
export function evolve(current: Case | undefined, fact: CaseFact): Case {
  if (current === undefined) {
    if (fact.type !== 'lead_opened')
      throw new InvariantError(`A case begins with lead_opened, not ${fact.type}`)
    return opened(fact)
  }
  const next = apply(current, fact)
  return {
    ...next,
    promises: withPromises(next, fact),
    lastEventAt: fact.at,
    sequence: current.sequence + 1,
  }
}
