/** What a department is expected to do next about a dispatch, and what a person can do on the case page. Pure. */
import { commandTypes } from '../../../schemas/http/casework.ts'
import type { ActionView, CommandType } from '../../../schemas/http/casework.ts'
import { isOpenTask, openPromises } from './case.ts'
import type { Actor, Case, CaseDispatchState } from './case.ts'
import { guard } from './guard.ts'
import { isRefused } from './refusals.ts'

/** One expected step. */
export interface NextStep {
  readonly next: CommandType
  /** Node whose clock runs, or the command's own name where an assisting department has no clock. */
  readonly node: string
  readonly dueAt: number
}

function expectedCommand(current: Case, dispatch: CaseDispatchState): CommandType | undefined {
  if (dispatch.acknowledged_at === null) return 'acknowledge'
  const leads = dispatch.role === 'lead'
  switch (current.state) {
    case 'acknowledged':
      return leads ? 'start_verification' : 'record_verification'
    case 'verifying':
      if (current.verifications === 0) return 'record_verification'
      return leads ? 'grade' : undefined
    case 'handling':
      if (!leads) return undefined
      return current.measures === 0 ? 'take_measure' : 'feed_back'
    case 'fed_back':
      return leads ? 'close' : undefined
    default:
      return undefined
  }
}

/** Which clock a step answers. */
const nodeOf: Readonly<Partial<Record<CommandType, readonly string[]>>> = {
  acknowledge: ['acknowledge', 'triage'],
  start_verification: ['verify', 'triage'],
  record_verification: ['verify', 'triage'],
  grade: ['grade'],
  take_measure: ['measure'],
  feed_back: ['feedback'],
  close: ['close'],
}

/** The next step of a dispatch, or undefined when its department has nothing to do now. */
export function nextStepOf(current: Case, dispatch: CaseDispatchState): NextStep | undefined {
  if (!isOpenTask(dispatch)) return undefined
  const next = expectedCommand(current, dispatch)
  if (next === undefined) return undefined
  const promise = openPromises(current, nodeOf[next] ?? []).find(
    (one) => one.dispatch_id === dispatch.dispatch_id,
  )
  if (promise !== undefined) return { next, node: promise.node, dueAt: promise.due_at }
  const dueAt = next === 'acknowledge' ? dispatch.acknowledge_by : dispatch.complete_by
  return { next, node: nodeOf[next]?.[0] ?? next, dueAt }
}

const fine = { zh: '', en: '' }

/** Every command with whether this person can give it now and, if not, why. Answered by the same guard that refuses. */
export function actionsFor(current: Case, actor: Actor, now: number): ActionView[] {
  return commandTypes.map((type) => {
    const answer = guard(current, { type, dispatchId: undefined, promiseId: undefined }, actor, now)
    if (isRefused(answer)) return { type, enabled: false, dispatch_id: '', reason: answer.reason }
    const dispatch_id = answer.promise?.promise_id ?? answer.dispatch?.dispatch_id ?? ''
    return { type, enabled: true, dispatch_id, reason: fine }
  })
}
