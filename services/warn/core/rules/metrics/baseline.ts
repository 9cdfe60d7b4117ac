/** What a subject moves within a window, against what it moved in as long periods before. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { dayOf, startOfDay } from '../../../../platform/calendar/day.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import type { WindowAggregate } from '../../windows.ts'
import { moneyOf } from '../money.ts'
import type { RuleSpec } from '../schema.ts'
import { Named, object } from '../schema/parts.ts'
import { reachOf } from '../windows.ts'
import { unbounded } from './metric.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

const periods = Type.Integer({ minimum: 2, maximum: 60 })

/** Shape in a rule file. */
export const BaselineCountSpec = object({ ...Named, metric: Type.Literal('baseline_count'), periods })
/** Shape in a rule file. */
export const BaselineRatioSpec = object({
  ...Named,
  metric: Type.Literal('baseline_ratio'),
  /** How many periods, as long as the window and right before it, the window is held against. */
  periods,
  to: Type.Enum(['mean', 'median']),
})
/** Shape in a rule file. */
export const BaselineDeviationSpec = object({ ...Named, metric: Type.Literal('baseline_deviation'), periods })

interface BaselineSpec {
  readonly window?: RuleSpec['window']
  readonly periods: number
}

/** Money and flows of each of the days in a window, receipts and payments together. */
class DaysAggregate implements WindowAggregate {
  private readonly days: number
  private readonly rates: RateTable
  /** Fen, flows; day `d` at `d % days`: two days of one window never meet. */
  private readonly fen: Float64Array
  private readonly flows: Uint32Array

  constructor(days: number, rates: RateTable) {
    this.days = days
    this.rates = rates
    this.fen = new Float64Array(days)
    this.flows = new Uint32Array(days)
  }

  add(subject: Subject, index: number): void {
    this.change(subject, index, 1)
  }

  remove(subject: Subject, index: number): void {
    this.change(subject, index, -1)
  }

  private change(subject: Subject, index: number, sign: 1 | -1): void {
    const at = dayOf(subject.timeAt(index)) % this.days
    this.fen[at] = (this.fen[at] ?? 0) + sign * moneyOf.cny(this.rates, subject, index)
    this.flows[at] = (this.flows[at] ?? 0) + sign
  }

  /** Fen of `length` days that end with `last`. */
  sum(last: number, length: number): number {
    let sum = 0
    for (let day = last - length + 1; day <= last; day += 1) sum += this.fen[day % this.days] ?? 0
    return sum
  }

  /** Flows of `length` days that end with `last`. */
  count(last: number, length: number): number {
    let count = 0
    for (let day = last - length + 1; day <= last; day += 1) count += this.flows[day % this.days] ?? 0
    return count
  }
}

/** A window and the periods before it, as seen from one flow. */
class Baseline {
  private readonly totals: (subject: Subject, index: number) => DaysAggregate
  readonly length: number
  readonly periods: number
  readonly reach: MetricSource['reach']

  constructor({ rule, spec, pool }: MetricSource<MetricSource['spec'] & BaselineSpec>) {
    this.length = (spec.window ?? rule.window).length ?? 1
    this.periods = spec.periods
    const window = { unit: 'day', length: this.length * (this.periods + 1) } as const
    this.reach = reachOf(window, pool.calendar)
    const create = (): DaysAggregate => new DaysAggregate(window.length, pool.rates)
    const shape = pool.shape({ rule, spec: { ...spec, window }, reach: this.reach }, 'days', create)
    this.totals = (subject, index) => subject.totals(shape, index)
  }

  /** Fen of the window, then of each period before it, newest first. */
  sums(subject: Subject, index: number): number[] {
    const days = this.totals(subject, index)
    const last = dayOf(subject.timeAt(index))
    return Array.from({ length: this.periods + 1 }, (_, back) =>
      days.sum(last - back * this.length, this.length),
    )
  }

  /**
   * No less than this will be the money of each period before the window tomorrow, newest first: all of them move on by a day at most,
   * and lose their oldest one.
   */
  sumsTomorrow(subject: Subject, index: number): number[] {
    const days = this.totals(subject, index)
    const last = dayOf(subject.timeAt(index))
    return Array.from({ length: this.periods }, (_, back) =>
      days.sum(last - (back + 1) * this.length, this.length - 1),
    )
  }

