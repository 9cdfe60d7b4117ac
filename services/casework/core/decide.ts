/** What a person's command does to a case: facts, or a refusal. Pure. */
import type { Command } from '../../../schemas/http/casework.ts'
import type { CaseState, GradeCard, PromiseNode } from '../../../schemas/http/common.ts'
import { isOpenTask, openPromises } from './case.ts'
import type { Case, CaseDispatchState, CasePromiseState } from './case.ts'
import { dispatchHandling, redispatch } from './dispatching.ts'
import { Draft } from './draft.ts'
import type { Context, NewPromise, Step } from './draft.ts'
import { guard } from './guard.ts'
import type { Allowed } from './guard.ts'
import { InvariantError, isRefused, refuse } from './refusals.ts'
import type { Refused } from './refusals.ts'

/** A command without the parts that only storage needs. */
export type CaseCommand = Omit<Command, 'command_id' | 'expected_sequence'>

interface Handling {
  readonly draft: Draft
  readonly command: CaseCommand
  readonly allowed: Allowed
}

const idsOf = (promises: readonly CasePromiseState[]): readonly string[] =>
  promises.map((promise) => promise.promise_id)

function openOf(
  draft: Draft,
  nodes: readonly PromiseNode[],
  dispatch?: CaseDispatchState,
): readonly string[] {
  return idsOf(
    openPromises(draft.current, nodes).filter(
      (promise) => dispatch === undefined || promise.dispatch_id === dispatch.dispatch_id,
    ),
  )
}

function withdrawOthers(draft: Draft, kept: readonly string[]): readonly string[] {
  return idsOf(openPromises(draft.current)).filter((id) => !kept.includes(id))
}

function theDispatch(allowed: Allowed): CaseDispatchState {
  if (allowed.dispatch === undefined) throw new InvariantError('The command needs a dispatch and has none')
  return allowed.dispatch
}

function thePromise(allowed: Allowed): CasePromiseState {
  if (allowed.promise === undefined) throw new InvariantError('The command needs a promise and has none')
  return allowed.promise
}

function promiseFor(dispatch: CaseDispatchState, node: PromiseNode): NewPromise {
  return { node, department: dispatch.department, dispatchId: dispatch.dispatch_id }
}

function acknowledge({ draft, allowed }: Handling): void {
  const dispatch = theDispatch(allowed)
  const kept = openOf(draft, ['acknowledge'], dispatch)
  const nodes: PromiseNode[] = dispatch.purpose === 'handle' ? ['measure', 'feedback'] : ['verify']
  const isTriage = dispatch.purpose === 'verify' && draft.current.riskType === 'T0'
  const promises =
    dispatch.role === 'lead' && !isTriage ? nodes.map((node) => promiseFor(dispatch, node)) : []
  draft.add({ type: 'acknowledged', dispatchId: dispatch.dispatch_id }, { kept, promises })
}

function returnDispatch({ draft, command, allowed }: Handling): Refused | undefined {
  const reason = command.reason?.trim() ?? ''
  if (reason === '') return refuse('reason_missing')
  const dispatch = theDispatch(allowed)
  const withdrawn = idsOf(
    openPromises(draft.current).filter((promise) => promise.dispatch_id === dispatch.dispatch_id),
  )
  draft.add({ type: 'returned', dispatchId: dispatch.dispatch_id }, { reason, withdrawn })
  if (dispatch.role === 'lead' && dispatch.purpose !== 'inform') redispatch(draft, dispatch.purpose, reason)
  return undefined
}

function recordVerification({ draft, command, allowed }: Handling): Refused | undefined {
  const { verification } = command
  const isComplete =
    verification !== undefined &&
    verification.place.trim() !== '' &&
    verification.findings.trim() !== '' &&
    verification.people.some((person) => person.trim() !== '')
  if (!isComplete) return refuse('verification_incomplete')
  if (verification.visited_at > draft.context.now) return refuse('visited_in_future')
  const kept = openOf(draft, ['verify', 'triage'])
  const lead = draft.current.dispatches.find((one) => one.role === 'lead' && isOpenTask(one))
  const promises = kept.length > 0 && lead !== undefined ? [promiseFor(lead, 'grade')] : []
  draft.add(
    { type: 'verified', dispatchId: theDispatch(allowed).dispatch_id, verification },
    { kept, promises },
  )
  return undefined
}

