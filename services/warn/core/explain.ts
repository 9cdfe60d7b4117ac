/** Values and reasons as people read them, Chinese and English. Pure. */
import type { Explanation, SubjectKind, TestedExemption } from '../../../schemas/types.ts'
import { decimal } from '../../platform/money/money.ts'
import { testedText } from './exemptions/tested.ts'
import type { StoredFlow } from './flow.ts'
import { isIncoming } from './flow.ts'
import type { CompiledRule, Condition, Reached } from './rules/compile.ts'
import type { CompiledMetric, MetricUnit } from './rules/metrics/metric.ts'
import type { WindowSpec } from './rules/schema.ts'

/** A value for machines: money as a decimal string, ratios with at most four decimals. */
export function valueText(value: number, unit: MetricUnit): string {
  if (unit === 'cny' || unit === 'usd') return moneyText(value)
  return String(Math.round(value * 1e4) / 1e4)
}

/** Both currencies have two decimals. A sum may exceed what a safe integer holds; it is still written, to the nearest double. */
function moneyText(value: number): string {
  if (Number.isSafeInteger(value)) return decimal(value, 'CNY')
  const digits = BigInt(Math.round(value)).toString()
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const groups = whole.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? groups : `${groups}.${fraction}`
}

/** A value for people. */
function spoken(value: number, metric: CompiledMetric): Explanation {
  const isMoney = metric.unit === 'cny' || metric.unit === 'usd'
  // Nobody reads more than two decimals of a multiple.
  const number = grouped(isMoney ? valueText(value, metric.unit) : String(Math.round(value * 100) / 100))
  if (metric.unit === 'cny') return { zh: `${number}元`, en: `CNY ${number}` }
  if (metric.unit === 'usd') return { zh: `${number}美元`, en: `USD ${number}` }
  if (metric.unit === 'ratio') {
    const percent = `${Math.round(value * 1e4) / 100}%`
    return { zh: percent, en: percent }
  }
  const unit = metric.spec.unit ?? { zh: '', en: '' }
  return { zh: `${number}${unit.zh}`, en: unit.en === '' ? number : `${number} ${unit.en}` }
}

const kindNames: Readonly<Record<SubjectKind, Explanation>> = {
  unknown: { zh: '主体', en: 'The subject' },
  person: { zh: '个人', en: 'The person' },
  enterprise: { zh: '企业', en: 'The enterprise' },
  institution: { zh: '机构', en: 'The institution' },
}

function subjectName(id: string, kind: SubjectKind): Explanation {
  const name = kindNames[kind]
  const short = shortId(id)
  return { zh: `${name.zh}(${short})`, en: `${name.en} (${short})` }
}

/** Enough of an id to tell two subjects apart: the beginning of a pseudonym, the end of an identity or account number. */
function shortId(id: string): string {
  if (id.length > 20) return `${id.slice(0, 10)}…`
  return id.length > 12 ? `…${id.slice(-4)}` : id
}

function clockName({ aligned = false }: WindowSpec, zh: string, en: string): Explanation {
  return aligned ? { zh: `整点起${zh}`, en: `${en} by the clock` } : { zh, en }
}

function windowName(window: WindowSpec, day: string): Explanation {
  const length = window.length ?? 1
  switch (window.unit) {
    case 'transaction':
      return { zh: `${day}单笔交易`, en: `one payment on ${day}` }
    case 'minute':
      return clockName(window, `${length}分钟`, `${length} minutes`)
    case 'hour':
      return clockName(window, `${length}小时`, `${length} hours`)
    case 'day':
      return length === 1
        ? { zh: `${day}当日`, en: `the day ${day}` }
        : { zh: `${length}日`, en: `${length} days` }
    case 'working_day':
      return { zh: `${length}个工作日`, en: `${length} working days` }
    case 'month':
      return { zh: `连续${length}个月`, en: `${length} months` }
  }
}

