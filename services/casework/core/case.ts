/** What is known of one lead or case, and the facts that make it up. Pure types and look-ups; `evolve.ts` folds them. */
import type {
  AlertLevel,
  Bilingual,
  CaseState,
  GradeCard,
  PromiseView,
  Role,
} from '../../../schemas/http/common.ts'
import type { Command, DispatchView } from '../../../schemas/http/casework.ts'
import type { CasePromise, Dispatch } from '../../../schemas/types.ts'

/** Who did something. `system` is the product itself: it opens, routes and counts time; it never grades or closes (G8). */
export interface Actor {
  readonly user: string
  readonly role: Role | 'system'
  /** D01–D17, or empty for the system. */
  readonly department: string
}

/** The product itself. */
export const system: Actor = { user: 'system', role: 'system', department: '' }

/** A deadline of the case, as it stands. */
export interface CasePromiseState extends Omit<PromiseView, 'overdue' | 'case_id'> {
  /** Reminders and supervision notes about it. */
  readonly reminders: number
}

/** A dispatch of the case, as it stands. */
export interface CaseDispatchState extends Omit<DispatchView, 'department_name'> {
  readonly region: string
  /** When it stopped mattering: returned, superseded, case closed; null while open. */
  readonly ended_at: number | null
}

/** What the casework keeps of a warning inside the case; the warning itself stays in its own table. */
export interface WarningFacts {
  readonly warningId: string
  readonly level: AlertLevel
  readonly score: number
  readonly ruleIds: readonly string[]
  readonly families: readonly string[]
  readonly headline: Bilingual
}

/** One lead or case: the fold of its facts. */
export interface Case {
  readonly caseId: string
  readonly subjectId: string
  readonly riskType: string
  readonly region: string
  /** Highest level of its warnings: raised only. */
  readonly level: AlertLevel
  readonly card: GradeCard
  readonly state: CaseState
  /** Highest score of its warnings. */
  readonly score: number
  readonly headline: Bilingual
  readonly ruleIds: readonly string[]
  readonly families: readonly string[]
  /** Count of warnings appended. */
  readonly warnings: number
  /** The newest, at most `warningIdsMax`. */
  readonly warningIds: readonly string[]
  readonly openedAt: number
  readonly lastWarningAt: number
  readonly lastEventAt: number
  readonly closedAt: number | null
  /** Sequence of the newest event: the version for optimistic locking. */
  readonly sequence: number
  readonly dispatches: readonly CaseDispatchState[]
  readonly promises: readonly CasePromiseState[]
  readonly verifications: number
  readonly measures: number
  readonly returns: number
  /** User who set the card, or empty. */
  readonly gradedBy: string
}

/** How many warning ids a case and a dispatch carry; the rest is in the warnings table. */
export const warningIdsMax = 20

/** Result of a handling, as reported. */
export type HandlingResult = NonNullable<Command['result']>

/** A visit on site, as recorded. */
export type VerificationRecord = NonNullable<Command['verification']>

/** The kinds of fact, each with what only it carries. */
export type FactBody =
  | {
      readonly type: 'lead_opened'
      readonly caseId: string
      readonly subjectId: string
      readonly riskType: string
      readonly region: string
      readonly warning: WarningFacts
    }
  | { readonly type: 'warning_appended'; readonly warning: WarningFacts }
  | { readonly type: 'warning_suppressed'; readonly warning: WarningFacts }
  | { readonly type: 'level_raised'; readonly from: AlertLevel; readonly level: AlertLevel }
  | { readonly type: 'dispatched'; readonly dispatch: Dispatch }
  | { readonly type: 'acknowledged'; readonly dispatchId: string }
  | { readonly type: 'returned'; readonly dispatchId: string }
  | { readonly type: 'escalated'; readonly dispatchId: string }
  | { readonly type: 'verification_started'; readonly dispatchId: string }
  | { readonly type: 'verified'; readonly dispatchId: string; readonly verification: VerificationRecord }
  | {
      readonly type: 'graded'
      readonly dispatchId: string
      readonly from: GradeCard
      readonly card: Exclude<GradeCard, 'none'>
    }
  | {
      readonly type: 'measure_taken'
      readonly dispatchId: string
      readonly kind: string
      readonly legalBasis: string
    }
  | { readonly type: 'fed_back'; readonly dispatchId: string; readonly result: HandlingResult }
  | { readonly type: 'closed'; readonly dispatchId: string; readonly result: HandlingResult | null }
  | { readonly type: 'reminded'; readonly promiseId: string }
  | { readonly type: 'supervised'; readonly promiseId: string }
  | { readonly type: 'commented'; readonly text: string }
  | { readonly type: 'identity_revealed' }

/** What every fact carries: when, who, why, and what it did to the deadlines. */
export interface FactFrame {
  readonly at: number
  readonly actor: Actor
  readonly reason: string
  readonly promises: readonly CasePromise[]
  readonly kept: readonly string[]
  readonly withdrawn: readonly string[]
  /** Promises made here that rest on an assumed calendar. */
  readonly provisional: readonly string[]
}

/** One fact in the life of a case. */
export type CaseFact = FactBody & FactFrame

/** Alert levels, mildest first. */
export const levels = ['blue', 'yellow', 'orange', 'red'] as const satisfies readonly AlertLevel[]

/** Whether the first level is more serious than the second. */
export function isHigher(level: AlertLevel, than: AlertLevel): boolean {
  return levels.indexOf(level) > levels.indexOf(than)
}

/** The open lead dispatch: the department that has the ball. */
export function leadDispatch(current: Case): CaseDispatchState | undefined {
  return current.dispatches.findLast((dispatch) => dispatch.role === 'lead' && isOpenTask(dispatch))
}

/** A dispatch that asks for work and still stands. */
export function isOpenTask(dispatch: CaseDispatchState): boolean {
  return dispatch.ended_at === null && dispatch.purpose !== 'inform'
}

/** A promise neither kept nor withdrawn. */
export function isOpenPromise(promise: CasePromiseState): boolean {
  return promise.kept_at === null && promise.withdrawn_at === null
}

/** Open promises of some nodes, or all. */
export function openPromises(current: Case, nodes?: readonly string[]): readonly CasePromiseState[] {
  return current.promises.filter(
    (promise) => isOpenPromise(promise) && (nodes === undefined || nodes.includes(promise.node)),
  )
}

/** A promise whose time is over while it is open. */
export function isOverdue(promise: CasePromiseState, now: number): boolean {
  return isOpenPromise(promise) && now > promise.due_at
}
