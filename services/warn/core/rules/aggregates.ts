/** Totals that move with a window: sums, distinct counterparties, periodic payouts. Each `remove` undoes an `add` exactly. Pure. */
import { dayMs } from '../../../platform/calendar/day.ts'
import { compareFlows, isIncoming } from '../flow.ts'
import type { StoredFlow } from '../flow.ts'
import type { WindowAggregate } from '../subject.ts'

/** Which money of a flow is summed, in minor units; a flow without a rate adds nothing (it is reported as unscored). */
export const moneyOf = {
  cny: (flow: StoredFlow): number => (Number.isNaN(flow.cny) ? 0 : flow.cny),
  cny_booked: (flow: StoredFlow): number => (flow.currency === 'CNY' ? flow.amount : 0),
  foreign_usd: (flow: StoredFlow): number => (Number.isNaN(flow.usd) ? 0 : flow.usd),
} as const

/** Money received and paid, kept apart. */
export class SumAggregate implements WindowAggregate {
  received = 0
  paid = 0
  private readonly money: (flow: StoredFlow) => number

  constructor(money: (flow: StoredFlow) => number) {
    this.money = money
  }

  add(flow: StoredFlow): void {
    if (isIncoming(flow)) this.received += this.money(flow)
    else this.paid += this.money(flow)
  }

  remove(flow: StoredFlow): void {
    if (isIncoming(flow)) this.received -= this.money(flow)
    else this.paid -= this.money(flow)
  }
}

/** Number of different counterparties. */
export class DistinctAggregate implements WindowAggregate {
  private readonly counts = new Map<number, number>()

  get size(): number {
    return this.counts.size
  }

  add(flow: StoredFlow): void {
    this.counts.set(flow.party, (this.counts.get(flow.party) ?? 0) + 1)
  }

  remove(flow: StoredFlow): void {
    const left = (this.counts.get(flow.party) ?? 0) - 1
    if (left > 0) this.counts.set(flow.party, left)
    else this.counts.delete(flow.party)
  }
}

/** When payouts to somebody who paid in count as periodic. */
export interface PeriodicLimits {
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

interface Payee {
  /** Paid in inside the window, fen. */
  principal: number
  /** Paid out to them inside the window, in event order. */
  readonly payouts: StoredFlow[]
}

/** Whether the payouts to one payee look like interest on what they paid in. */
export function isPeriodic(payee: Payee, limits: PeriodicLimits): boolean {
  const { principal } = payee
  if (principal <= 0 || payee.payouts.length < limits.payoutsMin) return false
  const interest = payee.payouts.filter((flow) => flow.cny < limits.principalShare * principal)
  if (interest.length < limits.payoutsMin) return false
  const gaps = interest.slice(1).map((flow, index) => (flow.time - (interest[index]?.time ?? 0)) / dayMs)
  if (!limits.intervals.some(([from, to]) => gaps.every((gap) => gap >= from && gap <= to))) return false
  const mean = interest.reduce((sum, flow) => sum + flow.cny, 0) / interest.length
  const variance = interest.reduce((sum, flow) => sum + (flow.cny - mean) ** 2, 0) / interest.length
  if (Math.sqrt(variance) > limits.variationMax * mean) return false
  const meanGap = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
  const monthly = (mean / principal) * (30 / meanGap)
  return monthly >= limits.monthlyRateMin && monthly <= limits.monthlyRateMax
}

/** Payees who paid in and are paid back periodically. */
export class PeriodicAggregate implements WindowAggregate {
  private readonly limits: PeriodicLimits
  private readonly payees = new Map<number, Payee>()
  private readonly periodic = new Set<number>()
  /** Payees looked at again before the next answer. */
  private readonly stale = new Set<number>()

  constructor(limits: PeriodicLimits) {
    this.limits = limits
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

  add(flow: StoredFlow): void {
    const payee = this.payees.get(flow.party) ?? { principal: 0, payouts: [] }
    this.payees.set(flow.party, payee)
    this.stale.add(flow.party)
    if (isIncoming(flow)) {
      payee.principal += moneyOf.cny(flow)
      return
    }
    if (Number.isNaN(flow.cny)) return
    let index = payee.payouts.length
    while (index > 0 && compareFlows(payee.payouts[index - 1] ?? flow, flow) > 0) index -= 1
    payee.payouts.splice(index, 0, flow)
  }

  remove(flow: StoredFlow): void {
    const payee = this.payees.get(flow.party)
    if (payee === undefined) return
    this.stale.add(flow.party)
    if (isIncoming(flow)) payee.principal -= moneyOf.cny(flow)
    else {
      const index = payee.payouts.indexOf(flow)
      if (index >= 0) payee.payouts.splice(index, 1)
    }
    if (payee.principal === 0 && payee.payouts.length === 0) this.payees.delete(flow.party)
  }
}
