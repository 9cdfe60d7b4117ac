/** The supervisor's own copy of a case: the fold of its case events, and of nothing else. Pure. */
import { caseStates, promiseNodes } from '../../../schemas/http/common.ts'
import type { AlertLevel, CaseState, GradeCard, PromiseNode } from '../../../schemas/http/common.ts'
import type { Stage } from '../../../schemas/http/supervise.ts'
import type { CaseEvent, CasePromise } from '../../../schemas/types.ts'
import type { PromiseRecord } from './promise.ts'
import { isOpen } from './promise.ts'
import { isOpenState, stageOf } from './stage.ts'

/** A case without its promises: one row of the projection. Times are ms since 1970. */
export interface CaseRecord {
  readonly case_id: string
  readonly subject_id: string
  readonly risk_type: string
  readonly level: AlertLevel
  readonly card: GradeCard
  readonly state: CaseState
  readonly stage: Stage
  readonly is_open: boolean
  readonly region: string
  /** Department that has the ball: of the newest open promise, or the last one that had it; empty before anybody. */
  readonly owner: string
  readonly opened_at: number
  /** null while open. */
  readonly closed_at: number | null
  readonly last_event_at: number
  /** Of the newest event folded in. */
  readonly sequence: number
  readonly warnings: number
  readonly reminded: number
  readonly supervised: number
  readonly verified: boolean
  readonly measured: boolean
}

/** A case with all its promises, in the order they were made. */
export interface CaseHistory {
  readonly record: CaseRecord
  readonly promises: readonly PromiseRecord[]
}

/** Why an event cannot be folded: the history is damaged, or was written by a newer version. Nobody may guess here. */
export type BrokenReason = 'gap' | 'unknown_state' | 'unknown_node' | 'unknown_promise'

/** What folding one event comes to. A duplicate (sequence already folded) changes nothing. */
export type Evolution =
  | { readonly kind: 'evolved'; readonly history: CaseHistory }
  | { readonly kind: 'duplicate' }
  | { readonly kind: 'broken'; readonly reason: BrokenReason; readonly detail: string }

const warningTypes: ReadonlySet<string> = new Set(['lead_opened', 'warning_appended', 'warning_suppressed'])

function isCaseState(text: string): text is CaseState {
  return caseStates.some((state) => state === text)
}

function isPromiseNode(text: string): text is PromiseNode {
  return promiseNodes.some((node) => node === text)
}

function made(promise: CasePromise, node: PromiseNode, event: CaseEvent): PromiseRecord {
  return {
    promise_id: promise.promise_id,
    case_id: event.case_id,
    node,
    department: promise.department,
    dispatch_id: promise.dispatch_id,
    made_at: promise.made_at,
    due_at: promise.due_at,
    kept_at: null,
    withdrawn_at: null,
    calendar_version: promise.calendar_version,
    provisional: provisionalIds(event).includes(promise.promise_id),
    basis: promise.basis,
    reminders: 0,
  }
}

function provisionalIds(event: CaseEvent): readonly string[] {
  return event.details['provisional']?.split(',') ?? []
}

function settled(promise: PromiseRecord, event: CaseEvent): PromiseRecord {
  const isAbout =
    (event.type === 'reminded' || event.type === 'supervised') &&
    event.details['promise_id'] === promise.promise_id
  const noted = isAbout ? { ...promise, reminders: promise.reminders + 1 } : promise
  if (!isOpen(noted)) return noted
  if (event.kept.includes(noted.promise_id)) return { ...noted, kept_at: event.occurred_at }
  if (event.withdrawn.includes(noted.promise_id)) return { ...noted, withdrawn_at: event.occurred_at }
  return noted
}

type Ledger =
  | { readonly kind: 'ledger'; readonly promises: readonly PromiseRecord[] }
  | Extract<Evolution, { kind: 'broken' }>

function withPromises(before: readonly PromiseRecord[], event: CaseEvent): Ledger {
  const added: PromiseRecord[] = []
  for (const promise of event.promises) {
    if (!isPromiseNode(promise.node)) {
      return {
        kind: 'broken',
        reason: 'unknown_node',
        detail: `promise ${promise.promise_id} is for node "${promise.node}"`,
      }
    }
    added.push(made(promise, promise.node, event))
  }
  const known = new Set([...before, ...added].map((promise) => promise.promise_id))
  const unknown = [...event.kept, ...event.withdrawn].find((id) => !known.has(id))
  if (unknown !== undefined) {
    return { kind: 'broken', reason: 'unknown_promise', detail: `promise ${unknown} was never made` }
  }
  return { kind: 'ledger', promises: [...before, ...added].map((promise) => settled(promise, event)) }
}

function ownerOf(before: string, promises: readonly PromiseRecord[], event: CaseEvent): string {
  const holder = promises.findLast(isOpen)
  if (holder !== undefined) return holder.department
  const isLead = event.type === 'dispatched' && event.details['role'] === 'lead'
  return isLead ? event.department : before
}

function closedAt(before: CaseRecord | undefined, isStillOpen: boolean, event: CaseEvent): number | null {
  if (isStillOpen) return null
  return before?.closed_at ?? event.occurred_at
}

function recordOf(
  before: CaseRecord | undefined,
  promises: readonly PromiseRecord[],
  event: CaseEvent,
  state: CaseState,
): CaseRecord {
  // A case that is taken up again starts its links anew.
  const isAnew = state === 'reopened'
  const verified = !isAnew && (before?.verified === true || event.type === 'verified')
  const measured = !isAnew && (before?.measured === true || event.type === 'measure_taken')
  const isStillOpen = isOpenState(state)
  return {
    case_id: event.case_id,
    subject_id: event.subject_id,
    risk_type: event.risk_type,
    level: event.level,
    card: event.card,
    state,
    stage: stageOf(state, { verified, measured }),
    is_open: isStillOpen,
    region: event.region,
    owner: ownerOf(before?.owner ?? '', promises, event),
    opened_at: before?.opened_at ?? event.occurred_at,
    closed_at: closedAt(before, isStillOpen, event),
    last_event_at: event.occurred_at,
    sequence: event.sequence,
    warnings: (before?.warnings ?? 0) + (warningTypes.has(event.type) ? 1 : 0),
    reminded: (before?.reminded ?? 0) + (event.type === 'reminded' ? 1 : 0),
    supervised: (before?.supervised ?? 0) + (event.type === 'supervised' ? 1 : 0),
    verified,
    measured,
  }
}

/**
 * Folds one event into what is known of its case (`undefined`: nothing yet).
 * Events of one case come in sequence order without gaps; what was folded before is recognised and left alone.
 */
export function evolve(current: CaseHistory | undefined, event: CaseEvent): Evolution {
  const expected = (current?.record.sequence ?? 0) + 1
  if (event.sequence < expected) return { kind: 'duplicate' }
  if (event.sequence > expected) {
    return { kind: 'broken', reason: 'gap', detail: `expected event ${expected}, got ${event.sequence}` }
  }
  if (!isCaseState(event.state)) {
    return { kind: 'broken', reason: 'unknown_state', detail: `state "${event.state}" is not known` }
  }
  const ledger = withPromises(current?.promises ?? [], event)
  if (ledger.kind === 'broken') return ledger
  const record = recordOf(current?.record, ledger.promises, event, event.state)
  return { kind: 'evolved', history: { record, promises: ledger.promises } }
}
