/** The metrics a rule may measure, compiled to functions over a subject and the index of the flow that a window ends with. Pure. */
import { dayOf } from '../../../platform/calendar/day.ts'
import { bitsCount, isIncoming, tableOf } from '../flow.ts'
import type { FlowFacts, StoredFlow } from '../flow.ts'
import type { Subject, WindowAggregate, WindowShape } from '../subject.ts'
import { DistinctAggregate, PeriodicAggregate, SumAggregate, moneyOf } from './aggregates.ts'
import type { MetricSpec, RuleSpec, WhereSpec } from './schema.ts'
import type { Reach, WorkingDays } from './windows.ts'
import { reachOf } from './windows.ts'

/** How a value is written: fen, US cents, or a bare number. */
export type MetricUnit = 'cny' | 'usd' | 'count' | 'ratio'

/** A metric ready to measure. */
export interface CompiledMetric {
  readonly name: string
  readonly spec: MetricSpec
  readonly unit: MetricUnit
  readonly reach: Reach
  /** Cheap ones are measured first. */
  readonly cost: number
  /** Value of the window that ends with flow `index`. */
  measure(subject: Subject, index: number): number
  /** Nothing larger can come out for this subject: lets a rule be passed over without measuring. */
  bound(subject: Subject): number
  /** Indices of the flows that tell the story, in event order; undefined: those of the rule's window. */
  readonly story?: (subject: Subject, index: number) => number[]
}

/** What the metrics of a rule set share. */
export class MetricPool {
  readonly calendar: WorkingDays
  private readonly shapes = new Map<string, WindowShape>()

  constructor(calendar: WorkingDays) {
    this.calendar = calendar
  }

  /** The same window with the same filter and total is kept once per subject, however many rules use it. */
  shape(key: string, accepts: Uint8Array, reach: Reach, create: () => WindowAggregate): WindowShape {
    let shape = this.shapes.get(key)
    if (shape === undefined) {
      shape = { slot: this.shapes.size, accepts, start: (time) => reach.start(time), create }
      this.shapes.set(key, shape)
    }
    return shape
  }
}

/** Whether a filter lets a flow with these facts pass. */
export function passes(where: WhereSpec, facts: FlowFacts): boolean {
  return (
    (where.direction === undefined || (where.direction === 'in') === facts.incoming) &&
    (where.kind === undefined || where.kind.includes(facts.kind)) &&
    (where.counterparty_kind === undefined || where.counterparty_kind.includes(facts.counterpartyKind)) &&
    (where.channel === undefined || where.channel.includes(facts.channel)) &&
    (where.domestic === undefined || where.domestic === facts.domestic) &&
    (where.own === undefined || where.own === facts.own)
  )
}

/** Compiles one metric of a rule. */
export function compileMetric(rule: RuleSpec, name: string, pool: MetricPool): CompiledMetric {
  const spec = rule.metrics[name]
  if (spec === undefined) throw new Error(`${rule.id} has no metric ${name}`)
  const reach = reachOf(spec.window ?? rule.window, pool.calendar)
  const base = {
    name,
    spec,
    reach,
    unit: 'ratio' as MetricUnit,
    cost: 5,
    bound: () => Number.POSITIVE_INFINITY,
  }
  switch (spec.metric) {
    case 'amount':
      return {
        ...base,
        unit: 'cny',
        cost: 0,
        measure: (subject, index) => subject.flows[index]?.cny ?? Number.NaN,
      }
    case 'sum':
      return { ...base, ...sum(rule, spec, reach, pool) }
    case 'count_distinct':
      return { ...base, ...distinct(rule, spec, reach, pool) }
    case 'periodic_payees':
      return { ...base, ...periodicPayees(rule, spec, reach, pool) }
    case 'out_in_ratio':
      return { ...base, cost: 1, measure: outInRatio(rule, spec, reach, pool) }
    case 'passed_ratio':
      return { ...base, cost: 4, measure: passedRatio(rule, reach) }
    case 'hit_days':
      return { ...base, unit: 'count', cost: 9, measure: hitDays(rule, reach) }
    case 'near_line_count':
    case 'near_line_days':
    case 'near_line_ratio':
      return { ...base, ...nearLine(rule, spec.metric, reach, pool) }
  }
}

function keyOf(rule: RuleSpec, spec: MetricSpec, what: unknown): string {
  return JSON.stringify([spec.window ?? rule.window, rule.where, what])
}

type Parts = Pick<CompiledMetric, 'unit' | 'cost' | 'measure'> &
  Partial<Pick<CompiledMetric, 'bound' | 'story'>>

