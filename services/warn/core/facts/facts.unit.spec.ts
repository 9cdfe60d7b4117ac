/** The lines of the rules over facts, one row each: what is delivered, and what is warned of (rule, month, level). */
import { describe, expect, it } from 'vitest'
import { fact } from '../../../../test/support/fact.ts'
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant, payment } from '../../../../test/support/transaction.ts'
import type { Fact, Warning } from '../../../../schemas/types.ts'
import { createReplay } from '../replay.ts'
import { loadRuleSet } from '../../shell/rule-files.ts'

const shipped = await loadRuleSet()
const day = 86_400_000

function warnings(facts: readonly Fact[], payments: readonly Payment[] = []): readonly Warning[] {
  const replay = createReplay(shipped)
  const emissions = replay.facts(facts)
  emissions.push(...replay.push(payments.map((one) => payment(one))), ...replay.finish())
  return emissions.flatMap((one) => (one.type === 'warning' ? [one.warning] : []))
}

/** `R24 2026-01 orange` of each warning about A by one rule. */
function found(rule: string, facts: readonly Fact[], payments: readonly Payment[] = []): readonly string[] {
  const about = warnings(facts, payments).filter(({ subject_id: id }) => id === 'A')
  return about
    .flatMap(({ rules: [hit] }) => (hit?.rule_id === rule ? [hit] : []))
    .map(
      ({ event_time: time, level }) => `${new Date(time + 8 * 3_600_000).toISOString().slice(0, 7)} ${level}`,
    )
    .toSorted()
}

const many = <T>(count: number, one: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => one(at))
const on = (from: string, days: number): number => instant(`${from} 00:00`) + days * day

const suits = (count: number, from: string, everyDays: number): Fact[] =>
  many(count, (at) => fact('lawsuit', on(from, at * everyDays)))
const sued = (count: number, from: string, everyDays: number): Fact[] =>
  many(count, (at) => fact('lawsuit', on(from, at * everyDays), { role: 'defendant' }))
const complaints = (count: number, from: string, everyDays: number): Fact[] =>
  many(count, (at) => fact('complaint', on(from, at * everyDays), { complainant: `C${at}` }))
/** The first warning of each level. */
const firstOfEach = (all: readonly string[]): readonly string[] =>
  ['yellow', 'orange'].flatMap((level) => all.filter((one) => one.endsWith(level)).slice(0, 1))
const collected = (payers: number, amount: string): Payment[] =>
  many(payers, (at) => ({ at: on('2026-03-02', 0) + at * 60_000, amount, from: `P${at}`, to: 'A' }))

type Row = readonly [
  name: string,
  rule: string,
  facts: readonly Fact[],
  expected: readonly string[],
  payments?: Payment[],
]

