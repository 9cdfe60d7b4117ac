/** How often the same two parties exchange amounts alike. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { receiptBit } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import { takes } from '../../windows.ts'
import type { WindowAggregate } from '../../windows.ts'
import { fenAt } from '../money.ts'
import { Named, object } from '../schema/parts.ts'
import { indices } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const SimilarCountSpec = object({
  ...Named,
  metric: Type.Literal('similar_count'),
  /** Two amounts are alike when they differ by at most this share of the later one. */
  tolerance: Type.Number({ minimum: 0, maximum: 1 }),
})

/** Counterparty and side of a flow as one number. */
function pairAt(subject: Subject, index: number): number {
  return 2 * subject.partyAt(index) + (subject.bitsAt(index) & receiptBit)
}

/** Amounts of a window by counterparty and side. */
class PairsAggregate implements WindowAggregate {
  private readonly rates: RateTable
  private readonly pairs = new Map<number, number[]>()

  constructor(rates: RateTable) {
    this.rates = rates
  }

  /** Fen, in no order. */
  amounts(pair: number): readonly number[] {
    return this.pairs.get(pair) ?? none
  }

  add(subject: Subject, index: number): void {
    const pair = pairAt(subject, index)
    const amounts = this.pairs.get(pair)
    const fen = fenAt(this.rates, subject, index)
    if (amounts === undefined) this.pairs.set(pair, [fen])
    else amounts.push(fen)
  }

  remove(subject: Subject, index: number): void {
    const pair = pairAt(subject, index)
    const amounts = this.pairs.get(pair)
    if (amounts === undefined) return
    const at = amounts.indexOf(fenAt(this.rates, subject, index))
    if (at >= 0) amounts.splice(at, 1)
    if (amounts.length === 0) this.pairs.delete(pair)
  }
}

const none: readonly number[] = []

/** Subjects with at most so many flows are looked through; others keep the amounts of a window. */
const scannedMax = 24

/** Flows of the window with the counterparty and on the side of its last flow whose CNY equivalent is like that of it, itself included; without a rate a flow is like none. */
export const similarCount: MetricKind<Static<typeof SimilarCountSpec>> = {
  compile(source) {
    const { spec, reach, pool } = source
    const shape = pool.shape(source, 'pairs', () => new PairsAggregate(pool.rates))
    const isAlike = (fen: number, last: number): boolean =>
      // Whole fen: what floating point adds is far below one.
      Math.abs(fen - last) <= spec.tolerance * last + 1e-6
    return {
      unit: 'count',
      cost: 0,
      isWatchful: true,
      needs: 'cny',
      bound: (subject) => subject.count,
      only: shape.accepts,
      mayReach: (subject, index, least) => subject.count >= least && takes(shape, subject, index),
      measure(subject, index) {
        if (!takes(shape, subject, index)) return 0
        const last = fenAt(pool.rates, subject, index)
        let alike = 0
        if (subject.count <= scannedMax) {
          const pair = pairAt(subject, index)
          const start = reach.start(subject.timeAt(index))
          for (let at = index; at >= 0 && subject.timeAt(at) > start; at -= 1) {
            if (
              pairAt(subject, at) === pair &&
              takes(shape, subject, at) &&
              isAlike(fenAt(pool.rates, subject, at), last)
            )
              alike += 1
          }
          return alike
        }
        for (const fen of subject.totals(shape, index).amounts(pairAt(subject, index)))
          if (isAlike(fen, last)) alike += 1
        return alike
      },
      story(subject, index) {
        const last = fenAt(pool.rates, subject, index)
        const pair = pairAt(subject, index)
        return indices(
          subject,
          reach,
          index,
          (at) =>
            pairAt(subject, at) === pair &&
            takes(shape, subject, at) &&
            isAlike(fenAt(pool.rates, subject, at), last),
        )
      },
    }
  },
}
