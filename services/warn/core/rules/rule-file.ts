/** From YAML to a checked rule file and its canonical JSON, with every problem named at once. Pure. */
import { hash } from 'node:crypto'
import { Compile } from 'typebox/compile'
import { parse } from 'yaml'
import { parseDay } from '../../../platform/calendar/day.ts'
import { exponentOf } from '../../../platform/money/currencies.ts'
import { metricKinds } from './metrics/table.ts'
import { conditionProblems } from './condition.ts'
import type { BoundSpec, MetricSpec, RuleFile, RuleSpec } from './schema.ts'
import { RuleFileSchema } from './schema.ts'
import { pathDaysMax } from './schema/path.ts'

const checker = Compile(RuleFileSchema)

/** One thing wrong with a rule file: where (a path such as `/rules/3/levels/0`) and what. */
export interface RuleProblem {
  readonly path: string
  readonly message: string
}

/** A rule file is not usable; `problems` holds all that was found. */
export class RuleFileError extends Error {
  readonly code = 'invalid_rule_file'
  readonly problems: readonly RuleProblem[]
  constructor(problems: readonly RuleProblem[]) {
    const lines = problems.map(({ path, message }) => `${path}: ${message}`)
    super(
      `the rule file has ${problems.length} problem(s): ${lines.join('; ')}. Mend them and run weir rules lint`,
    )
    this.name = 'RuleFileError'
    this.problems = problems
  }
}

/** Holidays and make-up days as `YYYY-MM-DD`, and the version they go by. */
export type WorkingDayTable = RuleFile['calendar']

/** A checked rule file and the JSON that the log carries for it. */
export interface RuleSetContent {
  readonly file: RuleFile
  /** Keys sorted, no blanks: equal rule files have equal text. */
  readonly content: string
  readonly sha256: string
}

/** JSON with sorted keys and no blanks. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  )
}

/**
 * Reads a rule file (YAML, or JSON, which is YAML too).
 * @param calendar working calendar put in when the file carries none of its own
 * @returns all problems found, or the content
 */
export function readRuleFile(
  text: string,
  calendar: WorkingDayTable,
): RuleSetContent | { problems: readonly RuleProblem[] } {
  let raw: unknown
  try {
    // What the log carries is JSON: the same, and a hundred times quicker.
    raw = text.startsWith('{') ? JSON.parse(text) : parse(text)
  } catch (error) {
    return { problems: [{ path: '/', message: error instanceof Error ? error.message : String(error) }] }
  }
  if (typeof raw !== 'object' || raw === null)
    return { problems: [{ path: '/', message: 'must be a mapping' }] }
  // Examples are for whoever changes the file; they are no part of what is in force.
  const { examples: _examples, ...facts } = raw as { readonly examples?: unknown }
  const complete: unknown = { calendar, ...facts }
  const problems = shapeProblems(complete)
  if (problems.length > 0 || !checker.Check(complete)) return { problems }
  const meaning = meaningProblems(complete)
  if (meaning.length > 0) return { problems: meaning }
  const content = canonicalJson(complete)
  return { file: complete, content, sha256: hash('sha256', content) }
}

/**
 * As `readRuleFile`, for callers that cannot go on without it.
 * @throws RuleFileError with every problem
 */
export function requireRuleFile(text: string, calendar: WorkingDayTable): RuleSetContent {
  const read = readRuleFile(text, calendar)
  if ('problems' in read) throw new RuleFileError(read.problems)
  return read
}

function shapeProblems(value: unknown): RuleProblem[] {
  if (checker.Check(value)) return []
  const found = new Map<string, RuleProblem>()
  for (const error of checker.Errors(value)) {
    // A union reports each alternative that does not fit; the summary line is enough.
    if (error.keyword === 'const' || error.message === 'schema is false') continue
    const extra =
      'additionalProperties' in error.params ? ` (${JSON.stringify(error.params.additionalProperties)})` : ''
    const path = error.instancePath === '' ? '/' : error.instancePath
    const message = `${error.message}${extra}`
    found.set(`${path} ${message}`, { path, message })
  }
  return [...found.values()]
}

