/** What a warning says, whatever the order in which it was found out: rule, subject, period, level. */
import type { Warning } from '../../schemas/types.ts'
import type { RuleSetContent } from '../../services/warn/app.ts'

const offsetMs = 8 * 3_600_000

/** `rule subject period level`, the level being that of the condition that held. */
export function verdictOf(warning: Warning, { file }: RuleSetContent): string {
  const [hit] = warning.rules
  const rule = file.rules.find(({ id }) => id === hit?.rule_id)
  if (hit === undefined || rule === undefined)
    throw new Error(`${warning.warning_id} names no rule of the set`)
  return [rule.id, warning.subject_id, periodOf(warning, rule.repeat), hit.level].join(' ')
}

function periodOf(warning: Warning, repeat: RuleSetContent['file']['rules'][number]['repeat']): string {
  const side = warning.evidence[0]?.direction ?? ''
  const local = new Date(warning.event_time + offsetMs).toISOString()
  switch (repeat) {
    case 'transaction':
      return `bank_a|${warning.first_txn_id}|${side}`
    case 'day':
      return local.slice(0, 10)
    case 'day_and_direction':
      return `${local.slice(0, 10)}|${side}`
    case 'utc_day':
      return `${new Date(warning.event_time).toISOString().slice(0, 10)}Z`
    case 'month':
      return local.slice(0, 7)
  }
}
