import { describe, expect, it } from 'vitest'
import type { Flow, Outcome, Warning } from '../../../../schemas/types.ts'
import { flowsOf } from '../../../../test/support/flows.ts'
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant, payment } from '../../../../test/support/transaction.ts'
import { loadRuleSet } from '../../shell/rule-files.ts'
import { activationOf, controlOf } from '../control.ts'
import type { Emission, Scorer } from '../fold.ts'
import { createScorer } from '../fold.ts'
import type { RuleSetContent } from '../rules/rule-file.ts'
import { canonicalJson, requireRuleFile } from '../rules/rule-file.ts'
import { warningToJson } from '../warning.ts'
import { noState } from '../state.ts'
import type { Exemption } from './exemption.ts'

const shipped = await loadRuleSet()
const day = 86_400_000
const at = instant('2026-03-02 10:00')
const until = instant('2026-04-01 00:00')

function granted(change: Partial<Exemption> = {}) {
  const grant: Exemption = {
    exemption_id: 'x1',
    kind: 'registered_private_lending',
    subject_id: 'A',
    counterparty_id: '',
    rule_ids: ['R01', 'R02', 'R03', 'R12'],
    valid_from: instant('2026-01-01 00:00'),
    valid_until: until,
    approver: '王审批',
    ...change,
  }
  return controlOf('exemption_granted', { control_id: 'exemption/x1', content: JSON.stringify(grant) })
}

function revoked(validUntil: number) {
  const content = JSON.stringify({ exemption_id: 'x1', subject_id: 'A', valid_until: validUntil })
  return controlOf('exemption_revoked', { control_id: 'exemption/x1/revoked', content })
}

function scorer(exemptions: readonly Partial<Exemption>[], set: RuleSetContent = shipped): Scorer {
  const fold = createScorer(noState)
  fold.control(activationOf(set))
  for (const [index, change] of exemptions.entries())
    fold.control(granted({ exemption_id: `x${index + 1}`, ...change }))
  return fold
}

function flows(facts: Payment): Flow[] {
  return flowsOf(payment(facts)).filter(({ subject_id }) => subject_id === 'A')
}

const block = (time: number, ...lists: Flow[][]) => ({
  source: 0,
  source_event_time: time,
  flows: lists.flat(),
})

const million = (time: number, change: Partial<Payment> = {}): Flow[] =>
  flows({ at: time, amount: '1000000.00', from: 'A', to: 'B', ...change })

/** So many people pay A the same amount, a minute apart. */
const crowd = (people: number, amount: string, from = at, name = 'P'): Flow[] =>
  Array.from({ length: people }, (_, index) =>
    flows({ at: from + index * 60_000, amount, from: `${name}${index}`, to: 'A' }),
  ).flat()

/** Payments are folded in the order given, then everything that waits is decided. */
function scored(fold: Scorer, ...lists: Flow[][]): Emission[] {
  const list = lists.flat()
  const newest = Math.max(...list.map((flow) => flow.event_time))
  return [...fold.block(block(newest, list)), ...fold.finish()]
}

const warnings = (emissions: readonly Emission[]): Warning[] =>
  emissions.flatMap((one) => (one.type === 'warning' ? [one.warning] : []))
const outcomes = (emissions: readonly Emission[]): Outcome[] =>
  emissions.flatMap((one) => (one.type === 'outcome' ? [one.outcome] : []))
const said = (emissions: readonly Emission[]): string[] =>
  emissions.map((one) =>
    one.type === 'outcome'
      ? `${one.outcome.kind} ${one.outcome.rule_ids[0]} ${one.outcome.level}`
      : `warned ${one.warning.rules[0]?.rule_id} ${one.warning.rules[0]?.level}`,
  )

