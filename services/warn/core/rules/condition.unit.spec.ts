import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { flowsOf } from '../../../../test/support/flows.ts'
import { checked } from '../../../../test/support/seed.ts'
import { instant, payment } from '../../../../test/support/transaction.ts'
import type { Payment } from '../../../../test/support/transaction.ts'
import { loadRuleSet } from '../../shell/rule-files.ts'
import { activationOf } from '../control.ts'
import type { Emission } from '../fold.ts'
import { createScorer } from '../fold.ts'
import { createReplay } from '../replay.ts'
import { conditionProblems } from './condition.ts'
import { canonicalJson, readRuleFile } from './rule-file.ts'
import type { RuleSetContent } from './rule-file.ts'

const { file } = await loadRuleSet()
const name = { zh: '甲', en: 'a' }

/** A rule of a department: so many payers, or so much money, over a day, of the flows that `cel` lets pass. */
function ruleWith(
  cel: string,
  metric: object = { metric: 'count_distinct', name },
  least: unknown = 2,
): unknown {
  return {
    ...file,
    scoring: { ...file.scoring, combinations: [] },
    rules: [
      {
        id: 'X01',
        version: 1,
        name,
        family: 'crowd',
        risk_type: 'T0',
        repeat: 'day',
        window: { unit: 'day', length: 1 },
        where: { direction: 'in', cel },
        metrics: { value: metric },
        levels: [{ level: 'yellow', any: [{ value: least }] }],
        basis: ['own rule'],
        explain: { zh: '{subject}{value}', en: '{subject} {value}' },
      },
    ],
  }
}

const read = (raw: unknown) => readRuleFile(canonicalJson(raw), file.calendar)

function set(raw: unknown): RuleSetContent {
  const content = read(raw)
  if ('problems' in content) throw new Error(JSON.stringify(content.problems))
  return content
}

function score(raw: unknown, ...payments: readonly Payment[]): Emission[] {
  const replay = createReplay(set(raw))
  return [...replay.push(payments.map((facts) => payment(facts))), ...replay.finish()]
}

const said = (emissions: readonly Emission[]) =>
  emissions.map((one) =>
    one.type === 'outcome'
      ? `${one.outcome.reason} ${one.outcome.rule_ids.join()}`
      : `${one.warning.subject_id} ${Object.values(one.warning.rules[0]?.values ?? {}).join()}`,
  )

const at = '2026-03-02 03:30'
const to = 'C'

describe('a condition in CEL', () => {
  it.each([
    ['amount_fen >= 500000', { amount: '5000' }, { amount: '4999.99' }],
    ['currency == "USD"', { currency: 'USD' }, { currency: 'EUR' }],
    ['direction == "in"', {}, undefined],
    ['kind == "person"', {}, { payee_kind: 'enterprise' }],
    ['counterparty_kind in ["enterprise"]', { payer_kind: 'enterprise' }, {}],
    ['counterparty_region.startsWith("3310")', { payer_region: '331004' }, { payer_region: '110101' }],
    ['channel == "cash"', { channel: 'cash' }, { channel: 'card' }],
    ['country in ["KP", "IR"]', { country: 'IR' }, { country: 'DE' }],
    ['country.matches("^[I-K]")', { country: 'IR' }, { country: 'DE' }],
    ['!domestic', { country: 'US' }, {}],
    ['!own', {}, undefined],
    ['hour < 6', { at: '2026-03-02 05:59' }, { at: '2026-03-02 06:00' }],
    ['weekday == 1', { at: '2026-03-02 10:00' }, { at: '2026-03-03 10:00' }],
    ['weekday >= 6 || hour >= 22', { at: '2026-03-07 10:00' }, { at: '2026-03-06 21:59' }],
  ] as const)(
    'lets pass what it says: %s',
    (cel, yes: Partial<Payment>, no: Partial<Payment> | undefined) => {
      const two = (facts: Partial<Payment>) =>
        ['A', 'B'].map((from): Payment => ({ at, amount: '5000', from, to, ...facts }))
      expect(said(score(ruleWith(cel), ...two(yes)))).toEqual(['C 2'])
      if (no !== undefined) expect(said(score(ruleWith(cel), ...two(no)))).toEqual([])
    },
  )

  it('filters what a window counts, not only the payment at which it is looked at', () => {
    const payments = [
      { at: '2026-03-02 01:00', amount: '100', from: 'A', to },
      { at: '2026-03-02 02:00', amount: '9000', from: 'B', to },
      { at: '2026-03-02 03:00', amount: '200', from: 'D', to },
    ]
    const sum = { metric: 'sum', money: 'cny', name }
    expect(said(score(ruleWith('amount_fen < 100000', sum, '300'), ...payments))).toEqual(['C 300.00'])
    expect(said(score(ruleWith('amount_fen < 100000', sum, '300.01'), ...payments))).toEqual([])
  })

  it('adds up the same over a long window as over a short one', async () => {
    await checked(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 2_000 }), { minLength: 1, maxLength: 80 }),
        (amounts) => {
          const payments = amounts.map((yuan, index): Payment => ({
            at: instant(at) + index * 1_000,
            amount: String(yuan),
            from: `P${index}`,
            to,
          }))
          const small = amounts.filter((yuan) => yuan < 1_000)
          const expected = small.reduce((sum, yuan) => sum + yuan, 0)
          const metric = { metric: 'sum', money: 'cny', name }
          const raw = (least: number) => ruleWith('amount_fen < 100000', metric, String(least))
          expect(said(score(raw(expected + 1), ...payments))).toEqual([])
          expect(said(score(raw(Math.max(1, expected)), ...payments))).toEqual(
            expected === 0 ? [] : [`C ${expected}.00`],
          )
        },
      ),
      50,
    )
  })

  it('that cannot be evaluated is an outcome for the flow, not "no hit"', () => {
    const payments = ['A', 'B'].map((from): Payment => ({ at, amount: '5000', from, to }))
    const found = score(ruleWith('1000 / (amount_fen - 500000) > 0'), ...payments)
    expect(said(found)).toEqual(['condition_failed X01', 'condition_failed X01'])
    expect(found[0]).toMatchObject({ outcome: { kind: 'unscored', subject_id: 'C' } })
  })

  it('says of a late flow as well that it failed', () => {
    const fold = createScorer(new Map())
    const single = { metric: 'amount', name, window: { unit: 'transaction' } }
    const raw = ruleWith('1000 / (amount_fen - 500000) > 0', single, '1') as { rules: object[] }
    const rules = raw.rules.map((rule) => ({
      ...rule,
      window: { unit: 'transaction' },
      repeat: 'transaction',
    }))
    fold.control(activationOf(set({ ...raw, rules })))
    fold.block({ source: 0, source_event_time: instant('2026-03-03 10:00'), flows: [] })
    const flows = flowsOf(payment({ at, amount: '5000', from: 'BANK', payer_kind: 'institution', to }))
    expect(said(fold.block({ source: 0, source_event_time: instant('2026-03-03 10:00'), flows }))).toEqual([
      'beyond_allowed_lateness ',
      'condition_failed X01',
    ])
  })

  it('without a rate for an amount it needs, is said to have none', () => {
    const payments = ['A', 'B'].map((from): Payment => ({ at, amount: '5000', from, to, currency: 'XAU' }))
    const facts = payments.map((one): Payment => ({ ...one, currency: 'THB' }))
    expect(
      said(score(ruleWith('amount_fen > 1'), ...facts)).every((one) => one === 'no_exchange_rate X01'),
    ).toBe(true)
    expect(said(score(ruleWith('hour > 1'), ...facts))).toEqual(['C 2'])
  })
})

