/** The words of the simulator: what it is asked for, and what it says. Pure. */
import { startOfDay } from '../../platform/calendar/day.ts'
import type { TransactionFields } from '../../../schemas/transaction-csv.ts'
import type { Channel, SubjectKind } from '../../../schemas/types.ts'

/** What to simulate. The same options give the same rows to the byte. */
export interface SimulationOptions {
  /** Any integer; a different one tells different stories in a different district. */
  readonly seed: number
  /** Exact number of rows, ≥ 1. */
  readonly transactions: number
  /** An instant (ms since 1970) of the first day; the period starts at that day's 00:00 in Asia/Shanghai. */
  readonly start: number
  /** Length of the period in calendar days, ≥ 1. */
  readonly days: number
  /** Ordinary residents; default grows with `transactions / days`. */
  readonly subjects?: number
  /** Rows may come this late, at most 30; 0 (default) = in order of `booked_at`. */
  readonly disorderMinutes?: number
}

/** A district in which every story can be told: 50,000 rows over 120 days. Times: ms since 1970. */
export const defaultSimulation = {
  seed: 331_004,
  transactions: 50_000,
  start: startOfDay(20_514),
  days: 120,
} as const satisfies SimulationOptions

/** Most minutes by which a row may come late. */
export const disorderMinutesMax = 30

/** What a row belongs to. Stories that Weir should find are `is_laundering`; normal life has typologies with `n_`. */
export interface Label {
  readonly typology: string
  /** Empty when the row belongs to no particular scheme. */
  readonly scheme_id: string
  readonly is_laundering: boolean
}

/** One simulated row with its truth. */
export interface SimulatedTransaction extends TransactionFields {
  readonly label: Label
}

/** One side of a payment: an invented account holder. */
export interface Party {
  readonly account: string
  /** Empty for parties abroad. */
  readonly id: string
  readonly name: string
  readonly kind: SubjectKind
  /** Six-digit region code, or empty. */
  readonly region: string
}

/** One payment before it is written down. `at`: ms since 1970, whole seconds. `amount`: minor units. */
export interface Payment {
  readonly at: number
  readonly payer: Party
  readonly payee: Party
  readonly amount: number
  readonly channel: Channel
  readonly remark: string
  readonly label: Label
  /** Default CNY. */
  readonly currency?: string
  /** ISO 3166 of the far side; default domestic. */
  readonly country?: string
}

/** Explains what is wrong with the options, or returns undefined. */
export function optionsProblem(options: SimulationOptions): string | undefined {
  const { seed, transactions, start, days, subjects = 1, disorderMinutes = 0 } = options
  const whole = { seed, transactions, start, days, subjects }
  for (const [name, value] of Object.entries(whole)) {
    if (!Number.isSafeInteger(value)) return `${name} must be a whole number, got ${value}`
  }
  if (transactions < 1) return `transactions must be at least 1, got ${transactions}`
  if (days < 1 || days > 3660) return `days must be 1 to 3660, got ${days}`
  if (subjects < 1 || subjects > 1_000_000) return `subjects must be 1 to 1,000,000, got ${subjects}`
  if (!(disorderMinutes >= 0 && disorderMinutes <= disorderMinutesMax)) {
    return `disorderMinutes must be 0 to ${disorderMinutesMax}, got ${disorderMinutes}`
  }
  return undefined
}
