/** Which rules look at the newest flow of a subject, and how long each rests after it (`rules/rest.ts`). Pure. */
import { cny } from './household.ts'
import type { CompiledRule, CompiledRuleSet, Selection } from './rules/compile.ts'
import { RuleRests } from './rule-rests.ts'
import { Rest, lowerByRule } from './rules/rest.ts'
import type { Subject } from './subject.ts'

/** One flow at a time; everything is used again for the next. */
export class Lookout {
  private readonly scratch = new Rest()
  private readonly chosen: CompiledRule[] = []

  /**
   * The rules that look at the last flow of a subject, in order of rule id.
   * @param selection of `rules`, for this subject
   * @param isAwake its rest is over, or the flow is one that ends every rest
   */
  candidates(
    rules: CompiledRuleSet,
    selection: Selection,
    subject: Subject,
    isAwake: boolean,
  ): readonly CompiledRule[] {
    const index = subject.count - 1
    const bits = subject.bitsAt(index)
    const { chosen } = this
    chosen.length = 0
    if (subject.ruleRests === undefined && !isAwake) return selection.watchfulBy[bits] ?? chosen
    subject.ruleRests ??= RuleRests.of(subject, rules)
    const { ruleRests: rests } = subject
    const time = subject.timeAt(index)
    const isForeign = subject.currencyAt(index) !== cny
    for (const rule of selection.triggeredBy[bits] ?? []) {
      if (rule.restNumber < 0 || isForeign || rests.isDue(rule.restNumber, time)) chosen.push(rule)
    }
    return chosen
  }

  /** They have looked, and what they found was noted: lets them rest. */
  rest(subject: Subject): void {
    const { ruleRests: rests } = subject
    if (rests === undefined) return
    const { scratch } = this
    for (const rule of this.chosen) {
      if (rule.restNumber < 0 || rests.isSleepless(rule.restNumber)) continue
      scratch.clear()
      lowerByRule(scratch, rule, subject, subject.count - 1)
      rests.rest(rule.restNumber, scratch)
    }
  }
}
