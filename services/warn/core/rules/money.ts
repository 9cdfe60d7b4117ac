/** The money of a flow: fen, US cents, or what a sum takes of it. Pure. */
import { cny } from '../household.ts'
import type { RateTable } from '../rates.ts'
import type { Subject } from '../subject.ts'

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
