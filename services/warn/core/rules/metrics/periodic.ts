/** People who paid in and are paid back at regular distances, like interest. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { dayMs } from '../../../../platform/calendar/day.ts'
import { isIncoming, isKnown } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import type { WindowAggregate } from '../../windows.ts'
import { fenAt } from '../money.ts'
import { Named, object } from '../schema/parts.ts'
import { indices } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const PeriodicPayeesSpec = object({
  ...Named,
  metric: Type.Literal('periodic_payees'),
  payouts_min: Type.Integer({ minimum: 2, maximum: 100 }),
  /** Allowed distances between payouts, in days; all of one payee's must lie in one of them. */
  intervals: Type.Array(Type.Tuple([Type.Number({ minimum: 0 }), Type.Number({ minimum: 0 })]), {
    minItems: 1,
  }),
  variation_max: Type.Number({ minimum: 0, maximum: 1 }),
  monthly_rate: object({ min: Type.Number({ minimum: 0 }), max: Type.Number({ minimum: 0 }) }),
  /** A payout of at least this share of the principal is principal given back, not interest. */
  principal_share: Type.Number({ exclusiveMinimum: 0, maximum: 1 }),
})

/** When payouts to somebody who paid in count as periodic. */
interface PeriodicLimits {
  readonly payoutsMin: number
  /** Days between payouts; all of one payee's lie in one of these ranges. */
  readonly intervals: readonly (readonly [number, number])[]
  /** Greatest coefficient of variation of the amounts. */
  readonly variationMax: number
  /** Payout over principal, for 30 days. */
  readonly monthlyRateMin: number
  readonly monthlyRateMax: number
  /** Payouts of at least this share of the principal are principal given back. */
  readonly principalShare: number
}

interface Payout {
  readonly time: number
  /** Fen. */
  readonly fen: number
}

interface Payee {
  /** Paid in inside the window, fen. */
  principal: number
  /** Paid out to them inside the window, in order of time, then amount. */
  readonly payouts: Payout[]
}

/** Whether every distance between payouts below `fenMax` lies in a range of days. */
function gapsFit(payouts: readonly Payout[], fenMax: number, [from, to]: readonly [number, number]): boolean {
  let last = Number.NaN
  for (const { time, fen } of payouts) {
    if (fen >= fenMax) continue
    const gap = (time - last) / dayMs
    if (gap < from || gap > to) return false
    last = time
  }
  return true
}

/** Whether the payouts to one payee look like interest on what they paid in. */
function isPeriodic({ principal, payouts }: Payee, limits: PeriodicLimits): boolean {
  if (principal <= 0 || payouts.length < limits.payoutsMin) return false
  const fenMax = limits.principalShare * principal
  let count = 0
  let sum = 0
  let gaps = 0
  let last = Number.NaN
  for (const { time, fen } of payouts) {
    if (fen >= fenMax) continue
    if (count > 0) gaps += (time - last) / dayMs
    count += 1
    sum += fen
    last = time
  }
  if (count < limits.payoutsMin) return false
  if (!limits.intervals.some((range) => gapsFit(payouts, fenMax, range))) return false
  const mean = sum / count
  let squares = 0
  for (const { fen } of payouts) if (fen < fenMax) squares += (fen - mean) ** 2
  if (Math.sqrt(squares / count) > limits.variationMax * mean) return false
  const monthly = (mean / principal) * (30 / (gaps / (count - 1)))
  return monthly >= limits.monthlyRateMin && monthly <= limits.monthlyRateMax
}

/** Payees who paid in and are paid back periodically; family and employer are left out. */
class PeriodicAggregate implements WindowAggregate {
  private readonly limits: PeriodicLimits
  private readonly rates: RateTable
  private readonly payees = new Map<number, Payee>()
  private readonly periodic = new Set<number>()
  /** Payees looked at again before the next answer. */
  private readonly stale = new Set<number>()

  constructor(limits: PeriodicLimits, rates: RateTable) {
    this.limits = limits
    this.rates = rates
  }

  /** Parties whose payouts are periodic. */
  current(): ReadonlySet<number> {
    for (const party of this.stale) {
      const payee = this.payees.get(party)
      if (payee !== undefined && isPeriodic(payee, this.limits)) this.periodic.add(party)
      else this.periodic.delete(party)
    }
    this.stale.clear()
    return this.periodic
  }

  private payee(party: number): Payee {
    let payee = this.payees.get(party)
    if (payee === undefined) {
      payee = { principal: 0, payouts: [] }
      this.payees.set(party, payee)
    }
    return payee
  }

  add(subject: Subject, index: number): void {
    if (isKnown(subject.bitsAt(index))) return
    const party = subject.partyAt(index)
    const payee = this.payee(party)
    this.stale.add(party)
    const fen = fenAt(this.rates, subject, index)
    if (Number.isNaN(fen)) return
    if (isIncoming(subject.bitsAt(index))) {
      payee.principal += fen
      return
    }
    const payout = { time: subject.timeAt(index), fen }
    const { payouts } = payee
    let at = payouts.length
    while (at > 0 && isBefore(payout, payouts[at - 1])) at -= 1
    payouts.splice(at, 0, payout)
  }

  remove(subject: Subject, index: number): void {
    if (isKnown(subject.bitsAt(index))) return
    const party = subject.partyAt(index)
    const payee = this.payees.get(party)
    if (payee === undefined) return
    this.stale.add(party)
    const fen = fenAt(this.rates, subject, index)
    if (!Number.isNaN(fen)) {
      if (isIncoming(subject.bitsAt(index))) payee.principal -= fen
      else {
        const time = subject.timeAt(index)
        const at = payee.payouts.findIndex((payout) => payout.time === time && payout.fen === fen)
        if (at >= 0) payee.payouts.splice(at, 1)
      }
    }
    if (payee.principal === 0 && payee.payouts.length === 0) this.payees.delete(party)
  }
}

function isBefore(a: Payout, b: Payout | undefined): boolean {
  return b !== undefined && (a.time === b.time ? a.fen < b.fen : a.time < b.time)
}

/** Payees who also paid in and get periodic payouts. */
export const periodicPayees: MetricKind<Static<typeof PeriodicPayeesSpec>> = {
  onlyPaid: true,
  compile(source) {
    const { spec, reach, pool } = source
    const limits = {
      payoutsMin: spec.payouts_min,
      intervals: spec.intervals,
      variationMax: spec.variation_max,
      monthlyRateMin: spec.monthly_rate.min,
      monthlyRateMax: spec.monthly_rate.max,
      principalShare: spec.principal_share,
    }
    const create = (): PeriodicAggregate => new PeriodicAggregate(limits, pool.rates)
    const shape = pool.shape(source, ['periodic', limits], create)
    const payees = (subject: Subject, index: number): ReadonlySet<number> =>
      subject.totals(shape, index).current()
    return {
      unit: 'count',
      cost: 8,
      needs: 'cny',
      bound: (subject) => subject.paidBackMax,
      grows: { by: 'flow', most: (subject) => subject.paidBackMax },
      measure: (subject, index) => payees(subject, index).size,
      story(subject, index) {
        const periodic = payees(subject, index)
        return indices(
          subject,
          reach,
          index,
          (at) => !isIncoming(subject.bitsAt(at)) && periodic.has(subject.partyAt(at)),
        )
      },
    }
  },
}