describe('a condition is refused, with the place,', () => {
  it.each([
    ['an unknown fact', 'amont_fen > 1', 1, /Unknown variable: amont_fen/],
    ['wrong types', 'currency > 1', 1, /no such overload/],
    ['no end', 'hour >', 7, /Unexpected token/],
    ['a number where a yes or no belongs', 'hour + 1', 1, /not true or false/],
    ['a text that a fact never is', 'own || channel == "csah"', 19, /channel is never "csah"/],
    ['the same in a list', 'kind in ["person", "robot"]', 20, /kind is never "robot"/],
    ['a pattern that is computed', 'currency.matches(country)', 1, /written out/],
    ['a pattern with groups', 'currency.matches("^(a+)+$")', 18, /neither groups/],
    ['a pattern for a text written out', '"aaaaaaaaaaaa".matches("a*a*b")', 1, /what a flow says/],
    ['a loop', '[1, 2].all(x, x > 1)', 1, /may not be used|all\(\)/],
    ['a look into a fact', 'has(channel.x)', 1, /may not be used/],
    ['a text too long', `hour > 1 ${' '.repeat(1_000)}`, 1_001, /longer than 1000/],
    ['a list too long', `hour in [${Array.from({ length: 101 }, (_, n) => n).join(',')}]`, 1, /list/i],
    ['too many parts', Array.from({ length: 120 }, () => 'own').join('||'), 1, /node/i],
    ['too deep', `${'('.repeat(30)}own${')'.repeat(30)}`, 1, /depth/i],
  ])('for %s', (_, cel, place, message) => {
    const problems = conditionProblems(cel)
    expect(problems.map((problem) => problem.message).join()).toMatch(message)
    if (place !== 1) expect(problems[0]?.at).toBe(place)
    const found = read(ruleWith(cel))
    expect('problems' in found ? found.problems[0]?.path : 'no problem').toBe('/rules/0/where/cel')
  })

  it('beside a metric that does not heed it, and in a metric’s own filter', () => {
    const payees = { metric: 'paid_back_parties', name }
    expect(read(ruleWith('own', payees))).toMatchObject({
      problems: [
        { path: '/rules/0/metrics/value', message: expect.stringContaining('count_distinct') as unknown },
      ],
    })
    const filtered = { metric: 'count_distinct', name, where: { cel: 'own' } }
    expect(read(ruleWith('own', filtered))).toHaveProperty('problems')
  })

  it('whatever it is: checking it throws nothing, and takes no longer than it is long', async () => {
    const part = fc.constantFrom(
      'hour',
      'own',
      '"a"',
      '1',
      '(',
      ')',
      '[',
      ']',
      '&&',
      '+',
      '.',
      'matches',
      ',',
      '?',
      ':',
      '{',
      ' in ',
    )
    await checked(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        expect(Array.isArray(conditionProblems(parts.join('')))).toBe(true)
      }),
    )
  })
})
