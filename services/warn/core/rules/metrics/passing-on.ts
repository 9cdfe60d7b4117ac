/** Money followed through a subject: what came in and went out again afterwards. Pure. */
import Type from 'typebox'
import { isIncoming } from '../../flow.ts'
import type { RunShape } from '../../runs.ts'
import { fenAt } from '../money.ts'
import { Named, object } from '../schema/parts.ts'
import { acceptsOf, unbounded } from './metric.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

/** Shape in a rule file. */
export const PassedRatioSpec = object({ ...Named, metric: Type.Literal('passed_ratio') })

/** Share of what came in that went out again afterwards: money is followed in event order, first in, first out. */
export const passedRatio: MetricKind = {
  takesConditions: true,
  onlyPaid: true,
  compile: (source) => ({
    unit: 'ratio',
    cost: 4,
    needs: 'cny',
    bound: unbounded,
    measure: followed(source),
  }),
}

/** Numbers of a summary: fen received; what is left at the end when little was there before, and what a run adds when much was. */
const received = 0
const floor = 1
const change = 2

/*
 * Through a run of flows, money that is at hand goes from x to max(floor, x + change): receipts add to it, payments take what is
 * there and no more. Two runs in a row are one again.
 */
function pass(into: Float64Array, at: number, more: number, least: number, by: number): void {
  const sums = into
  sums[at + received] = (into[at + received] ?? 0) + more
  sums[at + floor] = Math.max(least, (into[at + floor] ?? 0) + by)
  sums[at + change] = (into[at + change] ?? 0) + by
}

function followed(source: MetricSource): Measure['measure'] {
  const { pool, reach } = source
  const takes = acceptsOf(source)
  const shape = pool.runs(source, 'money passed on', (slot): RunShape => {
    return {
      slot,
      width: 3,
      clear(into, at) {
        into.fill(0, at, at + 3)
      },
      append(into, at, subject, index) {
        if (!takes(subject, index)) return
        const fen = fenAt(pool.rates, subject, index)
        if (Number.isNaN(fen)) return
        if (isIncoming(subject.bitsAt(index))) pass(into, at, fen, 0, fen)
        else pass(into, at, 0, 0, -fen)
      },
      join(into, at, from, fromAt) {
        pass(into, at, from[fromAt + received] ?? 0, from[fromAt + floor] ?? 0, from[fromAt + change] ?? 0)
      },
    }
  })
  return (subject, index) => {
    const first = subject.firstAfter(reach.start(subject.timeAt(index)))
    const run = subject.run(shape, first, index + 1)
    const [came = 0, left = 0] = run
    return came === 0 ? 0 : (came - left) / came
  }
}
