/** The lines of the rules about crowds, one row each. */
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant } from '../../../../test/support/transaction.ts'
import type { Row } from '../../../../test/support/boundaries.ts'
import { cash, checkBoundaries, inOrder } from '../../../../test/support/boundaries.ts'

const day = 86_400_000

/** `count` people pay A the same amount, one an hour. */
const crowd = (count: number, amount: string, rest: Partial<Payment> = {}): Payment[] =>
  Array.from({ length: count }, (_, index) => ({
    at: instant('2026-03-02 00:00') + index * 3_600_000,
    amount,
    from: `P${index}`,
    to: 'A',
    ...rest,
  }))

checkBoundaries('many persons into one account', [
  // R12 many persons into one account
  ['R12 29 payers', crowd(29, '100.00'), ''],
  ['R12 30 payers', crowd(30, '100.00'), 'yellow'],
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
  ['R12 cash counts', crowd(30, '100.00', cash), 'yellow'],
  ['R12 30 payers, 999,999.90 in all', crowd(30, '33333.33', { payee_kind: 'enterprise' }), 'yellow'],
  ['R12 30 payers, 1,000,000.20 in all', crowd(30, '33333.34', { payee_kind: 'enterprise' }), 'red, yellow'],
  ['R12 100 payers', crowd(100, '100.00'), 'orange, yellow'],
  ['R12 150 payers', crowd(150, '100.00'), 'orange, red, yellow'],
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
    'yellow',
  ],
  [
    'R12 a leap year is 366 days',
    [
      { at: '2024-02-28 12:01', amount: '1', from: 'Z', to: 'A' },
      ...crowd(29, '1').map((one) => ({ ...one, at: instant('2025-02-28 12:00') })),
    ],
    'yellow',
  ],
])

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
  return inOrder(Array.from({ length: people }, (_, index) => person(index)).flat())
}

const schemes: readonly Row[] = [
  ['R13 ten people, three times, monthly, 1 %', scheme(30, ['200', '200', '200']), 'yellow'],
  ['R13 nine people', scheme(30, ['200', '200', '200'], 9), ''],
  ['R13 twice only', scheme(30, ['200', '200']), ''],
  ['R13 every 20 days is no known period', scheme(20, ['200', '200', '200']), ''],
  ['R13 every fortnight', scheme(14, ['200', '200', '200']), 'yellow'],
  ['R13 every week', scheme(7, ['50', '50', '50']), 'yellow'],
  ['R13 amounts vary too much', scheme(30, ['150', '200', '250']), ''],
  ['R13 amounts vary within a tenth', scheme(30, ['190', '200', '210']), 'yellow'],
  ['R13 0.4 % a month is too little', scheme(30, ['80', '80', '80']), ''],
  ['R13 6 % a month is too much', scheme(30, ['1200', '1200', '1200']), ''],
  [
    'R13 principal given back at the end is not interest',
    scheme(30, ['200', '200', '200', '20000']),
    'yellow',
  ],
]

checkBoundaries('periodic payouts', schemes)
