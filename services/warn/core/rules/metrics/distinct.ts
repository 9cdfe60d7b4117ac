/** How many different counterparties, or regions of counterparties, there are within a window. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { isKnown } from '../../flow.ts'
import type { Subject } from '../../subject.ts'
import { takes } from '../../windows.ts'
import type { WindowAggregate } from '../../windows.ts'
import { Named, object } from '../schema/parts.ts'
import { detailNeeds } from './detail.ts'
import { indices } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const CountDistinctSpec = object({
  ...Named,
  metric: Type.Literal('count_distinct'),
  /** Default: counterparties. Counterparties whose region is not known count for no region. */
  of: Type.Optional(Type.Enum(['counterparty', 'region'])),
  /** Measured only at flows that it counts, 0 at all others: a rule is not hit again because of something else. */
  counted_only: Type.Optional(Type.Boolean()),
})

/** −1: nothing to count. */
type NameAt = (subject: Subject, index: number) => number

/** Number of different names. */
class DistinctAggregate implements WindowAggregate {
  private readonly counts = new Map<number, number>()
  private readonly nameAt: NameAt

  constructor(nameAt: NameAt) {
    this.nameAt = nameAt
  }

  get size(): number {
    return this.counts.size
  }

  add(subject: Subject, index: number): void {
    const name = this.nameAt(subject, index)
    if (name >= 0) this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
  }

  remove(subject: Subject, index: number): void {
    const name = this.nameAt(subject, index)
    if (name < 0) return
    const left = (this.counts.get(name) ?? 0) - 1
    if (left > 0) this.counts.set(name, left)
    else this.counts.delete(name)
  }
}

const nameOf: Readonly<Record<'counterparty' | 'region', NameAt>> = {
  // Family and employer are left out (domain.md 3.0).
  counterparty: (subject, index) => (isKnown(subject.bitsAt(index)) ? -1 : subject.partyAt(index)),
  region: (subject, index) => (subject.farRegionTextAt(index) === '' ? -1 : subject.farRegionAt(index)),
}

/** Different counterparties, or their regions. */
export const countDistinct: MetricKind<Static<typeof CountDistinctSpec>> = {
  takesConditions: true,
  compile(source) {
    const { rule, spec, reach, pool } = source
    const sides = { in: 'payers', out: 'payees' } as const
    const direction = spec.where?.direction ?? rule.where.direction
    const which = direction === undefined ? 'all' : sides[direction]
    const { of = 'counterparty', counted_only: isCountedOnly = false } = spec
    const shape = pool.shape(source, ['distinct', of], () => new DistinctAggregate(nameOf[of]))
    const bounded = {
      unit: 'count',
      cost: 2,
      needs: detailNeeds(source),
      // One counterparty may be of several regions.
      bound: (subject: Subject) => (of === 'region' ? subject.count : subject.partiesMax(which)),
    } as const
    if (!isCountedOnly) {
      return {
        ...bounded,
        grows: { by: 'flow', most: bounded.bound },
        measure: (subject, index) => subject.totals(shape, index).size,
      }
    }
    return {
      ...bounded,
      only: shape.accepts,
      mayReach: (subject, index) => takes(shape, subject, index),
      // Few flows are counted: no running totals are kept for them.
      measure(subject, index) {
        if (!takes(shape, subject, index)) return 0
        const found = new Set<number>()
        const start = reach.start(subject.timeAt(index))
        for (let at = index; at >= 0 && subject.timeAt(at) > start; at -= 1)
          if (takes(shape, subject, at)) found.add(nameOf[of](subject, at))
        found.delete(-1)
        return found.size
      },
      story: (subject, index) => indices(subject, reach, index, (at) => takes(shape, subject, at)),
    }
  },
}
