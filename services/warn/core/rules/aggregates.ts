/** Totals that move with a window: sums, distinct counterparties, periodic payouts. Each `remove` undoes an `add` exactly. Pure. */
import { dayMs } from '../../../platform/calendar/day.ts'
import { isIncoming } from '../flow.ts'
import { cny } from '../household.ts'
import type { RateTable } from '../rates.ts'
import type { Subject } from '../subject.ts'
import type { WindowAggregate } from '../windows.ts'

/** Fen of a flow, NaN without a rate. */
export function fenAt(rates: RateTable, subject: Subject, index: number): number {
  const amount = subject.amountAt(index)
  if (subject.currencyAt(index) === cny) return amount
  return rates.cny(amount, subject.currencyTextAt(index), subject.timeAt(index))
}

/** US cents of a flow booked in a foreign currency; 0 when booked in CNY, NaN without a rate. */
export function centsAt(rates: RateTable, subject: Subject, index: number): number {
  if (subject.currencyAt(index) === cny) return 0
  return rates.usd(subject.amountAt(index), subject.currencyTextAt(index), subject.timeAt(index))
}

/** Money of a flow, in minor units. */
export type Money = (rates: RateTable, subject: Subject, index: number) => number

/** Which money of a flow is summed; a flow without a rate adds nothing (it is reported as unscored). */
export const moneyOf = {
  cny(rates: RateTable, subject: Subject, index: number): number {
    const fen = fenAt(rates, subject, index)
    return Number.isNaN(fen) ? 0 : fen
  },
  cny_booked(_rates: RateTable, subject: Subject, index: number): number {
    return subject.currencyAt(index) === cny ? subject.amountAt(index) : 0
  },
  foreign_usd(rates: RateTable, subject: Subject, index: number): number {
    const cents = centsAt(rates, subject, index)
    return Number.isNaN(cents) ? 0 : cents
  },
} as const

/** Money received and paid, kept apart. */
export class SumAggregate implements WindowAggregate {
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

/** Number of different counterparties. */
export class DistinctAggregate implements WindowAggregate {
  private readonly counts = new Map<number, number>()

  get size(): number {
    return this.counts.size
  }

  add(subject: Subject, index: number): void {
    const party = subject.partyAt(index)
    this.counts.set(party, (this.counts.get(party) ?? 0) + 1)
  }

  remove(subject: Subject, index: number): void {
    const party = subject.partyAt(index)
    const left = (this.counts.get(party) ?? 0) - 1
    if (left > 0) this.counts.set(party, left)
    else this.counts.delete(party)
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

/** Payees who paid in and are paid back periodically. */
export class PeriodicAggregate implements WindowAggregate {
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
