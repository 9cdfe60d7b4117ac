/**
 * How long a subject may rest: what has to happen there before any rule can hold. A sum rises by no more than the money that comes, a
 * count by no more than one a flow, and windows only lose what is old; so after one look it is known how much must come before the
 * next look can find anything (a local slack, as in geometric threshold monitoring: Sharfman, Schuster, Keren, SIGMOD 2006). Pure.
 */
import { receiptBit } from '../flow.ts'
import type { Subject } from '../subject.ts'
import type { CompiledLevel, CompiledRule, Condition } from './compile.ts'
import type { CompiledMetric, Sides } from './metrics/metric.ts'
import { endOfPeriod, periodOf } from './period.ts'

/** What has to come before a rule can hold: any of these is enough. */
export class Rest {
  flows = Number.POSITIVE_INFINITY
  /** Fen. */
  received = Number.POSITIVE_INFINITY
  paid = Number.POSITIVE_INFINITY
  /** Event time from which on something counts anew, milliseconds since 1970. */
  until = Number.POSITIVE_INFINITY

  /** Nothing has to come. */
  clear(): void {
    this.flows = Number.POSITIVE_INFINITY
    this.received = Number.POSITIVE_INFINITY
    this.paid = Number.POSITIVE_INFINITY
    this.until = Number.POSITIVE_INFINITY
  }

  /** A rule cannot hold before so many flows came. */
  afterFlows(count: number): void {
    this.flows = Math.min(this.flows, count)
  }

  /** A rule cannot hold before so much money came. */
  afterMoney({ received, paid }: Sides): void {
    this.received = Math.min(this.received, received)
    this.paid = Math.min(this.paid, paid)
  }
}

/** The conditions of an alternative, and what they come to together. */
export function restConditions(alternative: readonly Condition[]): readonly Condition[] {
  return [
    ...impliedTimes(alternative),
    ...alternative,
    ...impliedPayments(alternative),
    ...impliedParts(alternative),
  ]
}

/** What stays low for a time whatever comes has to wait for that time as well. */
function impliedTimes(alternative: readonly Condition[]): Condition[] {
  return alternative.flatMap((condition): Condition[] => {
    const { staysLow } = condition.metric
    if (staysLow === undefined) return []
    const from = (subject: Subject, index: number): number => staysLow(subject, index)
    return [{ ...condition, metric: { ...condition.metric, grows: { by: 'time', from } as const } }]
  })
}

/** Of money that must come in, and of which a share must be passed on, at least that share of that money must be paid. */
function impliedPayments(alternative: readonly Condition[]): Condition[] {
  return alternative.flatMap((passed): Condition[] => {
    if (passed.metric.spec.metric !== 'passed_ratio') return []
    const inflow = alternative.find(({ metric }) => isInflowOf(metric, passed.metric))
    const grows = inflow?.metric.grows
    if (inflow === undefined || grows?.by !== 'received') return []
    const most = (subject: Subject, index: number): Sides => grows.most(subject, index)
    const metric = { ...inflow.metric, grows: { by: 'paid', most } as const }
    return [
      { metric, min: Math.floor(passed.min * inflow.min), max: Number.POSITIVE_INFINITY, isBelow: false },
    ]
  })
}

/** Of so many flows a share must be of one kind: at least that share of that many. */
function impliedParts(alternative: readonly Condition[]): Condition[] {
  return alternative.flatMap(({ metric: share, min }): Condition[] => {
    const { spec } = share
    if (spec.metric !== 'flow_share' || share.part === undefined) return []
    const whole = alternative.find(
      ({ metric }) =>
        metric.spec.metric === 'count' &&
        JSON.stringify([metric.spec.where, metric.spec.window]) === JSON.stringify([spec.among, spec.window]),
    )
    if (whole === undefined) return []
    const most = (subject: Subject, index: number): number => share.part?.(subject, index) ?? 0
    const metric = { ...share, reach: whole.metric.reach, grows: { by: 'flow', most } as const }
    // Less than any whole number, more than what floating point adds.
    const least = Math.ceil(min * whole.min - 1e-6)
    return [{ metric, min: least, max: Number.POSITIVE_INFINITY, isBelow: false }]
  })
}

/** Both look at the same money of the same flows of the same window. */
function isInflowOf({ spec, reach }: CompiledMetric, passed: CompiledMetric): boolean {
  return (
    spec.metric === 'sum' &&
    spec.direction === 'in' &&
    spec.money === 'cny' &&
    JSON.stringify([spec.where, spec.window]) === JSON.stringify([passed.spec.where, passed.spec.window]) &&
    reach.spanMs === passed.reach.spanMs
  )
}

/** Whether something has to come before a rule with these levels can hold: the others are looked at with every flow. */
export function isRestful(levels: readonly CompiledLevel[]): boolean {
  return levels.every(({ restConditions: alternatives }) =>
    alternatives.every(
      (conditions) =>
        conditions.some(({ metric, min }) => metric.grows !== undefined && min > 0) &&
        !conditions.some(({ metric }) => metric.isWatchful === true),
    ),
  )
}

