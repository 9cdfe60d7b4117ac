/** How many flows of a subject are kept. Pure. */
import { dayMs } from '../../platform/calendar/day.ts'
import type { Outcome } from '../../../schemas/types.ts'
import { outcomeOf } from './outcome.ts'
import type { CompiledRuleSet } from './rules/compile.ts'
import type { Subject } from './subject.ts'
import { dropExpired } from './subjects.ts'

/** It is said again after this long that a subject has too many flows. */
const truncationSaidDays = 30

/** What keeping a subject within its bound came to. */
export interface Bounded {
  /** Oldest flows given up. */
  readonly dropped: number
  /** That something is missing now, once in a while. */
  readonly outcome?: Outcome
}

const within: Bounded = { dropped: 0 }

/** Gives up the oldest flows of a subject that has too many. @param time of the flow at hand @param watermark milliseconds since 1970, or −∞ */
export function keepBounded(
  rules: CompiledRuleSet,
  subject: Subject,
  time: number,
  watermark: number,
): Bounded {
  const most = rules.file.parameters.max_flows_per_subject
  if (subject.count <= most) return within
  const expired = dropExpired(subject, watermark)
  const excess = subject.count - most
  if (excess <= 0) return { dropped: expired }
  // A sixteenth at once, so that a busy subject does not pay for it with every flow.
  const count = Math.min(subject.count, Math.max(excess, Math.floor(most / 16)))
  const isSaid = time - subject.truncatedAt >= truncationSaidDays * dayMs
  const outcome = isSaid ? boundReached(rules, subject, count - 1) : undefined
  if (isSaid) subject.truncatedAt = time
  subject.dropOldest(count)
  return { dropped: expired + count, ...(outcome !== undefined && { outcome }) }
}

function boundReached(rules: CompiledRuleSet, subject: Subject, last: number): Outcome {
  return outcomeOf('unscored', {
    subject_id: subject.id,
    txn_id: subject.txnIdAt(last),
    event_time: subject.timeAt(last),
    reason: 'state_bound_reached',
    rule_ids: rules.own.filter((rule) => !rule.isSingle).map((rule) => rule.spec.id),
  })
}
