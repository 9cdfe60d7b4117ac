/** What a rule looks at and where its lines are, in words; for tables that people read. Pure. */
import type { AlertLevel, Explanation } from '../../../schemas/types.ts'
import { bounds } from './explain.ts'
import type { Condition } from './rules/compile.ts'
import type { RuleSetContent } from './rules/rule-file.ts'
import { compileRuleSet } from './rules/compile.ts'
import type { WindowSpec } from './rules/schema.ts'

/** One rule in words. */
export interface RuleDescription {
  readonly id: string
  readonly version: number
  readonly name: Explanation
  readonly family: string
  readonly basis: readonly string[]
  /** How far it looks back: `12 months`. */
  readonly window: Explanation
  /** What each level asks for, the lowest first: `people who paid in 30 people`. */
  readonly levels: readonly { readonly level: AlertLevel; readonly asks: Explanation }[]
}

/** Every rule of a set in words, in order of id. */
export function describeRules(content: RuleSetContent): RuleDescription[] {
  return compileRuleSet(content).rules.map(({ spec, levels }) => ({
    id: spec.id,
    version: spec.version,
    name: spec.name,
    family: spec.family,
    basis: spec.basis,
    window: windowText(spec.window),
    levels: levels
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ level, alternatives }) => ({
        level,
        asks: joined(alternatives.map(alternativeText), { zh: '；或 ', en: '; or ' }),
      })),
  }))
}

function alternativeText(conditions: readonly Condition[]): Explanation {
  const texts = conditions.map((condition): Explanation => {
    const { name } = condition.metric.spec
    const range = bounds(condition)
    const least = Number.isFinite(condition.max) ? '' : '≥ '
    return { zh: `${name.zh} ${least}${range.zh}`, en: `${name.en} ${least}${range.en}` }
  })
  return joined(texts, { zh: '，且 ', en: ', and ' })
}

function joined(texts: readonly Explanation[], by: Explanation): Explanation {
  return { zh: texts.map(({ zh }) => zh).join(by.zh), en: texts.map(({ en }) => en).join(by.en) }
}

const units: Readonly<Record<WindowSpec['unit'], readonly [zh: string, one: string, many: string]>> = {
  transaction: ['单笔交易', 'one payment', 'payments'],
  minute: ['分钟', 'minute', 'minutes'],
  hour: ['小时', 'hour', 'hours'],
  day: ['天', 'day', 'days'],
  working_day: ['个工作日', 'working day', 'working days'],
  month: ['个月', 'month', 'months'],
}

function windowText({ unit, length = 1 }: WindowSpec): Explanation {
  const [zh, one, many] = units[unit]
  if (unit === 'transaction') return { zh, en: one }
  return { zh: `${length}${zh}`, en: `${length} ${length === 1 ? one : many}` }
}