/** Levels said already in the period of the flow at hand, as sets of ranks: of receipts and of payments, where they are kept apart. */
const said = { received: 0, paid: 0 }

/** Writes into `said`. @returns event time at which the period is over; ∞ when nothing was said */
function lookUpSaid(rule: CompiledRule, subject: Subject, index: number): number {
  said.received = said.paid = 0
  const time = subject.timeAt(index)
  const end = endOfPeriod(rule, time)
  if (subject.hits.length === 0 || !(end > time)) return Number.POSITIVE_INFINITY
  said.received = subject.reachedRanks(rule.key, periodOf(rule, time, receiptBit))
  said.paid = subject.reachedRanks(rule.key, periodOf(rule, time, 0))
  return (said.received | said.paid) === 0 ? Number.POSITIVE_INFINITY : end
}

/** Lowers `rest` by what one rule lacks at the flow `index`. */
export function lowerByRule(rest: Rest, rule: CompiledRule, subject: Subject, index: number): void {
  rest.until = Math.min(rest.until, lookUpSaid(rule, subject, index))
  lowerByLevels(rest, rule.levels, subject, index)
}

/** Lowers `rest` by what levels lack of which nothing was said; without a subject: at one that has no flows yet. */
export function lowerByLevels(
  rest: Rest,
  levels: readonly CompiledLevel[],
  subject?: Subject,
  index = 0,
): void {
  if (subject === undefined) said.received = said.paid = 0
  for (const { rank, restConditions: alternatives } of levels) {
    isSaid.received = ((said.received >> rank) & 1) === 1
    isSaid.paid = ((said.paid >> rank) & 1) === 1
    if (isSaid.received && isSaid.paid) continue
    for (const alternative of alternatives) lowerByAlternative(rest, alternative, subject, index)
  }
}

/** Of the level at hand. */
const isSaid = { received: false, paid: false }

/** Money that a flow brings, about: tells whether flows or money are longer to wait for. Wrong guesses cost time, never a warning. */
const usualFen = 300_000

/** What one condition lacks: used again for each. */
const lack = { flows: 0, received: 0, paid: 0, until: 0 }
/** Who takes this many flows rests long enough: other conditions are not asked. */
const longEnough = 4

/** Writes into `lack` what must come before the condition can hold. @returns about how many flows that takes; 0: perhaps none */
function lackOf({ metric: { grows }, min }: Condition, subject: Subject | undefined, index: number): number {
  if (grows === undefined || min <= 0) return 0
  lack.flows = lack.received = lack.paid = lack.until = Number.POSITIVE_INFINITY
  if (grows.by === 'foreign') return Number.POSITIVE_INFINITY
  if (grows.by === 'flow') {
    lack.flows = min - (subject === undefined ? 0 : grows.most(subject, index))
    return lack.flows
  }
  if (grows.by === 'time') {
    // Without a flow nothing is known: the next one tells.
    lack.until = subject === undefined ? Number.NEGATIVE_INFINITY : grows.from(subject, index, min)
    return subject !== undefined && lack.until > subject.timeAt(index) ? longEnough : 0
  }
  if (grows.by === 'flows') {
    lack.flows = subject === undefined ? 0 : grows.lack(subject, index, min)
    return lack.flows
  }
  if (grows.by === 'money') {
    if (subject === undefined) return 0
    lack.received = lack.paid = grows.lack(subject, index, min) / 2
    return lack.paid / usualFen
  }
  const { received, paid } = subject === undefined ? nothing : grows.most(subject, index)
  // Both sides together make up what is lacking: each may bring half of it.
  const half = (min - received - paid) / 2
  if (grows.by !== 'paid') lack.received = grows.by === 'both' ? half : min - received
  if (grows.by !== 'received') lack.paid = grows.by === 'both' ? half : min - paid
  // What was said of one side in this period is not waited for again.
  if (grows.by === 'side' && isSaid.received) lack.received = Number.POSITIVE_INFINITY
  if (grows.by === 'side' && isSaid.paid) lack.paid = Number.POSITIVE_INFINITY
  return Math.min(lack.received, lack.paid) / usualFen
}

const nothing: Sides = { received: 0, paid: 0 }

/** All conditions of an alternative must hold: the one that takes longest tells how long it cannot. */
function lowerByAlternative(
  rest: Rest,
  alternative: readonly Condition[],
  subject: Subject | undefined,
  index: number,
): void {
  let longest = 0
  let { flows, received, paid } = nothingLacks
  let until = Number.POSITIVE_INFINITY
  for (const condition of alternative) {
    const { reach } = condition.metric
    const takes = lackOf(condition, subject, index)
    if (takes <= longest) continue
    longest = takes
    flows = lack.flows
    received = lack.received
    paid = lack.paid
    until = lack.until
    if (subject !== undefined) until = Math.min(until, reach.nextFall(subject.timeAt(index)))
    if (takes >= longEnough) break
  }
  rest.afterFlows(flows)
  rest.afterMoney({ received, paid })
  rest.until = Math.min(rest.until, until)
}

/** Nothing has to come: the rule may hold at the next flow. */
const nothingLacks = { flows: 0, received: Number.POSITIVE_INFINITY, paid: Number.POSITIVE_INFINITY }
