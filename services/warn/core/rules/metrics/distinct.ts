/** How many different counterparties there are within a window. Pure. */
import Type from 'typebox'
import type { Subject } from '../../subject.ts'
import type { WindowAggregate } from '../../windows.ts'
import { Named, object } from '../schema/parts.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const CountDistinctSpec = object({ ...Named, metric: Type.Literal('count_distinct') })

/** Number of different counterparties. */
class DistinctAggregate implements WindowAggregate {
  private readonly counts = new Map<number, number>()

  get size(): number {
    return this.counts.size
  }

  add(subject: Subject, index: number): void {
    const party = subject.partyAt(index)
    this.counts.set(party, (this.counts.get(party) ?? 0) + 1)
  }

  remove(subject: Subject, index: number): void {
    const party = subject.partyAt(index)
    const left = (this.counts.get(party) ?? 0) - 1
    if (left > 0) this.counts.set(party, left)
    else this.counts.delete(party)
  }
}

/** Different counterparties. */
export const countDistinct: MetricKind = {
  compile(source) {
    const { rule, spec, pool } = source
    const sides = { in: 'payers', out: 'payees' } as const
    const direction = spec.where?.direction ?? rule.where.direction
    const which = direction === undefined ? 'all' : sides[direction]
    const shape = pool.shape(source, 'distinct', () => new DistinctAggregate())
    return {
      unit: 'count',
      cost: 2,
      needs: 'none',
      bound: (subject) => subject.partiesMax(which),
      grows: { by: 'flow', most: (subject) => subject.partiesMax(which) },
      measure: (subject, index) => subject.totals(shape, index).size,
    }
  },
}
