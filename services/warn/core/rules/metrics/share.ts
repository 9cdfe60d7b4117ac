/** What share of the money received, or paid, is of one kind. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { isIncoming } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import type { WindowAggregate } from '../../windows.ts'
import { moneyOf } from '../money.ts'
import { Named, Side, object } from '../schema/parts.ts'
import { detailName } from './detail.ts'
import type { FlowTest } from './detail.ts'
import { acceptsOf, unbounded } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const MoneyShareSpec = object({
  ...Named,
  metric: Type.Literal('money_share'),
  direction: Side,
})

/** Money of all flows, and of those that a test lets pass. */
class ShareAggregate implements WindowAggregate {
  private readonly rates: RateTable
  private readonly passes: FlowTest
  private readonly isIn: boolean
  part = 0
  whole = 0

  constructor(rates: RateTable, passes: FlowTest, isIn: boolean) {
    this.rates = rates
    this.passes = passes
    this.isIn = isIn
  }

  add(subject: Subject, index: number): void {
    this.change(subject, index, 1)
  }

  remove(subject: Subject, index: number): void {
    this.change(subject, index, -1)
  }

  private change(subject: Subject, index: number, sign: 1 | -1): void {
    if (isIncoming(subject.bitsAt(index)) !== this.isIn) return
    const fen = sign * moneyOf.cny(this.rates, subject, index)
    this.whole += fen
    if (this.passes(subject, index)) this.part += fen
  }
}

/** Money of the flows that the metric looks at, over that of all flows of the rule in that direction; 0 when there is none. */
export const moneyShare: MetricKind<Static<typeof MoneyShareSpec>> = {
  compile(source) {
    const { rule, spec, reach, pool } = source
    const { where, ...all } = spec
    const name = ['share', spec.direction, where, detailName(source)]
    const isIn = spec.direction === 'in'
    const create = (): ShareAggregate => new ShareAggregate(pool.rates, acceptsOf(source), isIn)
    const shape = pool.shape({ rule, spec: all, reach }, name, create)
    return {
      unit: 'ratio',
      cost: 8,
      needs: 'cny',
      bound: unbounded,
      measure(subject, index) {
        const { part, whole } = subject.totals(shape, index)
        return whole === 0 ? 0 : part / whole
      },
    }
  },
}
