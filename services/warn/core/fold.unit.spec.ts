import { describe, expect, it } from 'vitest'
import type { Flow, Outcome } from '../../../schemas/types.ts'
import { flowsOf } from '../../../test/support/flows.ts'
import type { Payment } from '../../../test/support/transaction.ts'
import { instant, payment } from '../../../test/support/transaction.ts'
import { loadRuleSet } from '../shell/rule-files.ts'
import type { Emission } from './fold.ts'
import { activationOf, controlOf } from './control.ts'
import { createScorer } from './fold.ts'
import type { RuleSetContent } from './rules/rule-file.ts'
import { canonicalJson, requireRuleFile } from './rules/rule-file.ts'
import { noState } from './state.ts'

const all = await loadRuleSet()
const hour = 3_600_000

/** What is tested here does not depend on how many rules there are: seven are enough. */
function onlyRules({ file }: RuleSetContent, ids: readonly string[]): RuleSetContent {
  const combinations = file.scoring.combinations.filter((row) => row.rules.every((id) => ids.includes(id)))
  const rules = file.rules.filter((rule) => ids.includes(rule.id))
  const scoring = { ...file.scoring, combinations }
  return requireRuleFile(canonicalJson({ ...file, scoring, rules }), file.calendar)
}

const shipped = onlyRules(all, ['R01', 'R02', 'R03', 'R06', 'R09', 'R12', 'R13'])

function withParameters(parameters: Partial<typeof shipped.file.parameters>): RuleSetContent {
  const { file } = shipped
  const changed = { ...file, parameters: { ...file.parameters, ...parameters } }
  return requireRuleFile(canonicalJson(changed), file.calendar)
}

const idle = (source: number) => controlOf('source_idle', { source })

function scorer(set: RuleSetContent = shipped) {
  const fold = createScorer(noState)
  fold.control(activationOf(set))
  return fold
}

function flows(facts: Payment): Flow[] {
  return flowsOf(payment(facts))
}

const at = instant('2026-03-02 10:00')
const block = (source: number, time: number, ...lists: Flow[][]) => ({
  source,
  source_event_time: time,
  flows: lists.flat(),
})
const hits = (emissions: readonly Emission[]): string[] =>
  emissions.flatMap((one) =>
    one.type === 'warning' ? [`${one.warning.rules[0]?.rule_id} ${one.warning.subject_id}`] : [],
  )
const outcomes = (emissions: readonly Emission[]): Outcome[] =>
  emissions.flatMap((one) => (one.type === 'outcome' ? [one.outcome] : []))

const passedOn = [
  flows({ at, amount: '60000', from: 'X', to: 'A' }),
  flows({ at: at + 60_000, amount: '60000', from: 'A', to: 'Y' }),
]

describe('a late flow', () => {
  const million = flows({
    at: at - 2 * hour,
    amount: '1000000',
    from: 'A',
    to: 'BANK',
    payee_kind: 'institution',
  })

  it('is recorded, and scored by the rules that look at nothing else', () => {
    const fold = scorer()
    fold.block(block(0, at))
    const emissions = fold.block(block(0, at, million))
    expect(hits(emissions)).toEqual(['R01 A'])
    expect(outcomes(emissions)).toMatchObject([
      {
        kind: 'late',
        subject_id: 'A',
        txn_id: million[0]?.txn_id,
        event_time: at - 2 * hour,
        reason: 'beyond_allowed_lateness',
        rule_ids: ['R02', 'R06', 'R09'],
      },
    ])
  })

  it('is not late as long as one source has not come so far', () => {
    const fold = scorer()
    fold.block(block(1, at - 2 * hour))
    fold.block(block(0, at))
    expect(outcomes(fold.block(block(0, at, million)))).toEqual([])
  })

  it('is not late as long as an announced source was not read at all', () => {
    const fold = scorer()
    fold.block(block(1, 0))
    fold.block(block(0, at))
    expect(outcomes(fold.block(block(0, at, million)))).toEqual([])
  })

  it('is late once the source held back is declared idle', () => {
    const fold = scorer()
    fold.block(block(1, 0))
    fold.block(block(0, at))
    fold.control(idle(1))
    expect(outcomes(fold.block(block(0, at, million)))).toHaveLength(1)
  })

  it('is not late because another source was read first after a time when all were silent', () => {
    const fold = scorer()
    fold.block(block(1, 0))
    fold.block(block(0, 0))
    fold.control(idle(0))
    fold.control(idle(1))
    fold.block(block(0, at + 30 * hour))
    expect(outcomes(fold.block(block(1, at, million)))).toEqual([])
    expect(outcomes(fold.control(idle(1)))).toEqual([])
    expect(outcomes(fold.block(block(0, at + 30 * hour, million)))).toHaveLength(1)
  })

  it('may be as late as the rule set allows, to the millisecond', () => {
    const fold = scorer(withParameters({ allowed_lateness_ms: 2 * hour }))
    fold.block(block(0, at))
    expect(outcomes(fold.block(block(0, at, million)))).toEqual([])
    fold.block(block(0, at + 1))
    const again = flows({ at: at - 2 * hour, amount: '5', from: 'A', to: 'BANK', payee_kind: 'institution' })
    expect(outcomes(fold.block(block(0, at, again)))).toHaveLength(1)
  })
})

