/** The lines of the rules about keeping below a reporting line, one row each. */
import {
  abroad,
  cash,
  checkBoundaries,
  inOrder,
  paid,
  received,
} from '../../../../test/support/boundaries.ts'

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
  [
    'R06 ten in 30 days, six tenths of all',
    inOrder([
      ...Array.from({ length: 10 }, (_, index) =>
        paid(`2026-03-${String(3 + 2 * index).padStart(2, '0')} 10:00`, '45000.00', cash),
      ),
      ...Array.from({ length: 6 }, (_, index) => paid(`2026-03-0${3 + index} 09:00`, '100.00', cash)),
    ]),
    'orange',
  ],
  [
    'R06 ten in 30 days, but among many small ones',
    inOrder([
      ...Array.from({ length: 10 }, (_, index) =>
        paid(`2026-03-${String(3 + 2 * index).padStart(2, '0')} 10:00`, '45000.00', cash),
      ),
      ...Array.from({ length: 7 }, (_, index) => paid(`2026-03-0${3 + index} 09:00`, '100.00', cash)),
    ]),
    '',
  ],
])
