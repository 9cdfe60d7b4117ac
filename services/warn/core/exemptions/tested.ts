/** What a warning and an exempted hit say of exemptions, for machines and for people. Pure. */
import type { Explanation, Outcome, TestedExemption, Warning } from '../../../../schemas/types.ts'
import { outcomeOf } from '../outcome.ts'
import type { CompiledRule } from '../rules/compile.ts'
import { unmarked } from '../rules/shadow.ts'
import { holdsAt, nameOf } from './exemption.ts'
import type { Exemption } from './exemption.ts'
import type { SubjectExemptions } from './subject-exemptions.ts'

type Result = TestedExemption['result']

/** The hit that exemptions are tested for. */
export interface TestedHit {
  readonly rule: CompiledRule
  /** Rank of its own level. */
  readonly rank: number
  /** Event time. */
  readonly time: number
  /** Of the flow at which it holds. */
  readonly counterparty: string
}

function resultOf(exemption: Exemption, hit: TestedHit): Result {
  const { rule, rank, time } = hit
  const { counterparty_id: counterparty, valid_from: from, valid_until: until } = exemption
  if (!exemption.rule_ids.includes(unmarked(rule.spec.id))) return 'other_rule'
  if (((rule.exemptible >> rank) & 1) === 0) return 'level_not_exemptible'
  const leavesOut = counterparty !== '' && !rule.isSingle
  if (leavesOut && from <= time && rule.reach.start(time) < until) return 'left_out'
  if (!holdsAt(exemption, time)) return time < from ? 'not_yet' : 'expired'
  return counterparty === '' || counterparty === hit.counterparty ? 'red' : 'other_counterparty'
}

/** The exemptions that were tested for a hit, and why each of them did not keep it from being a warning. */
export function testedFor(exemptions: SubjectExemptions | undefined, hit: TestedHit): TestedExemption[] {
  return (exemptions?.toldAt(hit.time) ?? []).map((exemption) => ({
    exemption_id: exemption.exemption_id,
    kind: exemption.kind,
    counterparty_id: exemption.counterparty_id,
    valid_from: exemption.valid_from,
    valid_until: exemption.valid_until,
    approver: exemption.approver,
    result: resultOf(exemption, hit),
  }))
}

const results: Readonly<Record<Result, Explanation>> = {
  unknown: { zh: '未适用', en: 'did not apply' },
  expired: { zh: '已到期', en: 'had ended' },
  not_yet: { zh: '尚未生效', en: 'had not begun' },
  other_rule: { zh: '不适用于该规则', en: 'is not for this rule' },
  level_not_exemptible: { zh: '该级别不可豁免', en: 'this level cannot be exempted' },
  red: {
    zh: '结合其他命中为红色，不可豁免',
    en: 'together with other hits the level is red, which cannot be exempted',
  },
  other_counterparty: { zh: '交易对手不同', en: 'is for another counterparty' },
  left_out: {
    zh: '已剔除与该对手的交易，仍达到阈值',
    en: 'payments with that counterparty were left out and the line is reached all the same',
  },
}

/** The sentence that follows a reason; empty when no exemption was tested. */
export function testedText(tested: readonly TestedExemption[]): Explanation {
  if (tested.length === 0) return { zh: '', en: '' }
  const parts = tested.map((one) => {
    const name = nameOf(one)
    const why = results[one.result]
    return { zh: `${name.zh}：${why.zh}`, en: `${name.en}: ${why.en}` }
  })
  const zh = parts.map((part) => part.zh).join('；')
  const en = parts.map((part) => part.en).join('; ')
  return { zh: `。已核对豁免：${zh}`, en: ` Exemptions tested: ${en}.` }
}

/** What becomes of a hit that is exempted, in place of the warning it would have been. */
export function exemptedOutcome(warning: Warning, excuse: Exemption): Outcome {
  const name = nameOf(excuse)
  const [hit] = warning.rules
  return outcomeOf('exempted', {
    subject_id: warning.subject_id,
    txn_id: warning.last_txn_id,
    event_time: warning.event_time,
    reason: excuse.kind,
    rule_ids: hit === undefined ? [] : [hit.rule_id],
    level: hit?.level ?? '',
    warning_id: warning.warning_id,
    exemption_id: excuse.exemption_id,
    explanation: { zh: `已豁免：${name.zh}`, en: `exempted: ${name.en}` },
  })
}
