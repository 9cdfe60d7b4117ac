/** Money received and paid within a window. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { isIncoming } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import { takes } from '../../windows.ts'
import type { WindowAggregate, WindowShape } from '../../windows.ts'
import { moneyOf } from '../money.ts'
import type { Money } from '../money.ts'
import type { RuleSpec } from '../schema.ts'
import { Named, Side, object } from '../schema/parts.ts'
import { unbounded } from './metric.ts'
import type { Growth, MetricKind, MetricSource, Sides } from './metric.ts'

/** Shape in a rule file. */
export const SumSpec = object({
  ...Named,
  metric: Type.Literal('sum'),
  direction: Type.Optional(Side),
  /** cny: everything converted; cny_booked: booked in CNY; foreign_usd: booked in other currencies, in USD. */
  money: Type.Enum(['cny', 'cny_booked', 'foreign_usd']),
})

/** Shape in a rule file. */
export const OutInRatioSpec = object({ ...Named, metric: Type.Literal('out_in_ratio') })

/** Money received and paid, kept apart. */
class SumAggregate implements WindowAggregate {
  received = 0
  paid = 0
  private readonly money: Money
  private readonly rates: RateTable

  constructor(money: Money, rates: RateTable) {
    this.money = money
    this.rates = rates
  }

  add(subject: Subject, index: number): void {
    const sum = this.money(this.rates, subject, index)
    if (isIncoming(subject.bitsAt(index))) this.received += sum
    else this.paid += sum
  }

  remove(subject: Subject, index: number): void {
    const sum = this.money(this.rates, subject, index)
    if (isIncoming(subject.bitsAt(index))) this.received -= sum
    else this.paid -= sum
  }
}

/** Windows of at most so many flows are added up anew each time; a running total is kept for subjects with longer ones. */
const scannedMax = 24

/** Adds up money over a window. The result is the same whichever way it is taken: sums of whole numbers. */
class SumWindow {
  private readonly shape: WindowShape<SumAggregate>
  private readonly money: Money
  private readonly rates: RateTable
  received = 0
  paid = 0

  constructor(shape: WindowShape<SumAggregate>, money: Money, rates: RateTable) {
    this.shape = shape
    this.money = money
    this.rates = rates
  }

  /** Totals of the window that ends with flow `index`; good until the next call. */
  at(subject: Subject, index: number): Sides {
    const isKept = subject.windowOf(this.shape) !== undefined
    return !isKept && this.scan(subject, index) ? this : subject.totals(this.shape, index)
  }

  /** @returns false when the window is too long */
  private scan(subject: Subject, index: number): boolean {
    const { shape, money, rates } = this
    const start = shape.start(subject.timeAt(index))
    const last = Math.max(-1, index - scannedMax)
    let received = 0
    let paid = 0
    let at = index
    for (; at > last && subject.timeAt(at) > start; at -= 1) {
      if (!takes(shape, subject, at)) continue
      if (isIncoming(subject.bitsAt(at))) received += money(rates, subject, at)
      else paid += money(rates, subject, at)
    }
    this.received = received
    this.paid = paid
    return at < 0 || subject.timeAt(at) <= start
  }
}

/** Money of the flows that a metric looks at, over its window. */
export function sumWindow(source: MetricSource, money: keyof typeof moneyOf): SumWindow {
  const { pool } = source
  const create = (): SumAggregate => new SumAggregate(moneyOf[money], pool.rates)
  const shape = pool.shape(source, ['sum', money], create)
  return new SumWindow(shape, moneyOf[money], pool.rates)
}

/** Which money raises a sum. */
function growthOf(rule: RuleSpec, spec: Static<typeof SumSpec>, window: SumWindow): Growth {
  if (spec.money === 'foreign_usd') return { by: 'foreign' }
  const total = spec.direction === undefined ? 'both' : spec.direction === 'in' ? 'received' : 'paid'
  return {
    by: rule.one_sided === true ? 'side' : total,
    most: (subject, index) => window.at(subject, index),
  }
}

/** Money of the flows that the rule looks at. */
export const sum: MetricKind<Static<typeof SumSpec>> = {
  isMoney: true,
  takesConditions: true,
  compile(source) {
    const { rule, spec } = source
    const window = sumWindow(source, spec.money)
    const { direction } = spec
    const isOneSided = rule.one_sided === true
    const isForeign = spec.money === 'foreign_usd'
    return {
      unit: isForeign ? 'usd' : 'cny',
      cost: 1,
      needs: isForeign ? 'usd' : spec.money === 'cny' ? 'cny' : 'none',
      bound: isForeign ? (subject) => (subject.hasForeign ? Number.POSITIVE_INFINITY : 0) : unbounded,
      grows: growthOf(rule, spec, window),
      measure(subject, index) {
        const { received, paid } = window.at(subject, index)
        if (isOneSided) return isIncoming(subject.bitsAt(index)) ? received : paid
        if (direction === undefined) return received + paid
        return direction === 'in' ? received : paid
      },
    }
  },
}

/** Paid out over received; ∞ when nothing was received. */
export const outInRatio: MetricKind = {
  onlyPaid: true,
  takesConditions: true,
  compile(source) {
    const window = sumWindow(source, 'cny')
    return {
      unit: 'ratio',
      cost: 1,
      needs: 'cny',
      bound: unbounded,
      measure(subject, index) {
        const { received, paid } = window.at(subject, index)
        return received === 0 ? Number.POSITIVE_INFINITY : paid / received
      },
    }
  },
}
