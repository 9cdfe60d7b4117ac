/** Flows that cannot be converted: the rules that need their money cannot count them, and that is said (G3). Pure. */
import type { Outcome } from '../../../../schemas/types.ts'
import { outcomeOf } from '../outcome.ts'
import type { Subject } from '../subject.ts'
import type { CompiledRuleSet } from './compile.ts'
import { centsAt, fenAt } from './money.ts'

/** Which rules cannot count a flow in a currency without a rate; undefined when there is a rate, or none needs it. */
export function missingRate(rules: CompiledRuleSet, subject: Subject, index: number): Outcome | undefined {
  const noCny = Number.isNaN(fenAt(rules.rates, subject, index))
  const noUsd = Number.isNaN(centsAt(rules.rates, subject, index))
  if (!noCny && !noUsd) return undefined
  const bits = subject.bitsAt(index)
  const blind = rules.own.filter(
    (rule) => rule.affects[bits] === 1 && ((noCny && rule.needs.cny) || (noUsd && rule.needs.usd)),
  )
  if (blind.length === 0) return undefined
  return outcomeOf('unscored', {
    subject_id: subject.id,
    txn_id: subject.txnIdAt(index),
    event_time: subject.timeAt(index),
    reason: 'no_exchange_rate',
    rule_ids: blind.map((rule) => rule.spec.id),
  })
}
