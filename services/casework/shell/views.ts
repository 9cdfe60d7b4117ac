/** Stored rows as the HTTP API shows them. Pure: no clock, no database. */
import { departments, riskTypes } from '../../../schemas/reference.ts'
import type { CaseEventView, DispatchView, LeadSummary, WarningView } from '../../../schemas/http/casework.ts'
import type { Bilingual, PromiseView } from '../../../schemas/http/common.ts'
import type { Warning } from '../../../schemas/types.ts'
import { isOverdue, openPromises } from '../core/case.ts'
import type { Case } from '../core/case.ts'
import { ownerOf } from '../core/guard.ts'

function nameOf(
  list: readonly { readonly code: string; readonly name: Bilingual }[],
  code: string,
): Bilingual {
  return list.find((one) => one.code === code)?.name ?? { zh: code, en: code }
}

/** Characters of the pseudonym that a label shows. */
const labelLength = 10

/** One lead or case in a list. */
export function leadSummary(current: Case, now: number): LeadSummary {
  const open = openPromises(current)
  return {
    case_id: current.caseId,
    subject_id: current.subjectId,
    subject_label: current.subjectId.slice(0, labelLength),
    risk_type: current.riskType,
    risk_type_name: nameOf(riskTypes, current.riskType),
    level: current.level,
    card: current.card,
    state: current.state,
    region: current.region,
    score: current.score,
    rule_ids: [...current.ruleIds],
    headline: current.headline,
    warnings: current.warnings,
    opened_at: current.openedAt,
    last_warning_at: current.lastWarningAt,
    owner: ownerOf(current),
    next_due_at: open.length === 0 ? null : Math.min(...open.map((promise) => promise.due_at)),
    overdue: open.filter((promise) => isOverdue(promise, now)).length,
  }
}

/** Dispatches of a case, oldest first. */
export function dispatchViews(current: Case): DispatchView[] {
  return current.dispatches.map(({ region: _region, ended_at: _ended, ...dispatch }) => ({
    ...dispatch,
    department_name: nameOf(departments, dispatch.department),
  }))
}

/** Deadlines of a case, in the order they were made. */
export function promiseViews(current: Case, now: number): PromiseView[] {
  return current.promises.map(({ reminders: _reminders, ...promise }) => ({
    ...promise,
    case_id: current.caseId,
    overdue: isOverdue({ ...promise, reminders: 0 }, now),
  }))
}

/** A warning with its evidence. */
export function warningView(warning: Warning, receivedAt: number): WarningView {
  return {
    warning_id: warning.warning_id,
    level: warning.level,
    score: warning.score,
    event_time: warning.event_time,
    received_at: receivedAt,
    explanation: warning.explanation,
    rules: warning.rules.map((rule) => ({
      ...rule,
      basis: [...rule.basis],
      values: { ...rule.values },
      thresholds: { ...rule.thresholds },
    })),
    evidence: warning.evidence.map((one) => ({ ...one })),
    rule_set: `${warning.rule_set_id} v${warning.rule_set_version}`,
  }
}

/** Row of an event as the timeline shows it. */
export function eventView(row: CaseEventView): CaseEventView {
  const { sequence, type, occurred_at, actor, actor_role, actor_department, state, reason, details } = row
  return { sequence, type, occurred_at, actor, actor_role, actor_department, state, reason, details }
}
