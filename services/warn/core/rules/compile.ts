/** A rule file compiled to functions: what the fold evaluates. Pure. */
import { minorUnits } from '../../../platform/money/money.ts'
import type { FactKind } from '../../../../schemas/fact.ts'
import type { AlertLevel } from '../../../../schemas/types.ts'
import { bitsCount, tableOf } from '../flow.ts'
import type { FlowFacts } from '../flow.ts'
import { RateTable } from '../rates.ts'
import type { Subject } from '../subject.ts'
import type { FlowTest } from './metrics/detail.ts'
import { indices, passes } from './metrics/metric.ts'
import type { CompiledMetric, MetricUnit } from './metrics/metric.ts'
import { nearLinesOf } from './metrics/near-line.ts'
import type { NearLines } from './metrics/near-line.ts'
import { MetricPool } from './metrics/pool.ts'
import { compileMetric, metricKinds } from './metrics/table.ts'
import { Rest, isRestful, lowerByLevels, restConditions } from './rest.ts'
import { pathRulesOf } from '../paths/follower.ts'
import type { PathRules } from '../paths/follower.ts'
import { compilePath } from './paths.ts'
import type { CompiledPath } from './paths.ts'
import type { RuleSetContent } from './rule-file.ts'
import type { BoundSpec, RuleFile, RuleSpec } from './schema.ts'
import type { FlowCondition } from './condition.ts'
import { isShadow, shadowRules, unmarked } from './shadow.ts'
import type { Counting } from './shadow.ts'
import type { Reach } from './windows.ts'
import { reachOf, workingDaysOf } from './windows.ts'

/** Alert levels, ascending; the index is the rank. */
export const levels: readonly AlertLevel[] = ['blue', 'yellow', 'orange', 'red']

/** Rank of a level, 0 … 3. */
export function rankOf(level: AlertLevel): number {
  return levels.indexOf(level)
}

/** One condition: a metric within bounds, both inclusive. */
export interface Condition {
  readonly metric: CompiledMetric
  readonly min: number
  readonly max: number
  /** The upper end is not reached: `max` is the number before it. */
  readonly isBelow: boolean
}

/** One level of a rule. */
export interface CompiledLevel {
  readonly level: AlertLevel
  readonly rank: number
  readonly settles: boolean
  /** Each alternative is met when all its conditions are. */
  readonly alternatives: readonly (readonly Condition[])[]
  /** The same with what they come to together: tells how long a subject may rest. */
  readonly restConditions: readonly (readonly Condition[])[]
}

/** What held. */
export interface Reached {
  readonly level: CompiledLevel
  readonly alternative: readonly Condition[]
}

/** A rule ready to evaluate. */
export interface CompiledRule {
  readonly spec: RuleSpec
  /** Id and version: `R12|1`. */
  readonly key: string
  /** Single-transaction rules need no window: they hold for late flows too. */
  readonly isSingle: boolean
  /** Facts it looks at, and how long after it one can matter, milliseconds; undefined: none. */
  readonly facts: { readonly kinds: ReadonlySet<FactKind>; readonly spanMs: number } | undefined
  /** Holds for nobody of whom no such facts are known: passed over without a look. */
  readonly needsFacts: boolean
  /** Evaluated at facts: its hits are kept as long as they are. */
  readonly isAtFacts: boolean
  /** By `bits` of a moment (kind only): facts at which the rule is evaluated. */
  readonly atFacts: Uint8Array
  /** By `bits`: flows at which the rule is evaluated. */
  readonly triggers: Uint8Array
  /** By `bits`: flows that can change what the rule says at later flows. */
  readonly affects: Uint8Array
  /** Its own condition on flows, besides `triggers` and `affects`. */
  readonly condition: FlowCondition | undefined
  /** How far a flow can matter, milliseconds. */
  readonly spanMs: number
  readonly reach: Reach
  readonly metrics: readonly CompiledMetric[]
  /** From the highest to the lowest. */
  readonly levels: readonly CompiledLevel[]
  readonly settles: boolean
  /** All its ranks, as a set of bits. */
  readonly ranks: number
  /** Ranks that an exemption keeps from being warnings, as a set of bits. */
  readonly exemptible: number
  /** Money the rule measures, for flows that cannot be converted. */
  readonly needs: { readonly cny: boolean; readonly usd: boolean }
  readonly lines: NearLines | undefined
  /** Cheap, and of the flow alone: false where no level can hold. */
  readonly mayHold: FlowTest
  /** Place among the rules that let a subject rest until something came; -1: looked at with every flow. */
  readonly restNumber: number
  /** What must come before it can hold for a subject without flows. */
  readonly restAtFirst: Rest
  /** Of a candidate: its warnings are nobody's but the department's that tries it. */
  readonly isShadow: boolean
  /** Such a rule looks at nothing of the subject but the flow itself and the paths it was told of. */
  readonly path: CompiledPath | undefined
}

