/**
 * Paths of money found by trying every sequence of payments: slow, and independent of the engine. Reads docs/spec/warn.md 3
 * (R18, R19) and the working calendar as the rule set carries it, nothing else.
 */
import type { Transaction } from '../../schemas/types.ts'

/** A verdict: `R18 orange A 2026-03-02`. */
export type PathVerdict = string

/** Days that are named in the calendar: those off, and those worked in spite of the weekday. */
export interface NamedDays {
  readonly off: readonly string[]
  readonly work: readonly string[]
}

const hour = 3_600_000

/** Day in China of an instant. */
function dayOf(instant: number): string {
  return new Date(instant + 8 * hour).toISOString().slice(0, 10)
}

function dayBefore(day: string): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - 24 * hour).toISOString().slice(0, 10)
}

/** First of the ten working days up to a day. */
function tenthWorkingDay(day: string, { off, work }: NamedDays): string {
  let current = day
  for (let left = 10; ;) {
    const weekday = new Date(`${current}T00:00:00Z`).getUTCDay()
    const isWorked = work.includes(current) || (weekday !== 0 && weekday !== 6 && !off.includes(current))
    if (isWorked) left -= 1
    if (left === 0) return current
    current = dayBefore(current)
  }
}

function payer(one: Transaction): string {
  return one.payer_id === '' ? one.payer_account : one.payer_id
}

function payee(one: Transaction): string {
  return one.payee_id === '' ? one.payee_account : one.payee_id
}

/** Fen in CNY; the only rate these histories know is the dollar's. */
function fen({ amount, currency }: Transaction, dollar: bigint): bigint {
  return currency === 'CNY' ? BigInt(amount) : (BigInt(amount) * dollar + 50n) / 100n
}

/**
 * Every verdict of R18 and R19 on a history.
 * @param dollar fen for a dollar
 */
export function pathVerdicts(
  history: readonly Transaction[],
  named: NamedDays,
  dollar = 710n,
): ReadonlySet<PathVerdict> {
  const found = new Set<PathVerdict>()
  const money = new Map(history.map((one) => [one, fen(one, dollar)]))
  const worth = (one: Transaction): bigint => money.get(one) ?? 0n
  const goOn = (path: readonly Transaction[]): void => {
    const [first] = path
    const last = path.at(-1)
    if (first === undefined || last === undefined || path.length === 8) return
    const people = path.map(payer)
    for (const next of history) {
      if (payer(next) !== payee(last) || payee(next) === payer(next)) continue
      if (next.payer_kind === 'institution' || next.booked_at <= last.booked_at) continue
      if (10n * worth(next) < 8n * worth(last) || 100n * worth(next) > 105n * worth(last)) continue
      const longer = [...path, next]
      const isHome = payee(next) === people[0]
      if (!isHome && [...people, payer(next)].includes(payee(next))) continue
      judge(longer, isHome)
      if (!isHome && next.booked_at - first.booked_at < 40 * 24 * hour) goOn(longer)
    }
  }
  const judge = (path: readonly Transaction[], isHome: boolean): void => {
    const [first] = path
    const last = path.at(-1)
    if (first === undefined || last === undefined || path.length < 3) return
    const day = dayOf(last.booked_at)
    if (!isHome && last.booked_at - first.booked_at < 24 * hour) found.add(`R19 orange ${payer(last)} ${day}`)
    if (!isHome || dayOf(first.booked_at) < tenthWorkingDay(day, named)) return
    if (path.some((one) => 10n * worth(one) < 8n * worth(first))) return
    found.add(`R18 yellow ${payer(first)} ${day}`)
    if (worth(first) >= 100_000_000n) found.add(`R18 orange ${payer(first)} ${day}`)
  }
  for (const one of history) {
    if (worth(one) < 10_000_000n || one.payer_kind === 'institution' || payer(one) === payee(one)) continue
    goOn([one])
  }
  return found
}
