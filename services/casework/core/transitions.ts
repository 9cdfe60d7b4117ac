/**
 * The life of a case as a table: state × command → where it may lead, or why not (domain.md 4.6, G4).
 * A missing cell does not compile. Pure data; docs/spec/case.md is generated from it.
 */
import type { CaseState } from '../../../schemas/http/common.ts'
import type { CommandType } from '../../../schemas/http/casework.ts'
import type { RefusalCode } from './refusals.ts'

/** Allowed: the state after the command is one of these; an assisting department's answer leaves it as it is. */
export interface Move {
  readonly to: readonly CaseState[]
}

/** Not allowed in this state, whoever asks. */
export interface Stop {
  readonly stop: RefusalCode
}

/** What one command does in one state. */
export type Cell = Move | Stop

/** One row: every command has a cell. */
export type Row = Readonly<Record<CommandType, Cell>>

/** States a case passes through within one decision, and never rests in. */
export const passingStates = ['detected', 'graded', 'returned'] as const satisfies readonly CaseState[]

/** States named in domain.md 4.6 that no command leads to yet. */
export const reservedStates = [
  'review',
  'follow_up',
  'archived',
  'entrusted',
  'transferred',
  'merged',
  'paused',
  'reopened',
] as const satisfies readonly CaseState[]

const to = (...states: readonly CaseState[]): Move => ({ to: states })
const no = (stop: RefusalCode): Stop => ({ stop })

/** The same refusal in every cell. */
function never(code: RefusalCode): Row {
  const cell = no(code)
  return {
    acknowledge: cell,
    return: cell,
    start_verification: cell,
    record_verification: cell,
    grade: cell,
    take_measure: cell,
    feed_back: cell,
    close: cell,
    remind: cell,
    supervise: cell,
    comment: cell,
  }
}

/** The table. Rows of passing and reserved states refuse everything. */
export const transitions: Readonly<Record<CaseState, Row>> = {
  detected: never('in_passing'),
  alerted: {
    acknowledge: to('acknowledged'),
    return: to('alerted'),
    start_verification: no('lead_not_acknowledged'),
    record_verification: no('lead_not_acknowledged'),
    grade: no('lead_not_acknowledged'),
    take_measure: no('not_graded'),
    feed_back: no('not_graded'),
    close: no('not_graded'),
    remind: to('alerted'),
    supervise: to('alerted'),
    comment: to('alerted'),
  },
  acknowledged: {
    acknowledge: to('acknowledged'),
    return: to('alerted'),
    start_verification: to('verifying'),
    record_verification: to('verifying'),
    grade: no('not_started'),
    take_measure: no('not_graded'),
    feed_back: no('not_graded'),
    close: no('not_graded'),
    remind: to('acknowledged'),
    supervise: to('acknowledged'),
    comment: to('acknowledged'),
  },
  verifying: {
    acknowledge: to('verifying'),
    return: to('alerted'),
    start_verification: no('already_started'),
    record_verification: to('verifying'),
    grade: to('routed', 'closed'),
    take_measure: no('not_graded'),
    feed_back: no('not_graded'),
    close: no('not_graded'),
    remind: to('verifying'),
    supervise: to('verifying'),
    comment: to('verifying'),
  },
  graded: never('in_passing'),
  routed: {
    acknowledge: to('handling'),
    return: to('routed'),
    start_verification: no('already_graded'),
    record_verification: no('already_graded'),
    grade: no('handling_not_acknowledged'),
    take_measure: no('handling_not_acknowledged'),
    feed_back: no('handling_not_acknowledged'),
    close: no('handling_not_acknowledged'),
    remind: to('routed'),
    supervise: to('routed'),
    comment: to('routed'),
  },
  handling: {
    acknowledge: to('handling'),
    return: to('routed'),
    start_verification: no('already_graded'),
    record_verification: no('already_graded'),
    grade: to('routed', 'closed'),
    take_measure: to('handling'),
    feed_back: to('fed_back'),
    close: no('feedback_missing'),
    remind: to('handling'),
    supervise: to('handling'),
    comment: to('handling'),
  },
  fed_back: {
    acknowledge: to('fed_back'),
    return: no('measure_taken'),
    start_verification: no('already_graded'),
    record_verification: no('already_graded'),
    grade: to('routed', 'closed'),
    take_measure: to('handling'),
    feed_back: to('fed_back'),
    close: to('closed'),
    remind: to('fed_back'),
    supervise: to('fed_back'),
    comment: to('fed_back'),
  },
  closed: { ...never('closed'), comment: to('closed') },
  returned: never('in_passing'),
  review: never('state_reserved'),
  follow_up: never('state_reserved'),
  archived: never('state_reserved'),
  entrusted: never('state_reserved'),
  transferred: never('state_reserved'),
  merged: never('state_reserved'),
  paused: never('state_reserved'),
  reopened: never('state_reserved'),
}