/** Which rules to look at, and when. */
export interface Selection {
  /** By `bits` of a flow: rules evaluated at it. */
  readonly triggeredBy: readonly (readonly CompiledRule[])[]
  /** Those of them that let nobody rest. */
  readonly watchfulBy: readonly (readonly CompiledRule[])[]
  /** Rules that let a subject rest. */
  readonly restful: readonly CompiledRule[]
  /** How long a subject rests that has no flows yet. */
  readonly restAtFirst: Rest
  /** By `bits` of a flow: rules whose answer at later flows it may change. */
  readonly affectedBy: readonly (readonly CompiledRule[])[]
  /** Those of them that let nobody rest. */
  readonly watchfulAffectedBy: readonly (readonly CompiledRule[])[]
}

/** A rule set ready to evaluate; its identity says what derived facts of flows belong to. Itself the selection for subjects without facts. */
export interface CompiledRuleSet extends Selection {
  readonly file: RuleFile
  readonly content: string
  readonly sha256: string
  readonly rates: RateTable
  /** In force, in order of rule id: what outcomes speak of. */
  readonly own: readonly CompiledRule[]
  /** Of these, those with a condition of their own. */
  readonly conditional: readonly CompiledRule[]
  /** The same, and behind them those of a candidate. */
  readonly rules: readonly CompiledRule[]
  readonly singleRules: readonly CompiledRule[]
  /** Rules about paths, and what they say taken together; undefined when there are none. */
  readonly pathRules: readonly CompiledRule[]
  readonly paths: PathRules | undefined
  /** For subjects of whom facts are known: with the rules that need some. */
  readonly withFacts: Selection
  /** Rules evaluated at facts. */
  readonly factRules: readonly CompiledRule[]
  /** Rules that only raise the warnings of others. */
  readonly modifiers: readonly CompiledRule[]
  readonly spanMs: number
  /** The candidate that runs beside it. */
  readonly candidate: RuleFile | undefined
  readonly counting: Counting
}

/** What a set is compiled with. */
export interface CompileOptions {
  /** Ids of rules that are switched off. */
  readonly off?: ReadonlySet<string>
  readonly candidate?: RuleFile | undefined
}

const noIds: ReadonlySet<string> = new Set()

/** Compiles a checked rule file. */
export function compileRuleSet(content: RuleSetContent, options: CompileOptions = {}): CompiledRuleSet {
  const { file } = content
  const { off = noIds, candidate } = options
  const shadows = candidate === undefined ? [] : shadowRules(file, candidate)
  const specs = [...file.rules.filter(({ id }) => !off.has(id)), ...shadows]
  const rates = new RateTable(file.rates)
  const pool = new MetricPool(workingDaysOf(file.calendar), rates)
  const rules = specs.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((spec) => compileRule(spec, pool))
  const pathRules = rules.filter((rule) => rule.path !== undefined)
  const pathSpecs = pathRules.flatMap(({ path }) => path?.spec ?? [])
  const windowed = rules.filter((rule) => rule.path === undefined)
  return {
    file,
    content: content.content,
    sha256: content.sha256,
    rates,
    own: rules.filter((rule) => !rule.isShadow),
    conditional: rules.filter((rule) => !rule.isShadow && rule.condition !== undefined),
    rules,
    singleRules: rules.filter((rule) => rule.isSingle),
    pathRules,
    paths: pathRulesOf(pathSpecs, rates),
    ...selectionOf(windowed.filter((rule) => !rule.needsFacts)),
    withFacts: selectionOf(windowed),
    factRules: rules.filter((rule) => rule.isAtFacts),
    modifiers: rules.filter((rule) => rule.spec.raises_levels !== undefined),
    spanMs: Math.max(0, ...windowed.map((rule) => rule.spanMs)),
    candidate,
    counting: {
      off,
      candidate: new Set(candidate?.rules.map(({ id }) => id)),
      differing: new Set(shadows.map(({ id }) => unmarked(id))),
    },
  }
}

function selectionOf(rules: readonly CompiledRule[]): Selection {
  const restful = rules.filter(isResting)
  const triggeredBy = byBits((bits) => rules.filter((rule) => rule.triggers[bits] === 1))
  const affectedBy = byBits((bits) => rules.filter((rule) => !rule.isSingle && rule.affects[bits] === 1))
  const watchfulOf = (list: readonly CompiledRule[]): CompiledRule[] =>
    list.filter((rule) => !isResting(rule))
  return {
    triggeredBy,
    watchfulBy: triggeredBy.map(watchfulOf),
    restful,
    restAtFirst: restAtFirst(restful.map(({ levels: rows }) => rows)),
    affectedBy,
    watchfulAffectedBy: affectedBy.map(watchfulOf),
  }
}

