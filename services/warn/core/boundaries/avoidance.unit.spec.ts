/** The lines of the rules about keeping below a reporting line, one row each. */
import type { Payment } from '../../../../test/support/transaction.ts'
import {
  abroad,
  cash,
  checkBoundaries,
  inOrder,
  paid,
  received,
} from '../../../../test/support/boundaries.ts'

/** In March, every other day from the 3rd on an amount in cash, ten times, the fifth another one; and some small ones. */
const inAMonth = (amount: string, small: number, fifth = amount): Payment[] =>
  inOrder([
    ...Array.from({ length: 10 }, (_, index) =>
      paid(`2026-03-${String(3 + 2 * index).padStart(2, '0')} 10:00`, index === 4 ? fifth : amount, cash),
    ),
    ...Array.from({ length: small }, (_, index) => paid(`2026-03-0${3 + index} 09:00`, '100.00', cash)),
  ])

checkBoundaries('keeping below a line', [
  // R06 just below a line: 80 % inclusive to 100 % exclusive
  [
    'R06 two of 49,999.99 cash a day',
    [paid('2026-01-05 10:00', '49999.99', cash), paid('2026-01-05 11:00', '49999.99', cash)],
    '',
  ],
  [
    'R06 three of 49,999.99 cash a day',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '49999.99', cash)),
    'yellow',
  ],
  [
    'R06 three of 50,000.00 are on the line, not below',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '50000.00', cash)),
    '',
  ],
  [
    'R06 three of 40,000.00',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '40000.00', cash)),
    'yellow',
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
    'yellow',
  ],
  [
    'R06 a working day in between',
    ['05', '06', '08'].map((at) => paid(`2026-01-${at} 10:00`, '45000.00', cash)),
    '',
  ],
  [
    'R06 a weekend in between does not break the row',
    ['08', '09', '12'].map((at) => paid(`2026-01-${at} 10:00`, '45000.00', cash)),
    'yellow',
  ],
  [
    'R06 nor does Spring Festival',
    ['2026-02-13', '2026-02-14', '2026-02-24'].map((at) => paid(`${at} 10:00`, '45000.00', cash)),
    'yellow',
  ],
  [
    'R06 a make-up working day does break it',
    ['2026-02-12', '2026-02-13', '2026-02-24'].map((at) => paid(`${at} 10:00`, '45000.00', cash)),
    '',
  ],
  [
    'R06 abroad the line of a person is 200,000',
    ['10:00', '11:00', '12:00'].map((at) => paid(`2026-01-05 ${at}`, '180000.00', abroad)),
    'yellow',
  ],
  ['R06 ten in 30 days of 90 %, six tenths of all', inAMonth('45000.00', 6), 'orange'],
  ['R06 ten in 30 days of 99 %', inAMonth('49500.00', 6), 'orange'],
  ['R06 ten in 30 days, one of them less than 90 %', inAMonth('45000.00', 6, '44999.99'), ''],
  ['R06 ten in 30 days, one of them more than 99 %', inAMonth('45000.00', 6, '49500.01'), ''],
  ['R06 ten in 30 days, but among many small ones', inAMonth('45000.00', 7), ''],
])

/** `round` receipts of an amount and others of 1,234.56, one a day from 1 March on, the last on 30 March. */
function receipts(round: number, others: number, amount = '500'): Payment[] {
  const count = round + others
  return Array.from({ length: count }, (_, index) => {
    const date = index === count - 1 ? 30 : 1 + index
    return received(`2026-03-${String(date).padStart(2, '0')} 10:00`, index < round ? amount : '1234.56')
  })
}

/** To one counterparty on Monday 5 January and later. */
const alike = (amounts: readonly string[], last = '09', rest: Partial<Payment> = {}): Payment[] =>
  amounts.map((amount, index) =>
    paid(index === amounts.length - 1 ? `2026-01-${last} 10:00` : `2026-01-05 1${index}:00`, amount, rest),
  )

checkBoundaries('amounts that tell', [
  // R16 seven tenths of at least ten receipts in 30 days are whole multiples of 500
  ['R16 seven of ten', receipts(7, 3), 'blue'],
  ['R16 six of ten', receipts(6, 4), ''],
  ['R16 nine of nine', receipts(9, 0), ''],
  ['R16 ten thousands are multiples of 500', receipts(7, 3, '10000'), 'blue'],
  ['R16 500.01', receipts(7, 3, '500.01'), ''],
  ['R16 payments do not count', receipts(7, 3).map(({ at, amount }) => paid(at, amount)), ''],
  ['R16 dollars are not round', receipts(7, 3).map((one) => ({ ...one, currency: 'USD' })), ''],
  [
    'R16 the first of ten on the thirty-first day back',
    receipts(7, 3).map((one, index) => (index === 0 ? { ...one, at: '2026-02-28 10:00' } : one)),
    '',
  ],

  // R17 three within five working days, to or from the same, within a tenth
  ['R17 three, a tenth apart', alike(['9000', '11000', '10000']), 'yellow'],
  ['R17 a little more than a tenth apart', alike(['8999.99', '11000', '10000']), ''],
  ['R17 two', alike(['10000', '10000']), ''],
  ['R17 5,000', alike(['5000', '5000', '5000']), 'yellow'],
  ['R17 4,999.99', alike(['4999.99', '5000', '5000']), ''],
  ['R17 the last on the sixth working day', alike(['10000', '10000', '10000'], '12'), ''],
  [
    'R17 to two counterparties',
    alike(['10000', '10000', '10000']).map((one, index) => ({ ...one, to: `BANK${index % 2}` })),
    '',
  ],
  [
    'R17 one came back',
    alike(['10000', '10000', '10000']).map((one, index) =>
      index === 1 ? received(one.at, one.amount) : one,
    ),
    '',
  ],
  [
    'R17 in dollars worth as much',
    alike(['10000', '10000', '1408.45']).map((one, index) =>
      index === 2 ? { ...one, currency: 'USD' } : one,
    ),
    'yellow',
  ],
])
