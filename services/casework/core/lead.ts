/** What a warning does: open a lead, join one, or rest with a case that was cleared (domain.md 3.2 no. 4). Pure. */
import type { AlertLevel, Warning } from '../../../schemas/types.ts'
import { dayMs } from '../../platform/calendar/day.ts'
import { isHigher, openPromises } from './case.ts'
import type { Case, CasePromiseState, WarningFacts } from './case.ts'
import { dispatchVerification, informByLevel } from './dispatching.ts'
import { Draft } from './draft.ts'
import type { Context, NewPromise, Step } from './draft.ts'
import { termOf } from './limits.ts'
import { regionOf } from './routing.ts'

/** For so long a cleared subject is left in peace, unless something worse or new turns up. */
export const suppressionMs = 30 * dayMs

/** The cases a warning may belong to: the open one of its subject and risk type, and the last one cleared. */
export interface Candidates {
  readonly open: Case | undefined
  readonly cleared: Case | undefined
}

function factsOf(warning: Warning): WarningFacts {
  return {
    warningId: warning.warning_id,
    level: warning.level,
    score: warning.score,
    ruleIds: [...new Set(warning.rules.map((rule) => rule.rule_id))],
    families: [...new Set(warning.rules.map((rule) => rule.family))],
    headline: warning.explanation,
  }
}

/** True when the cleared case already answers this warning: within 30 days, no higher level, no new family of rules. */
export function isSuppressed(cleared: Case, warning: WarningFacts, now: number): boolean {
  if (cleared.card !== 'cleared') return false
  const isRecent = cleared.closedAt !== null && now < cleared.closedAt + suppressionMs
  const isKnown = warning.families.every((family) => cleared.families.includes(family))
  return isRecent && isKnown && !isHigher(warning.level, cleared.level)
}

/** Promises that would end sooner at the higher level: the old one goes, a shorter one comes. */
function tightened(
  draft: Draft,
  level: AlertLevel,
): { readonly promises: readonly NewPromise[]; readonly withdrawn: readonly string[] } {
  const { calendar, now } = draft.context
  const raised = { riskType: draft.current.riskType, level }
  const isSooner = (promise: CasePromiseState): boolean =>
    termOf(calendar, promise.node, raised, now).dueAt < promise.due_at
  const changed = openPromises(draft.current).filter(isSooner)
  return {
    withdrawn: changed.map((promise) => promise.promise_id),
    promises: changed.map(({ node, department, dispatch_id: dispatchId }) => ({
      node,
      department,
      dispatchId,
      level,
    })),
  }
}

function appendTo(draft: Draft, facts: WarningFacts): void {
  draft.add({ type: 'warning_appended', warning: facts })
  const { level } = draft.current
  if (!isHigher(facts.level, level)) return
  draft.add({ type: 'level_raised', from: level, level: facts.level }, tightened(draft, facts.level))
  informByLevel(draft)
}

/**
 * Decides over one warning that was not seen before.
 * @param caseId id of the lead if one is opened; derived from the warning by the caller, so that a replay gives the same
 * @returns the facts, all of one case: the open one, the cleared one, or a new one
 */
export function receiveWarning(
  candidates: Candidates,
  warning: Warning,
  caseId: string,
  context: Context,
): readonly Step[] {
  const facts = factsOf(warning)
  const { open, cleared } = candidates
  if (open === undefined && cleared !== undefined && isSuppressed(cleared, facts, context.now)) {
    const draft = new Draft(cleared, context)
    draft.add({ type: 'warning_suppressed', warning: facts }, { reason: 'cleared within 30 days' })
    return draft.steps
  }
  const draft = new Draft(open, context)
  if (open !== undefined) {
    appendTo(draft, facts)
    return draft.steps
  }
  const region = regionOf(warning.subject_region)
  const { subject_id: subjectId, risk_type: riskType } = warning
  draft.add({ type: 'lead_opened', caseId, subjectId, riskType, region, warning: facts })
  dispatchVerification(draft)
  return draft.steps
}
