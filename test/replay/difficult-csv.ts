/** A CSV that is hard on purpose: disorder, odd offsets, every channel and kind, missing ids, sums that reach a line exactly. */
import { transactionColumns } from '../../schemas/transaction-csv.ts'
import type { TransactionFields } from '../../schemas/transaction-csv.ts'
import { createRandom } from '../../services/simulate/core/random.ts'

const minuteMs = 60_000
const dayMs = 86_400_000
/** 00:00 on a Shanghai day. */
const start = Date.parse('2026-02-10T00:00:00+08:00')
const offsets = [480, 0, -300, 345, 540, -660] as const

interface Row {
  readonly at: number
  readonly fields: Partial<TransactionFields>
}

/** RFC 3339 with the given offset in minutes; 0 is written as Z. */
function rfc3339(at: number, offset: number): string {
  const local = new Date(at + offset * minuteMs).toISOString().slice(0, 19)
  if (offset === 0) return `${local}Z`
  const size = Math.abs(offset)
  const two = (value: number): string => String(value).padStart(2, '0')
  return `${local}${offset < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`
}

/** Payments that lie exactly on a line, or just below it. */
function edges(): Row[] {
  const person = { payer_kind: 'person', payee_kind: 'enterprise', channel: 'transfer' }
  const rows: Row[] = [
    { at: start + 1, fields: { ...person, payer_id: 'E-R01-AT', payee_id: 'E-SHOP', amount: '1000000.00' } },
    {
      at: start + 2,
      fields: { ...person, payer_id: 'E-R01-BELOW', payee_id: 'E-SHOP', amount: '999999.99' },
    },
    {
      at: start + 3,
      fields: { ...person, payer_id: 'E-R01-CASH', payee_id: 'E-SHOP', amount: '1000000', channel: 'cash' },
    },
  ]
  // One Shanghai day is two UTC days: 07:00 and 09:00 belong together, 23:59 and 00:01 do not.
  const halves = [7 * 60, 9 * 60].map((minute) => start + 3 * dayMs + minute * minuteMs)
  const apart = [24 * 60 - 1, 24 * 60 + 1].map((minute) => start + 3 * dayMs + minute * minuteMs)
  for (const at of halves)
    rows.push({ at, fields: { ...person, payer_id: 'E-R02-AT', payee_id: 'E-SHOP', amount: '250000.00' } })
  for (const at of apart)
    rows.push({ at, fields: { ...person, payer_id: 'E-R02-APART', payee_id: 'E-SHOP', amount: '250000.00' } })
  for (const at of halves)
    rows.push({ at, fields: { ...person, payer_id: 'E-R02-BELOW', payee_id: 'E-SHOP', amount: '249999.99' } })
  for (const country of ['CN', 'US']) {
    const payer_id = `E-R02-${country}`
    for (const at of halves)
      rows.push({ at, fields: { ...person, payer_id, payee_id: 'E-SHOP', amount: '250000', country } })
  }
  const firm = {
    payer_kind: 'enterprise',
    payee_kind: 'institution',
    payee_id: 'E-BANK',
    channel: 'third_party',
  }
  for (const at of halves)
    rows.push({ at, fields: { ...firm, payer_id: 'E-R03-AT', amount: '1000000.00', country: 'US' } })
  for (const at of halves)
    rows.push({ at, fields: { ...firm, payer_id: 'E-R03-CASH', amount: '1000000', channel: 'cash' } })
  for (const payers of [29, 30]) {
    for (let number = 0; number < payers; number += 1) {
      const payer_id = `E-P${number}`
      const fields = {
        ...person,
        payer_id,
        payee_id: `E-R12-${payers}`,
        payee_kind: 'person',
        amount: '10.00',
      }
      rows.push({ at: start + number * 6 * 3_600_000, fields })
      rows.push({ at: start + number * 6 * 3_600_000 + minuteMs, fields: { ...fields, channel: 'cash' } })
    }
  }
  rows.push({
    at: start + 9 * dayMs,
    fields: { ...person, payer_id: 'E-R12-29', payee_id: 'E-R12-29', payee_kind: 'person', amount: '5' },
  })
  return rows
}

/** Random payments between few subjects, so that lines are crossed often. */
function crowd(seed: string, count: number): Row[] {
  const random = createRandom(seed)
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item => items[random.int(items.length)] ?? items[0]
  const side = (name: 'payer' | 'payee'): Partial<TransactionFields> => {
    const number = random.int(120)
    const kind =
      number % 7 === 0 ? 'institution' : number % 3 === 0 ? 'enterprise' : number % 11 === 0 ? '' : 'person'
    const hasId = number % 5 !== 0
    return {
      [`${name}_account`]: `A${number}`,
      [`${name}_id`]: hasId ? `S${number}` : '',
      [`${name}_kind`]: kind,
    }
  }
  return Array.from({ length: count }, () => ({
    at: start + random.int(40 * dayMs),
    fields: {
      ...side('payer'),
      ...side('payee'),
      amount: pick([
        `${random.int(900)}.${10 + random.int(90)}`,
        `${10_000 * (1 + random.int(60))}`,
        '500000.00',
        '999999.99',
        '1000000.00',
      ]),
      channel: pick(['transfer', 'cash', 'third_party', 'card', 'unknown', '']),
      country: pick(['', '', 'CN', 'US']),
    },
  }))
}

/** The file's text. Rows come up to 30 minutes out of order; `booked_at` carries all kinds of offsets. */
export function difficultCsv(seed: string, count: number): string {
  const random = createRandom(`${seed}/arrival`)
  const rows = [...edges(), ...crowd(seed, count)]
    .map((row) => ({ ...row, arrival: row.at + random.int(30 * minuteMs) }))
    .toSorted((a, b) => a.arrival - b.arrival)
  const lines = rows.map(({ at, fields }, index) => {
    const offset = offsets[random.int(offsets.length)] ?? 480
    const whole: Partial<TransactionFields> = {
      txn_id: `T${index}`,
      booked_at: rfc3339(Math.floor(at / 1000) * 1000, offset),
      currency: 'CNY',
      source_id: 'test_bank',
      ...fields,
    }
    return transactionColumns.map((column) => whole[column] ?? '').join(',')
  })
  return `${transactionColumns.join(',')}\n${lines.join('\n')}\n`
}
