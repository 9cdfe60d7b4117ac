/** Money as an integer of minor units plus its currency. Decimal strings are read digit by digit; no float ever holds an amount. */
import { exponentOf } from './currencies.ts'

/** Why a string is no amount of money. `detail` never repeats the value. */
export interface Refusal {
  readonly reason: 'invalid_amount' | 'too_many_decimals' | 'amount_too_large' | 'unknown_currency'
  readonly detail: string
}

const decimalForm = /^([+-]?)(\d*)(?:\.(\d*))?$/

function refuse(reason: Refusal['reason'], detail: string): Refusal {
  return { reason, detail }
}

/**
 * Reads a decimal string (xs:decimal: optional sign, digits, at most one point; no exponent, grouping or blanks).
 * @returns minor units as a safe integer, or why not. Decimals beyond the currency's are accepted only when they are zeros.
 */
export function minorUnits(amount: string, currency: string): number | Refusal {
  const exponent = exponentOf(currency)
  if (exponent === undefined)
    return refuse('unknown_currency', 'the currency is no ISO 4217 payment currency')
  const parts = decimalForm.exec(amount)
  const whole = parts?.[2] ?? ''
  const fraction = parts?.[3] ?? ''
  if (parts === null || whole.length + fraction.length === 0) {
    return refuse('invalid_amount', 'the amount is not a decimal number such as 1234.50')
  }
  for (let index = exponent; index < fraction.length; index += 1) {
    if (fraction[index] !== '0') {
      return refuse(
        'too_many_decimals',
        `${currency} has ${exponent} decimal${exponent === 1 ? '' : 's'}, the amount has more`,
      )
    }
  }
  // Exact: a digit string below 2^53 converts without rounding, and anything above becomes an unsafe integer.
  const value = Number(whole + fraction.slice(0, exponent).padEnd(exponent, '0'))
  if (!Number.isSafeInteger(value)) return refuse('amount_too_large', 'the amount exceeds 2^53 minor units')
  return parts[1] === '-' && value !== 0 ? -value : value
}

/**
 * The decimal string of an amount, with all decimals of its currency, e.g. `1234.50`.
 * @throws RangeError when `minor` is no safe integer or the currency is unknown: both are bugs of the caller
 */
export function decimal(minor: number, currency: string): string {
  const exponent = exponentOf(currency)
  if (exponent === undefined || !Number.isSafeInteger(minor)) {
    throw new RangeError(`no amount of money: ${minor} minor units of ${currency}`)
  }
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0')
  const sign = minor < 0 ? '-' : ''
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`
}
