/** The lines of R14 and R26, one row each. */
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant } from '../../../../test/support/transaction.ts'
import { checkBoundaries, inOrder, received } from '../../../../test/support/boundaries.ts'

const day = 86_400_000
const start = instant('2026-01-05 10:00')

interface Scheme {
  readonly investors?: number
  readonly repaid?: number
  readonly amount?: string
  /** What the last of those paid back gets. */
  readonly last?: string
  readonly kind?: 'person' | 'unknown' | 'enterprise'
}

/** Ten people pay A the same amount, one a day; five of them get it back after 60 days. */
const scheme = ({
  investors = 10,
  repaid = 5,
  amount = '12000.00',
  last = amount,
  kind = 'person',
}: Scheme = {}): Payment[] => [
  ...Array.from({ length: investors }, (_, index) => ({
    at: start + index * day,
    amount,
    from: `P${index}`,
    to: 'A',
    payer_kind: kind,
  })),
  ...Array.from({ length: repaid }, (_, index) => ({
    at: start + (60 + index) * day,
    amount: index === repaid - 1 ? last : amount,
    from: 'A',
    to: `P${index}`,
    payee_kind: kind,
  })),
]

/** An enterprise pays A. */
const income = (amount: string): Payment => received(start + 50 * day, amount, { payer_kind: 'enterprise' })

checkBoundaries('new money pays old', [
  ['R14 half of what ten paid in goes back to five of them', scheme(), 'orange'],
  ['R14 a cent less', scheme({ last: '11999.99' }), ''],
  ['R14 100,000.00 paid in', scheme({ amount: '10000.00' }), 'orange'],
  ['R14 99,999.90 paid in', scheme({ amount: '9999.99' }), ''],
  ['R14 nine investors', scheme({ investors: 9 }), ''],
  ['R14 four get money back', scheme({ repaid: 4, last: '24000.00' }), ''],
  [
    'R14 what was paid to investors before they paid in is not paid back',
    inOrder(scheme().map((one) => (one.from === 'A' ? { ...one, at: start - day } : one))),
    '',
  ],
  [
    'R14 paid back at the very moment, whatever the order of ids',
    inOrder(
      scheme().map((one, index) => {
        if (one.from !== 'A') return one
        const investor = index - 5
        const txn_id = `${investor < 9 ? '0' : 'Z'}${investor}`
        return { ...one, at: start + investor * day, to: `P${investor}`, txn_id }
      }),
    ),
    'orange',
  ],
  ['R14 1.2 times what was paid in', scheme({ last: '96000.00' }), 'orange'],
  ['R14 a cent more than 1.2 times', scheme({ last: '96000.01' }), ''],
  ['R14 investors of unknown kind', scheme({ kind: 'unknown' }), 'orange'],
  ['R14 firms are no investors', scheme({ kind: 'enterprise' }), ''],
  ['R14 other income below a tenth', inOrder([...scheme(), income('13333.33')]), 'orange'],
  ['R14 other income of a tenth', inOrder([...scheme({ last: '25333.40' }), income('13333.34')]), ''],
  [
    'R14 the first receipt is more than 90 days old',
    scheme({ last: '12000.00' }).map((one, index) => (index === 0 ? { ...one, at: start - 30 * day } : one)),
    '',
  ],
])

interface Lending {
  readonly loans?: number
  readonly borrowers?: number
  readonly lent?: string
  readonly back?: string
  readonly days?: number
  readonly kind?: 'person' | 'enterprise'
}

/** A lends ten people 10,000 each, one a day, and gets 10,360 back after a tenth of a year. */
const lending = (facts: Lending = {}): Payment[] => {
  const {
    loans = 10,
    borrowers = loans,
    lent = '10000.00',
    back = '10360.00',
    days = 36.5,
    kind = 'person',
  } = facts
  return Array.from({ length: loans }, (_, index): Payment[] => {
    const at = start + index * day + Math.floor(index / borrowers) * 60 * day
    const who = `P${index % borrowers}`
    return [
      { at, amount: lent, from: 'A', to: who, payer_kind: kind },
      { at: at + days * day, amount: back, from: who, to: 'A', payee_kind: kind },
    ]
  }).flat()
}

const lend = (facts?: Lending): Payment[] => inOrder(lending(facts))

checkBoundaries('high-rate lending', [
  ['R26 ten loans at 36 % a year', lend(), 'yellow'],
  ['R26 a cent less', lend({ back: '10359.99' }), ''],
  ['R26 nine loans', lend({ loans: 9 }), ''],
  ['R26 ten loans to three', lend({ borrowers: 3 }), 'yellow'],
  ['R26 ten loans to two', lend({ borrowers: 2 }), ''],
  ['R26 after six days', lend({ days: 6, back: '12000.00' }), 'yellow'],
  ['R26 after five days', lend({ days: 5, back: '12000.00' }), ''],
  ['R26 twice the money back', lend({ back: '20000.00' }), 'yellow'],
  ['R26 more than twice the money is another business', lend({ back: '20000.01' }), ''],
  ['R26 loans of 1,000.00', lend({ lent: '1000.00', back: '1036.00' }), 'yellow'],
  ['R26 loans of 999.99', lend({ lent: '999.99', back: '1100.00' }), ''],
  [
    'R26 in instalments: interest is counted on what is still owed',
    inOrder(
      Array.from({ length: 10 }, (_, index): Payment[] => [
        { at: start + index * day, amount: '10000.00', from: 'A', to: `P${index}` },
        { at: start + (index + 36.5) * day, amount: '5360.00', from: `P${index}`, to: 'A' },
        { at: start + (index + 73) * day, amount: '5180.00', from: `P${index}`, to: 'A' },
      ]).flat(),
    ),
    'yellow',
  ],
  [
    'R26 in instalments, a cent less',
    inOrder(
      Array.from({ length: 10 }, (_, index): Payment[] => [
        { at: start + index * day, amount: '10000.00', from: 'A', to: `P${index}` },
        { at: start + (index + 36.5) * day, amount: '5360.00', from: `P${index}`, to: 'A' },
        { at: start + (index + 73) * day, amount: '5179.99', from: `P${index}`, to: 'A' },
      ]).flat(),
    ),
    '',
  ],
  ['R26 2,000,000.00 lent by a person', lend({ lent: '200000.00', back: '207200.00' }), 'red, yellow'],
  ['R26 1,999,999.90 lent by a person', lend({ lent: '199999.99', back: '207200.00' }), 'yellow'],
  [
    'R26 2,000,000.00 lent by a firm',
    lend({ lent: '200000.00', back: '207200.00', kind: 'enterprise' }),
    'yellow',
  ],
  [
    'R26 10,000,000.00 lent by a firm',
    lend({ lent: '1000000.00', back: '1036000.00', kind: 'enterprise' }),
    'red, yellow',
  ],
  ['R26 49 borrowers of a person', lend({ loans: 49 }), 'yellow'],
  ['R26 50 borrowers of a person', lend({ loans: 50 }), 'red, yellow'],
  ['R26 149 borrowers of a firm', lend({ loans: 149, kind: 'enterprise' }), 'yellow'],
  ['R26 150 borrowers of a firm', lend({ loans: 150, kind: 'enterprise' }), 'red, yellow'],
  ['R26 what comes back without a loan is none', lend().filter(({ from }) => from !== 'A'), ''],
])