const opened = (at: string, account = 'K1') => fact('account_opened', at, { account })
const rows: readonly Row[] = [
  ['R21 on the list of Art. 40', 'R21', [fact('list_entry', '2026-01-05 00:00')], ['2026-01 red']],
  [
    'R21 a confirmed fund-raiser',
    'R21',
    [fact('list_entry', '2026-01-05 00:00', { list: 'fundraiser' })],
    ['2026-01 orange'],
  ],
  [
    'R21 a dishonest debtor',
    'R21',
    [fact('list_entry', '2026-01-05 00:00', { list: 'dishonest_debtor' })],
    ['2026-01 yellow'],
  ],
  [
    'R21 taken off: nothing any more, whatever is paid',
    'R21',
    [fact('list_entry', '2026-01-05 00:00'), fact('list_entry', '2026-02-05 00:00', { removed: true })],
    ['2026-01 red'],
    collected(2, '100.00'),
  ],
  [
    'R21 taken off by one court, still on the list of another',
    'R21',
    [
      fact('list_entry', '2026-01-05 00:00', {}, { source_id: 'court_a' }),
      fact('list_entry', '2026-01-06 00:00', {}, { source_id: 'court_b' }),
      fact('list_entry', '2026-02-05 00:00', { removed: true }, { source_id: 'court_a' }),
    ],
    ['2026-01 red', '2026-03 red'],
    collected(2, '100.00'),
  ],
  [
    'R21 pays in a later month: once that month',
    'R21',
    [fact('list_entry', '2025-01-05 00:00')],
    ['2025-01 red', '2026-03 red'],
    collected(3, '100.00'),
  ],
  [
    'R21 paid before it was listed: no hit then',
    'R21',
    [fact('list_entry', '2026-04-05 00:00')],
    ['2026-04 red'],
    collected(3, '100.00'),
  ],

  ['R23 financial words, no licence', 'R23', [fact('registration', '2026-01-05 00:00')], ['2026-01 yellow']],
  ['R23 with a licence', 'R23', [fact('registration', '2026-01-05 00:00', { licensed: true })], []],
  ['R23 no such words', 'R23', [fact('registration', '2026-01-05 00:00', { words: [] })], []],

  ['R24 9 suits as plaintiff', 'R24', suits(9, '2026-01-01', 1), []],
  ['R24 10 suits as plaintiff', 'R24', suits(10, '2026-01-01', 1), ['2026-01 yellow']],
  [
    'R24 10 suits, one over something else',
    'R24',
    [...suits(9, '2026-01-01', 1), fact('lawsuit', '2026-01-20 00:00', { cause: 'other' })],
    [],
  ],
  [
    'R24 the first exactly 24 months before the tenth',
    'R24',
    [fact('lawsuit', '2024-01-09 00:00'), ...suits(9, '2026-01-01', 1)],
    [],
  ],
  [
    'R24 the first a day less than 24 months before the tenth',
    'R24',
    [fact('lawsuit', '2024-01-10 00:00'), ...suits(9, '2026-01-01', 1)],
    ['2026-01 yellow'],
  ],
  ['R24 4 suits as defendant', 'R24', sued(4, '2026-01-01', 10), []],
  ['R24 5 suits as defendant within 90 days', 'R24', sued(5, '2026-01-01', 22), ['2026-03 orange']],
  [
    'R24 the fifth on the 91st day',
    'R24',
    [...sued(4, '2026-01-01', 22), fact('lawsuit', on('2026-01-01', 90), { role: 'defendant' })],
    [],
  ],
  [
    'R24 the fifth on the 90th day',
    'R24',
    [...sued(4, '2026-01-01', 22), fact('lawsuit', on('2026-01-01', 89), { role: 'defendant' })],
    ['2026-03 orange'],
  ],

  ['R25 2 complainants', 'R25', complaints(2, '2026-01-01', 1), []],
  ['R25 3 complainants', 'R25', complaints(3, '2026-01-01', 1), ['2026-01 yellow']],
  [
    'R25 3 complaints, two of one person',
    'R25',
    [...complaints(2, '2026-01-01', 1), fact('complaint', '2026-01-05 00:00', { complainant: 'C0' })],
    [],
  ],
  [
    'R25 anonymous complaints count as one',
    'R25',
    [
      ...complaints(2, '2026-01-01', 1),
      fact('complaint', '2026-01-04 00:00'),
      fact('complaint', '2026-01-05 00:00'),
    ],
    ['2026-01 yellow'],
  ],
  [
    'R25 the third on the 31st day',
    'R25',
    [...complaints(2, '2026-01-01', 1), fact('complaint', on('2026-01-01', 30), { complainant: 'C9' })],
    [],
  ],
  [
    'R25 the third on the 30th day',
    'R25',
    [...complaints(2, '2026-01-01', 1), fact('complaint', on('2026-01-01', 29), { complainant: 'C9' })],
    ['2026-01 yellow'],
  ],
  ['R25 10 complainants', 'R25', complaints(10, '2026-01-01', 1), ['2026-01 orange', '2026-01 yellow']],

  [
    'R28 opened 15 days before, 1,000,000',
    'R28',
    [opened('2026-02-15 09:00')],
    ['2026-03 yellow'],
    collected(2, '500000'),
  ],
  [
    'R28 opened 15 days before, 999,999.98',
    'R28',
    [opened('2026-02-15 09:00')],
    [],
    collected(2, '499999.99'),
  ],
  ['R28 opened 16 days before', 'R28', [opened('2026-02-14 23:59')], [], collected(2, '500000')],
  [
    'R28 opened 15 days before, across 29 February',
    'R28',
    [opened('2028-02-20 00:00')],
    ['2028-03 yellow'],
    [{ at: '2028-03-06 10:00', amount: '1000000', from: 'P', to: 'A' }],
  ],
  [
    'R28 opened 16 days before, across 29 February',
    'R28',
    [opened('2028-02-20 00:00')],
    [],
    [{ at: '2028-03-07 10:00', amount: '1000000', from: 'P', to: 'A' }],
  ],
  [
    'R28 money from before the opening does not count',
    'R28',
    [opened('2026-03-02 00:00')],
    [],
    [{ at: '2026-03-01 10:00', amount: '600000', from: 'P', to: 'A' }, ...collected(2, '250000')],
  ],
  [
    'R28 receipts and payments apart',
    'R28',
    [opened('2026-03-01 00:00')],
    [],
    [
      { at: '2026-03-02 10:00', amount: '600000', from: 'P', to: 'A' },
      { at: '2026-03-02 11:00', amount: '600000', from: 'A', to: 'P' },
    ],
  ],
  [
    'R28 3 opened, 400,000',
    'R28',
    many(3, (at) => opened('2026-02-14 00:00', `K${at}`)),
    [],
    collected(4, '100000'),
  ],
  [
    'R28 4 opened, 400,000',
    'R28',
    many(4, (at) => opened('2026-02-14 00:00', `K${at}`)),
    ['2026-03 yellow'],
    collected(4, '100000'),
  ],
  [
    'R28 4 opened, 399,999.96',
    'R28',
    many(4, (at) => opened('2026-02-14 00:00', `K${at}`)),
    [],
    collected(4, '99999.99'),
  ],
  [
    'R28 one account reported four times',
    'R28',
    many(4, (at) => opened(`2026-02-1${at} 00:00`)),
    [],
    collected(4, '100000'),
  ],
  [
    'R28 2 closed, 400,000',
    'R28',
    many(2, (at) => fact('account_closed', '2026-02-14 00:00', { account: `K${at}` })),
    ['2026-03 yellow'],
    collected(4, '100000'),
  ],
]