function grade({ draft, command, allowed }: Handling): Refused | undefined {
  const { card } = command
  const reason = command.reason?.trim() ?? ''
  const from: GradeCard = draft.current.card
  if (card === undefined) return refuse('card_missing')
  if (card === from) return refuse('card_unchanged')
  if (reason === '') return refuse('reason_missing')
  const dispatchId = theDispatch(allowed).dispatch_id
  const kept = openOf(draft, ['verify', 'triage', 'grade'])
  const withdrawn = withdrawOthers(draft, kept)
  draft.add({ type: 'graded', dispatchId, from, card }, { reason, kept, withdrawn })
  if (card === 'cleared') draft.add({ type: 'closed', dispatchId, result: null }, { reason })
  else dispatchHandling(draft, card)
  return undefined
}

function takeMeasure({ draft, command, allowed }: Handling): Refused | undefined {
  const { measure } = command
  const isComplete = measure !== undefined && measure.kind.trim() !== '' && measure.legal_basis.trim() !== ''
  if (!isComplete) return refuse('measure_incomplete')
  const dispatch = theDispatch(allowed)
  draft.add(
    {
      type: 'measure_taken',
      dispatchId: dispatch.dispatch_id,
      kind: measure.kind,
      legalBasis: measure.legal_basis,
    },
    { kept: openOf(draft, ['measure'], dispatch) },
  )
  return undefined
}

function feedBack({ draft, command, allowed }: Handling): Refused | undefined {
  const { result } = command
  if (result === undefined) return refuse('result_missing')
  const dispatch = theDispatch(allowed)
  draft.add(
    { type: 'fed_back', dispatchId: dispatch.dispatch_id, result },
    { kept: openOf(draft, ['feedback'], dispatch), promises: [promiseFor(dispatch, 'feedback')] },
  )
  return undefined
}

function close({ draft, command, allowed }: Handling): Refused | undefined {
  const { result } = command
  if (result === undefined) return refuse('result_missing')
  if (result.paper.trim() === '') return refuse('paper_missing')
  // The closing report is the last feedback, so it answers that clock too.
  const kept = openOf(draft, ['close', 'feedback'])
  const withdrawn = withdrawOthers(draft, kept)
  const dispatchId = theDispatch(allowed).dispatch_id
  draft.add({ type: 'closed', dispatchId, result }, { kept, withdrawn, reason: command.reason?.trim() ?? '' })
  return undefined
}

function urge(type: 'reminded' | 'supervised', { draft, command, allowed }: Handling): Refused | undefined {
  const reason = command.reason?.trim() ?? ''
  if (reason === '') return refuse('reason_missing')
  draft.add({ type, promiseId: thePromise(allowed).promise_id }, { reason })
  return undefined
}

function comment({ draft, command }: Handling): Refused | undefined {
  const text = command.text?.trim() ?? ''
  if (text === '') return refuse('text_missing')
  draft.add({ type: 'commented', text })
  return undefined
}

function carryOut(handling: Handling): Refused | undefined {
  switch (handling.command.type) {
    case 'acknowledge':
      acknowledge(handling)
      return undefined
    case 'return':
      return returnDispatch(handling)
    case 'start_verification':
      handling.draft.add({
        type: 'verification_started',
        dispatchId: theDispatch(handling.allowed).dispatch_id,
      })
      return undefined
    case 'record_verification':
      return recordVerification(handling)
    case 'grade':
      return grade(handling)
    case 'take_measure':
      return takeMeasure(handling)
    case 'feed_back':
      return feedBack(handling)
    case 'close':
      return close(handling)
    case 'remind':
      return urge('reminded', handling)
    case 'supervise':
      return urge('supervised', handling)
    case 'comment':
      return comment(handling)
  }
}

/** Holds the decision against the table: the machine may not end up where no cell leads. */
function assertMove(allowed: Allowed, before: CaseState, after: Case): void {
  if (after.state === before || allowed.move.to.includes(after.state)) return
  throw new InvariantError(
    `Case ${after.caseId} moved from ${before} to ${after.state}, which no cell allows`,
  )
}

/**
 * Decides over one command.
 * @returns the facts in order (at least one), or why not; a refusal changes nothing
 */
export function decide(current: Case, command: CaseCommand, context: Context): readonly Step[] | Refused {
  const request = { type: command.type, dispatchId: command.dispatch_id, promiseId: command.promise_id }
  const allowed = guard(current, request, context.actor, context.now)
  if (isRefused(allowed)) return allowed
  const draft = new Draft(current, context)
  const refused = carryOut({ draft, command, allowed })
  if (refused !== undefined) return refused
  assertMove(allowed, current.state, draft.current)
  return draft.steps
}

/** Records that somebody opened the sealed identity, with the reason. Allowed in every state to whoever may read the case. */
export function revealIdentity(current: Case, reason: string, context: Context): readonly Step[] {
  const draft = new Draft(current, context)
  draft.add({ type: 'identity_revealed' }, { reason })
  return draft.steps
}
