/** Where a case stands on the way from the warning to the close, and the clock of each step. Pure. */
import type { CaseDetail, CaseEventView, DispatchView } from '../../../../schemas/http/casework.ts'
import type { CaseState, PromiseView } from '../../../../schemas/http/common.ts'
import type { Stage } from '../../../../schemas/http/supervise.ts'

/** The links of the loop in their order. */
export const stages = [
  'warn',
  'acknowledge',
  'verify',
  'grade',
  'route',
  'handle',
  'feed_back',
  'close',
] as const satisfies readonly Stage[]

/** One step as shown. */
export interface Step {
  readonly stage: Stage
  readonly position: 'done' | 'current' | 'ahead'
  /** The promise whose clock is shown: the open one due first, else the one kept last. */
  readonly promise: PromiseView | undefined
  /** When the step was reached, if it was. */
  readonly at: number | undefined
}

/** The step that is being worked on in each state; `all` when nothing is left to do. */
const currentStage: Readonly<Record<CaseState, Stage | 'all'>> = {
  detected: 'warn',
  alerted: 'acknowledge',
  acknowledged: 'verify',
  verifying: 'verify',
  graded: 'route',
  routed: 'handle',
  handling: 'feed_back',
  fed_back: 'close',
  review: 'close',
  closed: 'all',
  follow_up: 'all',
  archived: 'all',
  returned: 'route',
  entrusted: 'route',
  transferred: 'handle',
  merged: 'all',
  paused: 'handle',
  reopened: 'handle',
}

/** Events that say that a step was reached. */
const reachedBy: Readonly<Record<Stage, readonly string[]>> = {
  warn: ['lead_opened'],
  acknowledge: ['acknowledged'],
  verify: ['verified'],
  grade: ['graded'],
  route: [],
  handle: ['measure_taken'],
  feed_back: ['fed_back'],
  close: ['closed'],
}

/** The steps of a case. */
export function stepsOf(
  detail: Pick<CaseDetail, 'lead' | 'promises' | 'dispatches' | 'events'>,
): readonly Step[] {
  const current = currentStep(detail)
  const currentIndex = current === 'all' ? stages.length : stages.indexOf(current)
  return stages.map((stage, index) => ({
    stage,
    position: index < currentIndex ? 'done' : index === currentIndex ? 'current' : 'ahead',
    promise: shownPromise(detail.promises.filter((promise) => stageOf(promise, detail.dispatches) === stage)),
    at: reachedAt(detail.events, stage),
  }))
}

/** The first acknowledgement took the lead up, later ones belong to routing; of everything else the last one counts. */
function reachedAt(events: readonly CaseEventView[], stage: Stage): number | undefined {
  const reached = events.filter((event) => reaches(event, stage))
  return (stage === 'acknowledge' ? reached[0] : reached.at(-1))?.occurred_at
}

/** Routing is a dispatch to those who handle; only handling departments acknowledge after it. */
function reaches(event: CaseEventView, stage: Stage): boolean {
  if (stage === 'route') return event.type === 'dispatched' && event.details['purpose'] === 'handle'
  return reachedBy[stage].includes(event.type)
}

/** Verification is done but not graded yet: the state is still `verifying`, the step is not. */
function currentStep(detail: Pick<CaseDetail, 'lead' | 'events'>): Stage | 'all' {
  const { state } = detail.lead
  const verified = detail.events.some((event) => event.type === 'verified')
  if (state === 'verifying' && verified) return 'grade'
  const measured = detail.events.some((event) => event.type === 'measure_taken')
  if (state === 'handling' && !measured) return 'handle'
  return currentStage[state]
}

/** The step a promise belongs to. A handling department's acknowledgement is part of routing, not of the first step. */
export function stageOf(promise: PromiseView, dispatches: readonly DispatchView[]): Stage {
  switch (promise.node) {
    case 'triage':
      return 'acknowledge'
    case 'acknowledge': {
      const purpose = dispatches.find((dispatch) => dispatch.dispatch_id === promise.dispatch_id)?.purpose
      return purpose === 'handle' ? 'route' : 'acknowledge'
    }
    case 'verify':
      return 'verify'
    case 'grade':
      return 'grade'
    case 'measure':
      return 'handle'
    case 'feedback':
      return 'feed_back'
    case 'close':
      return 'close'
  }
}

function isOpen(promise: PromiseView): boolean {
  return promise.kept_at === null && promise.withdrawn_at === null
}

function shownPromise(promises: readonly PromiseView[]): PromiseView | undefined {
  const open = promises.filter(isOpen).toSorted((a, b) => a.due_at - b.due_at)
  const kept = promises
    .filter((promise) => promise.kept_at !== null)
    .toSorted((a, b) => (b.kept_at ?? 0) - (a.kept_at ?? 0))
  return open[0] ?? kept[0]
}
