import { describe, expect, it } from 'vitest'
import { flowsOf } from '../../../test/support/flows.ts'
import { instant, payment } from '../../../test/support/transaction.ts'
import type { Payment } from '../../../test/support/transaction.ts'
import { loadRuleSet } from '../shell/rule-files.ts'
import { activationOf, controlOf } from './control.ts'
import type { Emission, Scorer } from './fold.ts'
import { createScorer } from './fold.ts'
import { canonicalJson, requireRuleFile } from './rules/rule-file.ts'
import type { RuleSetContent } from './rules/rule-file.ts'
import type { RuleSpec } from './rules/schema.ts'

const shipped = await loadRuleSet()
const at = instant('2026-03-02 10:00')
const minute = 60_000

function changed(change: (rule: RuleSpec) => RuleSpec[]): RuleSetContent {
  const { file } = shipped
  const next = { ...file, version: file.version + 1, rules: file.rules.flatMap(change) }
  return requireRuleFile(canonicalJson(next), file.calendar)
}

/** R02 from 300,000 on. */
const lower = (rule: RuleSpec): RuleSpec[] => [
  rule.id === 'R02'
    ? { ...rule, version: rule.version + 1, levels: [{ level: 'yellow', any: [{ total: '300000' }] }] }
    : rule,
]
const lowered = changed(lower)

const kill = (ruleId: string, version = 1) =>
  controlOf('rule_killed', { rule_id: ruleId, rule_version: version, issued_at: 7 })
const restore = (ruleId: string) => controlOf('rule_restored', { rule_id: ruleId })
const shadow = (set?: RuleSetContent) => controlOf('candidate_shadowed', { content: set?.content ?? '' })

let offset = 0

/** One payment to a bank, so that one side only is a subject. */
function pay(fold: Scorer, amount: string, minutes = 0, facts: Partial<Payment> = {}): Emission[] {
  const time = at + minutes * minute
  offset += 1
  const flows = flowsOf(
    payment({ at: time, amount, from: 'A', to: 'BANK', payee_kind: 'institution', ...facts }),
  )
  return fold.block({ source: 0, source_event_time: time, flows })
}

function scorer(): Scorer {
  const fold = createScorer(new Map())
  fold.control(activationOf(shipped))
  return fold
}

/** Rules that these tests are about: others may find something in the same payments. */
const watched = new Set(['R01', 'R02'])

const found = (emissions: readonly Emission[]) =>
  emissions.flatMap((one) => {
    if (one.type === 'outcome') return [`${one.outcome.reason} ${one.outcome.rule_ids.join(' ')}`]
    const hits = one.warning.rules.filter(({ rule_id }) => watched.has(rule_id))
    if (!watched.has(one.warning.rules[0]?.rule_id ?? '')) return []
    return [`${one.type} ${hits.map((hit) => `${hit.rule_id} v${hit.version} ${hit.level}`).join(', ')}`]
  })

describe('a rule that is switched off', () => {
  it('says so in an outcome, finds nothing from there on, and counts for no other rule', () => {
    const fold = scorer()
    expect(found(pay(fold, '600000'))).toEqual(['warning R02 v1 blue'])
    const said = fold.control(kill('R02'))
    expect(said).toMatchObject([
      { outcome: { kind: 'unscored', reason: 'rule_switched_off', rule_ids: ['R02'], event_time: 7 } },
    ])
    expect(fold.control(kill('R02'))).toEqual([])
    expect(found(pay(fold, '1000000', 1))).toEqual(['warning R01 v1 orange'])
    expect(found(pay(fold, '600000', 24 * 60))).toEqual([])
  })

  it('finds again when it is switched on, over the flows that came meanwhile', () => {
    const fold = scorer()
    fold.control(kill('R02'))
    pay(fold, '499999')
    fold.control(restore('R02'))
    expect(found(pay(fold, '1', 1))).toEqual(['warning R02 v1 blue'])
  })

  it('is on again with a set that brings a newer version of it, and with no other', () => {
    const fold = scorer()
    fold.control(kill('R02'))
    fold.control(activationOf(changed((rule) => [rule])))
    expect(found(pay(fold, '600000'))).toEqual([])
    fold.control(activationOf(lowered))
    expect(found(pay(fold, '1', 1))).toEqual(['warning R02 v2 yellow'])
  })

  it('stays off when the state is stored and read again', () => {
    const fold = scorer()
    fold.control(kill('R02'))
    fold.control(shadow(lowered))
    const stored = new Map<string, Uint8Array>()
    for (const { key, value } of fold.checkpoint()) if (value !== null) stored.set(key, value)
    expect(found(pay(createScorer(stored), '600000'))).toEqual(['shadow_warning R02 v2 yellow'])
  })

  it('may be the last one', () => {
    const fold = scorer()
    for (const { id } of shipped.file.rules) fold.control(kill(id))
    expect(found(pay(fold, '1000000'))).toEqual([])
  })
})

describe('a candidate', () => {
  it('says what it would have warned of, and only where it differs', () => {
    const fold = scorer()
    fold.control(shadow(lowered))
    expect(found(pay(fold, '300000'))).toEqual(['shadow_warning R02 v2 yellow'])
    expect(found(pay(fold, '1000000', 1))).toEqual([
      'warning R01 v1 orange, R02 v1 blue',
      'warning R02 v1 blue, R01 v1 orange',
    ])
  })

  it('looks at the flows that are there already, as if it had come into force there', () => {
    const fold = scorer()
    pay(fold, '299999')
    fold.control(shadow(lowered))
    const [shadowed] = pay(fold, '1', 1)
    const other = scorer()
    pay(other, '299999')
    other.control(activationOf(lowered))
    const [real] = pay(other, '1', 1)
    const warningOf = (emission: Emission | undefined) =>
      emission !== undefined && emission.type !== 'outcome' ? emission.warning : undefined
    const plain = ({ first_txn_id, last_txn_id, txn_ids, evidence, ...rest }: Record<string, unknown>) => {
      expect([first_txn_id, last_txn_id, txn_ids, evidence]).not.toContain(undefined)
      return rest
    }
    expect(plain({ ...warningOf(shadowed) })).toEqual(plain({ ...warningOf(real) }))
  })

  it('changes nothing of what the rules in force say', () => {
    const plain = scorer()
    const beside = scorer()
    beside.control(
      shadow(changed((rule) => [{ ...rule, version: rule.version + 1, name: { zh: '甲', en: 'other' } }])),
    )
    const ids = (emissions: readonly Emission[]) =>
      emissions.flatMap((one) =>
        one.type === 'warning' ? [[one.warning.level, one.warning.score, one.warning.rules]] : [],
      )
    for (let number = 0; number < 60; number += 1) {
      const facts = {
        txn_id: `X${number}`,
        from: 'A',
        to: number % 3 === 0 ? 'A' : 'BANK',
        channel: 'cash' as const,
      }
      const amount = String(40_000 + 400 * number)
      expect(ids(pay(beside, amount, 200 * number, facts))).toEqual(
        ids(pay(plain, amount, 200 * number, facts)),
      )
    }
    expect(ids(beside.finish())).toEqual(ids(plain.finish()))
  })

  it('is gone when it is told off, and an unusable one never comes', () => {
    const fold = scorer()
    fold.control(shadow(lowered))
    fold.control(shadow())
    expect(found(pay(fold, '300000'))).toEqual([])
    expect(found(fold.control(controlOf('candidate_shadowed', { content: '{"rules":[]}' })))).toEqual([
      'invalid_rule_set ',
    ])
  })
})
