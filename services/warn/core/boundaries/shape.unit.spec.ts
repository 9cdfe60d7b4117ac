/** The lines of the rules about the shape of flows, one row each. */
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant } from '../../../../test/support/transaction.ts'
import { checkBoundaries, inOrder, paid, received } from '../../../../test/support/boundaries.ts'

const hour = 3_600_000

/** `count` people pay A 1,000,000 in all, an hour apart from 5 January on; on the last day, at eight in the evening, A pays on. */
function gathered(count: number, amounts: readonly string[], last = '2026-01-20'): Payment[] {
  const shares = Array.from({ length: count }, (_, index) =>
    index === 0 ? String(1_000_000 - (count - 1) * 60_000) : '60000',
  )
  return [
    ...shares.map((amount, index) =>
      received(instant('2026-01-01 08:00') + index * hour, amount, {
        from: `P${index}`,
        payer_kind: 'person',
      }),
    ),
    ...amounts.map((amount, index) =>
      paid(instant(`${last} 20:00`) + index * hour, amount, { to: `Q${index}` }),
    ),
  ]
}

/** A receives amounts, an hour apart; on the evening after, A pays `count` people 1,000,000 in all, or `each` of them so much. */
function scattered(amounts: readonly string[], count: number, each?: string): Payment[] {
  return [
    ...amounts.map((amount, index) =>
      received(instant('2026-01-05 08:00') + index * hour, amount, { from: `P${index}` }),
    ),
    ...Array.from({ length: count }, (_, index) =>
      paid(
        instant('2026-01-20 08:00') + index * hour,
        each ?? (index === 0 ? String(1_000_000 - (count - 1) * 60_000) : '60000'),
        { to: `Q${index}` },
      ),
    ),
  ]
}

/** A receives amounts from as many, the first on Monday 5 January; later A pays amounts to as many. */
function few(ins: readonly string[], outs: readonly string[], last = '2026-01-08'): Payment[] {
  return [
    ...ins.map((amount, index) =>
      received(instant('2026-01-05 10:00') + index * hour, amount, { from: `P${index}` }),
    ),
    ...outs.map((amount, index) =>
      paid(instant(`${last} 10:00`) + index * hour, amount, { to: `Q${index}` }),
    ),
  ]
}

checkBoundaries('the shape of flows', [
  // R09 pass-through
  [
    'R09 50,000 in, 80 % out within a day',
    [received('2026-01-05 10:00', '50000.00'), paid('2026-01-06 09:59', '40000.00')],
    'yellow',
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
    'orange, yellow',
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
    'orange, yellow',
  ],
  [
    'R09 the third on the eleventh working day',
    ['05', '08', '19'].flatMap((at) => [
      received(`2026-01-${at} 10:00`, '50000.00'),
      paid(`2026-01-${at} 12:00`, '45000.00'),
    ]),
    'yellow',
  ],
  [
    'R09 tenth working day across Spring Festival',
    ['2026-02-06', '2026-02-09', '2026-02-28'].flatMap((at) => [
      received(`${at} 10:00`, '50000.00'),
      paid(`${at} 12:00`, '45000.00'),
    ]),
    'yellow',
  ],
  [
    'R09 within ten working days across Spring Festival',
    ['2026-02-12', '2026-02-13', '2026-02-28'].flatMap((at) => [
      received(`${at} 10:00`, '50000.00'),
      paid(`${at} 12:00`, '45000.00'),
    ]),
    'orange, yellow',
  ],

  // R07 scatter-in, gather-out: 30 days
  ['R07 15 payers, one payee, 2,000,000.00', gathered(15, ['1000000.00']), 'orange'],
  ['R07 14 payers', gathered(14, ['1000000.00']), ''],
  ['R07 15 payers, two payees', gathered(15, ['500000', '500000']), 'orange'],
  ['R07 15 payers, three payees', gathered(15, ['400000', '400000', '200000']), ''],
  ['R07 15 payers, 1,999,999.99', gathered(15, ['999999.99']), ''],
  ['R07 the first of 15 payers on the thirtieth day', gathered(15, ['1000000.00'], '2026-01-30'), 'orange'],
  ['R07 the first of 15 payers on the thirty-first day', gathered(15, ['1000000.00'], '2026-01-31'), ''],
  [
    'R07 a third payee just before',
    inOrder([...gathered(15, ['500000', '500000']), paid('2026-01-20 19:59', '1', { to: 'THIRD' })]),
    '',
  ],

  // R07 light: five working days
  ['R07 three payers, 80 % to one', few(['20000', '20000', '10000'], ['40000']), 'yellow'],
  ['R07 two payers', few(['25000', '25000'], ['40000']), ''],
  ['R07 three payers, 49,999.99', few(['20000', '20000', '9999.99'], ['49000']), ''],
  ['R07 three payers, 79.99 % to one', few(['20000', '20000', '10000'], ['39995']), ''],
  ['R07 three payers, to three', few(['20000', '20000', '10000'], ['15000', '15000', '10000']), ''],
  ['R07 three payers, far more paid out', few(['20000', '20000', '10000'], ['60000.01']), ''],
  [
    'R07 the first of three payers on the fifth working day, over a weekend',
    few(['20000', '20000', '10000'], ['50000'], '2026-01-09'),
    'yellow',
  ],
  [
    'R07 the first of three payers on the sixth working day',
    few(['20000', '20000', '10000'], ['50000'], '2026-01-12'),
    '',
  ],

  // R08 gather-in, scatter-out: the same the other way round
  ['R08 one payer, 15 payees, 2,000,000.00', scattered(['1000000.00'], 15), 'orange'],
  ['R08 14 payees', scattered(['1000000.00'], 14), ''],
  ['R08 two payers', scattered(['500000', '500000'], 15), 'orange'],
  ['R08 three payers', scattered(['400000', '400000', '200000'], 15), ''],
  ['R08 1,999,999.99', scattered(['999999.99'], 15), ''],
  ['R08 nobody paid in', scattered([], 15, '140000'), ''],
  ['R08 one payer, three payees, 80 %', few(['50000'], ['20000', '10000', '10000']), 'yellow'],
  ['R08 one payer, two payees', few(['50000'], ['20000', '20000']), ''],
  ['R08 three payers, three payees', few(['20000', '20000', '10000'], ['20000', '10000', '10000']), ''],
  ['R08 49,999.99', few(['49999.99'], ['20000', '10000', '19000']), ''],
])
