/** The lines of the rules about size, one row each. */
import {
  abroad,
  cash,
  checkBoundaries,
  firm,
  paid,
  received,
  usd,
} from '../../../../test/support/boundaries.ts'

checkBoundaries('size', [
  // R01 single million, person, in or out, every channel
  ['R01 999,999.99 in cash', [paid('2026-01-05 10:00', '999999.99', cash)], ''],
  ['R01 1,000,000.00 in cash', [paid('2026-01-05 10:00', '1000000.00', cash)], 'orange'],
  ['R01 1,000,000.00 received', [received('2026-01-05 10:00', '1000000.00', cash)], 'orange'],
  ['R01 an enterprise is not meant', [paid('2026-01-05 10:00', '1000000.00', { ...firm, ...cash })], ''],
  [
    'R01 an unknown kind is not meant',
    [paid('2026-01-05 10:00', '1000000.00', { payer_kind: 'unknown', ...cash })],
    '',
  ],
  [
    'R01 USD 140,845.07 is CNY 999,999.997, a million after rounding',
    [paid('2026-01-05 10:00', '140845.07', { ...usd, ...cash })],
    'orange',
  ],
  ['R01 USD 140,845.06 is CNY 999,999.93', [paid('2026-01-05 10:00', '140845.06', { ...usd, ...cash })], ''],

  // R02 person, domestic, one Shanghai day, one side, every channel but cash
  ['R02 499,999.99', [paid('2026-01-05 10:00', '299999.99'), paid('2026-01-05 11:00', '200000.00')], ''],
  ['R02 500,000.00', [paid('2026-01-05 10:00', '300000.00'), paid('2026-01-05 11:00', '200000.00')], 'blue'],
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
    'blue',
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
    'blue',
  ],
  ['R02 abroad does not count', [paid('2026-01-05 10:00', '600000.00', abroad)], ''],
  ['R02 country CN is domestic', [paid('2026-01-05 10:00', '600000.00', { country: 'CN' })], 'blue'],
  [
    'R02 USD 99,999.99',
    [paid('2026-01-05 10:00', '49999.99', usd), paid('2026-01-05 11:00', '50000.00', usd)],
    '',
  ],
  [
    'R02 USD 100,000.00',
    [paid('2026-01-05 10:00', '50000.00', usd), paid('2026-01-05 11:00', '50000.00', usd)],
    'blue',
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
    'blue',
  ],
  ['R03 cash does not count', [paid('2026-01-05 10:00', '2000000.00', { ...firm, ...cash })], ''],
  ['R03 USD 200,000.00', [paid('2026-01-05 10:00', '200000.00', { ...firm, ...usd })], 'blue'],
  ['R03 USD 199,999.99', [paid('2026-01-05 10:00', '199999.99', { ...firm, ...usd })], ''],

  // R04 cash, one Shanghai day, one side; the second tier by kind
  [
    'R04 49,999.99',
    [paid('2026-01-05 10:00', '29999.99', cash), paid('2026-01-05 11:00', '20000', cash)],
    '',
  ],
  [
    'R04 50,000.00',
    [paid('2026-01-05 10:00', '30000.00', cash), paid('2026-01-05 11:00', '20000', cash)],
    'blue',
  ],
  [
    'R04 one-sided: paid in and taken out are not added',
    [paid('2026-01-05 10:00', '30000', cash), received('2026-01-05 11:00', '30000', cash)],
    '',
  ],
  [
    'R04 over midnight is two days',
    [paid('2026-01-05 23:59', '30000', cash), paid('2026-01-06 00:00', '30000', cash)],
    '',
  ],
  ['R04 a transfer is no cash', [paid('2026-01-05 10:00', '60000')], ''],
  ['R04 USD 9,999.99', [paid('2026-01-05 10:00', '9999.99', { ...cash, ...usd })], ''],
  ['R04 USD 10,000.00', [paid('2026-01-05 10:00', '10000.00', { ...cash, ...usd })], 'blue'],
  ['R04 299,999.99 of a person', [paid('2026-01-05 10:00', '299999.99', cash)], 'blue'],
  ['R04 300,000.00 of a person', [paid('2026-01-05 10:00', '300000.00', cash)], 'blue, yellow'],
  ['R04 499,999.99 of an entity', [paid('2026-01-05 10:00', '499999.99', { ...cash, ...firm })], 'blue'],
  [
    'R04 500,000.00 of an entity',
    [paid('2026-01-05 10:00', '500000.00', { ...cash, ...firm })],
    'blue, yellow',
  ],
  [
    'R04 an unknown kind has no second tier',
    [paid('2026-01-05 10:00', '900000', { ...cash, payer_kind: 'unknown' })],
    'blue',
  ],

  // R05 person, across the border
  ['R05 199,999.99', [paid('2026-01-05 10:00', '199999.99', abroad)], ''],
  [
    'R05 200,000.00',
    [paid('2026-01-05 10:00', '100000', abroad), paid('2026-01-05 11:00', '100000.00', { country: 'HK' })],
    'yellow',
  ],
  [
    'R05 one-sided: in and out are not added',
    [paid('2026-01-05 10:00', '150000', abroad), received('2026-01-05 11:00', '150000', abroad)],
    '',
  ],
  [
    'R05 over midnight is two days',
    [paid('2026-01-05 23:59', '150000', abroad), paid('2026-01-06 00:00', '150000', abroad)],
    '',
  ],
  ['R05 at home does not count', [paid('2026-01-05 10:00', '250000')], ''],
  ['R05 cash does not count', [paid('2026-01-05 10:00', '250000', { ...abroad, ...cash })], ''],
  ['R05 an enterprise is not meant', [paid('2026-01-05 10:00', '250000', { ...abroad, ...firm })], ''],
  ['R05 USD 9,999.99', [paid('2026-01-05 10:00', '9999.99', { ...abroad, ...usd })], ''],
  [
    'R05 USD 10,000.00',
    [
      paid('2026-01-05 10:00', '4000', { ...abroad, ...usd }),
      paid('2026-01-05 11:00', '6000', { ...abroad, ...usd }),
    ],
    'yellow',
  ],
])
