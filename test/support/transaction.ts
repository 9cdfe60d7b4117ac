/** A payment for tests: only what matters in a test is named, the rest is plausible. */
import type { Transaction } from '../../schemas/types.ts'
import { minorUnits } from '../../services/platform/money/money.ts'

/** What a test may say about a payment. */
export interface Payment extends Partial<Omit<Transaction, 'amount' | 'booked_at'>> {
  /** RFC 3339, or `2026-01-05 10:00` in Shanghai. */
  readonly at: string | number
  /** Decimal string in the currency, default CNY. */
  readonly amount: string
  readonly from: string
  readonly to: string
}

const none = Buffer.alloc(0)
let count = 0

/** Milliseconds of a time as tests write it. */
export function instant(at: string | number): number {
  if (typeof at === 'number') return at
  return Date.parse(at.includes('T') ? at : `${at.replace(' ', 'T')}:00+08:00`)
}

/** A transaction between two people of Luqiao by bank transfer, unless said otherwise. Ids count up. */
export function payment(facts: Payment): Transaction {
  const { at, amount, from, to, ...rest } = facts
  const currency = rest.currency ?? 'CNY'
  const minor = minorUnits(amount, currency)
  if (typeof minor !== 'number') throw new Error(`${amount} ${currency}: ${minor.detail}`)
  count += 1
  return {
    txn_id: `T${String(count).padStart(7, '0')}`,
    booked_at: instant(at),
    amount: minor,
    currency,
    payer_account: '',
    payer_id: from,
    payer_kind: 'person',
    payer_region: '331004',
    payer_identity: none,
    payee_account: '',
    payee_id: to,
    payee_kind: 'person',
    payee_region: '331004',
    payee_identity: none,
    channel: 'transfer',
    country: '',
    remark: '',
    source_id: 'bank_a',
    ...rest,
  }
}
