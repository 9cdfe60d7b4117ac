/** Random payments: five people who split money and pass it on, and now and then somebody who takes in from everybody and pays interest. */
import fc from 'fast-check'
import { payment } from '../support/transaction.ts'

const minute = 60_000
const day = 86_400_000
const start = Date.parse('2026-02-10T00:00:00+08:00')

interface Move {
  readonly at: number
  readonly amount: string
  readonly from: string
  readonly to: string
  readonly channel: 'cash' | 'transfer'
  readonly currency?: 'CNY' | 'USD'
  readonly country?: string
  readonly payer_region?: string
}

const amounts = [
  '120',
  '41000',
  '45000',
  '49999.99',
  '50000',
  '60000',
  '58000',
  '260000',
  '450000',
  '1000000',
] as const

/** Five subjects within two hours or a week: money comes, goes on, is split. */
const lively = fc.constantFrom(120, 7 * 1_440).chain((minutesMax) =>
  fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: minutesMax }).map((minutes) => start + minutes * minute),
      amount: fc.constantFrom(...amounts),
      from: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
      to: fc.constantFrom('A', 'B', 'C', 'D', 'E'),
      channel: fc.constantFrom('cash', 'transfer'),
    }),
    { minLength: 5, maxLength: 60 },
  ),
)

/** One subject takes in from everybody and pays some of them interest. */
const scheme = fc
  .record({
    people: fc.integer({ min: 9, max: 33 }),
    every: fc.constantFrom(7, 14, 30),
    interest: fc.constantFrom('60', '200', '900', '6000'),
  })
  .map(({ people, every, interest }): Move[] =>
    Array.from({ length: people }, (_, index) => {
      const at = start - 100 * day + index * 13 * minute
      const paid = { from: `P${index}`, to: 'S', amount: '31000', channel: 'transfer' } as const
      const back = { from: 'S', to: `P${index}`, amount: interest, channel: 'transfer' } as const
      return [{ ...paid, at }, ...[1, 2, 3].map((time) => ({ ...back, at: at + time * every * day }))]
    }).flat(),
  )

/** Money from many places, home and abroad, some of it in dollars and some of it very little, within two hours or a week. */
const travelled = fc.constantFrom(120, 7 * 1_440).chain((minutesMax) =>
  fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: minutesMax }).map((minutes) => start + minutes * minute),
      amount: fc.constantFrom('8', '9000', '9500', '20000', '45000', '300000'),
      from: fc.constantFrom('A', 'B', 'C', 'D', 'E', 'F', 'G'),
      to: fc.constantFrom('A', 'B'),
      channel: fc.constantFrom('cash', 'transfer'),
      currency: fc.constantFrom('CNY', 'USD'),
      country: fc.constantFrom('', '', 'US', 'IR'),
      payer_region: fc.constantFrom('', '331001', '331002', '331003', '331004', '331005', '331006'),
    }),
    { minLength: 5, maxLength: 60 },
  ),
)

/** One subject lends to everybody, some of it twice, and gets it back in one or two sums, with interest. */
const lending = fc
  .record({
    people: fc.integer({ min: 5, max: 14 }),
    back: fc.constantFrom('10300', '10360', '11000'),
    isSplit: fc.boolean(),
    again: fc.integer({ min: 0, max: 60 }),
  })
  .map(({ people, back, isSplit, again }): Move[] =>
    Array.from({ length: people }, (_, index) => {
      const at = start - 100 * day + index * 13 * minute
      const lent = { from: 'L', to: `Q${index}`, amount: '10000', channel: 'transfer' } as const
      const repaid = {
        from: `Q${index}`,
        to: 'L',
        amount: isSplit ? '5000' : back,
        channel: 'transfer',
      } as const
      const rest = { ...repaid, amount: String(Number(back) - 4_900) }
      const once = [
        { ...lent, at },
        { ...repaid, at: at + 20 * day },
        ...(isSplit ? [{ ...rest, at: at + 20 * day + 17 * minute }] : []),
      ]
      const twice = { ...lent, at: at + 20 * day + again * minute }
      return [...once, twice, { ...repaid, amount: back, at: at + 41 * day }]
    }).flat(),
  )

const moves = fc.oneof(
  { arbitrary: lively, weight: 4 },
  { arbitrary: travelled, weight: 2 },
  {
    arbitrary: fc.tuple(lively, fc.oneof(scheme, lending)).map(([some, more]) => [...some, ...more]),
    weight: 2,
  },
)

/** In event order, numbered. */
export const transactions = moves.map((list) =>
  list
    .toSorted((a, b) => a.at - b.at)
    .map((move, index) => payment({ ...move, txn_id: `t${String(index).padStart(4, '0')}` })),
)
