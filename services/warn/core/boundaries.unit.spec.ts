/** The lines of the rules, one row each: what happens on the line, and just below it (domain catalogue 3.4). */
import { describe, expect, it } from 'vitest'
import type { Payment } from '../../../test/support/transaction.ts'
import { instant, payment } from '../../../test/support/transaction.ts'
import type { Transaction, Warning } from '../../../schemas/types.ts'
import { loadRuleSet } from '../shell/rule-files.ts'
import { scoreTransactions } from './replay.ts'

const ruleSet = await loadRuleSet()
const day = 86_400_000

function warningsOf(payments: readonly Payment[]): Warning[] {
  const transactions: Transaction[] = payments.map((facts) => payment(facts))
  return [...scoreTransactions(transactions, ruleSet)].flatMap((emission) =>
    emission.type === 'warning' ? [emission.warning] : [],
  )
}

/** Rule and level of the hits on one subject, each once. */
function hitsOn(subject: string, payments: readonly Payment[]): string {
  const hits = warningsOf(payments).flatMap(({ subject_id, rules }) =>
    subject_id === subject ? [`${rules[0]?.rule_id} ${rules[0]?.level}`] : [],
  )
  return [...new Set(hits)].toSorted().join(', ')
}

/** A payment by A to an institution, which is no subject. */
const paid = (at: string, amount: string, rest: Partial<Payment> = {}): Payment => ({
  at,
  amount,
  from: 'A',
  to: 'BANK',
  payee_kind: 'institution',
  ...rest,
})
/** A payment to A by an institution. */
const received = (at: string | number, amount: string, rest: Partial<Payment> = {}): Payment => ({
  at,
  amount,
  from: 'BANK',
  to: 'A',
  payer_kind: 'institution',
  ...rest,
})
const usd = { currency: 'USD' }
const abroad = { country: 'US' }
const firm = { payer_kind: 'enterprise' } as const
const cash = { channel: 'cash' } as const

/** `count` people pay A the same amount, one an hour. */
const crowd = (count: number, amount: string, rest: Partial<Payment> = {}): Payment[] =>
  Array.from({ length: count }, (_, index) => ({
    at: instant('2026-03-02 00:00') + index * 3_600_000,
    amount,
    from: `P${index}`,
    to: 'A',
    ...rest,
  }))

type Row = readonly [what: string, payments: readonly Payment[], expected: string]

