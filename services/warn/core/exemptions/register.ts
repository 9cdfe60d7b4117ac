/** Granting and revoking exemptions: what is refused, what is written. Pure. */
import type { ExemptionRecord } from '../../../../schemas/types.ts'
import { dayMs } from '../../../platform/calendar/day.ts'
import { uuidV5 } from '../../../platform/uuid/uuid.ts'
import { exemptionKinds, isExemptionKind } from './kinds.ts'

/** Longest time for which one is granted: shorter than flows are kept, so that its control is there as long as it holds. */
export const exemptionDaysMax = 366
/** Exemptions of one subject that have not ended. */
export const exemptionsMax = 50
const textMax = 1000

/** What somebody asks for. Times are event times, milliseconds since 1970. */
export interface ExemptionRequest {
  readonly kind: string
  /** Pseudonyms. */
  readonly subjectId: string
  readonly counterpartyId: string
  /** Empty: those of the kind that the rule set in force gives free. */
  readonly ruleIds: readonly string[]
  /** Inclusive, exclusive. */
  readonly from: number
  readonly until: number
  readonly reason: string
  readonly applicant: string
  readonly approver: string
}

/** Why an exemption was not granted or revoked. */
export interface ExemptionRefusal {
  readonly code: string
  readonly zh: string
  readonly en: string
}

/** What a request came to. `known`: it was granted, or had ended, before; nothing is written. */
export type ExemptionDecision =
  | { readonly kind: 'granted' | 'revoked' | 'known'; readonly exemption: ExemptionRecord }
  | { readonly kind: 'refused'; readonly refusal: ExemptionRefusal }

/** What is decided on. */
export interface ExemptionRegister {
  /** Newest state by id. */
  readonly exemptions: ReadonlyMap<string, ExemptionRecord>
  /** Rules of the set in force that have a level to be exempted from. */
  readonly exemptible: readonly string[]
}

function refused(code: string, zh: string, en: string): ExemptionDecision {
  return { kind: 'refused', refusal: { code, zh, en } }
}

function samePerson(one: string, other: string): boolean {
  const normal = (name: string): string => name.normalize('NFKC').replaceAll(/\s+/gu, '').toLowerCase()
  return normal(one) === normal(other)
}

function refusalOfPeople({ applicant, approver, reason }: ExemptionRequest): ExemptionDecision | undefined {
  if ([applicant, approver, reason].some((text) => text.trim() === '' || text.length > textMax)) {
    return refused(
      'incomplete',
      `申请人、批准人和理由都要写明（各不超过${textMax}字）`,
      `applicant, approver and reason are needed, none longer than ${textMax}`,
    )
  }
  if (!samePerson(applicant, approver)) return undefined
  return refused(
    'same_person',
    `申请人和批准人不能是同一人（${approver}）`,
    `${approver} cannot approve what they applied for: a second person has to`,
  )
}

function refusalOfTime({ from, until }: ExemptionRequest, now: number): ExemptionDecision | undefined {
  if (!(from < until))
    return refused('no_time', '到期时间须在开始时间之后', 'the end has to lie after the beginning')
  if (until <= now) return refused('ended', '到期时间已过', 'the end lies in the past')
  if (until - from <= exemptionDaysMax * dayMs) return undefined
  return refused(
    'too_long',
    `一次最长${exemptionDaysMax}天，到期可重新申请`,
    `${exemptionDaysMax} days at most; it can be granted anew when it ends`,
  )
}

function rulesFor({ kind, ruleIds }: ExemptionRequest, exemptible: readonly string[]): readonly string[] {
  if (ruleIds.length > 0) return [...new Set(ruleIds)].toSorted()
  return isExemptionKind(kind) ? exemptionKinds[kind].ruleIds.filter((id) => exemptible.includes(id)) : []
}

function refusalOfObject(
  request: ExemptionRequest,
  exemptible: readonly string[],
): ExemptionDecision | undefined {
  const { kind, subjectId, counterpartyId } = request
  if (!isExemptionKind(kind)) {
    const all = Object.keys(exemptionKinds).join(', ')
    return refused(
      'unknown_kind',
      `没有豁免类型 ${kind}；有：${all}`,
      `there is no kind ${kind}; there are ${all}`,
    )
  }
  if (subjectId === '') return refused('no_subject', '须指明主体', 'name the subject')
  if (exemptionKinds[kind].needsCounterparty && counterpartyId === '') {
    return refused('no_counterparty', `${kind} 须指明交易对手`, `${kind} is about one counterparty: name it`)
  }
  const rules = rulesFor(request, exemptible)
  const wrong = rules.filter((id) => !exemptible.includes(id))
  if (wrong.length === 0 && rules.length > 0) return undefined
  return refused(
    'not_exemptible',
    `现行规则集不允许豁免 ${wrong.join('、')}；可豁免：${exemptible.join('、')}`,
    `the rule set in force exempts nobody from ${wrong.join(', ')}; it does from ${exemptible.join(', ')}`,
  )
}

/** Decides a request. @param now milliseconds since 1970 */
export function decideGrant(
  { exemptions, exemptible }: ExemptionRegister,
  request: ExemptionRequest,
  now: number,
): ExemptionDecision {
  const rule_ids = rulesFor(request, exemptible)
  const { kind, subjectId: subject_id, counterpartyId: counterparty_id, from, until } = request
  const { reason, applicant, approver } = request
  const name = [kind, subject_id, counterparty_id, ...rule_ids, from, until, applicant, approver].join('|')
  const exemption_id = uuidV5(`exemption|${name}`)
  const known = exemptions.get(exemption_id)
  if (known !== undefined) return { kind: 'known', exemption: known }
  const refusal =
    refusalOfPeople(request) ?? refusalOfTime(request, now) ?? refusalOfObject(request, exemptible)
  if (refusal !== undefined) return refusal
  const open = [...exemptions.values()].filter(
    (one) => one.subject_id === subject_id && one.valid_until > now,
  )
  if (open.length >= exemptionsMax) {
    return refused(
      'too_many',
      `该主体已有${open.length}项豁免`,
      `the subject has ${open.length} exemptions already`,
    )
  }
  return {
    kind: 'granted',
    exemption: {
      exemption_id,
      kind,
      subject_id,
      counterparty_id,
      rule_ids,
      valid_from: from,
      valid_until: until,
      reason,
      applicant,
      approver,
      granted_at: now,
      revoked_at: 0,
      revoked_by: '',
      revoked_why: '',
    },
  }
}

/** Who ends an exemption before its time, and from which event time on. */
export interface RevocationRequest {
  readonly exemptionId: string
  readonly at: number
  readonly by: string
  readonly reason: string
}

/** Decides a revocation; one person suffices: it makes nothing but warnings. @param now milliseconds since 1970 */
export function decideRevocation(
  { exemptions }: ExemptionRegister,
  { exemptionId, at, by, reason }: RevocationRequest,
  now: number,
): ExemptionDecision {
  const known = exemptions.get(exemptionId)
  if (known === undefined)
    return refused('no_such_exemption', `没有豁免 ${exemptionId}`, `there is no exemption ${exemptionId}`)
  if ([by, reason].some((text) => text.trim() === '' || text.length > textMax))
    return refused('incomplete', '须写明撤销人和理由', 'say who revokes it, and why')
  if (known.valid_until <= at) return { kind: 'known', exemption: known }
  const ended = { valid_until: at, revoked_at: now, revoked_by: by, revoked_why: reason }
  return { kind: 'revoked', exemption: { ...known, ...ended } }
}