function sumShape(
  rule: RuleSpec,
  spec: MetricSpec,
  money: keyof typeof moneyOf,
  reach: Reach,
  pool: MetricPool,
) {
  const accepts = tableOf((facts) => passes(rule.where, facts))
  return pool.shape(keyOf(rule, spec, ['sum', money]), accepts, reach, () => new SumAggregate(moneyOf[money]))
}

function sum(rule: RuleSpec, spec: MetricSpec & { metric: 'sum' }, reach: Reach, pool: MetricPool): Parts {
  const shape = sumShape(rule, spec, spec.money, reach, pool)
  const measure = (subject: Subject, index: number): number => {
    const totals = subject.totals(shape, index)
    if (!(totals instanceof SumAggregate)) return Number.NaN
    const flow = subject.flows[index]
    const side =
      rule.one_sided === true ? (flow !== undefined && isIncoming(flow) ? 'in' : 'out') : spec.direction
    if (side === undefined) return totals.received + totals.paid
    return side === 'in' ? totals.received : totals.paid
  }
  if (spec.money !== 'foreign_usd') return { unit: 'cny', cost: 1, measure }
  return {
    unit: 'usd',
    cost: 1,
    measure,
    bound: (subject) => (subject.hasForeign ? Number.POSITIVE_INFINITY : 0),
  }
}

function outInRatio(
  rule: RuleSpec,
  spec: MetricSpec,
  reach: Reach,
  pool: MetricPool,
): CompiledMetric['measure'] {
  const shape = sumShape(rule, spec, 'cny', reach, pool)
  return (subject, index) => {
    const totals = subject.totals(shape, index)
    if (!(totals instanceof SumAggregate)) return Number.NaN
    return totals.received === 0 ? Number.POSITIVE_INFINITY : totals.paid / totals.received
  }
}

function distinct(rule: RuleSpec, spec: MetricSpec, reach: Reach, pool: MetricPool): Parts {
  const accepts = tableOf((facts) => passes(rule.where, facts))
  const shape = pool.shape(keyOf(rule, spec, 'distinct'), accepts, reach, () => new DistinctAggregate())
  return {
    unit: 'count',
    cost: 2,
    bound: (subject) => subject.parties.length,
    measure(subject, index) {
      const totals = subject.totals(shape, index)
      return totals instanceof DistinctAggregate ? totals.size : Number.NaN
    },
  }
}

function periodicPayees(
  rule: RuleSpec,
  spec: MetricSpec & { metric: 'periodic_payees' },
  reach: Reach,
  pool: MetricPool,
): Parts {
  const limits = {
    payoutsMin: spec.payouts_min,
    intervals: spec.intervals,
    variationMax: spec.variation_max,
    monthlyRateMin: spec.monthly_rate.min,
    monthlyRateMax: spec.monthly_rate.max,
    principalShare: spec.principal_share,
  }
  const accepts = tableOf((facts) => passes(rule.where, facts))
  const shape = pool.shape(keyOf(rule, spec, limits), accepts, reach, () => new PeriodicAggregate(limits))
  const payees = (subject: Subject, index: number): ReadonlySet<number> => {
    const totals = subject.totals(shape, index)
    return totals instanceof PeriodicAggregate ? totals.current() : new Set()
  }
  return {
    unit: 'count',
    cost: 8,
    // One payment in and the payouts, at least, for every payee.
    bound: (subject) => Math.min(subject.parties.length, subject.flows.length / (1 + spec.payouts_min)),
    measure: (subject, index) => payees(subject, index).size,
    story(subject, index) {
      const periodic = payees(subject, index)
      return indices(subject, reach, index, (flow) => !isIncoming(flow) && periodic.has(flow.party))
    },
  }
}

/** Indices of the flows in the window that ends with flow `index` and that `accept` takes, ascending. */
export function indices(
  subject: Subject,
  reach: Reach,
  index: number,
  accept: (flow: StoredFlow) => boolean,
): number[] {
  const found: number[] = []
  const start = reach.start(subject.flows[index]?.time ?? Number.NaN)
  for (let at = index; at >= 0; at -= 1) {
    const flow = subject.flows[at]
    if (flow === undefined || flow.time <= start) break
    if (accept(flow)) found.push(at)
  }
  return found.toReversed()
}