const rows: readonly Row[] = [
  // R01 single million, person, in or out, every channel
  ['R01 999,999.99 in cash', [paid('2026-01-05 10:00', '999999.99', cash)], ''],
  ['R01 1,000,000.00 in cash', [paid('2026-01-05 10:00', '1000000.00', cash)], 'R01 orange'],
  ['R01 1,000,000.00 received', [received('2026-01-05 10:00', '1000000.00', cash)], 'R01 orange'],
  ['R01 an enterprise is not meant', [paid('2026-01-05 10:00', '1000000.00', { ...firm, ...cash })], ''],
  [
    'R01 an unknown kind is not meant',
    [paid('2026-01-05 10:00', '1000000.00', { payer_kind: 'unknown', ...cash })],
    '',
  ],
  [
    'R01 USD 140,845.07 is CNY 999,999.997, a million after rounding',
    [paid('2026-01-05 10:00', '140845.07', { ...usd, ...cash })],
    'R01 orange',
  ],
  ['R01 USD 140,845.06 is CNY 999,999.93', [paid('2026-01-05 10:00', '140845.06', { ...usd, ...cash })], ''],

  // R02 person, domestic, one Shanghai day, one side, every channel but cash
  ['R02 499,999.99', [paid('2026-01-05 10:00', '299999.99'), paid('2026-01-05 11:00', '200000.00')], ''],
  [
    'R02 500,000.00',
    [paid('2026-01-05 10:00', '300000.00'), paid('2026-01-05 11:00', '200000.00')],
    'R02 blue',
  ],
  [
    'R02 one-sided: in and out are not added',
    [paid('2026-01-05 10:00', '300000.00'), received('2026-01-05 11:00', '300000.00')],
    '',
  ],
  [
    'R02 over midnight is two days',
    [paid('2026-01-05 23:59', '300000.00'), paid('2026-01-06 00:00', '300000.00')],
    '',
  ],
  [
    'R02 midnight is Shanghai midnight',
    [paid('2026-01-05T16:00:00Z', '300000.00'), paid('2026-01-06T15:59:59Z', '300000.00')],
    'R02 blue',
  ],
  [
    'R02 cash does not count',
    [paid('2026-01-05 10:00', '300000.00'), paid('2026-01-05 11:00', '300000.00', cash)],
    '',
  ],
  [
    'R02 cards and third parties count',
    [
      paid('2026-01-05 10:00', '300000.00', { channel: 'card' }),
      paid('2026-01-05 11:00', '200000.00', { channel: 'third_party' }),
    ],
    'R02 blue',
  ],
  ['R02 abroad does not count', [paid('2026-01-05 10:00', '600000.00', abroad)], ''],
  ['R02 country CN is domestic', [paid('2026-01-05 10:00', '600000.00', { country: 'CN' })], 'R02 blue'],
  [
    'R02 USD 99,999.99',
    [paid('2026-01-05 10:00', '49999.99', usd), paid('2026-01-05 11:00', '50000.00', usd)],
    '',
  ],
  [
    'R02 USD 100,000.00',
    [paid('2026-01-05 10:00', '50000.00', usd), paid('2026-01-05 11:00', '50000.00', usd)],
    'R02 blue',
  ],
  [
    'R02 CNY and USD are kept apart',
    [paid('2026-01-05 10:00', '300000.00'), paid('2026-01-05 11:00', '60000.00', usd)],
    '',
  ],
  ['R02 USD 9,999.99 is far below', [paid('2026-01-05 10:00', '9999.99', usd)], ''],

  // R03 enterprise, domestic and cross-border
  [
    'R03 1,999,999.99',
    [paid('2026-01-05 10:00', '1000000.00', firm), paid('2026-01-05 11:00', '999999.99', firm)],
    '',
  ],
  [
    'R03 2,000,000.00, half of it abroad',
    [
      paid('2026-01-05 10:00', '1000000.00', firm),
      paid('2026-01-05 11:00', '1000000.00', { ...firm, ...abroad }),
    ],
    'R03 blue',
  ],
  ['R03 cash does not count', [paid('2026-01-05 10:00', '2000000.00', { ...firm, ...cash })], ''],
  ['R03 USD 200,000.00', [paid('2026-01-05 10:00', '200000.00', { ...firm, ...usd })], 'R03 blue'],
  ['R03 USD 199,999.99', [paid('2026-01-05 10:00', '199999.99', { ...firm, ...usd })], ''],

  // R06 just below a line: 80 % inclusive to 100 % exclusive
  [
    'R06 two of 49,999.99 cash a day',
    [paid('2026-01-05 10:00', '49999.99', cash), paid('2026-01-05 11:00', '49999.99', cash)],
    '',
  ],
  [
    'R06 three of 49,999.99 cash a day',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '49999.99', cash)),
    'R06 yellow',
  ],
  [
    'R06 three of 50,000.00 are on the line, not below',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '50000.00', cash)),
    '',
  ],
  [
    'R06 three of 40,000.00',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '40000.00', cash)),
    'R06 yellow',
  ],
  [
    'R06 three of 39,999.99',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '39999.99', cash)),
    '',
  ],
  [
    'R06 two out and one in',
    [
      paid('2026-01-05 10:00', '45000.00', cash),
      paid('2026-01-05 11:00', '45000.00', cash),
      received('2026-01-05 12:00', '45000.00', cash),
    ],
    '',
  ],
  [
    'R06 three days in a row',
    ['05', '06', '07'].map((at) => paid(`2026-01-${at} 10:00`, '45000.00', cash)),
    'R06 yellow',
  ],
  [
    'R06 a working day in between',
    ['05', '06', '08'].map((at) => paid(`2026-01-${at} 10:00`, '45000.00', cash)),
    '',
  ],
  [
    'R06 a weekend in between does not break the row',
    ['08', '09', '12'].map((at) => paid(`2026-01-${at} 10:00`, '45000.00', cash)),
    'R06 yellow',
  ],
  [
    'R06 nor does Spring Festival',
    ['2026-02-13', '2026-02-14', '2026-02-24'].map((at) => paid(`${at} 10:00`, '45000.00', cash)),
    'R06 yellow',
  ],
  [
    'R06 a make-up working day does break it',
    ['2026-02-12', '2026-02-13', '2026-02-24'].map((at) => paid(`${at} 10:00`, '45000.00', cash)),
    '',
  ],
  [
    'R06 abroad the line of a person is 200,000',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '180000.00', abroad)),
    'R06 yellow',
  ],
  [
    'R06 ten in 30 days, six tenths of all',
    [
      ...Array.from({ length: 10 }, (_, index) =>
        paid(`2026-03-${String(3 + 2 * index).padStart(2, '0')} 10:00`, '45000.00', cash),
      ),
      ...Array.from({ length: 6 }, (_, index) => paid(`2026-03-0${3 + index} 09:00`, '100.00', cash)),
    ].toSorted((a, b) => instant(a.at) - instant(b.at)),
    'R06 orange',
  ],
  [
    'R06 ten in 30 days, but among many small ones',
    [
      ...Array.from({ length: 10 }, (_, index) =>
        paid(`2026-03-${String(3 + 2 * index).padStart(2, '0')} 10:00`, '45000.00', cash),
      ),
      ...Array.from({ length: 7 }, (_, index) => paid(`2026-03-0${3 + index} 09:00`, '100.00', cash)),
    ].toSorted((a, b) => instant(a.at) - instant(b.at)),
    '',
  ],

  // R09 pass-through
  [
    'R09 50,000 in, 80 % out within a day',
    [received('2026-01-05 10:00', '50000.00'), paid('2026-01-06 09:59', '40000.00')],
    'R09 yellow',
  ],
  ['R09 49,999.99 in', [received('2026-01-05 10:00', '49999.99'), paid('2026-01-06 09:59', '49000.00')], ''],
  ['R09 79.99 % out', [received('2026-01-05 10:00', '50000.00'), paid('2026-01-06 09:59', '39995.00')], ''],
  [
    'R09 after exactly 24 hours it is over',
    [received('2026-01-05 10:00', '50000.00'), paid('2026-01-06 10:00', '50000.00')],
    '',
  ],
  [
    'R09 out first, in later, passes nothing on',
    [paid('2026-01-05 09:00', '50000.00'), received('2026-01-05 10:00', '50000.00')],
    '',
  ],
  [
    'R09 far more out than in is no passing on',
    [received('2026-01-05 10:00', '50000.00'), paid('2026-01-05 11:00', '60000.01')],
    '',
  ],
  [
    'R09 within 30 minutes',
    [received('2026-01-05 10:00', '50000.00'), paid('2026-01-05 10:29', '50000.00')],
    'R09 orange, R09 yellow',
  ],
  [
    'R09 own accounts do not count',
    [
      { at: '2026-01-05 10:00', amount: '60000', from: 'A', to: 'A' },
      { at: '2026-01-05 10:10', amount: '60000', from: 'A', to: 'A' },
    ],
    '',
  ],
  [
    'R09 on three days within ten working days',
    ['05', '08', '16'].flatMap((at) => [
      received(`2026-01-${at} 10:00`, '50000.00'),
      paid(`2026-01-${at} 12:00`, '45000.00'),
    ]),
    'R09 orange, R09 yellow',
  ],
  [
    'R09 the third on the eleventh working day',
    ['05', '08', '19'].flatMap((at) => [
      received(`2026-01-${at} 10:00`, '50000.00'),
      paid(`2026-01-${at} 12:00`, '45000.00'),
    ]),
    'R09 yellow',
  ],
  [
    'R09 tenth working day across Spring Festival',
    ['2026-02-06', '2026-02-09', '2026-02-28'].flatMap((at) => [
      received(`${at} 10:00`, '50000.00'),
      paid(`${at} 12:00`, '45000.00'),
    ]),
    'R09 yellow',
  ],
  [
    'R09 within ten working days across Spring Festival',
    ['2026-02-12', '2026-02-13', '2026-02-28'].flatMap((at) => [
      received(`${at} 10:00`, '50000.00'),
      paid(`${at} 12:00`, '45000.00'),
    ]),
    'R09 orange, R09 yellow',
  ],

  // R12 many persons into one account
  ['R12 29 payers', crowd(29, '100.00'), ''],
  ['R12 30 payers', crowd(30, '100.00'), 'R12 yellow'],
  [
    'R12 30 payers, one of them an enterprise',
    [
      ...crowd(29, '100.00'),
      { at: '2026-03-09 10:00', amount: '100.00', from: 'Q', to: 'A', payer_kind: 'enterprise' },
    ],
    '',
  ],
  [
    'R12 30 payers, one of them itself',
    [...crowd(29, '100.00'), { at: '2026-03-09 10:00', amount: '100.00', from: 'A', to: 'A' }],
    '',
  ],
  [
    'R12 30 payers, one of them twice',
    [...crowd(29, '100.00'), { at: '2026-03-09 10:00', amount: '100.00', from: 'P1', to: 'A' }],
    '',
  ],
  ['R12 cash counts', crowd(30, '100.00', cash), 'R12 yellow'],
  ['R12 30 payers, 999,999.90 in all', crowd(30, '33333.33', { payee_kind: 'enterprise' }), 'R12 yellow'],
  [
    'R12 30 payers, 1,000,000.20 in all',
    crowd(30, '33333.34', { payee_kind: 'enterprise' }),
    'R12 red, R12 yellow',
  ],
  ['R12 100 payers', crowd(100, '100.00'), 'R12 orange, R12 yellow'],
  ['R12 150 payers', crowd(150, '100.00'), 'R12 orange, R12 red, R12 yellow'],
  ['R12 an institution is no subject', crowd(40, '100.00', { payee_kind: 'institution' }), ''],
  [
    'R12 the first payer exactly 12 months ago no longer counts',
    [
      { at: '2025-02-28 12:00', amount: '1', from: 'Z', to: 'A' },
      ...crowd(29, '1').map((one) => ({ ...one, at: instant('2026-02-28 12:00') })),
    ],
    '',
  ],
  [
    'R12 one minute less than 12 months ago it still does',
    [
      { at: '2025-02-28 12:01', amount: '1', from: 'Z', to: 'A' },
      ...crowd(29, '1').map((one) => ({ ...one, at: instant('2026-02-28 12:00') })),
    ],
    'R12 yellow',
  ],
  [
    'R12 a leap year is 366 days',
    [
      { at: '2024-02-28 12:01', amount: '1', from: 'Z', to: 'A' },
      ...crowd(29, '1').map((one) => ({ ...one, at: instant('2025-02-28 12:00') })),
    ],
    'R12 yellow',
  ],
]

