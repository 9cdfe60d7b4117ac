/** Sends a case to departments: lead, assistants, copies, each with frozen deadlines. Pure. */
import type { Dispatch } from '../../../schemas/types.ts'
import type { Draft } from './draft.ts'
import { limitOf, termOf } from './limits.ts'
import { copiesOf, decider, routeOf } from './routing.ts'
import type { Route, RoutedCard } from './routing.ts'
import { leadDispatch } from './case.ts'
import { deadline } from '../../platform/calendar/deadline.ts'

type Purpose = 'verify' | 'handle' | 'inform'

interface Addressee {
  readonly department: string
  readonly purpose: Purpose
  readonly role: 'lead' | 'assist'
  readonly region?: string
}

interface Times {
  readonly acknowledge_by: number
  readonly complete_by: number
}

/** When the addressee is expected to have answered and finished. A copy asks for nothing, so both are the sending time. */
function timesOf(draft: Draft, purpose: Purpose): Times {
  const { calendar, now } = draft.context
  const { riskType, level } = draft.current
  if (purpose === 'inform') return { acknowledge_by: now, complete_by: now }
  const acknowledge = termOf(calendar, 'acknowledge', draft.current, now).dueAt
  if (purpose === 'handle') {
    return { acknowledge_by: acknowledge, complete_by: termOf(calendar, 'close', draft.current, now).dueAt }
  }
  if (riskType === 'T0') {
    const triage = termOf(calendar, 'triage', draft.current, now).dueAt
    return { acknowledge_by: triage, complete_by: triage }
  }
  const verify = limitOf('verify', riskType, level).limit
  return { acknowledge_by: acknowledge, complete_by: deadline(calendar, acknowledge, verify).dueAt }
}

function promisesOf(draft: Draft, { department, purpose, role }: Addressee, dispatchId: string) {
  if (role !== 'lead' || purpose === 'inform') return []
  const promise = { department, dispatchId }
  if (purpose === 'handle') {
    return [
      { ...promise, node: 'acknowledge' as const },
      { ...promise, node: 'close' as const },
    ]
  }
  return [
    { ...promise, node: draft.current.riskType === 'T0' ? ('triage' as const) : ('acknowledge' as const) },
  ]
}

/** Sends one dispatch. */
function send(draft: Draft, addressee: Addressee, reason = ''): void {
  const { current, context } = draft
  const dispatchId = `${current.caseId}-d${current.dispatches.length + 1}`
  const dispatch: Dispatch = {
    dispatch_id: dispatchId,
    case_id: current.caseId,
    department: addressee.department,
    region: addressee.region ?? current.region,
    purpose: addressee.purpose,
    role: addressee.role,
    subject_id: current.subjectId,
    risk_type: current.riskType,
    level: current.level,
    card: current.card,
    sent_at: context.now,
    ...timesOf(draft, addressee.purpose),
    calendar_version: context.calendar.version,
    warning_ids: current.warningIds,
    explanation: current.headline,
  }
  draft.add({ type: 'dispatched', dispatch }, { reason, promises: promisesOf(draft, addressee, dispatchId) })
}

/** Tells a department once per region; a second copy of the same case says nothing new. */
function inform(draft: Draft, department: string, region: string): void {
  const isTold = draft.current.dispatches.some(
    (one) => one.department === department && one.region === region,
  )
  if (!isTold) send(draft, { department, region, purpose: 'inform', role: 'assist' })
}

function sendRoute(draft: Draft, route: Route, purpose: 'verify' | 'handle'): void {
  send(draft, { department: route.lead, purpose, role: 'lead' })
  for (const department of route.assist) send(draft, { department, purpose, role: 'assist' })
  for (const department of route.copy) inform(draft, department, draft.current.region)
}

/** Copies that the alert level asks for (4.2 level effect). */
export function informByLevel(draft: Draft): void {
  const { riskType, level, region } = draft.current
  const lead = leadDispatch(draft.current)?.department ?? routeOf(riskType, 'verify').lead
  for (const copy of copiesOf(level, lead, region)) inform(draft, copy.department, copy.region)
}

/** A lead was opened: verification goes out. */
export function dispatchVerification(draft: Draft): void {
  sendRoute(draft, routeOf(draft.current.riskType, 'verify'), 'verify')
  informByLevel(draft)
}

/** A card was set: handling goes out. */
export function dispatchHandling(draft: Draft, card: RoutedCard): void {
  sendRoute(draft, routeOf(draft.current.riskType, card), 'handle')
}

/** At most so many returns; then D14 decides who acts (domain.md 4.6). */
export const returnsMax = 2

/** After a return: the next department of the route that has not returned it yet, else D14; after the second return always D14. */
export function redispatch(draft: Draft, purpose: 'verify' | 'handle', reason: string): void {
  const { current } = draft
  const card = current.card === 'none' || current.card === 'cleared' ? 'verify' : current.card
  const refusedBy = new Set(
    current.dispatches.flatMap((one) => (one.returned_at === null ? [] : [one.department])),
  )
  const next = routeOf(current.riskType, card).next.find((department) => !refusedBy.has(department))
  const department = current.returns >= returnsMax ? decider : (next ?? decider)
  send(draft, { department, purpose, role: 'lead' }, reason)
  const sent = leadDispatch(draft.current)
  if (department === decider && sent !== undefined) {
    draft.add({ type: 'escalated', dispatchId: sent.dispatch_id }, { reason })
  }
}
