import fc from 'fast-check'
import { test } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { currencyCodes, exponentOf } from './currencies.ts'
import { decimal, minorUnits } from './money.ts'

const minor = fc.integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER })
const currency = fc.constantFrom(...currencyCodes)

test('Every amount survives being written and read, in every currency', async () => {
  await checked(
    fc.property(minor, currency, (amount, code) => minorUnits(decimal(amount, code), code) === amount),
    2000,
  )
})

test('Reading agrees with exact big-integer arithmetic, or refuses', async () => {
  const digits = fc.stringMatching(/^[0-9]{0,18}$/)
  await checked(
    fc.property(digits, digits, currency, (whole, fraction, code) => {
      const exponent = exponentOf(code) ?? 0
      const read = minorUnits(`${whole}.${fraction}`, code)
      const scaled = BigInt(`${whole}${fraction.padEnd(exponent, '0')}` || '0')
      const divisor = 10n ** BigInt(Math.max(fraction.length - exponent, 0))
      const exact = scaled % divisor === 0n && whole.length + fraction.length > 0
      if (typeof read === 'number') return exact && BigInt(read) === scaled / divisor
      return !exact || scaled / divisor > BigInt(Number.MAX_SAFE_INTEGER)
    }),
    2000,
  )
})
