/** Whether a command is possible at all: role, state, dispatch, node gates. The same answer greys out a button and refuses a request. Pure. */
import type { CommandType } from '../../../schemas/http/casework.ts'
import { isOpenTask, isOverdue, leadDispatch, openPromises } from './case.ts'
import type { Actor, Case, CaseDispatchState, CasePromiseState } from './case.ts'
import { returnsMax } from './dispatching.ts'
import { permissionOf } from './permissions.ts'
import type { Permission } from './permissions.ts'
import { isRefused, refuse } from './refusals.ts'
import type { Refused } from './refusals.ts'
import { decider } from './routing.ts'
import { transitions } from './transitions.ts'
import type { Move } from './transitions.ts'

/** What is asked, as far as the guard cares. */
export interface Request {
  readonly type: CommandType
  readonly dispatchId: string | undefined
  readonly promiseId: string | undefined
}

/** A command that may be carried out, with what it is about. */
export interface Allowed {
  readonly move: Move
  readonly dispatch: CaseDispatchState | undefined
  readonly promise: CasePromiseState | undefined
}

type Purpose = CaseDispatchState['purpose'] | 'any'

/** Which kind of dispatch a command belongs to. */
const purposeOf: Readonly<Record<CommandType, Purpose>> = {
  acknowledge: 'any',
  return: 'any',
  start_verification: 'verify',
  record_verification: 'verify',
  grade: 'any',
  take_measure: 'handle',
  feed_back: 'handle',
  close: 'handle',
  remind: 'any',
  supervise: 'any',
  comment: 'any',
}

/** The dispatch through which somebody acts: the one named, else their department's open one (the lead's first). */
function dispatchFor(
  current: Case,
  actor: Actor,
  request: Request,
  permission: Permission,
): CaseDispatchState | undefined | Refused {
  if (permission === 'reader') return undefined
  const own = current.dispatches.filter(
    (dispatch) =>
      isOpenTask(dispatch) &&
      dispatch.department === actor.department &&
      (request.dispatchId === undefined || dispatch.dispatch_id === request.dispatchId),
  )
  const found = own.find((dispatch) => dispatch.role === 'lead') ?? own[0]
  if (found === undefined) return refuse('no_dispatch')
  return permission === 'lead' && found.role !== 'lead' ? refuse('lead_only') : found
}

/** The promise a reminder is about: the one named, else the one due first. */
function promiseFor(current: Case, request: Request, now: number): CasePromiseState | undefined | Refused {
  if (request.type !== 'remind' && request.type !== 'supervise') return undefined
  const open = openPromises(current).toSorted((a, b) => a.due_at - b.due_at)
  const named = request.promiseId
  const found = named === undefined ? open[0] : open.find((promise) => promise.promise_id === named)
  if (found === undefined) {
    if (named === undefined) return refuse('nothing_open')
    const isKnown = current.promises.some((promise) => promise.promise_id === named)
    return refuse(isKnown ? 'promise_settled' : 'promise_unknown')
  }
  return request.type === 'supervise' && !isOverdue(found, now) ? refuse('not_overdue') : found
}

function gateReturn(current: Case, dispatch: CaseDispatchState | undefined): Refused | undefined {
  if (dispatch?.role !== 'lead') return undefined
  if (dispatch.department === decider) return refuse('decider_cannot_return')
  if (current.returns >= returnsMax) return refuse('returns_exhausted')
  return current.measures > 0 ? refuse('measure_taken') : undefined
}

/** Node gates (domain.md 4.6): what must be there before a node is passed. */
function gate(
  current: Case,
  type: CommandType,
  dispatch: CaseDispatchState | undefined,
  actor: Actor,
): Refused | undefined {
  if (type === 'acknowledge') {
    return dispatch?.acknowledged_at === null ? undefined : refuse('already_acknowledged')
  }
  if (type === 'return') return gateReturn(current, dispatch)
  const purpose = purposeOf[type]
  if (dispatch !== undefined && purpose !== 'any' && dispatch.purpose !== purpose)
    return refuse('wrong_purpose')
  if (dispatch !== undefined && dispatch.acknowledged_at === null) return refuse('not_acknowledged')
  if (type === 'grade') {
    if (current.verifications === 0) return refuse('verification_missing')
    return current.card !== 'none' && actor.user === current.gradedBy ? refuse('second_person') : undefined
  }
  return type === 'close' && current.measures === 0 ? refuse('measure_missing') : undefined
}

/** Whether `actor` may do this now; its payload is checked later, by `decide`. */
export function guard(current: Case, request: Request, actor: Actor, now: number): Allowed | Refused {
  const permission = permissionOf(actor.role, request.type)
  if (permission === 'never') return refuse('not_permitted')
  const cell = transitions[current.state][request.type]
  if ('stop' in cell) return refuse(cell.stop)
  const dispatch = dispatchFor(current, actor, request, permission)
  if (dispatch !== undefined && isRefused(dispatch)) return dispatch
  const promise = promiseFor(current, request, now)
  if (promise !== undefined && isRefused(promise)) return promise
  return gate(current, request.type, dispatch, actor) ?? { move: cell, dispatch, promise }
}

/** The department that has the ball, or empty when the case is closed. */
export function ownerOf(current: Case): string {
  return leadDispatch(current)?.department ?? ''
}
