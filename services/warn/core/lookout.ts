/** Which rules look at the flows of a subject, and how long each rests after it (`rules/rest.ts`). Pure. */
import { cny } from './household.ts'
import { noFacts } from './facts/held-facts.ts'
import type { CompiledRule, CompiledRuleSet, Selection } from './rules/compile.ts'
import type { RateTable } from './rates.ts'
import { Came, RuleRests } from './rule-rests.ts'
import { Rest, lowerByRule } from './rules/rest.ts'
import type { Subject } from './subject.ts'

/**
 * Walks over the flows of a subject from one that came, in event order: what is known at a flow of those before it tells, as long as nothing
 * else came, which rules need not look at those after it, wherever in the order the flow was put. Used again for each flow that comes.
 */
export class Lookout {
  private readonly scratch = new Rest()
  private readonly chosen: CompiledRule[] = []
  /** What came up to the flow at hand. */
  private readonly came = new Came()
  private subject: Subject | undefined
  private rates: RateTable | undefined
  private rests: RuleRests | undefined
  private own: readonly CompiledRule[] = []
  private affected: readonly CompiledRule[] = []
  private index = 0
  private mayRest = false

  /**
   * Begins at a flow that has just come.
   * @param isAwake the first rest of the subject is over, or the flow is one that ends every rest
   */
  begin(rules: CompiledRuleSet, subject: Subject, index: number, isAwake: boolean): void {
    const selection: Selection = subject.facts === noFacts ? rules : rules.withFacts
    const bits = subject.bitsAt(index)
    this.subject = subject
    this.index = index
    // Whoever is exempted never rests: what is said of that counts too. Were there rests, nobody would keep them right.
    this.mayRest = subject.exemptions === undefined
    if (!this.mayRest) subject.wake()
    const known = subject.ruleRests
    const isFirstRest = this.mayRest && known === undefined && !isAwake
    if (this.mayRest && !isFirstRest) subject.ruleRests ??= RuleRests.of(subject, rules)
    this.rests = this.mayRest ? subject.ruleRests : undefined
    this.own = (isFirstRest ? selection.watchfulBy : selection.triggeredBy)[bits] ?? []
    this.affected = (isFirstRest ? selection.watchfulAffectedBy : selection.affectedBy)[bits] ?? []
    this.rates = rules.rates
    if (this.rests === undefined) return
    this.came.upTo(this.rests, rules.rates, subject, index)
    if (index === subject.count - 1 || known === undefined) return
    // It comes before flows that were looked at without it.
    for (const { restNumber } of this.affected) if (restNumber >= 0) this.rests.wake(restNumber)
  }

  /** The rules that look at the flow `at`, in order of rule id: the one that came first, then those after it. */
  candidates(at: number): readonly CompiledRule[] {
    const { subject, rests, rates, chosen, came } = this
    const rules = at === this.index ? this.own : this.affected
    if (subject === undefined || rates === undefined || !this.mayRest) return rules
    if (at > this.index) came.add(rates, subject, at)
    const time = subject.timeAt(at)
    const isForeign = subject.currencyAt(at) !== cny
    const bits = subject.bitsAt(at)
    chosen.length = 0
    for (const rule of rules) {
      if (rule.triggers[bits] !== 1) continue
      const isAsked = rule.restNumber < 0 || isForeign || rests?.isDue(rule.restNumber, came, time) !== false
      if (isAsked && rule.mayHold(subject, at)) chosen.push(rule)
    }
    return chosen
  }

  /** They have looked at the flow `at`, and what they found was noted: lets them rest. */
  rest(at: number): void {
    const { subject, rests, scratch, came } = this
    if (subject === undefined || rests === undefined) return
    for (const rule of this.chosen) {
      if (rule.restNumber < 0 || rests.isSleepless(rule.restNumber, came)) continue
      scratch.clear()
      lowerByRule(scratch, rule, subject, at)
      rests.rest(rule.restNumber, came, scratch)
    }
  }
}
