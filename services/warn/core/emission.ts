/** What the fold says, and when it says it. Pure. */
import type { Outcome, Warning } from '../../../schemas/types.ts'
import { exemptedKey } from './exemptions/hits.ts'
import { exemptedOutcome } from './exemptions/tested.ts'
import type { CompiledRuleSet } from './rules/compile.ts'
import { periodName } from './rules/period.ts'
import { warningOf } from './warning.ts'
import type { Company, NewHit, Occasion } from './warning.ts'

/** What the fold says. */
export type Emission =
  /** `period`: what the hit stands for; a rule warns once per level, subject and period. */
  | { readonly type: 'warning'; readonly warning: Warning; readonly period: string }
  /** What a candidate rule set would have warned of; for nobody but those who try it. */
  | { readonly type: 'shadow_warning'; readonly warning: Warning; readonly period: string }
  | { readonly type: 'outcome'; readonly outcome: Outcome }

/** A hit as it is said and kept. */
interface Said {
  readonly emission?: Emission
  /** Key under which the hit is kept; undefined when it was reported before. */
  readonly ruleKey?: string
}

/** Says one new hit. Never keeps silent about what is red. */
export function say(rules: CompiledRuleSet, occasion: Occasion, hit: NewHit, company: Company): Said {
  const { subject, index } = occasion
  const { rule, excuse, reached } = hit
  const warning = warningOf(rules, occasion, hit, company)
  if (excuse !== undefined && warning.level !== 'red') {
    const ruleKey = exemptedKey(rule)
    return rule.isShadow
      ? { ruleKey }
      : { ruleKey, emission: { type: 'outcome', outcome: exemptedOutcome(warning, excuse) } }
  }
  const known = excuse === undefined || rule.isSingle ? 0 : subject.reachedRanks(rule.key, hit.period)
  if (((known >> reached.level.rank) & 1) === 1) return {}
  const period = periodName(rule, subject.flow(index))
  const type = rule.isShadow ? 'shadow_warning' : 'warning'
  return { ruleKey: rule.key, emission: { type, warning, period } }
}
