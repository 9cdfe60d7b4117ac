/** Amounts just below a reporting line. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { dayOf } from '../../../../platform/calendar/day.ts'
import { bitsCount, receiptBit, tableOf } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import { takes } from '../../windows.ts'
import type { WindowAggregate, WindowShape } from '../../windows.ts'
import { fenAt } from '../money.ts'
import type { RuleSpec } from '../schema.ts'
import { Named, object } from '../schema/parts.ts'
import type { Reach, WorkingDays } from '../windows.ts'
import { indices, passes, unbounded } from './metric.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

/** Share of the line in which an amount counts, both ends inclusive; default: what the rule calls near. */
const NearBand = Type.Optional(object({ from: Type.Number({ minimum: 0 }), to: Type.Number({ minimum: 0 }) }))

/** Shape in a rule file. */
export const NearLineCountSpec = object({ ...Named, metric: Type.Literal('near_line_count'), near: NearBand })
/** Shape in a rule file. */
export const NearLineDaysSpec = object({ ...Named, metric: Type.Literal('near_line_days') })
/** Shape in a rule file. */
export const NearLineRatioSpec = object({ ...Named, metric: Type.Literal('near_line_ratio'), near: NearBand })

/** Reporting lines of a rule: which line a flow is measured against, and whether it stays just below. */
export interface NearLines {
  /** Index of the line for flows with these bits, -1 when none applies. */
  lineOf(bits: number): number
  isNear(subject: Subject, index: number): boolean
}

/** Share of a line, from (inclusive) to below (exclusive) or to (inclusive). */
type Band = { readonly from: number } & ({ readonly below: number } | { readonly to: number })

/** Compiles the lines of a rule; fen. @param band in which an amount is near its line; default: what the rule says */
export function nearLinesOf(
  rule: RuleSpec,
  rates: RateTable,
  band: Band = rule.near ?? { from: 0, below: 0 },
): NearLines {
  const lines = rule.lines ?? []
  const tables = lines.map((line) => tableOf((facts) => passes(line.where, facts)))
  const classes = new Int16Array(bitsCount).map((_, bits) => tables.findIndex((table) => table[bits] === 1))
  const fenOf = ({ line }: { readonly line: string }, share: number): number =>
    Math.round(Number(line) * 100 * share)
  const bottoms = lines.map((line) => fenOf(line, band.from))
  const tops = lines.map((line) => ('to' in band ? fenOf(line, band.to) + 1 : fenOf(line, band.below)))
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

/** What lies in a window on one side of one line. */
interface Class {
  all: number
  near: number
  /** Flows near the line, by day. */
  readonly days: Map<number, number>
}

/** Flows of a window by the line they are measured against and their side. */
class NearAggregate implements WindowAggregate {
  private readonly lines: NearLines
  private readonly classes: (Class | undefined)[] = []

  constructor(lines: NearLines) {
    this.lines = lines
  }

  /** Those on the side and line of a flow with these bits. */
  of(bits: number): Class | undefined {
    return this.classes[2 * this.lines.lineOf(bits) + (bits & receiptBit)]
  }

  add(subject: Subject, index: number): void {
    this.change(subject, index, 1)
  }

  remove(subject: Subject, index: number): void {
    this.change(subject, index, -1)
  }

  private change(subject: Subject, index: number, sign: 1 | -1): void {
    const bits = subject.bitsAt(index)
    const line = this.lines.lineOf(bits)
    if (line < 0) return
    const place = 2 * line + (bits & receiptBit)
    const found = (this.classes[place] ??= newClass())
    found.all += sign
    if (!this.lines.isNear(subject, index)) return
    found.near += sign
    const day = dayOf(subject.timeAt(index))
    const left = (found.days.get(day) ?? 0) + sign
    if (left > 0) found.days.set(day, left)
    else found.days.delete(day)
  }
}

type NearSource = MetricSource<
  MetricSource['spec'] & { readonly near?: { readonly from: number; readonly to: number } }
>

/** Flows of one window that are measured against the same line, on the same side. */
class NearWindow {
  private readonly shape: WindowShape<NearAggregate>
  private readonly lines: NearLines
  private readonly reach: Reach

  constructor(source: NearSource) {
    const { rule, spec, pool, reach } = source
    const lines = nearLinesOf(rule, pool.rates, spec.near ?? rule.near)
    this.lines = lines
    this.reach = reach
    const name = ['near', rule.lines, spec.near ?? rule.near]
    this.shape = pool.shape(source, name, () => new NearAggregate(lines))
  }

  private class(subject: Subject, index: number): Class {
    return subject.totals(this.shape, index).of(subject.bitsAt(index)) ?? noClass
  }

  count(subject: Subject, index: number): number {
    return this.class(subject, index).near
  }

  /** Share of them that is near the line. */
  share(subject: Subject, index: number): number {
    const { near, all } = this.class(subject, index)
    return near / all
  }

  /** Indices of those near the line, ascending. */
  story(subject: Subject, index: number): number[] {
    const { shape, lines } = this
    const last = subject.bitsAt(index)
    const line = lines.lineOf(last)
    return indices(subject, this.reach, index, (at) => {
      const bits = subject.bitsAt(at)
      const isSame = ((bits ^ last) & receiptBit) === 0 && lines.lineOf(bits) === line
      return isSame && takes(shape, subject, at) && lines.isNear(subject, at)
    })
  }

  /** Days in a row, up to the last such flow's day, with at least one of them near the line; days off without any do not break the row. */
  daysInARow(subject: Subject, index: number, calendar: WorkingDays): number {
    const { days } = this.class(subject, index)
    let row = 0
    let last = Number.NEGATIVE_INFINITY
    for (const day of days.keys()) last = Math.max(last, day)
    const first = dayOf(this.reach.start(subject.timeAt(index)) + 1)
    for (let day = last; day >= first; day -= 1) {
      if (days.has(day)) row += 1
      else if (calendar.isWorkingDay(day)) break
    }
    return row
  }
}

function newClass(): Class {
  return { all: 0, near: 0, days: new Map<number, number>() }
}

const noClass = newClass()

/** What near-line metrics have in common, and a `measure` over their window. */
function nearLine(
  source: NearSource,
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
export const nearLineCount: MetricKind<Static<typeof NearLineCountSpec>> = {
  needsLines: true,
  compile: (source) =>
    nearLine(source, { unit: 'count', cost: 3 }, (window, subject, index) => window.count(subject, index)),
}

/** Share of the payments measured against the same line that are near it. */
export const nearLineRatio: MetricKind<Static<typeof NearLineRatioSpec>> = {
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