describe('the lines of rules over facts', () => {
  it.each(rows.map(([name, ...row]) => ({ name, row })))('$name', ({ row }) => {
    const [rule, facts, expected, payments = []] = row
    expect(found(rule, facts, payments)).toEqual(expected)
  })
})

describe('R24, a lender over years', () => {
  // Every 57 days 19 suits take 1,026 days, less than 36 months; ten of them 513 days, less than 24 months.
  it('has sued 19 times in 36 months', () => {
    expect(firstOfEach(found('R24', suits(19, '2023-02-01', 57)))).toEqual(['2024-06 yellow'])
  })

  it('has sued 20 times in 36 months', () => {
    expect(firstOfEach(found('R24', suits(20, '2023-02-01', 57)))).toEqual([
      '2024-06 yellow',
      '2026-01 orange',
    ])
  })

  it('has sued 20 times, the first exactly 36 months before the last', () => {
    const all = [...suits(19, '2023-03-01', 57), fact('lawsuit', '2026-02-01 00:00')]
    expect(firstOfEach(found('R24', [fact('lawsuit', '2023-02-01 00:00'), ...all.slice(1)]))).toEqual([
      '2024-07 yellow',
    ])
  })
})

describe('R22, a repeat within two years', () => {
  const levelOf = (facts: readonly Fact[]): unknown =>
    warnings(facts, [{ at: '2026-03-02 10:00', amount: '1000000', from: 'Q', to: 'A' }]).find(
      ({ subject_id: id, rules: [hit] }) => id === 'A' && hit?.rule_id === 'R01',
    )?.level

  it.each<[string, Fact[], string]>([
    ['nothing known', [], 'orange'],
    ['an administrative penalty 730 days before', [fact('penalty', '2024-03-02 00:00')], 'red'],
    ['an administrative penalty 731 days before', [fact('penalty', '2024-03-01 23:59')], 'orange'],
    ['one afterwards', [fact('penalty', '2026-03-03 00:00')], 'orange'],
    ['for something else', [fact('penalty', '2026-01-03 00:00', { offence: 'other' })], 'orange'],
    [
      'criminal liability however long ago',
      [fact('penalty', '2009-01-03 00:00', { form: 'criminal' })],
      'red',
    ],
  ])('%s: a warning of a million is %#', (_, facts, level) => {
    expect(levelOf(facts)).toBe(level)
  })

  it('counts 730 days, not two years: a leap year in between does not move the line', () => {
    const paid = [{ at: '2025-03-01 10:00', amount: '1000000', from: 'Q', to: 'A' }]
    const level = (at: string): unknown =>
      warnings([fact('penalty', at)], paid).find(({ subject_id: id }) => id === 'A')?.level
    expect(level('2023-03-02 00:00')).toBe('red')
    expect(level('2023-03-01 23:59')).toBe('orange')
  })

  it('is named among the rules of the warning it raises, and makes none itself', () => {
    const about = warnings(
      [fact('penalty', '2026-01-01 00:00')],
      [{ at: '2026-03-02 10:00', amount: '1000000', from: 'Q', to: 'A' }],
    ).filter(({ subject_id: id }) => id === 'A')
    expect(about.map(({ rules }) => rules.map(({ rule_id: id }) => id))).toEqual([
      ['R01', 'R02', 'R22'],
      ['R02', 'R01', 'R22'],
    ])
    expect(about[0]?.rules[2]).toMatchObject({
      values: { administrative: '1' },
      thresholds: { administrative: '1' },
    })
  })

  it('halves the line on the money of R12, not that on its people', () => {
    const penalised = [fact('penalty', '2026-01-01 00:00')]
    expect(found('R12', [], collected(30, '20000'))).toEqual(['2026-03 yellow'])
    expect(found('R12', penalised, collected(30, '20000'))).toEqual(['2026-03 red', '2026-03 yellow'])
    expect(found('R12', penalised, collected(30, '16666.66'))).toEqual(['2026-03 yellow'])
    expect(found('R12', penalised, collected(30, '16666.67'))).toEqual(['2026-03 red', '2026-03 yellow'])
    expect(found('R12', penalised, collected(29, '20000'))).toEqual([])
  })
})

