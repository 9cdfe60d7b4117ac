/** The lines of the rule about the hours of the day, one row each. */
import { cash, checkBoundaries, inOrder, paid, received } from '../../../../test/support/boundaries.ts'
import type { Payment } from '../../../../test/support/transaction.ts'

/** On one day, `others` transactions at noon, and one at each of some times. */
function hours(others: number, times: readonly string[], amount = '1000'): Payment[] {
  return inOrder([
    ...Array.from({ length: others }, (_, index) => received(`2026-01-05 12:${10 + index}`, amount)),
    ...times.map((time) => paid(`2026-01-05 ${time}`, amount)),
  ])
}

/** Cash taken out at some time on some days of January. */
const withdrawn = (days: readonly string[], time: string, amount = '20000'): Payment[] =>
  days.map((date) => paid(`2026-01-${date} ${time}`, amount, cash))

checkBoundaries('hours of the day', [
  // R27 three tenths of at least ten, between 22:00 and 06:00, within seven days
  ['R27 three of ten', hours(7, ['22:00', '23:00', '05:59']), 'blue'],
  ['R27 two of ten', hours(8, ['22:00', '05:59']), ''],
  ['R27 three of eleven', hours(8, ['22:00', '23:00', '05:59']), ''],
  ['R27 three of nine', hours(6, ['22:00', '23:00', '05:59']), ''],
  ['R27 21:59 is no night', hours(7, ['21:59', '23:00', '05:59']), ''],
  ['R27 06:00 is no night', hours(7, ['22:00', '23:00', '06:00']), ''],
  ['R27 less than 1,000 does not count', hours(7, ['22:00', '23:00', '05:59'], '999.99'), ''],
  [
    'R27 the first night on the seventh day back',
    [paid('2025-12-30 23:59', '1000'), ...hours(7, ['01:00', '22:00'])],
    'blue',
  ],
  [
    'R27 the first night on the eighth day back',
    [paid('2025-12-29 23:59', '1000'), ...hours(7, ['01:00', '22:00'])],
    '',
  ],

  // R27 three times 20,000 in cash between 00:00 and 05:00, within seven days
  ['R27 three withdrawals, the last on the seventh day', withdrawn(['05', '06', '11'], '04:59'), 'blue'],
  ['R27 the last on the eighth day', withdrawn(['05', '06', '12'], '04:59'), ''],
  ['R27 two withdrawals', withdrawn(['05', '06'], '00:00'), ''],
  ['R27 19,999.99', withdrawn(['05', '06', '07'], '00:00', '19999.99'), ''],
  ['R27 at 05:00', withdrawn(['05', '06', '07'], '05:00'), ''],
  ['R27 at 23:59', withdrawn(['05', '06', '07'], '23:59'), ''],
  [
    'R27 paid in',
    withdrawn(['05', '06', '07'], '00:00').map(({ at, amount }) => received(at, amount, cash)),
    '',
  ],
  ['R27 transfers', withdrawn(['05', '06', '07'], '00:00').map(({ at, amount }) => paid(at, amount)), ''],
])
