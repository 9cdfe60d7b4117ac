/** The lines of the rules about a subject's own past, one row each. */
import { dayText, parseDay } from '../../../platform/calendar/day.ts'
import { cash, checkBoundaries, inOrder, paid, received } from '../../../../test/support/boundaries.ts'
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant } from '../../../../test/support/transaction.ts'

const day = 86_400_000
const later = (date: string, days: number): string => `${dayText(parseDay(date) + days)} 10:00`

/** The last transaction, and after so many days two million are paid. */
function awakened(last: string, days: number, amount = '2000000'): Payment[] {
  return [paid(`${last} 23:00`, '5'), paid(`${dayText(parseDay(last) + days)} 01:00`, amount)]
}

/** Seen `days` before 1 December 2025; an inflow 20 days before it; then, on 1 and 10 December, half of another each. */
function revived(before: string, amount: string, days = 190): Payment[] {
  const half = (Number(amount) / 2).toFixed(2)
  return [
    paid(later('2025-12-01', 9 - days), '5'),
    received(later('2025-12-01', -20), before),
    received('2025-12-01 10:00', half),
    received('2025-12-10 10:00', half),
  ]
}

checkBoundaries('a sleeper awakes', [
  // R10 365 days without a transaction, then 2,000,000 within 30 days
  ['R10 364 days', awakened('2025-01-05', 364), ''],
  ['R10 365 days', awakened('2025-01-05', 365), 'orange'],
  ['R10 365 days of a leap year end a day before the same date', awakened('2024-01-05', 365), 'orange'],
  ['R10 364 days of a leap year', awakened('2024-01-05', 364), ''],
  ['R10 366 days of a leap year', awakened('2024-01-05', 366), 'orange'],
  ['R10 days are dates: hours do not matter', awakened('2025-01-05', 365), 'orange'],
  ['R10 1,999,999.99', awakened('2025-01-05', 365, '1999999.99'), ''],
  ['R10 never seen before is not dormant', [received('2026-01-05 10:00', '2000000')], ''],
  ['R10 silent for five years', awakened('2020-01-05', 1_827), 'orange'],
  ['R10 silent for a day more counts as never seen', awakened('2020-01-05', 1_828), ''],
  [
    'R10 half on the thirtieth day, received and paid together',
    [
      paid('2025-01-05 10:00', '5'),
      received('2026-02-01 10:00', '1000000', cash),
      paid('2026-03-02 10:00', '1000000'),
    ],
    'orange',
  ],
  [
    'R10 half on the thirty-first day',
    [
      paid('2025-01-05 10:00', '5'),
      received('2026-02-01 10:00', '1000000', cash),
      paid('2026-03-03 10:00', '1000000'),
    ],
    '',
  ],
  [
    'R10 moving money between own accounts ends the silence',
    inOrder([...awakened('2025-01-05', 365), { at: '2025-06-05 10:00', amount: '5', from: 'A', to: 'A' }]),
    '',
  ],

  // R10 ten times the average of 180 days within ten days, and 400,000
  ['R10 exactly ten times', revived('720000', '400000'), 'yellow'],
  ['R10 a little less than ten times', revived('720000.18', '400000'), ''],
  ['R10 399,999.99', revived('10', '399999.98'), ''],
  ['R10 nothing in the 180 days', revived('0.01', '400000'), 'yellow'],
  ['R10 seen 189 days before is too new', revived('10', '400000', 189), ''],
  ['R10 cash is no transfer', revived('10', '400000').map((one) => ({ ...one, ...cash })), ''],
])

/** Six times 30 days before February 2026, five payments in each, of so much in all; then, on 1 February and 2 March, half of an amount. */
function regular(months: readonly number[], now: string, perMonth = 5): Payment[] {
  const first = instant('2026-02-01 10:00') - 180 * day
  const half = (Number(now) / 2).toFixed(2)
  return [
    ...months.flatMap((total, month) =>
      Array.from({ length: perMonth }, (_, index) =>
        paid(first + (30 * month + 5 * index) * day, (total / perMonth).toFixed(2)),
      ),
    ),
    paid('2026-02-01 10:00', half),
    received('2026-03-02 10:00', half),
  ]
}

const level = [20_000, 20_000, 20_000, 20_000, 20_000, 20_000]
const uneven = [80_000, 120_000, 80_000, 120_000, 80_000, 120_000]

checkBoundaries('a break from the own past', [
  // R11 30 days against the six times 30 days before
  [
    'R11 ten times the median',
    regular([20_000, 20_000, 20_000, 20_000, 400_000, 400_000], '200000'),
    'yellow',
  ],
  ['R11 less than that', regular([20_000, 20_000, 20_000, 20_000.2, 400_000, 400_000], '200000.50'), ''],
  ['R11 199,999.98', regular(level, '199999.98'), ''],
  ['R11 200,000', regular(level, '200000'), 'yellow'],
  ['R11 29 transactions before', regular(level, '200000').slice(1), ''],
  ['R11 an empty past is no past', regular([], '2000000'), ''],
  // Mean 100,000, standard deviation of the sample 21,908.90.
  [
    'R11 three standard deviations above the mean, but less than twice as much',
    regular(uneven, '199999.98'),
    '',
  ],
  ['R11 twice as much, more than three standard deviations above', regular(uneven, '200000'), 'yellow'],
  [
    'R11 twice as much, in a past that varies more',
    regular([20_000, 180_000, 20_000, 180_000, 20_000, 180_000], '200000'),
    '',
  ],
])