describe('a condition that more data can undo', () => {
  it('is reported once the watermark has passed it by the allowed lateness', () => {
    const fold = scorer()
    expect(hits(fold.block(block(0, at + 60_000, ...passedOn)))).toEqual([])
    expect(hits(fold.block(block(0, at + 60_000 + hour)))).toEqual([])
    expect(hits(fold.block(block(0, at + 60_001 + hour)))).toEqual(['R09 A', 'R09 A'])
  })

  it('is not reported when a payment in time undoes it', () => {
    const fold = scorer()
    fold.block(block(0, at + 60_000, ...passedOn))
    fold.block(block(0, at + 60_000, flows({ at: at - hour / 6, amount: '90000', from: 'X', to: 'A' })))
    const late = fold.block(block(0, at + 3 * hour))
    const levels = late.flatMap((one) => (one.type === 'warning' ? [one.warning.rules[0]?.level] : []))
    expect(levels).toEqual([])
  })

  it('is decided when every source has fallen silent', () => {
    const fold = scorer()
    fold.block(block(1, 0))
    fold.block(block(0, at + 60_000, ...passedOn))
    expect(hits(fold.control(idle(0)))).toEqual([])
    expect(hits(fold.control(idle(1)))).toEqual(['R09 A', 'R09 A'])
  })
})

describe('G3: what cannot be scored', () => {
  it('is every flow before the first rule set', () => {
    const fold = createScorer(noState)
    const emissions = fold.block(block(0, at, flows({ at, amount: '1000000', from: 'A', to: 'B' })))
    expect(outcomes(emissions).map(({ kind, reason, subject_id }) => [kind, reason, subject_id])).toEqual([
      ['unscored', 'no_rule_set', 'A'],
      ['unscored', 'no_rule_set', 'B'],
    ])
  })

  it('is a flow in a currency without a rate, for the rules that need one; others go on', () => {
    const people = Array.from({ length: 30 }, (_, index) =>
      flows({
        at: at + index,
        amount: '1000',
        currency: index === 7 ? 'XAF' : 'CNY',
        from: `P${index}`,
        to: 'A',
      }),
    )
    const emissions = scorer().block(block(0, at + 60, ...people))
    expect(
      outcomes(emissions).map(({ subject_id, reason, rule_ids }) => [subject_id, reason, rule_ids]),
    ).toEqual([
      ['P7', 'no_exchange_rate', ['R01', 'R02', 'R06', 'R09', 'R13']],
      ['A', 'no_exchange_rate', ['R01', 'R02', 'R06', 'R09', 'R12', 'R13']],
    ])
    expect(hits(emissions)).toEqual(['R12 A'])
  })

  it('is a subject with more flows than are kept: it is said once, and the newest still count', () => {
    const fold = scorer(withParameters({ max_flows_per_subject: 100 }))
    const emissions = Array.from({ length: 300 }, (_, index) =>
      fold.block(
        block(0, at + index, flows({ at: at + index, amount: '10', from: `P${index % 120}`, to: 'A' })),
      ),
    ).flat()
    const bounds = outcomes(emissions)
    expect(bounds.map(({ reason, subject_id }) => [reason, subject_id])).toEqual([
      ['state_bound_reached', 'A'],
    ])
    expect(bounds[0]?.rule_ids).toContain('R12')
    expect(hits(emissions)).toContain('R12 A')
  })

  it('is a rule set that is none: the one in force stays', () => {
    const fold = scorer()
    const emissions = fold.control({ ...activationOf(shipped), content: '{"rules":[]}' })
    expect(outcomes(emissions)).toMatchObject([{ kind: 'unscored', reason: 'invalid_rule_set' }])
    expect(hits(fold.block(block(0, at, flows({ at, amount: '1000000', from: 'A', to: 'B' }))))).toContain(
      'R01 A',
    )
  })
})

