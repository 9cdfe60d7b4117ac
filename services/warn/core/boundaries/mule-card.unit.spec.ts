/** The lines of R20, one row each. */
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant } from '../../../../test/support/transaction.ts'
import { checkBoundaries, inOrder, paid, received } from '../../../../test/support/boundaries.ts'

const minute = 60_000
const start = instant('2026-03-02 10:00')
const test = (amount: string, rest: Partial<Payment> = {}): Payment => received(start, amount, rest)
const after = (minutes: number): number => start + minutes * minute

/** People of `count` regions pay A 12,000 each, and A passes `passed` on. */
const gathered = (count: number, passed: string, at = start): Payment[] => [
  ...Array.from({ length: 5 }, (_, index) => ({
    at: at + index * minute,
    amount: '12000.00',
    from: `P${index}`,
    to: 'A',
    payer_region: `33100${index % count}`,
  })),
  paid(at + 10 * minute, passed),
]

checkBoundaries('a card that was tested', [
  ['R20 10.00 received, then 20,000.00 received', [test('10.00'), received(after(30), '20000.00')], 'orange'],
  ['R20 10.00 received, then 20,000.00 paid', [test('10.00'), paid(after(30), '20000.00')], 'orange'],
  [
    'R20 10.00 paid, then 20,000.00 received',
    [paid(start, '10.00'), received(after(30), '20000.00')],
    'orange',
  ],
  ['R20 10.01 is no test', [test('10.01'), received(after(30), '20000.00')], ''],
  ['R20 19,999.99 after the test', [test('10.00'), received(after(30), '19999.99')], ''],
  [
    'R20 20,000.00 after the test, in two receipts',
    [test('10.00'), received(after(10), '12000.00'), received(after(30), '8000.00')],
    'orange',
  ],
  [
    'R20 receipts and payments are not added',
    [test('10.00'), received(after(10), '19000.00'), paid(after(30), '19000.00')],
    '',
  ],
  [
    'R20 59 minutes and 59 seconds after the test',
    [test('5.00'), received(after(60) - 1_000, '20000.00')],
    'orange',
  ],
  ['R20 60 minutes after the test', [test('5.00'), received(after(60), '20000.00')], ''],
  ['R20 money before the test', [received(start - minute, '20000.00'), test('5.00')], ''],
  [
    'R20 an account that was not quiet: 71 hours',
    [paid(start - 71 * 60 * minute, '30.00'), test('5.00'), received(after(30), '20000.00')],
    '',
  ],
  [
    'R20 an account that was quiet for 72 hours',
    [paid(start - 72 * 60 * minute, '30.00'), test('5.00'), received(after(30), '20000.00')],
    'orange',
  ],
  [
    'R20 a transfer between own accounts tests nothing',
    [{ at: start, amount: '5.00', from: 'A', to: 'A' }, received(after(30), '20000.00')],
    '',
  ],
])

checkBoundaries('payers from many regions, and the money passed on', [
  ['R20 5 regions, 48,000.00 of 60,000.00 passed on', gathered(5, '48000.00'), 'orange'],
  ['R20 5 regions, 47,999.99 passed on', gathered(5, '47999.99'), ''],
  ['R20 4 regions', gathered(4, '48000.00'), ''],
  [
    'R20 5 regions, one of them unknown',
    gathered(5, '48000.00').map((one) =>
      one.payer_region === '331004' ? { ...one, payer_region: '' } : one,
    ),
    '',
  ],
  [
    'R20 5 regions, one of them the day before',
    inOrder([
      ...gathered(4, '48000.00', instant('2026-03-03 00:30')),
      { at: '2026-03-02 23:50', amount: '3000.00', from: 'Q', to: 'A', payer_region: '110101' },
    ]),
    '',
  ],
])
