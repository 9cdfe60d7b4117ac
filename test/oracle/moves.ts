/** Random payments: five people who split money and pass it on; now and then somebody who takes in from everybody and pays interest, a hub, a sleeper. */
import fc from 'fast-check'
import type { Transaction } from '../../schemas/types.ts'
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

/** One subject takes in from some and pays some, within days or weeks, at any hour; often in round or equal amounts. */
const hub = fc
  .record({
    payers: fc.integer({ min: 1, max: 17 }),
    payees: fc.integer({ min: 1, max: 17 }),
    days: fc.constantFrom(2, 9, 35),
    amounts: fc.constantFrom(['20000', '20500.5', '21900'], ['70000', '66666.66'], ['500', '777']),
    picks: fc.array(fc.nat(), { minLength: 40, maxLength: 40 }),
  })
  .map(({ payers, payees, days, amounts: sizes, picks }): Move[] =>
    picks.map((pick, index) => {
      const isIn = index < payers
      const other = `H${isIn ? index : index % payees}`
      return {
        at: start + (index * days * day) / 40 + (pick % 60) * minute,
        amount: sizes[pick % sizes.length] ?? '500',
        ...(isIn ? { from: other, to: 'D' } : { from: 'D', to: other }),
        channel: pick % 7 === 0 ? 'cash' : 'transfer',
      }
    }),
  )

/** Years in which little happens or the same again and again; then much at once. */
const sleepers = fc
  .record({
    habit: fc.integer({ min: 0, max: 36 }),
    gaps: fc.array(fc.constantFrom(1, 9, 29, 30, 364, 365, 366, 1_827, 1_828), {
      minLength: 2,
      maxLength: 8,
    }),
    amounts: fc.array(fc.constantFrom('1000', '210000', '400000', '1000000', '2000000'), {
      minLength: 8,
      maxLength: 8,
    }),
    names: fc.array(fc.constantFrom('A', 'B', 'C'), { minLength: 9, maxLength: 9 }),
  })
  .map(({ habit, gaps, amounts: sizes, names }): Move[] => {
    const used = Array.from({ length: habit }, (_, index): Move => ({
      at: start - (190 - 5 * index) * day,
      amount: '1000',
      from: 'A',
      to: 'B',
      channel: 'transfer',
    }))
    let at = start
    const awake = gaps.map((gap, index): Move => {
      at += gap * day
      return {
        at,
        amount: sizes[index] ?? '1000',
        from: names[index] ?? 'A',
        to: names[index + 1] ?? 'B',
        channel: 'transfer',
      }
    })
    return [...used, ...awake]
  })

const recentMoves = fc.oneof(
  { arbitrary: lively, weight: 4 },
  { arbitrary: travelled, weight: 2 },
  {
    arbitrary: fc.tuple(lively, fc.oneof(scheme, lending)).map(([some, more]) => [...some, ...more]),
    weight: 2,
  },
  { arbitrary: hub, weight: 2 },
)
const moves = fc.oneof({ arbitrary: recentMoves, weight: 7 }, { arbitrary: sleepers, weight: 2 })

/** In event order, numbered. */
function numbered(list: readonly Move[]): Transaction[] {
  return list
    .toSorted((a, b) => a.at - b.at)
    .map((move, index) => payment({ ...move, txn_id: `t${String(index).padStart(4, '0')}` }))
}

/** As `transactions`, within the 400 days for which repeats are known. */
export const recentTransactions = recentMoves.map(numbered)

/** In event order, numbered. */
export const transactions = moves.map(numbered)
