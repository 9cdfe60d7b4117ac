/** On how many days a rule held. Pure. */
import Type from 'typebox'
import { dayOf } from '../../../../platform/calendar/day.ts'
import { Named, object } from '../schema/parts.ts'
import { unbounded } from './metric.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const HitDaysSpec = object({ ...Named, metric: Type.Literal('hit_days') })

/** Days within the window on which this rule was hit, today included. */
export const hitDays: MetricKind = {
  takesConditions: true,
  compile: ({ rule, reach }) => ({
    unit: 'count',
    cost: 9,
    needs: 'none',
    bound: unbounded,
    measure(subject, index) {
      const time = subject.timeAt(index)
      const start = reach.start(time)
      const days = new Set<number>([dayOf(time)])
      for (const { hit } of subject.hits) {
        if (hit.rule_id === rule.id && hit.event_time > start && hit.event_time <= time)
          days.add(dayOf(hit.event_time))
      }
      return days.size
    },
  }),
}