/** Share of what came in that went out again afterwards: money is followed in event order, first in, first out. */
function passedRatio(rule: RuleSpec, reach: Reach): CompiledMetric['measure'] {
  const accepts = tableOf((facts) => passes(rule.where, facts))
  return (subject, index) => {
    const { flows } = subject
    const start = reach.start(flows[index]?.time ?? Number.NaN)
    let first = index
    while (first > 0 && (flows[first - 1]?.time ?? Number.NEGATIVE_INFINITY) > start) first -= 1
    let received = 0
    let available = 0
    for (let at = first; at <= index; at += 1) {
      const flow = flows[at]
      if (flow === undefined || accepts[flow.bits] !== 1 || Number.isNaN(flow.cny)) continue
      if (isIncoming(flow)) {
        received += flow.cny
        available += flow.cny
      } else available -= Math.min(available, flow.cny)
    }
    return received === 0 ? 0 : (received - available) / received
  }
}

/** Days within the window on which this rule was hit, today included. */
function hitDays(rule: RuleSpec, reach: Reach): CompiledMetric['measure'] {
  return (subject, index) => {
    const time = subject.flows[index]?.time ?? Number.NaN
    const start = reach.start(time)
    const days = new Set<number>([dayOf(time)])
    for (const { hit } of subject.hits) {
      if (hit.rule_id === rule.id && hit.event_time > start && hit.event_time <= time)
        days.add(dayOf(hit.event_time))
    }
    return days.size
  }
}

/** Reporting lines of a rule: which line a flow is measured against, and whether it stays just below. */
export interface NearLines {
  /** Index of the line, -1 when none applies. */
  lineOf(flow: StoredFlow): number
  isNear(flow: StoredFlow): boolean
}

/** Compiles the lines of a rule; fen. */
export function nearLinesOf(rule: RuleSpec): NearLines {
  const lines = rule.lines ?? []
  const { from, below } = rule.near ?? { from: 0, below: 0 }
  const none = 255
  const tables = lines.map((line) => tableOf((facts) => passes(line.where, facts)))
  const classes = new Uint8Array(bitsCount).map((_, bits) => {
    const index = tables.findIndex((table) => table[bits] === 1)
    return index < 0 ? none : index
  })
  const bottoms = lines.map((line) => Math.round(Number(line.line) * 100 * from))
  const tops = lines.map((line) => Math.round(Number(line.line) * 100 * below))
  const lineOf = (flow: StoredFlow): number => {
    const index = classes[flow.bits] ?? none
    return index === none ? -1 : index
  }
  return {
    lineOf,
    isNear(flow) {
      const index = lineOf(flow)
      return (
        index >= 0 && flow.cny >= (bottoms[index] ?? Number.NaN) && flow.cny < (tops[index] ?? Number.NaN)
      )
    },
  }
}

function nearLine(
  rule: RuleSpec,
  what: 'near_line_count' | 'near_line_days' | 'near_line_ratio',
  reach: Reach,
  pool: MetricPool,
): Parts {
  const lines = nearLinesOf(rule)
  const accepts = tableOf((facts) => passes(rule.where, facts))
  const alike = (subject: Subject, index: number): number[] => {
    const last = subject.flows[index]
    if (last === undefined) return []
    const line = lines.lineOf(last)
    const side = last.bits & 1
    return indices(
      subject,
      reach,
      index,
      (flow) => accepts[flow.bits] === 1 && (flow.bits & 1) === side && lines.lineOf(flow) === line,
    )
  }
  const near = (subject: Subject, index: number): StoredFlow[] =>
    alike(subject, index).flatMap((at) => {
      const flow = subject.flows[at]
      return flow !== undefined && lines.isNear(flow) ? [flow] : []
    })
  const story = (subject: Subject, index: number): number[] =>
    alike(subject, index).filter((at) => {
      const flow = subject.flows[at]
      return flow !== undefined && lines.isNear(flow)
    })
  switch (what) {
    case 'near_line_count':
      return { unit: 'count', cost: 3, story, measure: (subject, index) => near(subject, index).length }
    case 'near_line_ratio':
      return {
        unit: 'ratio',
        cost: 6,
        measure: (subject, index) => near(subject, index).length / alike(subject, index).length,
      }
    case 'near_line_days':
      return {
        unit: 'count',
        cost: 4,
        story,
        measure: (subject, index) => daysInARow(near(subject, index), pool.calendar, reach),
      }
  }
}

/** Days in a row, up to the last flow's day, with at least one of the flows; days off without any do not break the row. */
function daysInARow(flows: readonly StoredFlow[], calendar: WorkingDays, reach: Reach): number {
  const last = flows.at(-1)
  if (last === undefined) return 0
  const days = new Set(flows.map((flow) => dayOf(flow.time)))
  const first = dayOf(reach.start(last.time) + 1)
  let row = 0
  for (let day = dayOf(last.time); day >= first; day -= 1) {
    if (days.has(day)) row += 1
    else if (calendar.isWorkingDay(day)) break
  }
  return row
}
