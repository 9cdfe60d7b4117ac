/** How many counterparties a subject deals with for the first time. Pure. */
import Type from 'typebox'
import { dayMs } from '../../../../platform/calendar/day.ts'
import { Named, object } from '../schema/parts.ts'
import { acceptsOf } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const CountNewSpec = object({ ...Named, metric: Type.Literal('count_new') })

/** Whoever was dealt with within so long before is no newcomer. Shorter than flows are kept, so that it does not matter when they are cleared away. */
const knownForMs = 365 * dayMs

/** Different counterparties within the window that the subject did not deal with in the year before it. Earlier payments undo it: use it in levels that settle. */
export const countNew: MetricKind = {
  compile(source) {
    const { rule, spec, reach } = source
    const takes = acceptsOf(source)
    const direction = spec.where?.direction ?? rule.where.direction
    const which = direction === undefined ? 'all' : direction === 'in' ? 'payers' : 'payees'
    return {
      unit: 'count',
      // Looks at every flow of a year: last, after conditions that rule nearly everybody out.
      cost: 8,
      needs: 'none',
      bound: (subject) => subject.partiesMax(which),
      measure(subject, index) {
        const time = subject.timeAt(index)
        const start = reach.start(time)
        const met = new Set<number>()
        let at = index
        for (; at >= 0 && subject.timeAt(at) > start; at -= 1)
          if (takes(subject, at)) met.add(subject.partyAt(at))
        for (; at >= 0 && met.size > 0 && subject.timeAt(at) > time - knownForMs; at -= 1)
          if (takes(subject, at)) met.delete(subject.partyAt(at))
        return met.size
      },
    }
  },
}
