/** Exemptions as `weir exemptions` prints them. */
import type { ExemptionRecord } from '../../../schemas/types.ts'
import { exemptionKinds, lastDay } from '../../warn/app.ts'

type State = 'in_force' | 'not_yet' | 'ended' | 'revoked'

const states: Readonly<Record<State, string>> = {
  in_force: '有效 in force',
  not_yet: '尚未生效 not yet in force',
  ended: '已到期 ended',
  revoked: '已撤销 revoked',
}

function stateOf(
  { valid_from: from, valid_until: until, revoked_at: revoked }: ExemptionRecord,
  now: number,
): State {
  if (now < from && from < until) return 'not_yet'
  if (now < until) return 'in_force'
  return revoked > 0 ? 'revoked' : 'ended'
}

const time = (at: number): string => new Date(at).toISOString()

/** For machines. @param now milliseconds since 1970 */
export function exemptionJson(exemption: ExemptionRecord, now: number): Readonly<Record<string, unknown>> {
  return {
    ...exemption,
    state: stateOf(exemption, now),
    valid_from: time(exemption.valid_from),
    valid_until: time(exemption.valid_until),
    granted_at: time(exemption.granted_at),
    revoked_at: exemption.revoked_at === 0 ? null : time(exemption.revoked_at),
  }
}

/** For people: two or three lines. @param now milliseconds since 1970 */
export function exemptionText(exemption: ExemptionRecord, now: number): string {
  const {
    exemption_id: id,
    kind,
    subject_id: subject,
    counterparty_id: counterparty,
    rule_ids: rules,
  } = exemption
  const name = Object.entries(exemptionKinds).find(([known]) => known === kind)?.[1].name
  const kindText = name === undefined ? kind : `${name.zh} ${name.en}`
  const pair = counterparty === '' ? '' : ` ↔ ${counterparty}`
  const { valid_from: from, valid_until: until, applicant, approver, reason } = exemption
  const lines = [
    `${id}  ${states[stateOf(exemption, now)]}  ${kindText}  ${rules.join(' ')}`,
    `  ${subject}${pair}  ${lastDay(from + 1)} – ${lastDay(until)}`,
    `  申请 applied ${applicant} · 批准 approved ${approver} · ${reason}`,
  ]
  if (exemption.revoked_at > 0)
    lines.push(`  撤销 revoked ${exemption.revoked_by} · ${exemption.revoked_why}`)
  return lines.join('\n')
}
