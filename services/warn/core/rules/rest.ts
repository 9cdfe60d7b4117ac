/**
 * How long a subject may rest: what has to happen there before any rule can hold. A sum rises by no more than the money that comes, a
 * count by no more than one a flow, and windows only lose what is old; so after one look it is known how much must come before the
 * next look can find anything (a local slack, as in geometric threshold monitoring: Sharfman, Schuster, Keren, SIGMOD 2006). Pure.
 */
import type { Subject } from '../subject.ts'
import type { CompiledLevel, CompiledRule, Condition } from './compile.ts'
import type { Growth } from './metrics/metric.ts'
import { endOfPeriod, periodOf } from './period.ts'

/** Rules whose counts are shorter than this are looked at apart: they would wake the others all the time. */
const quickMax = 8

/** When a rule is looked at: with every flow, when few flows came, or when many or much money did. */
export type Pace = 'watchful' | 'quick' | 'slow'

/** What has to come before a rule can hold: any of these is enough. */
export class Rest {
  /** Flows; for quick rules and for slow ones. */
  quick = Number.POSITIVE_INFINITY
  flows = Number.POSITIVE_INFINITY
  /** Fen. */
  received = Number.POSITIVE_INFINITY
  paid = Number.POSITIVE_INFINITY
  /** Event time from which on something counts anew, milliseconds since 1970. */
  until = Number.POSITIVE_INFINITY

  /** Nothing has to come. */
  clear(): void {
    this.quick = Number.POSITIVE_INFINITY
    this.flows = Number.POSITIVE_INFINITY
    this.received = Number.POSITIVE_INFINITY
    this.paid = Number.POSITIVE_INFINITY
    this.until = Number.POSITIVE_INFINITY
  }

  /** Adds up to this much of what makes a value rise. */
  lower(by: Growth['by'], pace: Pace, received: number, paid: number): void {
    if (by === 'flow') {
      if (pace === 'quick') this.quick = Math.min(this.quick, received)
      else this.flows = Math.min(this.flows, received)
      return
    }
    // Both together make up what is lacking: each may bring half of it.
    const share = by === 'either' ? 0.5 : 1
    if (by !== 'paid') this.received = Math.min(this.received, share * received)
    if (by !== 'received') this.paid = Math.min(this.paid, share * paid)
  }
}

function alternativesOf(levels: readonly CompiledLevel[]): (readonly Condition[])[] {
  return levels.flatMap(({ alternatives }) => alternatives)
}

/** When a rule with these levels has to be looked at. */
export function paceOf(levels: readonly CompiledLevel[]): Pace {
  let pace: Pace = 'slow'
  for (const alternative of alternativesOf(levels)) {
    const growing = alternative.filter(({ metric, min }) => metric.grows !== undefined && min > 0)
    if (growing.length === 0) return 'watchful'
    const isCounted = growing.every(({ metric }) => metric.grows?.by === 'flow')
    if (isCounted && growing.every(({ min }) => min < quickMax)) pace = 'quick'
  }
  return pace
}

/** Lowers `rest` by what one rule lacks at the flow `index`; without a subject: at one that has no flows yet. */
export function lowerByRule(rest: Rest, rule: CompiledRule, subject?: Subject, index = 0): void {
  let known = 0
  if (subject !== undefined && subject.hits.length > 0) {
    const time = subject.timeAt(index)
    const bits = subject.bitsAt(index)
    const end = endOfPeriod(rule, time)
    if (end > time) known = subject.reachedRanks(rule.key, periodOf(rule, time, bits))
    if (known !== 0) rest.until = Math.min(rest.until, end)
  }
  for (const level of rule.levels) {
    if ((known >> level.rank) & 1) continue
    for (const alternative of level.alternatives)
      lowerByAlternative(rest, rule.pace, alternative, subject, index)
  }
}

/** All conditions of an alternative must hold: the one that lacks most tells how long it cannot. */
function lowerByAlternative(
  rest: Rest,
  pace: Pace,
  alternative: readonly Condition[],
  subject: Subject | undefined,
  index: number,
): void {
  let most = Number.NEGATIVE_INFINITY
  let by: Growth['by'] = 'flow'
  let reach = alternative[0]?.metric.reach
  let received = 0
  let paid = 0
  for (const { metric, min } of alternative) {
    const { grows } = metric
    if (grows === undefined || min <= 0 || (pace === 'quick' && grows.by !== 'flow')) continue
    const lackIn = subject === undefined ? min : min - grows.most(subject, index, true)
    const lackOut =
      grows.by !== 'side' || subject === undefined ? lackIn : min - grows.most(subject, index, false)
    const share = Math.min(lackIn, lackOut) / min
    if (share <= most) continue
    most = share
    by = grows.by
    reach = metric.reach
    received = lackIn * grows.unit
    paid = lackOut * grows.unit
  }
  rest.lower(by, pace, received, paid)
  if (subject !== undefined && reach !== undefined)
    rest.until = Math.min(rest.until, reach.nextFall(subject.timeAt(index)))
}
