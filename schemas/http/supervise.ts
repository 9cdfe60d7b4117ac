/**
 * HTTP API of supervise, under /api/supervision. Read only: what the prosecutor does to a case is a casework command
 * (`remind`, `supervise`), so that it stands in the case's own history and comes back here as a case event.
 *
 * GET /api/supervision/board?region&risk_type         → Board
 * GET /api/supervision/promises?overdue&department&node&cursor&limit → PromiseList, most overdue first
 * GET /api/supervision/cases/:case_id                 → SupervisedCase
 * GET /api/supervision/stream                         → SSE `event: board`, data BoardChanged
 */
import Type from 'typebox'
import type { Static } from 'typebox'
import { AlertLevel, Bilingual, CaseState, GradeCard, PromiseView } from './common.ts'
import { CaseEventView } from './casework.ts'

/** The links of the loop, target.md 1; columns of the board. */
export const stages = [
  'warn',
  'acknowledge',
  'verify',
  'grade',
  'route',
  'handle',
  'feed_back',
  'close',
] as const
/** One stage of the loop, as the board shows it. */
export const Stage = Type.Enum([...stages])
export type Stage = (typeof stages)[number]

/** One stage of one department: how many cases, how many overdue. */
export const BoardCell = Type.Object({
  department: Type.String(),
  stage: Stage,
  /** Cases whose ball lies here. */
  open: Type.Integer(),
  /** Of these, with at least one promise overdue. */
  overdue: Type.Integer(),
})
export type BoardCell = Static<typeof BoardCell>

/** How one department keeps its promises. */
export const DepartmentRow = Type.Object({
  department: Type.String(),
  name: Bilingual,
  /** K1 over due promises: kept in time ÷ (due so far, open overdue included); null when n is 0. */
  on_time_rate: Type.Union([Type.Number(), Type.Null()]),
  due: Type.Integer(),
  overdue_now: Type.Integer(),
})
export type DepartmentRow = Static<typeof DepartmentRow>

/** The supervision board: stages × departments, and what is overdue. */
export const Board = Type.Object({
  now: Type.Integer(),
  /** Time of the newest case event folded in. */
  as_of: Type.Integer(),
  totals: Type.Object({
    warnings: Type.Integer(),
    leads: Type.Integer(),
    open: Type.Integer(),
    closed: Type.Integer(),
    overdue: Type.Integer(),
    on_time_rate: Type.Union([Type.Number(), Type.Null()]),
    reminded: Type.Integer(),
    supervised: Type.Integer(),
  }),
  by_level: Type.Record(Type.String(), Type.Integer()),
  by_card: Type.Record(Type.String(), Type.Integer()),
  by_state: Type.Record(Type.String(), Type.Integer()),
  departments: Type.Array(DepartmentRow),
  cells: Type.Array(BoardCell),
})
export type Board = Static<typeof Board>

/** A promise with its clock. Times in ms since 1970. */
export const SupervisedPromise = Type.Object({
  ...PromiseView.properties,
  level: AlertLevel,
  risk_type: Type.String(),
  state: CaseState,
  reminders: Type.Integer(),
  overdue_ms: Type.Integer(),
})
export type SupervisedPromise = Static<typeof SupervisedPromise>

/** Open promises, most overdue first. */
export const PromiseList = Type.Object({
  promises: Type.Array(SupervisedPromise),
  next_cursor: Type.Union([Type.String(), Type.Null()]),
  total: Type.Integer(),
  now: Type.Integer(),
})
export type PromiseList = Static<typeof PromiseList>

/** A case as supervision knows it, built from case events only. */
export const SupervisedCase = Type.Object({
  case_id: Type.String(),
  subject_id: Type.String(),
  risk_type: Type.String(),
  level: AlertLevel,
  card: GradeCard,
  state: CaseState,
  region: Type.String(),
  opened_at: Type.Integer(),
  closed_at: Type.Union([Type.Integer(), Type.Null()]),
  promises: Type.Array(PromiseView),
  events: Type.Array(CaseEventView),
  now: Type.Integer(),
})
export type SupervisedCase = Static<typeof SupervisedCase>

/** Live update: the board is newer than the one shown. */
export const BoardChanged = Type.Object({
  case_id: Type.String(),
  type: Type.String(),
  as_of: Type.Integer(),
})
export type BoardChanged = Static<typeof BoardChanged>