describe('the lines of the rules', () => {
  it.each(rows)('%s', (_what, payments, expected) => {
    expect(hitsOn('A', payments)).toBe(expected)
  })
})

/** Ten people pay in; each is paid interest three times. */
function scheme(days: number, interest: readonly string[], people = 10, principal = '20000.00'): Payment[] {
  const start = instant('2026-01-02 10:00')
  const person = (index: number): Payment[] => [
    { at: start + index * 60_000, amount: principal, from: `P${index}`, to: 'A' },
    ...interest.map((amount, time) => ({
      at: start + (time + 1) * days * day + index * 60_000,
      amount,
      from: 'A',
      to: `P${index}`,
    })),
  ]
  return Array.from({ length: people }, (_, index) => person(index))
    .flat()
    .toSorted((a, b) => instant(a.at) - instant(b.at))
}

const schemes: readonly Row[] = [
  ['ten people, three times, monthly, 1 %', scheme(30, ['200', '200', '200']), 'R13 yellow'],
  ['nine people', scheme(30, ['200', '200', '200'], 9), ''],
  ['twice only', scheme(30, ['200', '200']), ''],
  ['every 20 days is no known period', scheme(20, ['200', '200', '200']), ''],
  ['every fortnight', scheme(14, ['200', '200', '200']), 'R13 yellow'],
  ['every week', scheme(7, ['50', '50', '50']), 'R13 yellow'],
  ['amounts vary too much', scheme(30, ['150', '200', '250']), ''],
  ['amounts vary within a tenth', scheme(30, ['190', '200', '210']), 'R13 yellow'],
  ['0.4 % a month is too little', scheme(30, ['80', '80', '80']), ''],
  ['6 % a month is too much', scheme(30, ['1200', '1200', '1200']), ''],
  [
    'principal given back at the end is not interest',
    scheme(30, ['200', '200', '200', '20000']),
    'R13 yellow',
  ],
]

describe('periodic payouts (R13)', () => {
  it.each(schemes)('%s', (_what, payments, expected) => {
    expect(hitsOn('A', payments)).toBe(expected)
  })
})
