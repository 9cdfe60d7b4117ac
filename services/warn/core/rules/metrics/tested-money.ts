/** Money that moves soon after a small test payment on a quiet account. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { isIncoming } from '../../flow.ts'
import { fenAt } from '../money.ts'
import { Decimal, Named, Window, object } from '../schema/parts.ts'
import { reachOf } from '../windows.ts'
import { acceptsOf, unbounded } from './metric.ts'
import type { MetricKind } from './metric.ts'
import { sumWindow } from './sums.ts'

/** Shape in a rule file. */
export const TestedMoneySpec = object({
  ...Named,
  metric: Type.Literal('tested_money'),
  /** A test is worth at most this much, CNY. */
  test_max: Decimal,
  /** The subject had no flow at all for so long before the test; longer than the metric's window. */
  quiet: Window,
})

/**
 * What was received, or what was paid, after the test and up to the flow at which the window ends: the larger of the two, fen.
 * The quiet is longer than the window, so only the window's first flow can be a test.
 */
export const testedMoney: MetricKind<Static<typeof TestedMoneySpec>> = {
  isMoney: true,
  compile(source) {
    const { spec, reach, pool } = source
    const { rates } = pool
    const takes = acceptsOf(source)
    const window = sumWindow(source, 'cny')
    const quiet = reachOf(spec.quiet, pool.calendar)
    const testMax = Math.round(Number(spec.test_max) * 100)
    return {
      unit: 'cny',
      cost: 1,
      needs: 'cny',
      bound: unbounded,
      // Whatever a test was, no more than this moved within the time after it.
      grows: { by: 'both', most: (subject, index) => window.at(subject, index) },
      measure(subject, index) {
        const start = reach.start(subject.timeAt(index))
        // Nearly always: nothing happened lately.
        if (index === 0 || subject.timeAt(index - 1) <= start) return 0
        const first = subject.firstAfter(start)
        if (!(fenAt(rates, subject, first) <= testMax) || !takes(subject, first)) return 0
        if (first > 0 && subject.timeAt(first - 1) > quiet.start(subject.timeAt(first))) return 0
        let received = 0
        let paid = 0
        for (let at = first + 1; at <= index; at += 1) {
          const fen = fenAt(rates, subject, at)
          if (Number.isNaN(fen) || !takes(subject, at)) continue
          if (isIncoming(subject.bitsAt(at))) received += fen
          else paid += fen
        }
        return Math.max(received, paid)
      },
    }
  },
}