function meaningProblems(file: RuleFile): RuleProblem[] {
  const problems: RuleProblem[] = []
  const ids = file.rules.map((rule) => rule.id)
  const say = (path: string, message: string): void => void problems.push({ path, message })
  for (const [index, rule] of file.rules.entries()) {
    const path = `/rules/${index}`
    if (ids.indexOf(rule.id) !== index) say(path, `${rule.id} is defined twice`)
    ruleProblems(rule, ids, (part, message) => say(`${path}${part}`, `${rule.id}: ${message}`))
  }
  for (const [index, row] of file.scoring.combinations.entries()) {
    for (const id of row.rules)
      if (!ids.includes(id)) say(`/scoring/combinations/${index}`, `there is no rule ${id}`)
  }
  const { yellow, orange, red } = file.scoring.thresholds
  if (!(yellow < orange && orange < red)) say('/scoring/thresholds', 'must rise from yellow to red')
  for (const [index, rate] of file.rates.entries()) {
    if (exponentOf(rate.currency) === undefined)
      say(`/rates/${index}`, `${rate.currency} is no ISO 4217 currency`)
    if (rate.currency === 'CNY' || Number(rate.cny) === 0)
      say(`/rates/${index}`, 'a rate is for a foreign currency and above 0')
    dayProblem(rate.from, `/rates/${index}/from`, say)
  }
  for (const day of [...file.calendar.off, ...file.calendar.work]) dayProblem(day, '/calendar', say)
  return problems
}

function dayProblem(text: string, path: string, say: (path: string, message: string) => void): void {
  try {
    parseDay(text)
  } catch {
    say(path, `${text} is no day`)
  }
}

const monthsMax = 12
const daysMax = 366
/** Facts are kept twice that long and a month, so that one which comes late finds its window whole. */
const factMonthsMax = 36
const factDaysMax = 1_100

function ruleProblems(
  rule: RuleSpec,
  ids: readonly string[],
  say: (part: string, message: string) => void,
): void {
  const metrics = Object.entries(rule.metrics)
  for (const [name, metric] of metrics) {
    windowProblem(metric.window ?? rule.window, factMetrics.has(metric.metric), (message) =>
      say(`/metrics/${name}`, message),
    )
    const problem = metricKinds[metric.metric].problem?.(metric, rule)
    if (problem !== undefined) say(`/metrics/${name}`, problem)
    if (
      metricKinds[metric.metric].needsLines === true &&
      (rule.lines === undefined || rule.near === undefined)
    ) {
      say(`/metrics/${name}`, `${metric.metric} needs lines and near`)
    }
    pathMetricProblem(rule, metric, (message) => say(`/metrics/${name}`, message))
    if ((metric.metric === 'amount') !== ((metric.window ?? rule.window).unit === 'transaction')) {
      say(`/metrics/${name}`, 'amount and the window transaction go together')
    }
  }
  freeConditionProblems(rule, say)
  if ((rule.repeat === 'transaction') !== (rule.window.unit === 'transaction')) {
    say('/repeat', 'repeat transaction and the window transaction go together')
  }
  pathProblems(rule, say)
  if (rule.near !== undefined && !(rule.near.from < rule.near.below))
    say('/near', 'from must be smaller than below')
  for (const row of rule.raise ?? []) {
    for (const id of row.with) if (!ids.includes(id)) say('/raise', `there is no rule ${id}`)
  }
  factProblems(rule, say)
  levelProblems(rule, say)
  for (const [language, template] of Object.entries(rule.explain)) {
    for (const [, name] of template.matchAll(/\{([^}]*)\}/g)) {
      if (name !== undefined && !placeholders.has(name) && !(name in rule.metrics)) {
        say(
          `/explain/${language}`,
          `{${name}} is neither a metric nor one of ${[...placeholders].join(', ')}`,
        )
      }
    }
  }
}

function freeConditionProblems(rule: RuleSpec, say: (part: string, message: string) => void): void {
  const { cel } = rule.where
  if (cel === undefined) return
  for (const { at, message } of conditionProblems(cel)) say('/where/cel', `character ${at}: ${message}`)
  for (const [name, { metric }] of Object.entries(rule.metrics)) {
    if (metricKinds[metric].takesConditions !== true)
      say(
        `/metrics/${name}`,
        `${metric} does not heed where.cel: it goes with ${conditionalMetrics.join(', ')}`,
      )
  }
}

const conditionalMetrics = Object.entries(metricKinds)
  .filter(([, { takesConditions }]) => takesConditions === true)
  .map(([name]) => name)

/** Metrics over facts, which are kept longer than flows and can be measured without any flow. */
const factMetrics: ReadonlySet<string> = new Set([
  'accounts',
  'complainants',
  'lawsuits',
  'listed',
  'penalties',
  'registered_words',
])

function factProblems(rule: RuleSpec, say: (part: string, message: string) => void): void {
  const { at = 'flows', raises_levels: raises } = rule
  if (at === 'flows' && raises === undefined) return
  for (const [name, { metric }] of Object.entries(rule.metrics)) {
    if (!factMetrics.has(metric))
      say(`/metrics/${name}`, `${metric} looks at flows, which a rule at facts cannot`)
  }
  if (rule.repeat !== 'month' && rule.repeat !== 'day')
    say('/repeat', 'a rule at facts repeats by day or month')
  if (rule.levels.some(({ settle }) => settle === true)) say('/levels', 'a rule at facts does not settle')
}

