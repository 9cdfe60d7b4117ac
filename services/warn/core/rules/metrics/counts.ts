/** How many flows there are within a window. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import type { Subject } from '../../subject.ts'
import { takes } from '../../windows.ts'
import type { WindowAggregate, WindowShape } from '../../windows.ts'
import { Named, object } from '../schema/parts.ts'
import { detailNeeds } from './detail.ts'
import { indices } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const CountSpec = object({
  ...Named,
  metric: Type.Literal('count'),
  /** Measured only at flows that it counts, 0 at all others: a rule is not hit again because of something else. */
  counted_only: Type.Optional(Type.Boolean()),
})

/** Number of flows. */
class CountAggregate implements WindowAggregate {
  count = 0

  add(): void {
    this.count += 1
  }

  remove(): void {
    this.count -= 1
  }
}

/** Windows of at most so many flows are counted anew each time; a running count is kept for subjects with longer ones. */
const scannedMax = 24

/** Flows of a window, counted anew or kept: the same number either way. */
function counted(shape: WindowShape<CountAggregate>, subject: Subject, index: number): number {
  if (subject.windowOf(shape) !== undefined) return subject.totals(shape, index).count
  const start = shape.start(subject.timeAt(index))
  const last = Math.max(-1, index - scannedMax)
  let count = 0
  let at = index
  for (; at > last && subject.timeAt(at) > start; at -= 1) if (takes(shape, subject, at)) count += 1
  return at < 0 || subject.timeAt(at) <= start ? count : subject.totals(shape, index).count
}

/** Flows that the metric looks at. */
export const count: MetricKind<Static<typeof CountSpec>> = {
  takesConditions: true,
  compile(source) {
    const { spec, reach, pool } = source
    const shape = pool.shape(source, 'count', () => new CountAggregate())
    const isCountedOnly = spec.counted_only === true
    return {
      unit: 'count',
      cost: 1,
      needs: detailNeeds(source),
      bound: (subject) => subject.count,
      ...(isCountedOnly
        ? { only: shape.accepts, mayReach: (subject, index) => takes(shape, subject, index) }
        : { grows: { by: 'flow', most: (subject, index) => counted(shape, subject, index) } }),
      measure: (subject, index) =>
        isCountedOnly && !takes(shape, subject, index) ? 0 : counted(shape, subject, index),
      story: (subject, index) => indices(subject, reach, index, (at) => takes(shape, subject, at)),
    }
  },
}