describe('an exemption', () => {
  it('keeps R01 and R02 from being warnings, and says so', () => {
    const emissions = scored(scorer([{}]), million(at))
    expect(said(emissions).toSorted()).toEqual(['exempted R01 orange', 'exempted R02 blue'])
    expect(outcomes(emissions)[0]).toMatchObject({
      subject_id: 'A',
      event_time: at,
      reason: 'registered_private_lending',
      exemption_id: 'x1',
      explanation: {
        zh: '已豁免：民间借贷备案，至2026-03-31（批准人：王审批）',
        en: 'exempted: registered private lending until 2026-03-31 (approved by 王审批)',
      },
    })
  })

  it('keeps R03 from being a warning', () => {
    const change = { amount: '2000000', payer_kind: 'enterprise', payer_id: 'A' } as const
    expect(said(scored(scorer([{}]), million(at, change)))).toEqual(['exempted R03 blue'])
  })

  it('keeps R12 from being a warning at yellow, and only there', () => {
    expect(said(scored(scorer([{}]), crowd(30, '100')))).toEqual(['exempted R12 yellow'])
    const all = ['exempted R12 yellow', 'warned R12 orange']
    expect(said(scored(scorer([{}]), crowd(100, '100'))).toSorted()).toEqual(all)
  })

  it('names the id that the warning would have had', () => {
    const [warned] = warnings(scored(scorer([]), crowd(30, '100')))
    const [exempted] = outcomes(scored(scorer([{}]), crowd(30, '100')))
    expect(exempted?.warning_id).toBe(warned?.warning_id)
  })

  it('is said once for each period of a rule', () => {
    const next = crowd(3, '100', at + 40 * day, 'Q')
    const emissions = scored(scorer([{ valid_until: until + 400 * day }]), crowd(40, '100'), next)
    expect(outcomes(emissions).map(({ event_time: time }) => time)).toEqual([at + 29 * 60_000, at + 40 * day])
  })

  it('is of no concern to other subjects', () => {
    expect(said(scored(scorer([{ subject_id: 'Z' }]), million(at))).toSorted()).toEqual([
      'warned R01 orange',
      'warned R02 blue',
    ])
  })

  it('is of no concern to rules that it does not name', () => {
    const emissions = scored(scorer([{ rule_ids: ['R02'] }]), million(at))
    expect(said(emissions).toSorted()).toEqual(['exempted R02 blue', 'warned R01 orange'])
    expect(warnings(emissions)[0]?.exemptions.map(({ result }) => result)).toEqual(['other_rule'])
  })

  it('does nothing for a level that the rule file does not give free', () => {
    const { file } = shipped
    const rules = file.rules.map((rule) => ({
      ...rule,
      levels: rule.levels.map(({ exemptible: _, ...row }) => row),
    }))
    const set = requireRuleFile(canonicalJson({ ...file, rules }), file.calendar)
    const emissions = scored(scorer([{}], set), million(at))
    expect(said(emissions).toSorted()).toEqual(['warned R01 orange', 'warned R02 blue'])
    expect(warnings(emissions)[0]?.exemptions[0]?.result).toBe('level_not_exemptible')
  })

  it('that cannot be read is reported and changes nothing', () => {
    const fold = scorer([])
    const emissions = fold.control(controlOf('exemption_granted', { content: '{"subject_id":"A"}' }))
    expect(outcomes(emissions)).toMatchObject([{ kind: 'unscored', reason: 'invalid_exemption' }])
    expect(said(scored(fold, million(at)))).toContain('warned R01 orange')
  })
})

describe('an exemption never hides what is red', () => {
  it('R12 is red from 30 people and a million on, whatever is exempted', () => {
    const emissions = scored(scorer([{}]), crowd(30, '50000'))
    expect(said(emissions)).toContain('warned R12 red')
    expect(warnings(emissions).find(({ level }) => level === 'red')?.exemptions[0]?.result).toBe(
      'level_not_exemptible',
    )
  })

  /** Twelve people paid in and are paid back 2 % every 30 days; 30 people paid in altogether. */
  const interest = [
    ...crowd(30, '10000', at - 100 * day),
    ...[1, 2, 3].flatMap((time) =>
      Array.from({ length: 12 }, (_, index) =>
        flows({
          at: at - 100 * day + time * 30 * day + index * 60_000,
          amount: '200',
          from: 'A',
          to: `P${index}`,
        }),
      ).flat(),
    ),
  ]

  it.each([
    ['the exempted hit comes after the other', at - 9 * day, ['warned R12 red', 'warned R13 yellow']],
    ['the exempted hit comes before the other', at - 12 * day, ['exempted R12', 'warned R13 red']],
  ])(
    'what is red together with another hit is red: %s, in whatever order payments arrive',
    (_, time, expected) => {
      const more = flows({ at: time, amount: '5', from: 'Q', to: 'A' })
      for (const list of [interest, interest.toReversed()]) {
        const emissions = scored(scorer([{ valid_from: 0 }]), list, more)
        const found = emissions.flatMap((one) => {
          if (one.type === 'outcome')
            return one.outcome.event_time === time ? [`exempted ${one.outcome.rule_ids[0]}`] : []
          const { level, rules, event_time: when } = one.warning
          return when > at - 20 * day ? [`warned ${rules[0]?.rule_id} ${level}`] : []
        })
        expect(found.toSorted()).toEqual(expected)
      }
    },
  )
})

