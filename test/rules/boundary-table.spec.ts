/**
 * The boundaries of the rule catalogue (domain catalogue 3.4) as one table. Each row: the rule, what is varied, a value that stays silent, the
 * value next to it that fires. The value in the row is the value in the payments.
 */
import { describe, expect, it } from 'vitest'
import { dayMs, dayText, parseDay } from '../../services/platform/calendar/day.ts'
import { createReplay, loadRuleSet } from '../../services/warn/app.ts'
import { instant, payment } from '../support/transaction.ts'
import type { Payment } from '../support/transaction.ts'

const ruleSet = await loadRuleSet()

type Row = readonly [
  rule: string,
  what: string,
  silent: string,
  fires: string,
  payments: (value: string) => readonly Payment[],
]

const monday = '2026-03-02 10:00'
const firm = { payer_kind: 'enterprise' } as const
const cash = { channel: 'cash' } as const
const abroad = { country: 'US' } as const

/** `999,999.99` or `USD 9,999.99` as amount and currency. */
function money(text: string): Pick<Payment, 'amount' | 'currency'> {
  const [amount = '', currency = 'CNY'] = text.replaceAll(',', '').split(' ').toReversed()
  return { amount, currency }
}

/** A pays an institution, which is no subject. */
const pays = (at: string | number, value: string, rest: Partial<Payment> = {}): Payment => ({
  ...{ at, from: 'A', to: 'BANK', payee_kind: 'institution' },
  ...money(value),
  ...rest,
})
/** A is paid by an institution. */
const gets = (at: string | number, value: string, rest: Partial<Payment> = {}): Payment => ({
  ...{ at, from: 'BANK', to: 'A', payer_kind: 'institution' },
  ...money(value),
  ...rest,
})
const days = (at: string, more: number): number => instant(at) + more * dayMs

/** So many people pay A, an hour apart. */
const payers = (count: string, value = '100', at = monday): Payment[] =>
  Array.from({ length: Number(count) }, (_, index) => ({
    ...{ at: instant(at) + index * 3_600_000, from: `P${index}`, to: 'A' },
    ...money(value),
  }))

/** 50,000 come in and 45,000 leave two hours later, on each of these days. */
const passedOn = (...dates: readonly string[]): Payment[] =>
  dates.flatMap((date) => [gets(`${date} 10:00`, '50,000'), pays(`${date} 12:00`, '45,000')])

/** Somebody paid A so long before 29 others did. */
const longBefore =
  (date: string) =>
  (value: string): Payment[] => {
    const at = `${date} 12:00`
    const early = { at: days(at, -Number.parseInt(value, 10)), from: 'Z', to: 'A', amount: '1' }
    return [early, ...payers('29', '1', at).map((one) => ({ ...one, at: instant(at) }))]
  }

/** A pays once, sleeps so many days, then two million are paid in as cash. */
const asleepSince =
  (date: string) =>
  (value: string): Payment[] => {
    const woken = days(`${date} 10:00`, Number.parseInt(value, 10))
    return [pays(`${date} 10:00`, '80'), gets(woken, '2,000,000', cash)]
  }

/** Ten people pay 20,000 each and get back this much three times, 30 days apart. */
const interest = (value: string, people = 10, times = 3): Payment[] => {
  const paid = Array.from({ length: people }, (_, index) => index).flatMap((index) => [
    { at: days(monday, 0) + index * 60_000, from: `P${index}`, to: 'A', amount: '20000' },
    ...Array.from({ length: times }, (_, time) => ({
      ...{ at: days(monday, 30 * (time + 1)) + index * 60_000, from: 'A', to: `P${index}` },
      ...money(value),
    })),
  ])
  return paid.toSorted((a, b) => instant(a.at) - instant(b.at))
}

/** Cash just below the line so often on one day. */
const deposits = (count: string, value: string): Payment[] =>
  Array.from({ length: Number(count) }, (_, index) => gets(instant(monday) + index * 3_600_000, value, cash))

