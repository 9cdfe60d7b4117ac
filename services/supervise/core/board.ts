/** The prosecutor's board out of tallies. Pure: the tallies come from SQL in the shell, or from {@link tally}, which the tests hold against it. */
import type { AlertLevel, CaseState, GradeCard } from '../../../schemas/http/common.ts'
import type { Board, BoardCell, DepartmentRow, Stage } from '../../../schemas/http/supervise.ts'
import { stages } from '../../../schemas/http/supervise.ts'
import { departments } from '../../../schemas/reference.ts'
import type { CaseHistory } from './history.ts'
import { isDue, isKeptInTime, isOverdue, onTimeRate } from './promise.ts'

/** How many cases are alike in everything the board shows. */
export interface CaseTally {
  readonly state: CaseState
  readonly stage: Stage
  readonly level: AlertLevel
  readonly card: GradeCard
  readonly owner: string
  readonly is_open: boolean
  readonly cases: number
  /** Of these, with at least one promise overdue. */
  readonly overdue_cases: number
  readonly warnings: number
  readonly reminded: number
  readonly supervised: number
}

/** What became of one department's promises. */
export interface PromiseTally {
  readonly department: string
  readonly due: number
  readonly kept_in_time: number
  readonly overdue: number
}

/** All the board needs to know. */
export interface Tallies {
  /** Time of the newest event folded in, ms since 1970; 0 before the first. */
  readonly asOf: number
  readonly cases: readonly CaseTally[]
  readonly promises: readonly PromiseTally[]
}

function sumOf<Row>(rows: readonly Row[], value: (row: Row) => number): number {
  return rows.reduce((sum, row) => sum + value(row), 0)
}

function countBy(rows: readonly CaseTally[], key: (row: CaseTally) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of rows) counts[key(row)] = (counts[key(row)] ?? 0) + row.cases
  return counts
}

function cellsOf(rows: readonly CaseTally[]): BoardCell[] {
  const cells = new Map<string, BoardCell>()
  for (const row of rows) {
    if (!row.is_open) continue
    const key = JSON.stringify([row.owner, row.stage])
    const { open, overdue } = cells.get(key) ?? { open: 0, overdue: 0 }
    cells.set(key, {
      department: row.owner,
      stage: row.stage,
      open: open + row.cases,
      overdue: overdue + row.overdue_cases,
    })
  }
  const order = (cell: BoardCell): string => `${cell.department} ${stages.indexOf(cell.stage)}`
  return [...cells.values()].toSorted((a, b) => (order(a) < order(b) ? -1 : 1))
}

function rowsOf({ cases, promises }: Tallies): DepartmentRow[] {
  const seen = new Set([...cases.map((row) => row.owner), ...promises.map((row) => row.department)])
  return departments
    .filter((department) => seen.has(department.code))
    .map((department) => {
      const of = promises.find((row) => row.department === department.code)
      return {
        department: department.code,
        name: department.name,
        on_time_rate: onTimeRate(of?.kept_in_time ?? 0, of?.due ?? 0),
        due: of?.due ?? 0,
        overdue_now: of?.overdue ?? 0,
      }
    })
}

/** The board at `now` (ms since 1970). Closed cases count in the totals, not in the cells. */
export function boardOf(tallies: Tallies, now: number): Board {
  const { cases, promises, asOf } = tallies
  const open = cases.filter((row) => row.is_open)
  const keptInTime = sumOf(promises, (row) => row.kept_in_time)
  return {
    now,
    as_of: asOf,
    totals: {
      warnings: sumOf(cases, (row) => row.warnings),
      leads: sumOf(cases, (row) => row.cases),
      open: sumOf(open, (row) => row.cases),
      closed: sumOf(cases, (row) => (row.is_open ? 0 : row.cases)),
      overdue: sumOf(promises, (row) => row.overdue),
      on_time_rate: onTimeRate(
        keptInTime,
        sumOf(promises, (row) => row.due),
      ),
      reminded: sumOf(cases, (row) => row.reminded),
      supervised: sumOf(cases, (row) => row.supervised),
    },
    by_level: countBy(cases, (row) => row.level),
    by_card: countBy(cases, (row) => row.card),
    by_state: countBy(cases, (row) => row.state),
    departments: rowsOf(tallies),
    cells: cellsOf(cases),
  }
}

/** Tallies of a few cases held in memory; the shell counts the same in SQL over all of them. */
export function tally(histories: readonly CaseHistory[], now: number): Tallies {
  const cases = histories.map(({ record, promises }): CaseTally => {
    const { state, stage, level, card, owner, is_open, warnings, reminded, supervised } = record
    const overdue_cases = promises.some((promise) => isOverdue(promise, now)) ? 1 : 0
    return {
      state,
      stage,
      level,
      card,
      owner,
      is_open,
      cases: 1,
      overdue_cases,
      warnings,
      reminded,
      supervised,
    }
  })
  const promises = histories.flatMap((history) => history.promises)
  const owners = [...new Set(promises.map((promise) => promise.department))]
  return {
    asOf: Math.max(0, ...histories.map(({ record }) => record.last_event_at)),
    cases,
    promises: owners.map((department) => {
      const own = promises.filter((promise) => promise.department === department)
      return {
        department,
        due: own.filter((promise) => isDue(promise, now)).length,
        kept_in_time: own.filter((promise) => isKeptInTime(promise, now)).length,
        overdue: own.filter((promise) => isOverdue(promise, now)).length,
      }
    }),
  }
}
