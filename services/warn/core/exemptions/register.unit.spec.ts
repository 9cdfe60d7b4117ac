import { describe, expect, it } from 'vitest'
import type { ExemptionRecord } from '../../../../schemas/types.ts'
import type { ExemptionDecision, ExemptionRequest } from './register.ts'
import { decideGrant, decideRevocation } from './register.ts'

const day = 86_400_000
const now = Date.parse('2026-03-02T10:00:00+08:00')
const exemptible = ['R01', 'R02', 'R03', 'R12']

function asked(change: Partial<ExemptionRequest> = {}): ExemptionRequest {
  return {
    kind: 'registered_private_lending',
    subjectId: 'p_a',
    counterpartyId: '',
    ruleIds: [],
    from: now,
    until: now + 30 * day,
    reason: '备案号 17',
    applicant: '李申请',
    approver: '王审批',
    ...change,
  }
}

const register = (...known: ExemptionRecord[]) => ({
  exemptions: new Map(known.map((one) => [one.exemption_id, one])),
  exemptible,
})

function grantedBy(decision: ExemptionDecision): ExemptionRecord {
  if (decision.kind === 'refused') throw new Error(decision.refusal.en)
  return decision.exemption
}

const code = (decision: ExemptionDecision): string =>
  decision.kind === 'refused' ? decision.refusal.code : decision.kind

describe('granting', () => {
  it('takes the rules of the kind, as far as the set in force gives them free', () => {
    expect(grantedBy(decideGrant(register(), asked(), now)).rule_ids).toEqual(exemptible)
    const fewer = { ...register(), exemptible: ['R12'] }
    expect(grantedBy(decideGrant(fewer, asked(), now)).rule_ids).toEqual(['R12'])
  })

  it.each<[string, Partial<ExemptionRequest>, string]>([
    ['the same person twice', { approver: '李申请' }, 'same_person'],
    ['the same person, written otherwise', { applicant: 'Li  Wei', approver: 'li wei' }, 'same_person'],
    ['nobody to approve', { approver: ' ' }, 'incomplete'],
    ['no reason', { reason: '' }, 'incomplete'],
    ['an end before its beginning', { until: now - 1 }, 'no_time'],
    ['an end in the past', { from: now - 2 * day, until: now }, 'ended'],
    ['more than a year', { until: now + 366 * day + 1 }, 'too_long'],
    ['another kind', { kind: 'friend_of_mine' }, 'unknown_kind'],
    ['no subject', { subjectId: '' }, 'no_subject'],
    ['a pair without the other one', { kind: 'supply_chain_pair' }, 'no_counterparty'],
    ['a rule that exempts nobody', { ruleIds: ['R01', 'R21'] }, 'not_exemptible'],
  ])('refuses %s', (_, change, expected) => {
    expect(code(decideGrant(register(), asked(change), now))).toBe(expected)
  })

  it('takes a whole year, and an end a moment from now', () => {
    expect(code(decideGrant(register(), asked({ until: now + 366 * day }), now))).toBe('granted')
    expect(code(decideGrant(register(), asked({ from: now - day, until: now + 1 }), now))).toBe('granted')
  })

  it('grants the same once', () => {
    const known = grantedBy(decideGrant(register(), asked(), now))
    expect(code(decideGrant(register(known), asked(), now + day))).toBe('known')
  })

  it('stops at fifty that have not ended', () => {
    const many = Array.from({ length: 50 }, (_, index) =>
      grantedBy(decideGrant(register(), asked({ from: now - index }), now)),
    )
    const another = asked({ from: now - 60 })
    expect(code(decideGrant(register(...many), another, now))).toBe('too_many')
    expect(code(decideGrant(register(...many.slice(1)), another, now))).toBe('granted')
  })
})

describe('revoking', () => {
  const known = grantedBy(decideGrant(register(), asked(), now))
  const request = { exemptionId: known.exemption_id, at: now + day, by: '王审批', reason: '备案注销' }

  it('brings the end forward, and keeps who did it and why', () => {
    expect(decideRevocation(register(known), request, now + day)).toEqual({
      kind: 'revoked',
      exemption: {
        ...known,
        valid_until: now + day,
        revoked_at: now + day,
        revoked_by: '王审批',
        revoked_why: '备案注销',
      },
    })
  })

  it('changes nothing when it has ended by then', () => {
    const decision = decideRevocation(register(known), { ...request, at: known.valid_until }, now)
    expect(code(decision)).toBe('known')
  })

  it('refuses what is not there, and nobody', () => {
    expect(code(decideRevocation(register(), request, now))).toBe('no_such_exemption')
    expect(code(decideRevocation(register(known), { ...request, by: '' }, now))).toBe('incomplete')
  })
})
