import { describe, expect, test } from 'vitest'
import { currencyCodes, exponentOf } from './currencies.ts'
import { decimal, minorUnits } from './money.ts'

describe('Amounts become minor units', () => {
  test.each([
    ['1234.50', 'CNY', 123_450],
    ['1234.5', 'CNY', 123_450],
    ['1234', 'CNY', 123_400],
    ['0.01', 'CNY', 1],
    ['.5', 'CNY', 50],
    ['5.', 'CNY', 500],
    ['+5', 'CNY', 500],
    ['-5.25', 'CNY', -525],
    ['-0', 'CNY', 0],
    ['000012.30', 'EUR', 1230],
    ['45000000', 'JPY', 45_000_000],
    ['45000000.00', 'JPY', 45_000_000],
    ['1.234', 'KWD', 1234],
    ['1.23450', 'CLF', 12_345],
    ['90071992547409.91', 'CNY', Number.MAX_SAFE_INTEGER],
    ['93931.29', 'CNY', 9_393_129],
  ])('%s %s is %d', (amount, currency, minor) => {
    expect(minorUnits(amount, currency)).toBe(minor)
  })

  test.each([
    ['', 'CNY', 'invalid_amount'],
    ['.', 'CNY', 'invalid_amount'],
    ['-', 'CNY', 'invalid_amount'],
    ['1e3', 'CNY', 'invalid_amount'],
    ['1,000.00', 'CNY', 'invalid_amount'],
    [' 1', 'CNY', 'invalid_amount'],
    ['1.2.3', 'CNY', 'invalid_amount'],
    ['0x10', 'CNY', 'invalid_amount'],
    ['１２', 'CNY', 'invalid_amount'],
    ['NaN', 'CNY', 'invalid_amount'],
    ['1.005', 'CNY', 'too_many_decimals'],
    ['10.5', 'JPY', 'too_many_decimals'],
    ['90071992547409.92', 'CNY', 'amount_too_large'],
    ['9'.repeat(400), 'CNY', 'amount_too_large'],
    ['1', 'XAU', 'unknown_currency'],
    ['1', 'XXX', 'unknown_currency'],
    ['1', 'cny', 'unknown_currency'],
    ['1', '', 'unknown_currency'],
    ['1', 'constructor', 'unknown_currency'],
  ])('%s %s is refused: %s', (amount, currency, reason) => {
    expect(minorUnits(amount, currency)).toMatchObject({ reason })
  })

  test('what is no amount cannot be written', () => {
    expect(() => decimal(1.5, 'CNY')).toThrow(RangeError)
    expect(() => decimal(1, 'XAU')).toThrow(RangeError)
  })

  test('the table has no code that the platform does not know, and the same decimals where money is counted in them', () => {
    const known = new Set(Intl.supportedValuesOf('currency'))
    const newer = new Set([
      'UYW',
      'UYI',
      'USN',
      'MXV',
      'COU',
      'CHW',
      'CHE',
      'BOV',
      'CLF',
      'VED',
      'SVC',
      'CUC',
      'HRK',
    ])
    const strange = currencyCodes.filter((code) => !known.has(code) && !newer.has(code))
    expect(strange).toEqual([])
    for (const [code, exponent] of [
      ['BHD', 3],
      ['ISK', 0],
      ['XOF', 0],
      ['CNY', 2],
      ['UYW', 4],
    ] as const) {
      expect(exponentOf(code)).toBe(exponent)
    }
  })
})
