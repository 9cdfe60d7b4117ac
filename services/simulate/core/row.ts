/** From a payment to the fields of the CSV contract. Pure. */
import { dayMs, dayOf, dayText, startOfDay } from '../../platform/calendar/day.ts'
import { decimal } from '../../platform/money/money.ts'
import { hash32 } from './random.ts'
import type { Party, Payment, SimulatedTransaction, SimulationOptions } from './transaction.ts'

const banks = ['demo_bank_a', 'demo_bank_b', 'demo_bank_c', 'demo_bank_d'] as const
/** Settles with customers abroad and books in UTC. */
const foreignBank = 'demo_bank_fx'

/** A writer of rows: numbers them `sim-<options>-00000001`, so that two different simulations never share a txn_id. */
export function createWriter(options: SimulationOptions): (payment: Payment) => SimulatedTransaction {
  const { seed, transactions, start, days, subjects = 0, disorderMinutes = 0 } = options
  const name = [seed, transactions, start, days, subjects, disorderMinutes].join('/')
  return createNamedWriter(`sim-${hash32(name).toString(16).padStart(8, '0')}-`)
}

/** A writer of rows: numbers them `<prefix>00000001`. */
export function createNamedWriter(prefix: string): (payment: Payment) => SimulatedTransaction {
  const time = createTimeFormat()
  let number = 0
  return (payment) => {
    number += 1
    const { payer, payee, currency = 'CNY', country = '' } = payment
    const isForeign = country !== ''
    return {
      txn_id: prefix + String(number).padStart(8, '0'),
      booked_at: isForeign ? `${new Date(payment.at).toISOString().slice(0, 19)}Z` : time(payment.at),
      amount: decimal(payment.amount, currency),
      currency,
      payer_account: payer.account,
      payer_id: payer.id,
      payer_name: payer.name,
      payer_kind: payer.kind,
      payer_region: payer.region,
      payee_account: payee.account,
      payee_id: payee.id,
      payee_name: payee.name,
      payee_kind: payee.kind,
      payee_region: payee.region,
      channel: payment.channel,
      country,
      remark: payment.remark,
      source_id: isForeign ? foreignBank : bankOf(payer),
      label: payment.label,
    }
  }
}

/** Every account is kept at one bank. */
function bankOf(party: Party): string {
  return banks[party.account.charCodeAt(party.account.length - 2) & 3] ?? banks[0]
}

const two: readonly string[] = Array.from({ length: 60 }, (_, number) => String(number).padStart(2, '0'))

/** RFC 3339 with offset +08:00; keeps the text of the day it last wrote. */
function createTimeFormat(): (at: number) => string {
  let start = Number.NaN
  let text = ''
  return (at) => {
    if (!(at >= start && at < start + dayMs)) {
      const day = dayOf(at)
      start = startOfDay(day)
      text = `${dayText(day)}T`
    }
    const second = (at - start) / 1000
    const hours = two[Math.floor(second / 3600)] ?? ''
    const minutes = two[Math.floor(second / 60) % 60] ?? ''
    return `${text}${hours}:${minutes}:${two[second % 60] ?? ''}+08:00`
  }
}