  /** Fen of the window. */
  now(subject: Subject, index: number): number {
    return this.totals(subject, index).sum(dayOf(subject.timeAt(index)), this.length)
  }

  /** Flows that lie before the window tomorrow, whatever their kind. */
  countTomorrow(subject: Subject, index: number): number {
    return subject.firstAfter(startOfDay(dayOf(subject.timeAt(index)) + 2 - this.length) - 1)
  }

  /** Flows of all periods before the window. */
  count(subject: Subject, index: number): number {
    const last = dayOf(subject.timeAt(index)) - this.length
    return this.totals(subject, index).count(last, this.length * this.periods)
  }
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** The middle one; of an even number the mean of the middle two. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const high = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? 0) + high) / 2
}

/** A value over a base; ∞ over nothing, 0 when it is nothing itself. */
function times(value: number, base: number): number {
  if (value === 0) return 0
  return base === 0 ? Number.POSITIVE_INFINITY : value / base
}

function baselineMeasure(
  baseline: Baseline,
  parts: Pick<Measure, 'unit' | 'needs' | 'cost'>,
  measure: Measure['measure'],
): Measure {
  return {
    ...parts,
    // What is said of tomorrow holds until the day after.
    reach: { ...baseline.reach, nextFall: (time) => startOfDay(dayOf(time) + 2) },
    bound: unbounded,
    measure,
  }
}

/** Days only, and no more of them than flows are kept. */
function problem(spec: BaselineSpec, rule: RuleSpec): string | undefined {
  const { unit, length = 1 } = spec.window ?? rule.window
  const isShort = unit === 'day' && length * (spec.periods + 1) <= 366
  return isShort ? undefined : 'a baseline has a window of days, and lies within 366 of them'
}

/** Flows in the periods before the window: whether there is enough to compare with. */
export const baselineCount: MetricKind<Static<typeof BaselineCountSpec>> = {
  problem,
  compile(source) {
    const parts = { unit: 'count', needs: 'none', cost: 6 } as const
    const baseline = new Baseline(source)
    return {
      ...baselineMeasure(baseline, parts, (subject, index) => baseline.count(subject, index)),
      bound: (subject) => subject.count,
      grows: { by: 'flow', most: (subject, index) => baseline.countTomorrow(subject, index) },
    }
  },
}

/** Money of the window over the mean or median of the periods before it; the mean stands for a median of nothing. ∞ over nothing at all. */
export const baselineRatio: MetricKind<Static<typeof BaselineRatioSpec>> = {
  problem,
  compile(source) {
    const parts = { unit: 'count', needs: 'cny', cost: 7 } as const
    const isMedian = source.spec.to === 'median'
    const middleOf = isMedian ? medianOf : meanOf
    const baseline = new Baseline(source)
    const measure = baselineMeasure(baseline, parts, (subject, index) => {
      const [now = 0, ...before] = baseline.sums(subject, index)
      const median = isMedian ? medianOf(before) : 0
      return times(now, median === 0 ? meanOf(before) : median)
    })
    return {
      ...measure,
      grows: {
        by: 'money',
        // A fen less: rounding must not let anybody rest too long.
        lack: (subject, index, least) =>
          least * middleOf(baseline.sumsTomorrow(subject, index)) - baseline.now(subject, index) - 1,
      },
    }
  },
}

/** How many standard deviations (of a sample) the money of the window is above the mean of the periods before it. */
export const baselineDeviation: MetricKind<Static<typeof BaselineDeviationSpec>> = {
  problem,
  compile(source) {
    const parts = { unit: 'count', needs: 'cny', cost: 7 } as const
    const baseline = new Baseline(source)
    return baselineMeasure(baseline, parts, (subject, index) => {
      const [now = 0, ...before] = baseline.sums(subject, index)
      const mean = meanOf(before)
      const squares = before.reduce((sum, value) => sum + (value - mean) ** 2, 0)
      return times(Math.max(0, now - mean), Math.sqrt(squares / (before.length - 1)))
    })
  },
}
