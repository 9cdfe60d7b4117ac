/** The metrics a rule may measure, compiled to functions over a subject and the index of the flow that a window ends with. Pure. */
import { dayOf } from '../../../platform/calendar/day.ts'
import { bitsCount, isIncoming, tableOf } from '../flow.ts'
import type { FlowFacts } from '../flow.ts'
import type { RateTable } from '../rates.ts'
import type { Subject } from '../subject.ts'
import type { WindowAggregate, WindowShape } from '../windows.ts'
import { DistinctAggregate, PeriodicAggregate, SumAggregate, fenAt, moneyOf } from './aggregates.ts'
import type { Money } from './aggregates.ts'
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
  readonly rates: RateTable
  private readonly shapes = new Map<string, WindowShape>()

  constructor(calendar: WorkingDays, rates: RateTable) {
    this.calendar = calendar
    this.rates = rates
  }

  /** The same window with the same filter and total is kept once per subject, however many rules use it. `key` names all three. */
  shape<Totals extends WindowAggregate>(
    key: string,
    accepts: Uint8Array,
    reach: Reach,
    create: () => Totals,
  ): WindowShape<Totals> {
    let shape = this.shapes.get(key)
    if (shape === undefined) {
      shape = { slot: this.shapes.size, accepts, start: (time) => reach.start(time), create }
      this.shapes.set(key, shape)
    }
    return shape as WindowShape<Totals>
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
        measure: (subject, index) => fenAt(pool.rates, subject, index),
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
      return { ...base, cost: 4, measure: passedRatio(rule, reach, pool.rates) }
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

/** Windows of at most so many flows are added up anew each time; a running total is kept for subjects with longer ones. */
const scannedMax = 24

/** Adds up money over a window. The result is the same whichever way it is taken: sums of whole numbers. */
class SumWindow {
  private readonly shape: WindowShape<SumAggregate>
  private readonly money: Money
  private readonly rates: RateTable
  received = 0
  paid = 0

  constructor(shape: WindowShape<SumAggregate>, money: Money, rates: RateTable) {
    this.shape = shape
    this.money = money
    this.rates = rates
  }

  /** Totals of the window that ends with flow `index`; good until the next call. */
  at(subject: Subject, index: number): { readonly received: number; readonly paid: number } {
    const isKept = subject.windowOf(this.shape) !== undefined
    return !isKept && this.scan(subject, index) ? this : subject.totals(this.shape, index)
  }

  /** @returns false when the window is too long */
  private scan(subject: Subject, index: number): boolean {
    const { shape, money, rates } = this
    const start = shape.start(subject.timeAt(index))
    const last = Math.max(-1, index - scannedMax)
    let received = 0
    let paid = 0
    let at = index
    for (; at > last && subject.timeAt(at) > start; at -= 1) {
      const bits = subject.bitsAt(at)
      if (shape.accepts[bits] !== 1) continue
      if (isIncoming(bits)) received += money(rates, subject, at)
      else paid += money(rates, subject, at)
    }
    this.received = received
    this.paid = paid
    return at < 0 || subject.timeAt(at) <= start
  }
}

function sumWindow(
  rule: RuleSpec,
  spec: MetricSpec,
  money: keyof typeof moneyOf,
  reach: Reach,
  pool: MetricPool,
): SumWindow {
  const accepts = tableOf((facts) => passes(rule.where, facts))
  const create = (): SumAggregate => new SumAggregate(moneyOf[money], pool.rates)
  const shape = pool.shape(keyOf(rule, spec, ['sum', money]), accepts, reach, create)
  return new SumWindow(shape, moneyOf[money], pool.rates)
}

function sum(rule: RuleSpec, spec: MetricSpec & { metric: 'sum' }, reach: Reach, pool: MetricPool): Parts {
  const window = sumWindow(rule, spec, spec.money, reach, pool)
  const { direction } = spec
  const isOneSided = rule.one_sided === true
  const measure = (subject: Subject, index: number): number => {
    const { received, paid } = window.at(subject, index)
    if (isOneSided) return isIncoming(subject.bitsAt(index)) ? received : paid
    if (direction === undefined) return received + paid
    return direction === 'in' ? received : paid
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
  const window = sumWindow(rule, spec, 'cny', reach, pool)
  return (subject, index) => {
    const { received, paid } = window.at(subject, index)
    return received === 0 ? Number.POSITIVE_INFINITY : paid / received
  }
}

function distinct(rule: RuleSpec, spec: MetricSpec, reach: Reach, pool: MetricPool): Parts {
  const sides = { in: 'payers', out: 'payees' } as const
  const { direction } = rule.where
  const which = direction === undefined ? 'all' : sides[direction]
  const accepts = tableOf((facts) => passes(rule.where, facts))
  const shape = pool.shape(keyOf(rule, spec, 'distinct'), accepts, reach, () => new DistinctAggregate())
  return {
    unit: 'count',
    cost: 2,
    bound: (subject) => subject.partiesMax(which),
    measure: (subject, index) => subject.totals(shape, index).size,
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
  const shape = pool.shape(
    keyOf(rule, spec, limits),
    accepts,
    reach,
    () => new PeriodicAggregate(limits, pool.rates),
  )
  const payees = (subject: Subject, index: number): ReadonlySet<number> =>
    subject.totals(shape, index).current()
  return {
    unit: 'count',
    cost: 8,
    bound: (subject) => subject.paidBackMax,
    measure: (subject, index) => payees(subject, index).size,
    story(subject, index) {
      const periodic = payees(subject, index)
      return indices(
        subject,
        reach,
        index,
        (at) => !isIncoming(subject.bitsAt(at)) && periodic.has(subject.partyAt(at)),
      )
    },
  }
}

/** Indices of the flows in the window that ends with flow `index` and that `accept` takes, ascending. */
export function indices(
  subject: Subject,
  reach: Reach,
  index: number,
  accept: (at: number) => boolean,
): number[] {
  const found: number[] = []
  const start = reach.start(subject.timeAt(index))
  for (let at = index; at >= 0 && subject.timeAt(at) > start; at -= 1) if (accept(at)) found.push(at)
  return found.toReversed()
}

/** Share of what came in that went out again afterwards: money is followed in event order, first in, first out. */
function passedRatio(rule: RuleSpec, reach: Reach, rates: RateTable): CompiledMetric['measure'] {
  const accepts = tableOf((facts) => passes(rule.where, facts))
  return (subject, index) => {
    const start = reach.start(subject.timeAt(index))
    let first = index
    while (first > 0 && subject.timeAt(first - 1) > start) first -= 1
    let received = 0
    let available = 0
    for (let at = first; at <= index; at += 1) {
      const bits = subject.bitsAt(at)
      if (accepts[bits] !== 1) continue
      const fen = fenAt(rates, subject, at)
      if (Number.isNaN(fen)) continue
      if (isIncoming(bits)) {
        received += fen
        available += fen
      } else available -= Math.min(available, fen)
    }
    return received === 0 ? 0 : (received - available) / received
  }
}

/** Days within the window on which this rule was hit, today included. */
function hitDays(rule: RuleSpec, reach: Reach): CompiledMetric['measure'] {
  return (subject, index) => {
    const time = subject.timeAt(index)
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
  /** Index of the line for flows with these bits, -1 when none applies. */
  lineOf(bits: number): number
  isNear(subject: Subject, index: number): boolean
}

/** Compiles the lines of a rule; fen. */
export function nearLinesOf(rule: RuleSpec, rates: RateTable): NearLines {
  const lines = rule.lines ?? []
  const { from, below } = rule.near ?? { from: 0, below: 0 }
  const tables = lines.map((line) => tableOf((facts) => passes(line.where, facts)))
  const classes = new Int16Array(bitsCount).map((_, bits) => tables.findIndex((table) => table[bits] === 1))
  const bottoms = lines.map((line) => Math.round(Number(line.line) * 100 * from))
  const tops = lines.map((line) => Math.round(Number(line.line) * 100 * below))
  const lineOf = (bits: number): number => classes[bits] ?? -1
  return {
    lineOf,
    isNear(subject, index) {
      const line = lineOf(subject.bitsAt(index))
      if (line < 0) return false
      const fen = fenAt(rates, subject, index)
      return fen >= (bottoms[line] ?? Number.NaN) && fen < (tops[line] ?? Number.NaN)
    },
  }
}

/** Flows of one window that are measured against the same line, on the same side. */
class NearWindow {
  private readonly accepts: Uint8Array
  private readonly lines: NearLines
  private readonly reach: Reach

  constructor(rule: RuleSpec, reach: Reach, rates: RateTable) {
    this.accepts = tableOf((facts) => passes(rule.where, facts))
    this.lines = nearLinesOf(rule, rates)
    this.reach = reach
  }

  /** Calls `visit` for each of them, newest first. */
  private each(subject: Subject, index: number, visit: (at: number) => void): void {
    const { accepts, lines } = this
    const last = subject.bitsAt(index)
    const line = lines.lineOf(last)
    const start = this.reach.start(subject.timeAt(index))
    for (let at = index; at >= 0 && subject.timeAt(at) > start; at -= 1) {
      const bits = subject.bitsAt(at)
      if (accepts[bits] === 1 && ((bits ^ last) & 1) === 0 && lines.lineOf(bits) === line) visit(at)
    }
  }

  count(subject: Subject, index: number): number {
    let near = 0
    this.each(subject, index, (at) => {
      if (this.lines.isNear(subject, at)) near += 1
    })
    return near
  }

  /** Share of them that is near the line. */
  share(subject: Subject, index: number): number {
    let near = 0
    let all = 0
    this.each(subject, index, (at) => {
      all += 1
      if (this.lines.isNear(subject, at)) near += 1
    })
    return near / all
  }

  /** Indices of those near the line, ascending. */
  story(subject: Subject, index: number): number[] {
    const found: number[] = []
    this.each(subject, index, (at) => {
      if (this.lines.isNear(subject, at)) found.push(at)
    })
    return found.toReversed()
  }

  /** Days in a row, up to the last such flow's day, with at least one of them near the line; days off without any do not break the row. */
  daysInARow(subject: Subject, index: number, calendar: WorkingDays): number {
    const near = this.story(subject, index)
    const last = near.at(-1)
    if (last === undefined) return 0
    const days = new Set(near.map((at) => dayOf(subject.timeAt(at))))
    const time = subject.timeAt(last)
    const first = dayOf(this.reach.start(time) + 1)
    let row = 0
    for (let day = dayOf(time); day >= first; day -= 1) {
      if (days.has(day)) row += 1
      else if (calendar.isWorkingDay(day)) break
    }
    return row
  }
}

function nearLine(
  rule: RuleSpec,
  what: 'near_line_count' | 'near_line_days' | 'near_line_ratio',
  reach: Reach,
  pool: MetricPool,
): Parts {
  const window = new NearWindow(rule, reach, pool.rates)
  const story = (subject: Subject, index: number): number[] => window.story(subject, index)
  switch (what) {
    case 'near_line_count':
      return { unit: 'count', cost: 3, story, measure: (subject, index) => window.count(subject, index) }
    case 'near_line_ratio':
      return { unit: 'ratio', cost: 6, measure: (subject, index) => window.share(subject, index) }
    case 'near_line_days':
      return {
        unit: 'count',
        cost: 4,
        story,
        measure: (subject, index) => window.daysInARow(subject, index, pool.calendar),
      }
  }
}
