/** What share of the flows of a window is of one kind. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import type { Subject } from '../../subject.ts'
import type { WindowAggregate } from '../../windows.ts'
import { MetricWhere, Named, object } from '../schema/parts.ts'
import { detailName, detailNeeds } from './detail.ts'
import type { FlowTest } from './detail.ts'
import { acceptsOf, indices, unbounded } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const FlowShareSpec = object({
  ...Named,
  metric: Type.Literal('flow_share'),
  /** The flows that it is a share of. Default: all that the rule looks at. */
  among: Type.Optional(MetricWhere),
})

/** All flows, and those that a test lets pass. */
class FlowShareAggregate implements WindowAggregate {
  private readonly passes: FlowTest
  part = 0
  all = 0

  constructor(passes: FlowTest) {
    this.passes = passes
  }

  add(subject: Subject, index: number): void {
    this.all += 1
    if (this.passes(subject, index)) this.part += 1
  }

  remove(subject: Subject, index: number): void {
    this.all -= 1
    if (this.passes(subject, index)) this.part -= 1
  }
}

/** Flows that `where` lets pass, over all that `among` lets pass. */
export const flowShare: MetricKind<Static<typeof FlowShareSpec>> = {
  compile(source) {
    const { spec, reach, pool } = source
    const { where, among, ...rest } = spec
    const whole = { ...source, spec: { ...rest, ...(among !== undefined && { where: among }) } }
    const name = ['flow_share', where, detailName(source)]
    const passes = acceptsOf(source)
    const isAmong = acceptsOf(whole)
    const shape = pool.shape(whole, name, () => new FlowShareAggregate(passes))
    return {
      unit: 'ratio',
      cost: 4,
      needs: detailNeeds(among === undefined ? source : whole),
      bound: unbounded,
      measure(subject, index) {
        const { part, all } = subject.totals(shape, index)
        return all === 0 ? 0 : part / all
      },
      // While nothing leaves the window, only flows of the kind raise the share: (part + more) / (all + more).
      reach: { ...reach, nextFall: (time) => reach.nextMove(time) },
      grows: {
        by: 'flows',
        lack(subject, index, least) {
          const { part, all } = subject.totals(shape, index)
          return least >= 1 ? Number(part < all) : Math.ceil((least * all - part) / (1 - least) - 1e-6)
        },
      },
      part: (subject, index) => subject.totals(shape, index).part,
      story: (subject, index) =>
        indices(subject, reach, index, (at) => isAmong(subject, at) && passes(subject, at)),
    }
  },
}