describe('links', () => {
  it('leave family and employer out where different payers are counted', () => {
    const link = (relation: 'family' | 'employer' | 'insider', other = 'P0') =>
      fact('link', '2026-01-01 00:00', { relation, other_id: other })
    expect(found('R12', [link('family')], collected(30, '100.00'))).toEqual([])
    expect(found('R12', [link('employer')], collected(30, '100.00'))).toEqual([])
    expect(found('R12', [link('insider')], collected(30, '100.00'))).toEqual(['2026-03 yellow'])
    expect(found('R12', [link('family')], collected(31, '100.00'))).toEqual(['2026-03 yellow'])
  })

  it('hold from both ends between family, from one end to an employer', () => {
    const said = (relation: 'family' | 'employer') =>
      fact('link', '2026-01-01 00:00', { relation, other_id: 'A' }, { subject_id: 'P0' })
    expect(found('R12', [said('family')], collected(30, '100.00'))).toEqual([])
    expect(found('R12', [said('employer')], collected(30, '100.00'))).toEqual(['2026-03 yellow'])
  })

  it('hold from a time until another', () => {
    const link = (from: string, until: string) =>
      fact('link', '2026-01-01 00:00', { other_id: 'P0', from: instant(from), until: instant(until) })
    expect(found('R12', [link('2026-01-01 00:00', '2026-03-02 00:01')], collected(30, '100.00'))).toEqual([])
    expect(found('R12', [link('2026-01-01 00:00', '2026-03-02 00:00')], collected(30, '100.00'))).toEqual([
      '2026-03 yellow',
    ])
  })

  it('to an own account make a payment one of the subject to itself', () => {
    const own = fact('link', '2026-01-01 00:00', { relation: 'own_account', other_id: 'P0' })
    expect(found('R12', [own], collected(30, '100.00'))).toEqual([])
  })
})

describe('a warning without payments', () => {
  it('names no transaction, says what was found, and who it is about', () => {
    const [warning] = warnings([
      fact(
        'registration',
        '2026-01-05 00:00',
        { words: ['理财', '财富管理'] },
        { subject_kind: 'enterprise' },
      ),
    ])
    expect(warning).toMatchObject({
      subject_id: 'A',
      subject_kind: 'enterprise',
      subject_region: '331004',
      first_txn_id: '',
      last_txn_id: '',
      txn_ids: [],
      evidence: [],
      event_time: instant('2026-01-05 00:00'),
      level: 'yellow',
    })
    expect(warning?.explanation.zh).toContain('理财、财富管理')
    expect(warning?.explanation.en).toContain('holds no financial licence')
  })

  it('counts for others: a listed lender that is sued is judged by both', () => {
    const judged = warnings([
      fact('list_entry', '2026-01-05 00:00', { list: 'professional_lender' }),
      ...suits(10, '2026-01-06', 1),
    ]).find(({ rules: [hit] }) => hit?.rule_id === 'R24')
    expect(judged?.rules.map(({ rule_id: id }) => id)).toEqual(['R24', 'R21'])
    expect(judged?.level).toBe('orange')
  })
})