function isResting({ restNumber }: CompiledRule): boolean {
  return restNumber >= 0
}

function restAtFirst(levelsOfRules: readonly (readonly CompiledLevel[])[]): Rest {
  const rest = new Rest()
  for (const levelsOfRule of levelsOfRules) lowerByLevels(rest, levelsOfRule)
  return rest
}

function byBits(rulesOf: (bits: number) => CompiledRule[]): (readonly CompiledRule[])[] {
  return Array.from({ length: bitsCount }, (_, bits) => rulesOf(bits))
}

function compileRule(spec: RuleSpec, pool: MetricPool): CompiledRule {
  const metrics = Object.keys(spec.metrics)
    .toSorted()
    .map((name) => compileMetric(spec, name, pool))
  const compiled = spec.levels.map((row) => compileLevel(row, metrics))
  const accepted = tableOf((facts) => passes(spec.where, facts))
  const isEvaluatedAt = (facts: FlowFacts): boolean =>
    spec.at_all_flows === true ||
    metrics.every(({ spec: { metric } }) => {
      const { onlyPaid = false, onlyReceived = false } = metricKinds[metric]
      return facts.incoming ? !onlyPaid : !onlyReceived
    })
  const money = metrics.map(({ needs }) => needs)
  const window = reachOf(spec.window, pool.calendar)
  const path = compilePath(spec, window, pool.rates)
  const condition = pool.condition(spec.where.cel)
  const lines = spec.lines === undefined ? undefined : nearLinesOf(spec, pool.rates)
  const { at = 'flows', raises_levels: raises } = spec
  const isAtFlows = at !== 'facts' && raises === undefined
  const isAtFacts = at !== 'flows' && raises === undefined
  // What looks at facts only does not make a late flow matter for longer.
  const overFlows = metrics.filter(({ facts }) => facts?.isOnly !== true)
  return {
    spec,
    key: `${spec.id}|${spec.version}`,
    isSingle: spec.window.unit === 'transaction',
    facts: factsOfRule(metrics),
    needsFacts: compiled.every(({ alternatives }) =>
      alternatives.every((conditions) => needsFact(conditions)),
    ),
    isAtFacts,
    atFacts: isAtFacts ? accepted : nowhere,
    triggers: tableOf((facts) => isAtFlows && isEvaluatedAt(facts)).map((evaluated, bits) =>
      evaluated === 1 && accepted[bits] === 1 && mayHoldAt(compiled, bits) ? 1 : 0,
    ),
    affects: isAtFlows && overFlows.length > 0 ? accepted : nowhere,
    condition,
    spanMs: Math.max(0, ...overFlows.map((metric) => metric.reach.spanMs)),
    reach: window,
    metrics,
    levels: compiled,
    settles: compiled.some((level) => level.settles),
    ranks: ranksOf(spec.levels),
    exemptible: ranksOf(spec.levels.filter((row) => row.exemptible === true)),
    needs: { cny: money.includes('cny') || condition?.needsCny === true, usd: money.includes('usd') },
    lines,
    mayHold: flowTestOf(lines, compiled),
    restNumber: path === undefined && isRestful(compiled) ? pool.restNumber() : -1,
    restAtFirst: restAtFirst([compiled]),
    isShadow: isShadow(spec.id),
    path,
  }
}

const nowhere = new Uint8Array(bitsCount)

function factsOfRule(metrics: readonly CompiledMetric[]): CompiledRule['facts'] {
  const uses = metrics.flatMap(({ facts }) => facts ?? [])
  if (uses.length === 0) return undefined
  return {
    kinds: new Set(uses.flatMap(({ kinds }) => kinds)),
    spanMs: Math.max(...uses.map(({ spanMs }) => spanMs)),
  }
}

function needsFact(conditions: readonly Condition[]): boolean {
  return conditions.some(({ metric, min }) => metric.facts !== undefined && min > 0)
}

function ranksOf(rows: readonly { readonly level: AlertLevel }[]): number {
  return rows.reduce((ranks, { level }) => ranks | (1 << rankOf(level)), 0)
}

/** Whether any level can hold at flows with these bits. */
function mayHoldAt(rows: readonly CompiledLevel[], bits: number): boolean {
  const mayReach = ({ metric: { only }, min }: Condition): boolean =>
    only === undefined || min <= 0 || only[bits] === 1
  return rows.some(({ alternatives }) => alternatives.some((alternative) => alternative.every(mayReach)))
}

/** A rule with lines looks at flows near them only; one that asks something of the flow itself, at flows that are so. */
function flowTestOf(lines: NearLines | undefined, rows: readonly CompiledLevel[]): FlowTest {
  if (lines !== undefined) return (subject, index) => lines.isNear(subject, index)
  const asked = rows.flatMap(({ alternatives }) =>
    alternatives.map((alternative) =>
      alternative.flatMap(({ metric: { mayReach }, min }) =>
        mayReach === undefined || min <= 0 ? [] : [{ mayReach, min }],
      ),
    ),
  )
  if (asked.some((tests) => tests.length === 0)) return always
  return (subject, index) => {
    for (const tests of asked) if (mayReachAll(tests, subject, index)) return true
    return false
  }
}

