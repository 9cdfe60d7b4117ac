/** The lines of the rules about places, one row each. */
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant } from '../../../../test/support/transaction.ts'
import { cash, checkBoundaries, paid, received } from '../../../../test/support/boundaries.ts'

const day = 86_400_000
const start = instant('2026-03-02 10:00')
const iran = { country: 'IR' } as const
const us = { country: 'US' } as const

/** `count` payments across the border, one a day, alternating in and out. */
const crossings = (count: number, amount: string, everyMs = day): Payment[] =>
  Array.from({ length: count }, (_, index) =>
    (index % 2 === 0 ? paid : received)(start + index * everyMs, amount, us),
  )

/** `count` people pay A, one an hour. */
const senders = (count: number, amount: string, rest: Partial<Payment> = {}): Payment[] =>
  Array.from({ length: count }, (_, index) => ({
    at: start + index * 3_600_000,
    amount,
    from: `P${index}`,
    to: 'A',
    ...rest,
  }))

/** `count` withdrawals of foreign cash, one a day. */
const withdrawals = (count: number, amount: string, rest: Partial<Payment> = {}): Payment[] =>
  Array.from({ length: count }, (_, index) =>
    paid(start + index * day, amount, { currency: 'USD', ...cash, ...rest }),
  )

checkBoundaries('countries and payments across the border', [
  ['R29 one payment with a listed country', [paid(start, '10.00', iran)], ''],
  ['R29 two, in and out', [paid(start, '10.00', iran), received(start + day, '10.00', iran)], 'orange'],
  [
    'R29 two listed countries',
    [paid(start, '10.00', iran), paid(start + day, '10.00', { country: 'KP' })],
    'orange',
  ],
  [
    'R29 two, on the first and the thirtieth day',
    [paid(start, '10.00', iran), paid(start + 29 * day, '10.00', iran)],
    'orange',
  ],
  [
    'R29 two, on the first and the thirty-first day',
    [paid(start, '10.00', iran), paid(start + 30 * day, '10.00', iran)],
    '',
  ],
  ['R29 a country that is not listed', [paid(start, '10.00', us), paid(start + day, '10.00', us)], ''],
  [
    'R29 is not hit again in the next month by a payment to another country',
    [paid(start, '10.00', us), paid(start, '10.00', iran), paid(start + day, '10.00', us)],
    '',
  ],
  ['R29 19 across the border, far above a million', crossings(19, '100000.00'), ''],
  ['R29 20 across the border, 1,000,000.00 in and out', crossings(20, '50000.00'), 'yellow'],
  ['R29 20 across the border, 999,999.80', crossings(20, '49999.99'), ''],
  ['R29 20 across the border, in 39 days', crossings(20, '50000.00', 2 * day), ''],
])

const toAbroad = { country: 'HK', payee_region: '', payee_kind: 'enterprise' } as const

checkBoundaries('splitting of foreign exchange', [
  [
    'R30 4 residents pay the same account abroad',
    senders(4, '9500.00', { ...toAbroad, currency: 'USD' }),
    '',
  ],
  ['R30 5 residents', senders(5, '9500.00', { ...toAbroad, currency: 'USD' }), 'orange'],
  ['R30 5 residents, booked in yuan', senders(5, '100.00', toAbroad), 'orange'],
  [
    'R30 5 customers abroad pay a shop at home',
    senders(5, '9500.00', { country: 'US', payer_region: '' }),
    '',
  ],
  ['R30 5 firms', senders(5, '9500.00', { ...toAbroad, payer_kind: 'enterprise' }), ''],
  ['R30 5 residents pay a shop at home', senders(5, '9500.00'), ''],
  [
    'R30 5 residents, the last on the third day',
    [
      ...senders(4, '100.00', toAbroad),
      { at: '2026-03-04 23:59', amount: '100.00', from: 'Q', to: 'A', ...toAbroad },
    ],
    'orange',
  ],
  [
    'R30 5 residents, the last on the fourth day',
    [
      ...senders(4, '100.00', toAbroad),
      { at: '2026-03-05 00:00', amount: '100.00', from: 'Q', to: 'A', ...toAbroad },
    ],
    '',
  ],
  ['R30 5 people pay in CNY 355,000.00, which is USD 50,000.00', senders(5, '355000.00'), 'orange'],
  ['R30 5 people pay in CNY 355,000.04, which is USD 50,000.01', senders(5, '355000.04'), ''],
  ['R30 5 people pay in CNY 284,000.00, which is USD 40,000.00', senders(5, '284000.00'), 'orange'],
  ['R30 5 people pay in CNY 283,999.96, which is USD 39,999.99', senders(5, '283999.96'), ''],
  ['R30 4 people pay in CNY 300,000.00', senders(4, '300000.00'), ''],
  ['R30 4 withdrawals of USD 9,900', withdrawals(4, '9900.00'), ''],
  ['R30 5 withdrawals of USD 9,900', withdrawals(5, '9900.00'), 'orange'],
  ['R30 5 withdrawals of USD 10,000.00', withdrawals(5, '10000.00'), 'orange'],
  ['R30 5 withdrawals of USD 10,000.01', withdrawals(5, '10000.01'), ''],
  ['R30 5 withdrawals of USD 8,000.00', withdrawals(5, '8000.00'), 'orange'],
  ['R30 5 withdrawals of USD 7,999.99', withdrawals(5, '7999.99'), ''],
  ['R30 5 withdrawals of CNY 70,000', withdrawals(5, '70000.00', { currency: 'CNY' }), ''],
  ['R30 5 transfers of USD 9,900', withdrawals(5, '9900.00', { channel: 'transfer' }), ''],
  [
    'R30 5 withdrawals, the last on the seventh day',
    [...withdrawals(4, '9900.00'), paid(start + 6 * day, '9900.00', { currency: 'USD', ...cash })],
    'orange',
  ],
  [
    'R30 5 withdrawals, the last on the eighth day',
    [...withdrawals(4, '9900.00'), paid(start + 7 * day, '9900.00', { currency: 'USD', ...cash })],
    '',
  ],
])
