/**
 * Flows that rules cannot count: without a rate for the money they need, or because a condition of their own could not be evaluated.
 * It is said, and is not "no hit" (G3). Pure.
 */
import type { Outcome } from '../../../../schemas/types.ts'
import { outcomeOf } from '../outcome.ts'
import type { Subject } from '../subject.ts'
import type { CompiledRule, CompiledRuleSet } from './compile.ts'
import { centsAt, fenAt } from './money.ts'

/** As the fold says it. */
interface Said {
  readonly type: 'outcome'
  readonly outcome: Outcome
}

/** Shared, because there is mostly nothing to say. */
const nothing: readonly Said[] = []

/** What rules cannot count of a flow, and which. */
export function unscoredAt(rules: CompiledRuleSet, subject: Subject, index: number): readonly Said[] {
  return [...missingRate(rules, subject, index), ...failedConditions(rules, subject, index)]
}

/** Which rules cannot count a flow in a currency without a rate. */
function missingRate(rules: CompiledRuleSet, subject: Subject, index: number): readonly Said[] {
  const noCny = Number.isNaN(fenAt(rules.rates, subject, index))
  const noUsd = Number.isNaN(centsAt(rules.rates, subject, index))
  if (!noCny && !noUsd) return nothing
  const bits = subject.bitsAt(index)
  const blind = rules.own.filter(
    (rule) => rule.affects[bits] === 1 && ((noCny && rule.needs.cny) || (noUsd && rule.needs.usd)),
  )
  return said(subject, index, 'no_exchange_rate', blind)
}

/** Which rules' own conditions could not be evaluated at a flow. Rules without one pay nothing for this. */
export function failedConditions(rules: CompiledRuleSet, subject: Subject, index: number): readonly Said[] {
  if (rules.conditional.length === 0) return nothing
  const bits = subject.bitsAt(index)
  const failed = rules.conditional.filter(
    (rule) => rule.affects[bits] === 1 && rule.condition?.verdict(subject, index) === 'failed',
  )
  return said(subject, index, 'condition_failed', failed)
}

function said(
  subject: Subject,
  index: number,
  reason: string,
  rules: readonly CompiledRule[],
): readonly Said[] {
  if (rules.length === 0) return nothing
  const outcome = outcomeOf('unscored', {
    subject_id: subject.id,
    txn_id: subject.txnIdAt(index),
    event_time: subject.timeAt(index),
    reason,
    rule_ids: rules.map((rule) => rule.spec.id),
  })
  return [{ type: 'outcome', outcome }]
}
