/** Dated exchange rates, applied in whole numbers. A missing rate is NaN, never zero (G3). Pure. */
import { dayOf, parseDay } from '../../platform/calendar/day.ts'
import { exponentOf } from '../../platform/money/currencies.ts'
import type { RuleFile } from './rules/schema.ts'

interface Rate {
  readonly fromDay: number
  /** CNY for one unit, as numerator over denominator. */
  readonly numerator: bigint
  readonly denominator: bigint
  /** Fen for one minor unit, as a fraction of safe integers; undefined when they are not, or the currency is unknown. */
  readonly fen: Fraction | undefined
}

interface Fraction {
  readonly numerator: number
  readonly denominator: number
}

/** Rates of a rule set; the newest rate on or before the day counts. */
export class RateTable {
  private readonly rates = new Map<string, Rate[]>()

  constructor(rows: RuleFile['rates']) {
    for (const row of rows.toSorted((a, b) => (a.from < b.from ? -1 : 1))) {
      const [whole = '0', fraction = ''] = row.cny.split('.')
      const list = this.rates.get(row.currency) ?? []
      const numerator = BigInt(whole + fraction)
      const denominator = 10n ** BigInt(fraction.length)
      const fen = fenOf(row.currency, numerator, denominator)
      list.push({ fromDay: parseDay(row.from), numerator, denominator, fen })
      this.rates.set(row.currency, list)
    }
  }

  /** The lowest rate of the dollar: fen for one US cent; 0 when there is none. */
  get leastDollar(): number {
    return Math.min(...this.dollarRates())
  }

  /** The highest rate of the dollar: fen for one US cent; 0 when there is none. */
  get mostDollar(): number {
    return Math.max(...this.dollarRates())
  }

  private dollarRates(): number[] {
    const rates = this.rates.get('USD') ?? []
    return rates.length === 0 ? [0] : rates.map((rate) => Number(rate.numerator) / Number(rate.denominator))
  }

  /** Fen for an amount in minor units, rounded half up; NaN without a rate. */
  cny(amount: number, currency: string, time: number): number {
    if (currency === 'CNY') return amount
    const rate = this.find(currency, time)
    const exponent = exponentOf(currency)
    if (rate === undefined || exponent === undefined) return Number.NaN
    const exact = rate.fen === undefined ? undefined : divideSafely(amount, rate.fen)
    if (exact !== undefined) return exact
    return divide(BigInt(amount) * rate.numerator * 100n, rate.denominator * 10n ** BigInt(exponent))
  }

  /** US cents for an amount booked in a foreign currency; 0 for CNY, NaN without a rate. */
  usd(amount: number, currency: string, time: number): number {
    if (currency === 'CNY') return 0
    if (currency === 'USD') return amount
    const rate = this.find(currency, time)
    const dollar = this.find('USD', time)
    const exponent = exponentOf(currency)
    if (rate === undefined || dollar === undefined || exponent === undefined) return Number.NaN
    return divide(
      BigInt(amount) * rate.numerator * dollar.denominator * 100n,
      rate.denominator * dollar.numerator * 10n ** BigInt(exponent),
    )
  }

  /** US cents for an amount in minor units of any currency, rounded half up; NaN without a rate. */
  dollars(amount: number, currency: string, time: number): number {
    if (currency !== 'CNY') return this.usd(amount, currency, time)
    const dollar = this.find('USD', time)
    if (dollar === undefined) return Number.NaN
    return divide(BigInt(amount) * dollar.denominator, dollar.numerator)
  }

  private find(currency: string, time: number): Rate | undefined {
    const day = dayOf(time)
    return this.rates.get(currency)?.findLast((rate) => rate.fromDay <= day)
  }
}

function fenOf(currency: string, numerator: bigint, denominator: bigint): Fraction | undefined {
  const exponent = exponentOf(currency)
  if (exponent === undefined) return undefined
  const fraction = {
    numerator: Number(numerator * 100n),
    denominator: Number(denominator * 10n ** BigInt(exponent)),
  }
  return Number.isSafeInteger(fraction.numerator) && Number.isSafeInteger(fraction.denominator)
    ? fraction
    : undefined
}

/** Rounded half up; undefined when the whole numbers on the way are too large to be exact. */
function divideSafely(amount: number, { numerator, denominator }: Fraction): number | undefined {
  const doubled = 2 * amount * numerator + denominator
  if (!(doubled < Number.MAX_SAFE_INTEGER)) return undefined
  const quotient = Math.floor(doubled / (2 * denominator))
  const rest = doubled - quotient * 2 * denominator
  // The division of doubles may have rounded up to the next whole number.
  return rest < 0 ? quotient - 1 : quotient
}

function divide(numerator: bigint, denominator: bigint): number {
  return Number((2n * numerator + denominator) / (2n * denominator))
}
