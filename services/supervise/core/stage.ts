/** In which link of the loop a case is, as the board shows it. Pure. */
import type { CaseState } from '../../../schemas/http/common.ts'
import type { Stage } from '../../../schemas/http/supervise.ts'

/** Where the ball lies in each state: the link that is waited for. */
const stageOfState: Readonly<Record<CaseState, Stage>> = {
  detected: 'warn',
  alerted: 'acknowledge',
  acknowledged: 'verify',
  verifying: 'verify',
  graded: 'route',
  routed: 'route',
  handling: 'handle',
  entrusted: 'handle',
  transferred: 'handle',
  paused: 'handle',
  returned: 'acknowledge',
  reopened: 'verify',
  fed_back: 'close',
  review: 'close',
  closed: 'close',
  follow_up: 'close',
  archived: 'close',
  merged: 'close',
}

/** States in which nobody has to do anything for the case any more. */
const endStates: ReadonlySet<CaseState> = new Set<CaseState>(['closed', 'follow_up', 'archived', 'merged'])

/** What the state alone does not tell. */
export interface Progress {
  /** A verification record exists: the grade is waited for. */
  readonly verified: boolean
  /** A measure was taken: its result is waited for. */
  readonly measured: boolean
}

/** The link that is waited for. */
export function stageOf(state: CaseState, progress: Progress): Stage {
  if (state === 'verifying' && progress.verified) return 'grade'
  if (state === 'handling' && progress.measured) return 'feed_back'
  return stageOfState[state]
}

/** False once the case has come to its end. */
export function isOpenState(state: CaseState): boolean {
  return !endStates.has(state)
}