/** A range of a metric as people say it: `30 people`, `at most 120%`, `80% to 100%`. */
export function bounds({ min, max, isBelow, metric }: Condition): Explanation {
  const low = Number.isFinite(min) ? spoken(min, metric) : undefined
  const high = Number.isFinite(max) ? spoken(max, metric) : undefined
  if (low === undefined && isBelow) return { zh: `低于${high?.zh}`, en: `below ${high?.en}` }
  if (low === undefined) return { zh: `不高于${high?.zh}`, en: `at most ${high?.en}` }
  if (high === undefined) return low
  return { zh: `${low.zh}至${high.zh}`, en: `${low.en} to ${high.en}` }
}

/** What an explanation is made from. */
export interface ExplanationFacts {
  readonly rule: CompiledRule
  readonly reached: Reached
  /** Value of every metric of the rule. */
  readonly values: ReadonlyMap<string, number>
  readonly subjectId: string
  readonly kind: SubjectKind
  readonly flow: StoredFlow
  readonly day: string
  readonly combinations: readonly Explanation[]
  readonly tested: readonly TestedExemption[]
  /** What the metrics of the conditions found: lists, words. */
  readonly details: readonly Explanation[]
}

/** The reason in Chinese and English, from the rule's template. */
export function explain(facts: ExplanationFacts): Explanation {
  return { zh: fill(facts, 'zh'), en: fill(facts, 'en') }
}

function fill(facts: ExplanationFacts, language: 'zh' | 'en'): string {
  const { rule, reached, values } = facts
  const conditions = reached.alternative.toSorted((a, b) => (a.metric.name < b.metric.name ? -1 : 1))
  const and = language === 'zh' ? '、' : ', '
  const is = language === 'zh' ? '=' : ': '
  const said = (metric: CompiledMetric): string => spoken(values.get(metric.name) ?? 0, metric)[language]
  // Made only when the sentence has them.
  const texts: Readonly<Record<string, () => string>> = {
    subject: () => subjectName(facts.subjectId, facts.kind)[language],
    window: () => windowName(rule.spec.window, facts.day)[language],
    direction: () => directionName(facts.flow)[language],
    line: () => lineName(facts)[language],
    findings: () =>
      conditions.map(({ metric }) => `${metric.spec.name[language]}${is}${said(metric)}`).join(and),
    compared: () =>
      conditions
        .map((condition) => comparedText(condition, values)[language])
        .join(language === 'zh' ? '；' : '; '),
    thresholds: () => conditions.map((condition) => bounds(condition)[language]).join(and),
    details: () => facts.details.map((detail) => detail[language]).join(and),
    basis: () => rule.spec.basis.join(language === 'zh' ? '；' : '; '),
  }
  const sentence = rule.spec.explain[language].replaceAll(/\{([^}]*)\}/g, (whole, name: string) => {
    const metric = rule.metrics.find((one) => one.name === name)
    return metric === undefined ? (texts[name]?.() ?? whole) : said(metric)
  })
  return sentence + combinationText(facts.combinations, language) + testedText(facts.tested)[language]
}

/** One finding beside its line: `payers in 5 working days: 3 (line 3)`. */
function comparedText(condition: Condition, values: ReadonlyMap<string, number>): Explanation {
  const { metric } = condition
  const value = spoken(values.get(metric.name) ?? 0, metric)
  const line = bounds(condition)
  const { name } = metric.spec
  return { zh: `${name.zh}${value.zh}（界线${line.zh}）`, en: `${name.en}: ${value.en} (line ${line.en})` }
}

function combinationText(names: readonly Explanation[], language: 'zh' | 'en'): string {
  if (names.length === 0) return ''
  const list = names.map((name) => name[language])
  return language === 'zh'
    ? `。组合研判：${list.join('、')}`
    : ` Together with its other hits: ${list.join(', ')}.`
}

function directionName(flow: StoredFlow): Explanation {
  return isIncoming(flow.bits) ? { zh: '收入', en: 'received' } : { zh: '支出', en: 'paid' }
}

function lineName({ rule, flow }: ExplanationFacts): Explanation {
  const index = rule.lines?.lineOf(flow.bits) ?? -1
  return rule.spec.lines?.[index]?.name ?? { zh: '', en: '' }
}