describe('the time of an exemption is event time', () => {
  it.each([
    ['the last moment before its end', until - 1, 'exempted'],
    ['its end', until, 'warned'],
    ['its beginning', instant('2026-01-01 00:00'), 'exempted'],
    ['the moment before its beginning', instant('2026-01-01 00:00') - 1, 'warned'],
  ])('at %s', (_, time, expected) => {
    const emissions = scored(scorer([{}]), million(time))
    expect(said(emissions)).toContain(`${expected} R01 orange`)
  })

  it('says of what has ended that it has ended, for a year', () => {
    const emissions = scored(scorer([{}]), million(until), million(until + 366 * day))
    const tested = warnings(emissions).filter(({ rules }) => rules[0]?.rule_id === 'R01')
    expect(tested.map(({ exemptions }) => exemptions.map(({ result }) => result))).toEqual([['expired'], []])
    expect(tested[0]?.explanation.en).toContain(
      'Exemptions tested: registered private lending until 2026-03-31 (approved by 王审批): had ended.',
    )
    expect(tested[0]?.explanation.zh).toContain(
      '已核对豁免：民间借贷备案，至2026-03-31（批准人：王审批）：已到期',
    )
  })

  it('judges a flow that comes too late to be kept by its own time', () => {
    const fold = scorer([{}])
    fold.block(block(until + day))
    expect(said(fold.block(block(until + day, million(until - 1))))).toContain('exempted R01 orange')
    expect(said(fold.block(block(until + day, million(until + 1))))).toContain('warned R01 orange')
  })

  it('warns in the same month once it has ended', () => {
    const emissions = scored(
      scorer([{ valid_until: at + day }]),
      crowd(30, '100'),
      crowd(1, '100', at + 2 * day),
    )
    expect(said(emissions)).toEqual(['warned R12 yellow', 'exempted R12 yellow'])
  })

  it('ends earlier when it is revoked; what was exempted before stays so', () => {
    const fold = scorer([{}])
    fold.control(revoked(at))
    const emissions = scored(fold, million(at - 1), million(at + day))
    expect(said(emissions).filter((text) => text.includes('R01'))).toEqual([
      'warned R01 orange',
      'exempted R01 orange',
    ])
  })

  it('counts for what is decided after it stands in the log', () => {
    const fold = scorer([])
    expect(said(fold.block(block(at, million(at))))).toContain('warned R01 orange')
    fold.control(granted())
    expect(said(scored(fold, million(at + 1)))).toContain('exempted R01 orange')
  })
})

describe('an exemption for one counterparty', () => {
  const pair = { kind: 'supply_chain_pair', counterparty_id: 'P0' }

  it('takes payments with that counterparty out of what is counted', () => {
    expect(said(scored(scorer([pair]), crowd(30, '100')))).toEqual([])
    expect(said(scored(scorer([pair]), crowd(31, '100')))).toEqual(['warned R12 yellow'])
  })

  it('takes them out of sums', () => {
    const [first, second] = ['P0', 'B'].map((to) => flows({ at, amount: '300000', from: 'A', to }))
    expect(said(scored(scorer([pair]), first ?? [], second ?? []))).toEqual([])
    const more = flows({ at: at + 1, amount: '200000', from: 'A', to: 'C' })
    const emissions = scored(scorer([pair]), first ?? [], second ?? [], more)
    expect(said(emissions)).toEqual(['warned R02 blue'])
    expect(warnings(emissions)[0]?.rules[0]?.values).toEqual({ total: '500000.00', foreign_total: '0.00' })
    expect(warnings(emissions)[0]?.exemptions[0]?.result).toBe('left_out')
    expect(warnings(emissions)[0]?.txn_ids).toHaveLength(2)
  })

  it('leaves payments out by their own time', () => {
    const ended = { ...pair, valid_until: at }
    expect(said(scored(scorer([ended]), crowd(30, '100', at - 1)))).toEqual([])
    expect(said(scored(scorer([ended]), crowd(30, '100', at)))).toEqual(['warned R12 yellow'])
  })

  it('exempts single payments with that counterparty, and no others', () => {
    const emissions = scored(scorer([pair]), million(at, { to: 'P0' }), million(at + day, { to: 'B' }))
    expect(said(emissions).filter((text) => text.includes('R01'))).toEqual([
      'warned R01 orange',
      'exempted R01 orange',
    ])
    expect(warnings(emissions)[0]?.exemptions[0]?.result).toBe('other_counterparty')
  })

  it('leaves nothing out of what makes a level that cannot be exempted', () => {
    expect(said(scored(scorer([pair]), crowd(30, '50000')))).toContain('warned R12 red')
  })

  it('leaves payments out again after the state was stored and read', () => {
    const state = new Map<string, Uint8Array>()
    const fold = scorer([pair])
    fold.block(block(at, crowd(29, '100', at - day)))
    for (const { key, value } of fold.checkpoint()) if (value !== null) state.set(key, value)
    const again = createScorer({
      get: (key) => state.get(key),
      entries: (from, to) =>
        [...state].filter(([key]) => key >= from && key < to).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    })
    expect(said(again.block(block(at + 1, crowd(1, '100', at + 1, 'Q'))))).toEqual([])
    expect(said(again.block(block(at + 2, crowd(1, '100', at + 2, 'R'))))).toEqual(['warned R12 yellow'])
  })
})

describe('a warning for machines', () => {
  it('lists the exemptions tested last, with their times', () => {
    const [warning] = warnings(scored(scorer([{}]), million(until)))
    const json: unknown = warning === undefined ? {} : JSON.parse(warningToJson(warning))
    expect(Object.entries(json ?? {}).at(-1)).toEqual([
      'exemptions',
      [
        {
          exemption_id: 'x1',
          kind: 'registered_private_lending',
          counterparty_id: '',
          valid_from: '2026-01-01T00:00:00.000+08:00',
          valid_until: '2026-04-01T00:00:00.000+08:00',
          approver: '王审批',
          result: 'expired',
        },
      ],
    ])
  })
})
