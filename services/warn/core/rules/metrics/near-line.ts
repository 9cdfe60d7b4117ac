/** Amounts just below a reporting line. Pure. */
import Type from 'typebox'
import { dayOf } from '../../../../platform/calendar/day.ts'
import { bitsCount, tableOf } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import { fenAt } from '../money.ts'
import type { RuleSpec } from '../schema.ts'
import { Named, object } from '../schema/parts.ts'
import type { Reach, WorkingDays } from '../windows.ts'
import type { FlowTest } from './detail.ts'
import { acceptsOf, passes, unbounded } from './metric.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

/** Shape in a rule file. */
export const NearLineCountSpec = object({ ...Named, metric: Type.Literal('near_line_count') })
/** Shape in a rule file. */
export const NearLineDaysSpec = object({ ...Named, metric: Type.Literal('near_line_days') })
/** Shape in a rule file. */
export const NearLineRatioSpec = object({ ...Named, metric: Type.Literal('near_line_ratio') })

/** Reporting lines of a rule: which line a flow is measured against, and whether it stays just below. */
export interface NearLines {
  /** Index of the line for flows with these bits, -1 when none applies. */
  lineOf(bits: number): number
  isNear(subject: Subject, index: number): boolean
}

/** Compiles the lines of a rule; fen. */
export function nearLinesOf(rule: RuleSpec, rates: RateTable): NearLines {
  const lines = rule.lines ?? []
  const { from, below } = rule.near ?? { from: 0, below: 0 }
  const tables = lines.map((line) => tableOf((facts) => passes(line.where, facts)))
  const classes = new Int16Array(bitsCount).map((_, bits) => tables.findIndex((table) => table[bits] === 1))
  const bottoms = lines.map((line) => Math.round(Number(line.line) * 100 * from))
  const tops = lines.map((line) => Math.round(Number(line.line) * 100 * below))
  const lineOf = (bits: number): number => classes[bits] ?? -1
  return {
    lineOf,
    isNear(subject, index) {
      const line = lineOf(subject.bitsAt(index))
      if (line < 0) return false
      const fen = fenAt(rates, subject, index)
      return fen >= (bottoms[line] ?? Number.NaN) && fen < (tops[line] ?? Number.NaN)
    },
  }
}

/** Flows of one window that are measured against the same line, on the same side. */
class NearWindow {
  private readonly takes: FlowTest
  private readonly lines: NearLines
  private readonly reach: Reach

  constructor(source: MetricSource) {
    this.takes = acceptsOf(source)
    this.lines = nearLinesOf(source.rule, source.pool.rates)
    this.reach = source.reach
  }

  /** Calls `visit` for each of them, newest first. */
  private each(subject: Subject, index: number, visit: (at: number) => void): void {
    const { lines } = this
    const last = subject.bitsAt(index)
    const line = lines.lineOf(last)
    const start = this.reach.start(subject.timeAt(index))
    for (let at = index; at >= 0 && subject.timeAt(at) > start; at -= 1) {
      const bits = subject.bitsAt(at)
      if (((bits ^ last) & 1) === 0 && lines.lineOf(bits) === line && this.takes(subject, at)) visit(at)
    }
  }

  count(subject: Subject, index: number): number {
    let near = 0
    this.each(subject, index, (at) => {
      if (this.lines.isNear(subject, at)) near += 1
    })
    return near
  }

  /** Share of them that is near the line. */
  share(subject: Subject, index: number): number {
    let near = 0
    let all = 0
    this.each(subject, index, (at) => {
      all += 1
      if (this.lines.isNear(subject, at)) near += 1
    })
    return near / all
  }

  /** Indices of those near the line, ascending. */
  story(subject: Subject, index: number): number[] {
    const found: number[] = []
    this.each(subject, index, (at) => {
      if (this.lines.isNear(subject, at)) found.push(at)
    })
    return found.toReversed()
  }

  /** Days in a row, up to the last such flow's day, with at least one of them near the line; days off without any do not break the row. */
  daysInARow(subject: Subject, index: number, calendar: WorkingDays): number {
    const near = this.story(subject, index)
    const last = near.at(-1)
    if (last === undefined) return 0
    const days = new Set(near.map((at) => dayOf(subject.timeAt(at))))
    const time = subject.timeAt(last)
    const first = dayOf(this.reach.start(time) + 1)
    let row = 0
    for (let day = dayOf(time); day >= first; day -= 1) {
      if (days.has(day)) row += 1
      else if (calendar.isWorkingDay(day)) break
    }
    return row
  }
}

/** What near-line metrics have in common, and a `measure` over their window. */
function nearLine(
  source: MetricSource,
  parts: Pick<Measure, 'unit' | 'cost'>,
  measure: (window: NearWindow, subject: Subject, index: number) => number,
): Measure {
  const window = new NearWindow(source)
  return {
    ...parts,
    needs: 'cny',
    bound: unbounded,
    measure: (subject, index) => measure(window, subject, index),
    ...(parts.unit === 'count' && { story: (subject, index) => window.story(subject, index) }),
  }
}

/** Payments near the line. */
export const nearLineCount: MetricKind = {
  needsLines: true,
  compile: (source) =>
    nearLine(source, { unit: 'count', cost: 3 }, (window, subject, index) => window.count(subject, index)),
}

/** Share of the payments measured against the same line that are near it. */
export const nearLineRatio: MetricKind = {
  needsLines: true,
  compile: (source) =>
    nearLine(source, { unit: 'ratio', cost: 6 }, (window, subject, index) => window.share(subject, index)),
}

/** Days in a row with payments near the line. */
export const nearLineDays: MetricKind = {
  needsLines: true,
  compile: (source) =>
    nearLine(source, { unit: 'count', cost: 4 }, (window, subject, index) =>
      window.daysInARow(subject, index, source.pool.calendar),
    ),
}
