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
    interest: fc.constantFrom('60', '200', '900'),
  })
  .map(({ people, every, interest }): Move[] =>
    Array.from({ length: people }, (_, index) => {
      const at = start - 100 * day + index * 13 * minute
      const paid = { from: `P${index}`, to: 'S', amount: '31000', channel: 'transfer' } as const
      const back = { from: 'S', to: `P${index}`, amount: interest, channel: 'transfer' } as const
      return [{ ...paid, at }, ...[1, 2, 3].map((time) => ({ ...back, at: at + time * every * day }))]
    }).flat(),
  )

const moves = fc.oneof(
  { arbitrary: lively, weight: 4 },
  { arbitrary: fc.tuple(lively, scheme).map(([some, more]) => [...some, ...more]), weight: 1 },
)

/** In event order, numbered. */
export const transactions = moves.map((list) =>
  list
    .toSorted((a, b) => a.at - b.at)
    .map((move, index) => payment({ ...move, txn_id: `t${String(index).padStart(4, '0')}` })),
)
