/** The ledger of promises: what became of a deadline, seen at a moment. Pure; overdue is derived, never stored, so downtime hides nothing (G5). */
import type { PromiseView } from '../../../schemas/http/common.ts'

/** A promise as the supervisor knows it. Times are ms since 1970. */
export interface PromiseRecord extends Omit<PromiseView, 'overdue'> {
  /** How often the prosecutor reminded or supervised because of it. */
  readonly reminders: number
}

type Clocked = Pick<PromiseRecord, 'due_at' | 'kept_at' | 'withdrawn_at'>

/** Neither kept nor withdrawn. */
export function isOpen(promise: Clocked): boolean {
  return promise.kept_at === null && promise.withdrawn_at === null
}

/** Open although its time is over. At the very moment it is due it is not yet overdue. */
export function isOverdue(promise: Clocked, now: number): boolean {
  return isOpen(promise) && promise.due_at < now
}

/**
 * Counts in K1: its time is over. One that was withdrawn before that never came due; one that was withdrawn afterwards
 * had been missed, and handing the case on does not mend that.
 */
export function isDue(promise: Clocked, now: number): boolean {
  return promise.due_at < now && (promise.withdrawn_at === null || promise.withdrawn_at > promise.due_at)
}

/** Came due and had been kept by then. */
export function isKeptInTime(promise: Clocked, now: number): boolean {
  return isDue(promise, now) && promise.kept_at !== null && promise.kept_at <= promise.due_at
}

/** K1: kept in time ÷ due, open overdue ones included; null when nothing came due yet. */
export function onTimeRate(keptInTime: number, due: number): number | null {
  return due === 0 ? null : keptInTime / due
}

/** As shown to people. */
export function promiseView(promise: PromiseRecord, now: number): PromiseView {
  return {
    promise_id: promise.promise_id,
    case_id: promise.case_id,
    node: promise.node,
    department: promise.department,
    dispatch_id: promise.dispatch_id,
    made_at: promise.made_at,
    due_at: promise.due_at,
    kept_at: promise.kept_at,
    withdrawn_at: promise.withdrawn_at,
    overdue: isOverdue(promise, now),
    calendar_version: promise.calendar_version,
    provisional: promise.provisional,
    basis: promise.basis,
  }
}