describe('a new rule set', () => {
  it('counts from its place in the log on, over the flows already there', () => {
    const fold = scorer()
    fold.block(
      block(0, at, flows({ at, amount: '300000', from: 'A', to: 'BANK', payee_kind: 'institution' })),
    )
    const { file } = shipped
    const rules = file.rules.map((rule) =>
      rule.id === 'R02'
        ? { ...rule, version: 2, levels: [{ level: 'yellow' as const, any: [{ total: '310000' }] }] }
        : rule,
    )
    const next = requireRuleFile(canonicalJson({ ...file, version: 2, rules }), file.calendar)
    fold.control(activationOf(next))
    const small = flows({ at: at + 1, amount: '10000', from: 'A', to: 'BANK', payee_kind: 'institution' })
    const [emission] = fold.block(block(0, at, small))
    expect(emission).toMatchObject({
      type: 'warning',
      warning: {
        rule_set_version: 2,
        level: 'yellow',
        rules: [
          { rule_id: 'R02', version: 2, values: { total: '310000.00' }, thresholds: { total: '310000.00' } },
        ],
      },
    })
  })
})

describe('G8: a warning', () => {
  const inflow = (index: number) =>
    flows({
      at: at + index * 60_000,
      amount: '40000',
      from: `P${index}`,
      to: 'HUB',
      payee_kind: 'enterprise',
    })
  const people = Array.from({ length: 30 }, (_, index) => inflow(index))
  const emissions = scorer().block(block(0, at + 1_800_000, ...people))
  const warning = emissions.flatMap((one) =>
    one.type === 'warning' && one.warning.rules[0]?.level === 'red' ? [one.warning] : [],
  )[0]

  it('says what was found, against which line, and why', () => {
    expect(warning).toMatchObject({
      risk_type: 'T1',
      level: 'red',
      score: 0.9,
      rules: [
        {
          rule_id: 'R12',
          values: { payers: '30', total: '1200000.00' },
          thresholds: { payers: '30', total: '1000000.00' },
          window: '2025-03-02T10:29:00.000+08:00/2026-03-02T10:29:00.000+08:00',
        },
      ],
    })
    expect(warning?.explanation.zh).toBe(
      '企业(HUB)在连续12个月内收取众多个人的资金：汇入自然人数30人（界线30人）；汇入金额合计1,200,000.00元（界线1,000,000.00元）。依据：浙江省地方金融条例 第十八条(30人)；法释〔2022〕5号 非法集资解释 第三条(150人、100万元)',
    )
    expect(warning?.explanation.en).toContain(
      'The enterprise (HUB) collected money from many people within 12 months: people who paid in: 30 people (line 30 people); paid in by them: CNY 1,200,000.00 (line CNY 1,000,000.00). Basis:',
    )
  })

  it('shows the twenty largest payments in event order, and the first and last of all', () => {
    expect(warning?.txn_ids).toHaveLength(20)
    expect(warning?.txn_ids).toEqual(warning?.txn_ids.toSorted())
    expect(warning?.evidence.map(({ txn_id }) => txn_id)).toEqual(warning?.txn_ids)
    expect(warning?.first_txn_id).toBe(people[0]?.[0]?.txn_id)
    expect(warning?.last_txn_id).toBe(people[29]?.[0]?.txn_id)
  })
})
