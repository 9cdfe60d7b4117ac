import { describe, expect, test } from 'vitest'
import { fieldsWith } from '../../../test/ingest/support.ts'
import { asRfc3339, bookedAt } from './booked-at.ts'
import { checkFields } from './transaction.ts'

describe('A record is refused for one clear reason', () => {
  test.each([
    [{ txn_id: ' ' }, 'missing_txn_id', 'txn_id'],
    [{ booked_at: '' }, 'missing_date', 'booked_at'],
    [{ booked_at: '2026-03-02T10:00:00' }, 'date_without_offset', 'booked_at'],
    [{ booked_at: '2026-03-02' }, 'invalid_date', 'booked_at'],
    [{ booked_at: '2026-02-30T10:00:00+08:00' }, 'invalid_date', 'booked_at'],
    [{ booked_at: '02/03/2026 10:00' }, 'invalid_date', 'booked_at'],
    [{ booked_at: '1772416800000' }, 'invalid_date', 'booked_at'],
    [{ amount: '' }, 'missing_amount', 'amount'],
    [{ amount: '0' }, 'amount_not_positive', 'amount'],
    [{ amount: '0.00' }, 'amount_not_positive', 'amount'],
    [{ amount: '-5' }, 'amount_not_positive', 'amount'],
    [{ amount: '1.005' }, 'too_many_decimals', 'amount'],
    [{ amount: '12,50' }, 'invalid_amount', 'amount'],
    [{ amount: '99999999999999999' }, 'amount_too_large', 'amount'],
    [{ currency: '' }, 'missing_currency', 'currency'],
    [{ currency: 'RMB' }, 'unknown_currency', 'currency'],
    [{ currency: 'XAU' }, 'unknown_currency', 'currency'],
    [{ payer_account: '' }, 'missing_party', 'payer'],
    [{ payee_account: ' - ' }, 'missing_party', 'payee'],
    [{ payee_account: '', payee_name: '测试乙' }, 'name_only', 'payee'],
    [{ payer_kind: 'individual' }, 'unknown_kind', 'payer_kind'],
    [{ payee_kind: '__proto__' }, 'unknown_kind', 'payee_kind'],
    [{ payer_region: '33100' }, 'invalid_region', 'payer_region'],
    [{ payee_region: '33100a' }, 'invalid_region', 'payee_region'],
    [{ channel: 'wire' }, 'unknown_channel', 'channel'],
    [{ country: 'UK' }, 'unknown_country', 'country'],
    [{ country: 'cn' }, 'unknown_country', 'country'],
  ] as const)('%j: %s', (changes, reason, detail) => {
    expect(checkFields(fieldsWith(changes))).toEqual({ reason, detail })
  })

  test('and the detail never repeats what the record says', () => {
    const refused = checkFields(fieldsWith({ channel: '9990000000000000033' }))
    expect(JSON.stringify(refused)).not.toContain('999000')
  })
})

describe('A sound record', () => {
  test('may leave everything optional out', () => {
    expect(checkFields(fieldsWith())).toMatchObject({
      booked_at: Date.UTC(2026, 2, 2, 2),
      amount: 1250,
      payer_kind: 'unknown',
      channel: 'unknown',
      country: '',
      source_id: '',
    })
  })

  test('may name an id instead of an account, on each side', () => {
    const changes = { payer_account: '', payer_id: 'P1', payee_account: '', payee_id: 'P2' }
    expect(checkFields(fieldsWith(changes))).toMatchObject({ payer_id: 'P1', payee_id: 'P2' })
  })

  test('does not care for blanks around its values, and keeps them within', () => {
    const changes = { amount: ' 3 ', currency: 'JPY ', payer_name: ' 测试 甲 ', channel: ' cash' }
    expect(checkFields(fieldsWith(changes))).toMatchObject({
      amount: 3,
      payer_name: '测试 甲',
      channel: 'cash',
    })
  })

  test('is from the given source only where it names none', () => {
    expect(checkFields(fieldsWith(), 'bank_a')).toMatchObject({ source_id: 'bank_a' })
    expect(checkFields(fieldsWith({ source_id: 'bank_b' }), 'bank_a')).toMatchObject({ source_id: 'bank_b' })
  })
})

describe('Times', () => {
  const utc = Date.UTC(2026, 2, 2, 2, 0, 0)
  test.each([
    ['2026-03-02T10:00:00+08:00', utc],
    ['2026-03-02T02:00:00Z', utc],
    ['2026-03-02t02:00:00z', utc],
    ['2026-03-02 02:00:00Z', utc],
    ['2026-03-01T21:30:00-04:30', utc],
    ['2026-03-02T02:00:00.5Z', utc + 500],
    ['2026-03-02T02:00:00.123987Z', utc + 123],
    ['2026-03-02T01:59:60Z', utc],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2025-02-29T00:00:00Z', 'invalid_date'],
    ['2026-13-01T00:00:00Z', 'invalid_date'],
    ['2026-03-02T24:00:00Z', 'invalid_date'],
    ['2026-03-02T02:60:00Z', 'invalid_date'],
    ['2026-03-02T02:00:00+24:00', 'invalid_date'],
    ['1969-12-31T00:00:00Z', 'invalid_date'],
    ['2026-03-02T02:00:00+0800', 'invalid_date'],
    ['2026-03-02T02:00:00', 'date_without_offset'],
  ])('%s is %s', (text, expected) => {
    expect(bookedAt(text)).toBe(expected)
  })

  test.each([
    ['2026-03-02', '2026-03-02T00:00:00+08:00'],
    ['2026-03-02Z', '2026-03-02T00:00:00Z'],
    ['2026-03-02+02:00', '2026-03-02T00:00:00+02:00'],
    ['2026-03-02T10:00:00', '2026-03-02T10:00:00+08:00'],
    ['2026-03-02T10:00:00.25-05:00', '2026-03-02T10:00:00.25-05:00'],
    ['yesterday', 'yesterday'],
  ])('ISO 20022 writes %s for %s', (text, expected) => {
    expect(asRfc3339(text)).toBe(expected)
  })
})