// Spring Festival 2026: off from 15 to 23 February; Saturdays 14 and 28 February are worked.
const table: readonly Row[] = [
  ['R01', 'one payment of a person', '999,999.99', '1,000,000.00', (value) => [pays(monday, value, cash)]],
  [
    'R01',
    'the same in dollars at 7.10',
    'USD 140,845.06',
    'USD 140,845.07',
    (value) => [pays(monday, value, cash)],
  ],
  [
    'R02',
    'a person, one day, both payments together',
    '199,999.99',
    '200,000.00',
    (value) => [pays(monday, '300,000'), pays('2026-03-02 18:00', value)],
  ],
  [
    'R02',
    'one-sided: 300,000 paid, and as much again received or paid',
    'received',
    'paid',
    (value) => [pays(monday, '300,000'), (value === 'paid' ? pays : gets)('2026-03-02 11:00', '300,000')],
  ],
  [
    'R02',
    'two halves of 600,000 around Shanghai midnight',
    '00:00',
    '23:59',
    (value) => [
      pays('2026-03-02 23:00', '300,000'),
      pays(`${value === '00:00' ? '2026-03-03' : '2026-03-02'} ${value}`, '300,000'),
    ],
  ],
  ['R02', 'foreign currency by itself', 'USD 99,999.99', 'USD 100,000.00', (value) => [pays(monday, value)]],
  ['R03', 'an enterprise in one day', '1,999,999.99', '2,000,000.00', (value) => [pays(monday, value, firm)]],
  [
    'R03',
    'foreign currency by itself',
    'USD 199,999.99',
    'USD 200,000.00',
    (value) => [pays(monday, value, firm)],
  ],
  ['R04', 'cash in one day', '49,999.99', '50,000.00', (value) => [gets(monday, value, cash)]],
  ['R04', 'foreign cash in one day', 'USD 9,999.99', 'USD 10,000.00', (value) => [gets(monday, value, cash)]],
  [
    'R04',
    'one-sided: 30,000 in cash paid in, and as much withdrawn or paid in',
    'withdrawn',
    'paid in',
    (value) => [
      gets(monday, '30,000', cash),
      (value === 'paid in' ? gets : pays)(days(monday, 0.1), '30,000', cash),
    ],
  ],
  ['R05', 'a person across the border', '199,999.99', '200,000.00', (value) => [pays(monday, value, abroad)]],
  ['R05', 'the same in dollars', 'USD 9,999.99', 'USD 10,000.00', (value) => [pays(monday, value, abroad)]],
  [
    'R06',
    'cash, three times a day: on the line or below it',
    '50,000',
    '49,999.99',
    (value) => deposits('3', value),
  ],
  [
    'R06',
    'cash, three times a day: four fifths of the line',
    '39,999.99',
    '40,000',
    (value) => deposits('3', value),
  ],
  ['R06', 'how often a day', '2', '3', (value) => deposits(value, '49,999')],
  [
    'R09',
    'what came in',
    '49,999.99',
    '50,000.00',
    (value) => [gets(monday, value), pays('2026-03-02 12:00', '45,000')],
  ],
  [
    'R09',
    'what went out of 50,000',
    '39,999.99',
    '40,000.00',
    (value) => [gets(monday, '50,000'), pays(days(monday, 0.5), value)],
  ],
  [
    'R09',
    'when it went out, the next day',
    '10:00',
    '09:59',
    (value) => [gets(monday, '50,000'), pays(`2026-03-03 ${value}`, '45,000')],
  ],
  ['R12', 'payers within 12 months', '29', '30', (value) => payers(value)],
  ['R12', 'a common year: one of 30 payers so long ago', '365 days', '364 days', longBefore('2026-02-28')],
  ['R12', 'a leap year: one of 30 payers so long ago', '366 days', '365 days', longBefore('2025-02-28')],
  ['R13', 'people paid back regularly', '9', '10', (value) => interest('200', Number(value))],
  ['R13', 'times each', '2', '3', (value) => interest('200', 10, Number(value))],
  ['R13', 'of 20,000 every 30 days', '99.99', '100.00', (value) => interest(value)],
  ['R10', 'asleep in a common year', '364 days', '365 days', asleepSince('2025-03-01')],
  ['R10', 'asleep over 29 February 2024', '364 days', '365 days', asleepSince('2024-02-01')],
  [
    'R10',
    'what it wakes to',
    '1,999,999.99',
    '2,000,000.00',
    (value) => [pays('2025-01-05 10:00', '80'), gets(monday, value, cash)],
  ],
]

/** Orange of R09 needs three such days within ten working days: here the third, so many working days after the first. */
const tenDays: readonly Row[] = [
  [
    'R09',
    'the third such day, counted in working days from the first',
    '11th, without a holiday',
    '10th, without a holiday',
    (value) => passedOn('2026-01-05', '2026-01-08', value.startsWith('11th') ? '2026-01-19' : '2026-01-16'),
  ],
  [
    'R09',
    'the third such day, across Spring Festival',
    '11th, across Spring Festival',
    '10th, across Spring Festival',
    (value) => {
      const first = value.startsWith('11th') ? 10 : 9
      return passedOn(
        ...springDays(first).filter((_, index) => index === 0 || index === 1 || index === first),
      )
    },
  ],
]

/** The working day of Saturday 28 February 2026 and so many before it, the first first. */
function springDays(before: number): string[] {
  const off = (day: number): boolean => {
    const text = dayText(day)
    if (text === '2026-02-14' || text === '2026-02-28') return false
    return (text >= '2026-02-15' && text <= '2026-02-23') || (day + 3) % 7 >= 5
  }
  const worked: string[] = []
  for (let day = parseDay('2026-02-28'); worked.length <= before; day -= 1)
    if (!off(day)) worked.unshift(dayText(day))
  return worked
}

/** Levels that a rule reached for A, ascending by name. */
function levelsOf(rule: string, payments: readonly Payment[]): string[] {
  const replay = createReplay(ruleSet)
  const emissions = [...replay.push(payments.map((facts) => payment(facts))), ...replay.finish()]
  const levels = emissions.flatMap((emission) => {
    if (emission.type !== 'warning' || emission.warning.subject_id !== 'A') return []
    const [hit] = emission.warning.rules
    return hit?.rule_id === rule ? [hit.level] : []
  })
  return [...new Set(levels)].toSorted()
}

describe('the boundaries of the catalogue', () => {
  it.each(table)('%s %s: silent at %s, fires at %s', (rule, _what, silent, fires, payments) => {
    expect(levelsOf(rule, payments(silent))).toEqual([])
    expect(levelsOf(rule, payments(fires))).not.toEqual([])
  })

  it.each(tenDays)('%s %s: yellow at %s, orange at %s', (rule, _what, silent, fires, payments) => {
    expect(levelsOf(rule, payments(silent))).toEqual(['yellow'])
    expect(levelsOf(rule, payments(fires))).toEqual(['orange', 'yellow'])
  })
})