/** What an explanation may name besides the rule's metrics. */
const placeholders = new Set([
  'subject',
  'window',
  'findings',
  'thresholds',
  'compared',
  'basis',
  'direction',
  'line',
  'details',
])

const rankOf = { blue: 0, yellow: 1, orange: 2, red: 3 } as const

function levelProblems(rule: RuleSpec, say: (part: string, message: string) => void): void {
  let above = Number.POSITIVE_INFINITY
  for (const [index, row] of rule.levels.entries()) {
    const path = `/levels/${index}`
    if (rankOf[row.level] >= above) say(path, 'levels go from the highest to the lowest, each once')
    above = rankOf[row.level]
    if (row.exemptible === true && (row.level === 'red' || rule.family === 'list'))
      say(path, 'red levels and rules of the family list cannot be exempted')
    for (const alternative of row.any) {
      if (Object.keys(alternative).length === 0) say(path, 'an alternative needs at least one condition')
      for (const [name, bound] of Object.entries(alternative))
        conditionProblem(rule, name, bound, (message) => say(path, message))
    }
  }
}

function conditionProblem(
  rule: RuleSpec,
  name: string,
  bound: BoundSpec,
  say: (message: string) => void,
): void {
  const metric = rule.metrics[name]
  if (metric === undefined) return say(`there is no metric ${name}`)
  const money = metricKinds[metric.metric].isMoney === true
  const parts =
    typeof bound === 'object'
      ? [bound.min, bound.max, bound.below].filter((part) => part !== undefined)
      : [bound]
  if (parts.length === 0) say(`${name} has neither min, max nor below`)
  if (parts.some((part) => (typeof part === 'string') !== money)) {
    say(
      money ? `${name} is money: write it as a decimal string` : `${name} is no money: write it as a number`,
    )
  }
  if (money && parts.some((part) => typeof part === 'string' && /\.\d{3,}/.test(part)))
    say(`${name} has more than two decimals`)
}

/** A rule about paths measures paths and nothing else, within its own window. */
function pathMetricProblem(rule: RuleSpec, metric: MetricSpec, say: (message: string) => void): void {
  const isOfPath = metricKinds[metric.metric].needsPath === true
  if (isOfPath && rule.path === undefined) say(`${metric.metric} needs path`)
  if (!isOfPath && rule.path !== undefined) say(`a rule with path measures path_start and path_payments only`)
  if (isOfPath && metric.window !== undefined) say('a path lies within the window of the rule')
  if (isOfPath && metric.where !== undefined) say('a path is let pass by the where of the rule')
}

function pathProblems(
  { path, window, levels }: RuleSpec,
  say: (part: string, message: string) => void,
): void {
  if (path === undefined) return
  if (path.payments.max < path.payments.min) say('/path/payments', 'max must not be smaller than min')
  if (path.hop.max < path.hop.min) say('/path/hop', 'max must not be smaller than min')
  if (window.unit === 'month' || window.unit === 'transaction')
    say('/window', `a path lies within minutes, hours, days or working days, not a ${window.unit}`)
  else if (daysOf(window) > pathDaysMax)
    say('/window', `a path takes ${pathDaysMax} days at most: 24 working days, counting holidays`)
  if (levels.some((row) => row.settle === true))
    say('/levels', 'more data never undoes a path: it needs no settle')
  const bounds = levels.flatMap(({ any }) => any.flatMap((alternative) => Object.values(alternative)))
  if (bounds.some((bound) => typeof bound === 'object' && (bound.max ?? bound.below) !== undefined))
    say('/levels', 'a condition on a path has no max: more data could undo it')
}

/** How many days a window takes, at most, about; 0 for months and single transactions. */
function daysOf({ unit, length = 1 }: RuleSpec['window']): number {
  const days = {
    transaction: 0,
    minute: length / 1440,
    hour: length / 24,
    day: length,
    working_day: length * 2.5,
    month: 0,
  }
  return days[unit]
}

function windowProblem(
  window: RuleSpec['window'],
  isOverFacts: boolean,
  say: (message: string) => void,
): void {
  const length = window.length ?? 1
  const months = isOverFacts ? factMonthsMax : monthsMax
  if (window.aligned === true && window.unit !== 'minute' && window.unit !== 'hour') {
    say(`a window of the unit ${window.unit} is not aligned: minutes and hours are`)
  }
  const isTooLong = daysOf(window) > (isOverFacts ? factDaysMax : daysMax)
  if (isTooLong || (window.unit === 'month' && length > months)) {
    say(`a window looks back ${months} months at most, not ${length} ${window.unit}s`)
  }
}
