/** Money followed through a subject: what came in and went out again afterwards. Pure. */
import Type from 'typebox'
import { isIncoming } from '../../flow.ts'
import { fenAt } from '../money.ts'
import { Named, object } from '../schema/parts.ts'
import { acceptsOf, unbounded } from './metric.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

/** Shape in a rule file. */
export const PassedRatioSpec = object({ ...Named, metric: Type.Literal('passed_ratio') })

/** Share of what came in that went out again afterwards: money is followed in event order, first in, first out. */
export const passedRatio: MetricKind = {
  onlyPaid: true,
  compile: (source) => ({
    unit: 'ratio',
    cost: 4,
    needs: 'cny',
    bound: unbounded,
    measure: followed(source),
  }),
}

function followed(source: MetricSource): Measure['measure'] {
  const takes = acceptsOf(source)
  const { reach } = source
  const { rates } = source.pool
  return (subject, index) => {
    const start = reach.start(subject.timeAt(index))
    let first = index
    while (first > 0 && subject.timeAt(first - 1) > start) first -= 1
    let received = 0
    let available = 0
    for (let at = first; at <= index; at += 1) {
      if (!takes(subject, at)) continue
      const fen = fenAt(rates, subject, at)
      if (Number.isNaN(fen)) continue
      if (isIncoming(subject.bitsAt(at))) {
        received += fen
        available += fen
      } else available -= Math.min(available, fen)
    }
    return received === 0 ? 0 : (received - available) / received
  }
}
