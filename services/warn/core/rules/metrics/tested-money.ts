/** Money that moves soon after a small test payment on a quiet account. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { isIncoming } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import { fenAt } from '../money.ts'
import { Decimal, Named, Window, object } from '../schema/parts.ts'
import { reachOf } from '../windows.ts'
import type { WindowSpec } from '../schema.ts'
import type { Reach } from '../windows.ts'
import type { FlowTest } from './detail.ts'
import { acceptsOf, unbounded } from './metric.ts'
import type { MetricKind, MetricSource, Sides } from './metric.ts'

/** Shape in a rule file. */
export const TestedMoneySpec = object({
  ...Named,
  metric: Type.Literal('tested_money'),
  /** A test is worth at most this much, CNY. */
  test_max: Decimal,
  /** The subject had no flow at all for so long before the test; longer than the metric's window. */
  quiet: Window,
})

const nothing: Sides = { received: 0, paid: 0 }

/** What moves after a test. The quiet is longer than the window, so only the window's first flow can be a test. */
class AfterTest {
  private readonly takes: FlowTest
  private readonly rates: RateTable
  private readonly reach: Reach
  private readonly quiet: Reach
  /** It is quiet for no less than this before a test. */
  private readonly quietMs: number
  private readonly testMax: number
  received = 0
  paid = 0

  constructor(source: MetricSource<Static<typeof TestedMoneySpec>>) {
    const { spec, reach, pool } = source
    this.takes = acceptsOf(source)
    this.rates = pool.rates
    this.reach = reach
    this.quiet = reachOf(spec.quiet, pool.calendar)
    this.quietMs = leastSpan(spec.quiet)
    this.testMax = Math.round(Number(spec.test_max) * 100)
  }

  /** Fen up to flow `index`; good until the next call. */
  at(subject: Subject, index: number): Sides {
    const start = this.reach.start(subject.timeAt(index))
    // Nearly always: nothing happened lately.
    if (index === 0 || subject.timeAt(index - 1) <= start) return nothing
    const first = subject.firstAfter(start)
    if (!this.isTest(subject, first)) return nothing
    this.received = this.paid = 0
    for (let at = first + 1; at <= index; at += 1) {
      const fen = fenAt(this.rates, subject, at)
      if (Number.isNaN(fen) || !this.takes(subject, at)) continue
      if (isIncoming(subject.bitsAt(at))) this.received += fen
      else this.paid += fen
    }
    return this
  }

  /** Event time before which there can be no test but one that is there already; −∞: there is one. */
  noTestBefore(subject: Subject, index: number): number {
    const time = subject.timeAt(index)
    const first = subject.firstAfter(this.reach.start(time))
    return this.isTest(subject, first) ? Number.NEGATIVE_INFINITY : time + this.quietMs
  }

  private isTest(subject: Subject, index: number): boolean {
    if (!(fenAt(this.rates, subject, index) <= this.testMax) || !this.takes(subject, index)) return false
    return index === 0 || subject.timeAt(index - 1) <= this.quiet.start(subject.timeAt(index))
  }
}

/** A window of clock time is never shorter than this, milliseconds; of others nothing is said. */
function leastSpan({ unit, length = 1 }: WindowSpec): number {
  if (unit === 'minute') return length * 60_000
  return unit === 'hour' ? length * 3_600_000 : 0
}

/** What was received, or what was paid, after the test and up to the flow at which the window ends: the larger of the two, fen. */
export const testedMoney: MetricKind<Static<typeof TestedMoneySpec>> = {
  isMoney: true,
  compile(source) {
    const after = new AfterTest(source)
    return {
      unit: 'cny',
      cost: 1,
      needs: 'cny',
      bound: unbounded,
      // Receipts alone or payments alone make it up; what comes before a test counts for none.
      grows: { by: 'side', most: (subject, index) => after.at(subject, index) },
      staysLow: (subject, index) => after.noTestBefore(subject, index),
      measure(subject, index) {
        const { received, paid } = after.at(subject, index)
        return Math.max(received, paid)
      },
    }
  },
}
