/** All kinds of metrics. A new one is a file beside this, a line here, and a line in the union of `schema.ts`. Pure. */
import type { MetricSpec, RuleSpec } from '../schema.ts'
import { reachOf } from '../windows.ts'
import { count } from './counts.ts'
import { baselineCount, baselineDeviation, baselineRatio } from './baseline.ts'
import { detailFacts } from './detail.ts'
import { countDistinct } from './distinct.ts'
import { knownDays, quietDays } from './dormancy.ts'
import { flowShare } from './flow-share.ts'
import { accounts, complainants, lawsuits, listed, penalties, registeredWords } from './facts.ts'
import { hitDays } from './hit-days.ts'
import { borrowers, lent, loans } from './loans.ts'
import type { CompiledMetric, MetricKind } from './metric.ts'
import { nearLineCount, nearLineDays, nearLineRatio } from './near-line.ts'
import { countNew } from './newcomers.ts'
import { paidBackParties, paidBackRatio } from './paid-back.ts'
import { passedRatio } from './passing-on.ts'
import { pathPayments, pathStart } from './path.ts'
import { periodicPayees } from './periodic.ts'
import type { MetricPool } from './pool.ts'
import { moneyShare } from './share.ts'
import { similarCount } from './similar.ts'
import { sumSinceOpening } from './since-opening.ts'
import { amount } from './single.ts'
import { outInRatio, sum } from './sums.ts'
import { testedMoney } from './tested-money.ts'

/** By the name that rule files use. */
export const metricKinds: Readonly<Record<MetricSpec['metric'], MetricKind>> = {
  accounts,
  amount,
  baseline_count: baselineCount,
  baseline_deviation: baselineDeviation,
  baseline_ratio: baselineRatio,
  borrowers,
  complainants,
  count,
  count_distinct: countDistinct,
  count_new: countNew,
  flow_share: flowShare,
  hit_days: hitDays,
  known_days: knownDays,
  lawsuits,
  lent,
  listed,
  loans,
  money_share: moneyShare,
  near_line_count: nearLineCount,
  near_line_days: nearLineDays,
  near_line_ratio: nearLineRatio,
  out_in_ratio: outInRatio,
  paid_back_parties: paidBackParties,
  paid_back_ratio: paidBackRatio,
  passed_ratio: passedRatio,
  path_payments: pathPayments,
  path_start: pathStart,
  penalties,
  periodic_payees: periodicPayees,
  quiet_days: quietDays,
  similar_count: similarCount,
  registered_words: registeredWords,
  sum,
  sum_since_opening: sumSinceOpening,
  tested_money: testedMoney,
}

/** Compiles one metric of a rule. */
export function compileMetric(rule: RuleSpec, name: string, pool: MetricPool): CompiledMetric {
  const spec = rule.metrics[name]
  if (spec === undefined) throw new Error(`${rule.id} has no metric ${name}`)
  const reach = reachOf(spec.window ?? rule.window, pool.calendar)
  const measure = metricKinds[spec.metric].compile({ rule, spec, reach, pool })
  return { name, spec, reach, ...measure, ...detailFacts(spec) }
}