interface ReachTest extends Pick<Condition, 'min'> {
  readonly mayReach: NonNullable<CompiledMetric['mayReach']>
}

/** A loop, since it is asked with every flow. */
function mayReachAll(tests: readonly ReachTest[], subject: Subject, index: number): boolean {
  for (const { mayReach, min } of tests) if (!mayReach(subject, index, min)) return false
  return true
}

const always = (): boolean => true

function compileLevel(row: RuleSpec['levels'][number], metrics: readonly CompiledMetric[]): CompiledLevel {
  const alternatives = row.any.map((alternative) =>
    metrics
      .flatMap((metric) => {
        const bound = alternative[metric.name]
        return bound === undefined ? [] : [{ metric, ...limits(bound, metric.unit) }]
      })
      .toSorted((a, b) => a.metric.cost - b.metric.cost),
  )
  return {
    level: row.level,
    rank: rankOf(row.level),
    settles: row.settle ?? false,
    alternatives,
    restConditions: alternatives.map((alternative) => restConditions(alternative)),
  }
}

function limits(bound: BoundSpec, unit: MetricUnit): Omit<Condition, 'metric'> {
  const range = typeof bound === 'object' ? bound : { min: bound }
  const { max, below } = range
  const most = max === undefined ? Number.POSITIVE_INFINITY : thresholdOf(max, unit)
  return {
    min: range.min === undefined ? Number.NEGATIVE_INFINITY : thresholdOf(range.min, unit),
    // The largest double below it.
    max: below === undefined ? most : Math.min(most, below * (1 - Number.EPSILON / 2)),
    isBelow: below !== undefined,
  }
}

function thresholdOf(value: number | string, unit: MetricUnit): number {
  if (typeof value === 'number') return value
  const minor = minorUnits(value, unit === 'usd' ? 'USD' : 'CNY')
  if (typeof minor !== 'number') throw new Error(`threshold ${value}: ${minor.detail}`)
  return minor
}

/** Whether a rule that `triggers` at flows like this one is evaluated at it: near a line, where it has lines, and by its own condition. */
export function looksAt({ lines, condition }: CompiledRule, subject: Subject, index: number): boolean {
  if (lines !== undefined && !lines.isNear(subject, index)) return false
  return condition === undefined || condition.passes(subject, index)
}

/**
 * The levels of a rule that hold for the window ending with flow `index`, highest first.
 * @param known set of ranks (bits) that are of no interest
 * @param which `final`: every level; `now`: only those that more data cannot undo; `tentative`: only the others
 */
export function reach(
  rule: CompiledRule,
  subject: Subject,
  index: number,
  known: number,
  which: 'final' | 'now' | 'tentative',
): readonly Reached[] {
  let found: Reached[] = nothing
  for (const level of rule.levels) {
    if ((known >> level.rank) & 1) continue
    if (which !== 'final' && level.settles !== (which === 'tentative')) continue
    const alternative = holding(level, subject, index)
    if (alternative === undefined) continue
    if (found === nothing) found = []
    found.push({ level, alternative })
  }
  return found
}

function holding(level: CompiledLevel, subject: Subject, index: number): readonly Condition[] | undefined {
  for (const alternative of level.alternatives) if (holds(alternative, subject, index)) return alternative
  return undefined
}

/** Shared, because most evaluations find nothing. */
const nothing: Reached[] = []

function holds(conditions: readonly Condition[], subject: Subject, index: number): boolean {
  for (const { metric, min } of conditions) if (metric.bound(subject) < min) return false
  for (const { metric, min, max } of conditions) {
    const value = metric.measure(subject, index)
    if (!(value >= min && value <= max)) return false
  }
  return true
}

/** Flows behind a hit, as indices in event order: the story of the first metric that has one, else all that the rule looks at. */
export function storyOf(rule: CompiledRule, reached: Reached, subject: Subject, index: number): number[] {
  if (rule.isSingle || rule.metrics.every(({ facts }) => facts?.isOnly === true)) return [index]
  const teller = reached.alternative.find(({ metric }) => metric.story !== undefined)
  if (teller?.metric.story !== undefined) return teller.metric.story(subject, index)
  const side = subject.bitsAt(index) & 1
  return indices(subject, rule.reach, index, (at) => {
    const bits = subject.bitsAt(at)
    if (rule.condition?.passes(subject, at) === false) return false
    return rule.affects[bits] === 1 && (rule.spec.one_sided !== true || (bits & 1) === side)
  })
}
