/** Money that went through a subject since it opened an account. Pure. */
import Type from 'typebox'
import { isIncoming } from '../../flow.ts'
import type { Subject } from '../../subject.ts'
import { fenAt } from '../money.ts'
import { Named, object } from '../schema/parts.ts'
import { acceptsOf } from './metric.ts'
import type { MetricKind, Sides } from './metric.ts'

/** Shape in a rule file. */
export const SumSinceOpeningSpec = object({ ...Named, metric: Type.Literal('sum_since_opening') })

/**
 * CNY equivalent since the first opening of an account within the window, one-sided: of the direction of the flow at hand. A flow does not
 * name the account, so all accounts of the subject count. 0 without an opening.
 */
export const sumSinceOpening: MetricKind = {
  isMoney: true,
  compile(source) {
    const { reach, pool } = source
    const takes = acceptsOf(source)
    const sides = { received: 0, paid: 0 }
    const since = (subject: Subject, index: number): Sides => {
      sides.received = 0
      sides.paid = 0
      const time = subject.timeAt(index)
      const [opening] = subject.facts.within('account_opened', reach.start(time), time)
      if (opening === undefined) return sides
      for (let at = index; at >= 0 && subject.timeAt(at) >= opening.time; at -= 1) {
        const fen = takes(subject, at) ? fenAt(pool.rates, subject, at) : 0
        if (Number.isNaN(fen)) continue
        if (isIncoming(subject.bitsAt(at))) sides.received += fen
        else sides.paid += fen
      }
      return sides
    }
    return {
      unit: 'cny',
      cost: 1,
      needs: 'cny',
      facts: { kinds: ['account_opened'], spanMs: reach.spanMs, isOnly: false },
      bound: ({ facts }) => (facts.has('account_opened') ? Number.POSITIVE_INFINITY : 0),
      grows: { by: 'side', most: since },
      measure(subject, index) {
        const { received, paid } = since(subject, index)
        return isIncoming(subject.bitsAt(index)) ? received : paid
      },
    }
  },
}
