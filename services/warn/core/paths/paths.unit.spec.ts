/** R18 and R19 at their lines, one row each, and what happens beyond the bounds. */
import { describe, expect, it } from 'vitest'
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant, payment } from '../../../../test/support/transaction.ts'
import type { PathToken, Warning } from '../../../../schemas/types.ts'
import { loadRuleSet } from '../../shell/rule-files.ts'
import { activationOf, controlOf } from '../control.ts'
import type { Emission, Scorer } from '../fold.ts'
import { createScorer } from '../fold.ts'
import { scoreTransactions } from '../replay.ts'
import { noState } from '../state.ts'
import { scannedMax, madeMax } from './follower.ts'
import { heldMax } from './held-paths.ts'

const ruleSet = await loadRuleSet()
const minute = 60_000
const day = 86_400_000

/** Payments along a route, one an hour unless times are given. */
function along(
  route: string,
  amounts: readonly string[],
  times: readonly string[] = [],
  rest: Partial<Payment> = {},
): Payment[] {
  return amounts.map((amount, index) => ({
    at: times[index] ?? instant('2026-03-02 09:00') + index * 60 * minute,
    amount,
    from: route[index] ?? '',
    to: route[index + 1] ?? '',
    ...rest,
  }))
}

function warningsOf(payments: readonly Payment[], blockSize?: number): Warning[] {
  const transactions = payments.map((facts) => payment(facts))
  const options = blockSize === undefined ? {} : { blockSize }
  return [...scoreTransactions(transactions, ruleSet, options)].flatMap((emission) =>
    emission.type === 'warning' ? [emission.warning] : [],
  )
}

/** Who is warned by which rule, at which level. */
function told(payments: readonly Payment[]): string {
  const hits = warningsOf(payments).flatMap(({ rules, subject_id }) => {
    const [hit] = rules
    return hit?.rule_id === 'R18' || hit?.rule_id === 'R19'
      ? [`${hit.rule_id} ${hit.level} ${subject_id}`]
      : []
  })
  return hits.toSorted().join(', ')
}

const same = (count: number, amount = '100000'): string[] => Array.from({ length: count }, () => amount)
const at = (...times: string[]): string[] => times.map((time) => `2026-03-${time}`)
const abroad = { currency: 'USD' }
const person = 'person' as const
const bank = 'institution' as const

type Row = readonly [what: string, payments: readonly Payment[], expected: string]

const chains: readonly Row[] = [
  ['two payments', along('ABC', same(2)), ''],
  ['three payments', along('ABCD', same(3)), 'R19 orange C'],
  ['four payments: from the third on', along('ABCDE', same(4)), 'R19 orange C, R19 orange D'],
  ['99,999.99 to begin with', along('ABCD', ['99999.99', '99999.99', '99999.99']), ''],
  ['100,000 and four fifths each time', along('ABCD', ['100000', '80000', '64000']), 'R19 orange C'],
  ['a fen below four fifths', along('ABCD', ['100000', '80000', '63999.99']), ''],
  ['five percent more', along('ABCD', ['100000', '105000', '110250']), 'R19 orange C'],
  ['a fen above five percent more', along('ABCD', ['100000', '105000', '110250.01']), ''],
  [
    'a millisecond less than 24 hours from the first to the last',
    along('ABCD', same(3), at('02T09:00:00+08:00', '02T12:00:00+08:00', '03T08:59:59.999+08:00')),
    'R19 orange C',
  ],
  ['24 hours', along('ABCD', same(3), at('02T09:00:00+08:00', '02T12:00:00+08:00', '03T09:00:00+08:00')), ''],
  [
    'at the same moment as the one before',
    along('ABCD', same(3), at('02 09:00', '02 10:00', '02 10:00')),
    '',
  ],
  ['somebody twice', along('ABCB', same(3)), ''],
  ['in dollars', along('ABCD', same(3, '14084.51'), [], abroad), 'R19 orange C'],
  ['in dollars, below the line', along('ABCD', same(3, '14084.50'), [], abroad), ''],
  [
    'out of a bank',
    along('ABCD', same(3)).map((one, index) => ({ ...one, payer_kind: index === 0 ? bank : person })),
    '',
  ],
  [
    'to a bank at the end',
    along('ABCD', same(3)).map((one, index) => ({ ...one, payee_kind: index === 2 ? bank : person })),
    'R19 orange C',
  ],
  [
    'between own accounts',
    [
      ...along('AB', same(1)),
      ...along('BB', same(1), at('02 10:00')),
      ...along('BC', same(1), at('02 11:00')),
    ],
    '',
  ],
]

const festival = (last: string): string[] => ['2026-02-09 10:00', '2026-02-12 10:00', last]
const cycles: readonly Row[] = [
  ['there and back', along('ABA', same(2)), ''],
  ['by way of two others', along('ABCA', same(3)), 'R18 yellow A'],
  ['four fifths come back', along('ABCA', ['100000', '90000', '80000']), 'R18 yellow A'],
  ['a fen less than four fifths come back', along('ABCA', ['100000', '90000', '79999.99']), ''],
  ['four fifths each time, less in all', along('ABCA', ['100000', '80000', '64000']), ''],
  ['99,999.99 to begin with', along('ABCA', ['99999.99', '99999.99', '99999.99']), ''],
  ['999,999.99', along('ABCA', same(3, '999999.99')), 'R18 yellow A'],
  ['a million', along('ABCA', same(3, '1000000')), 'R18 orange A, R18 yellow A'],
  [
    'eight payments',
    along(
      'ABCDEFGHA',
      same(8),
      at('02 09:00', '03 09:00', '04 09:00', '05 09:00', '06 09:00', '07 09:00', '08 09:00', '09 09:00'),
    ),
    'R18 yellow A',
  ],
  [
    'nine payments',
    along(
      'ABCDEFGHIA',
      same(9),
      at(
        '02 09:00',
        '03 09:00',
        '04 09:00',
        '05 09:00',
        '06 09:00',
        '07 09:00',
        '08 09:00',
        '09 09:00',
        '10 09:00',
      ),
    ),
    '',
  ],
  [
    'back on the tenth working day, over Spring Festival',
    along('ABCA', same(3), festival('2026-02-27 23:59')),
    'R18 yellow A',
  ],
  [
    'back on the eleventh working day, a Saturday that is worked',
    along('ABCA', same(3), festival('2026-02-28 00:00')),
    '',
  ],
]

describe('R19 a chain within a day', () => {
  it.each(chains)('%s', (_, payments, expected) => {
    expect(told(payments)).toBe(expected)
  })
})

describe('R18 a circle within ten working days', () => {
  it.each(cycles)('%s', (_, payments, expected) => {
    // Circles within a day hold chains as well.
    expect(
      told(payments)
        .replaceAll(/(, )?R19 orange [A-Z]/g, '')
        .replace(/^, /, ''),
    ).toBe(expected)
  })
})

describe('a warning about a path', () => {
  it('of a chain shows who paid before, as seen by who paid last, and who was paid', () => {
    const [warning] = warningsOf(along('ABCD', ['120000', '110000', '100000'])).filter(
      ({ rules }) => rules[0]?.rule_id === 'R19',
    )
    expect(warning?.evidence.map((one) => [one.direction, one.counterparty_id, one.amount])).toEqual([
      ['in', 'A', 12_000_000],
      ['in', 'B', 11_000_000],
      ['out', 'D', 10_000_000],
    ])
    expect(warning?.rules[0]?.values).toEqual({ payments: '3', start: '120000.00' })
    expect(warning?.explanation.zh).toContain('3笔')
    expect(warning?.explanation.en).toContain(
      'made the last of 3 payments in a row that began with CNY 120,000.00',
    )
  })

  it('of a circle shows whom the money went to one after the other, and who paid it back', () => {
    const [warning] = warningsOf(along('ABCA', ['120000', '110000', '100000'])).filter(
      ({ rules }) => rules[0]?.rule_id === 'R18',
    )
    expect(warning?.subject_id).toBe('A')
    expect(warning?.evidence.map((one) => [one.direction, one.counterparty_id, one.amount])).toEqual([
      ['out', 'B', 12_000_000],
      ['out', 'C', 11_000_000],
      ['in', 'C', 10_000_000],
    ])
  })

  it('tells of the largest beginning when several paths are known to end with one payment', () => {
    const payments = [
      ...along('ABC', ['100000', '100000']),
      { at: '2026-03-02 09:30', amount: '120000', from: 'X', to: 'B' },
      { at: '2026-03-02 12:00', amount: '100000', from: 'C', to: 'D' },
    ]
    const [warning] = warningsOf(payments, 1).filter(({ rules }) => rules[0]?.rule_id === 'R19')
    expect(warning?.evidence[0]?.counterparty_id).toBe('X')
    expect(warning?.rules[0]?.values).toEqual({ payments: '3', start: '120000.00' })
  })
})

/** A fold of one partition that hands its tokens out instead of taking them in. */
function scorer(): Scorer {
  const one = createScorer(noState)
  one.control(activationOf(ruleSet))
  return one
}

function fold(into: Scorer, payments: readonly Payment[]): Emission[] {
  const flows = payments.flatMap((facts) => {
    const one = payment(facts)
    const common = {
      txn_id: one.txn_id,
      event_time: one.booked_at,
      amount: one.amount,
      currency: one.currency,
      region: '331004',
      identity: Buffer.alloc(0),
      channel: one.channel,
      country: '',
      remark: '',
      source_id: 'bank_a',
      kind: person,
      counterparty_kind: person,
      counterparty_region: '',
    }
    return [
      { ...common, subject_id: one.payer_id, direction: 'out', counterparty_id: one.payee_id } as const,
      { ...common, subject_id: one.payee_id, direction: 'in', counterparty_id: one.payer_id } as const,
    ]
  })
  const newest = Math.max(...payments.map((one) => instant(one.at)))
  return into.block({ source: 0, source_event_time: newest, flows })
}

/** A token of two payments that ended with B at a time. */
function tokenFrom(origin: string, time: string | number, amount = 10_000_000): PathToken {
  const paid = {
    source_id: 'bank_a',
    amount,
    currency: 'CNY',
    channel: 'transfer',
    payer_kind: person,
  } as const
  const last = instant(time)
  return {
    subject_id: 'B',
    payments: [
      { ...paid, payer_id: origin, txn_id: `${origin}1`, event_time: last - minute },
      { ...paid, payer_id: `${origin}x`, txn_id: `${origin}2`, event_time: last },
    ],
  }
}

const bounds = (emissions: readonly Emission[]): string[] =>
  emissions.flatMap((one) =>
    one.type === 'outcome'
      ? [`${one.outcome.reason} ${one.outcome.subject_id} ${one.outcome.rule_ids.join(' ')}`]
      : [],
  )

describe('path tokens', () => {
  it('are not made of payments too small to pass on what a path begins with', () => {
    const one = scorer()
    fold(one, along('ABC', ['100000', '79999.99']))
    fold(one, along('DEF', ['99999.99', '99999.99']))
    expect(one.takeTokens()).toEqual([])
  })

  it('are made when the receipt comes after the payment, as far as it is in time', () => {
    const one = scorer()
    const [receipt, paid] = along('ABC', same(2))
    if (receipt === undefined || paid === undefined) throw new Error('no payments')
    fold(one, [paid])
    expect(one.takeTokens()).toEqual([])
    fold(one, [receipt])
    expect(one.takeTokens()).toMatchObject([
      { subject_id: 'C', payments: [{ payer_id: 'A' }, { payer_id: 'B' }] },
    ])
  })

  it('are not made of late payments, which are told of as late for these rules', () => {
    const one = scorer()
    const [receipt, paid] = along('ABC', same(2))
    if (receipt === undefined || paid === undefined) throw new Error('no payments')
    fold(one, [receipt, { ...paid, at: '2026-03-02 18:00', from: 'X', to: 'Y' }])
    const emissions = fold(one, [paid])
    expect(one.takeTokens()).toEqual([])
    expect(
      bounds(emissions).map((text) => text.split(' ').filter((word) => word === 'R18' || word === 'R19')),
    ).toEqual([['R19'], ['R18']])
  })

  it('are taken in however late: what they tell of was in time where it was paid', () => {
    const one = scorer()
    fold(one, along('BC', same(1), ['2026-03-02 12:00']))
    fold(one, along('XY', same(1), ['2026-06-02 12:00']))
    const emissions = one.paths({ tokens: [tokenFrom('O', '2026-03-02 11:00')] })
    expect(
      emissions.flatMap((found) => (found.type === 'warning' ? [found.warning.subject_id] : [])),
    ).toEqual(['B'])
    expect(one.takeTokens()).toMatchObject([{ subject_id: 'C' }])
  })

  it('wait at home for the receipt they end with', () => {
    const one = scorer()
    const round = along('ABCA', same(3))
    fold(one, round.slice(0, 1))
    const home: PathToken = {
      subject_id: 'A',
      payments: round.map((facts, index) => ({
        payer_id: facts.from,
        payer_kind: person,
        txn_id: `h${index}`,
        source_id: 'bank_a',
        event_time: instant(facts.at),
        amount: 10_000_000,
        currency: 'CNY',
        channel: 'transfer',
      })),
    }
    expect(one.paths({ tokens: [home] })).toEqual([])
    const emissions = fold(
      one,
      round.slice(2).map((facts) => ({ ...facts, txn_id: 'h2' })),
    )
    expect(
      emissions.flatMap((found) => (found.type === 'warning' ? [found.warning.rules[0]?.rule_id] : [])),
    ).toContain('R18')
  })

  it('are few between those who trade the same amount again and again', () => {
    const one = scorer()
    const days = Array.from({ length: 9 }, (_, index) => instant('2026-03-02 09:00') + index * day)
    fold(
      one,
      days.flatMap((time) => [
        ...along('AB', same(1)).map((facts) => ({ ...facts, at: time })),
        ...along('BC', same(1)).map((facts) => ({ ...facts, at: time + minute })),
      ]),
    )
    const times = one.takeTokens().map(({ payments }) => payments.map(({ event_time }) => event_time))
    expect(times).toEqual(days.map((time) => [time, time + minute]))
  })

  it('told twice change nothing', () => {
    const one = scorer()
    fold(one, along('BC', same(1), ['2026-03-02 12:00']))
    const tokens = [tokenFrom('O', '2026-03-02 11:00')]
    one.paths({ tokens })
    one.takeTokens()
    expect(one.paths({ tokens })).toEqual([])
    expect(one.takeTokens()).toEqual([])
  })
})

describe('beyond the bounds', () => {
  it('of one payment the tokens of the last receipts are made, and it is said once in 30 days', () => {
    const one = scorer()
    const receipts = Array.from({ length: madeMax + 1 }, (_, index) => ({
      at: instant('2026-03-02 09:00') + index * minute,
      amount: '100000',
      from: `P${index}`,
      to: 'B',
    }))
    fold(one, receipts)
    const pay = (time: string): Emission[] => fold(one, along('BC', same(1), [time]))
    expect(bounds(pay('2026-03-02 12:00'))).toEqual(['path_bound_reached B R18 R19'])
    const origins = one.takeTokens().map(({ payments }) => payments[0]?.payer_id)
    expect(origins).toEqual(
      receipts
        .slice(1)
        .toReversed()
        .map(({ from }) => from),
    )
    expect(bounds(pay('2026-03-02 13:00'))).toEqual([])
    fold(
      one,
      receipts.map((facts) => ({ ...facts, at: instant(facts.at) + 31 * day })),
    )
    expect(bounds(pay('2026-04-02 12:00'))).toEqual(['path_bound_reached B R18 R19'])
  })

  it('of one subject the oldest are given up, whatever the order they come in', () => {
    const tokens = Array.from({ length: heldMax + 1 }, (_, index) =>
      tokenFrom(
        `O${index}`,
        instant('2026-03-02 09:00') + index * minute,
        10_000_000 + 1_000_000 * (index % 2),
      ),
    )
    const passedOn = (list: readonly PathToken[]): (string | undefined)[] => {
      const one = scorer()
      const emissions = one.paths({ tokens: list })
      expect(bounds(emissions)).toEqual(['path_bound_reached B R18 R19'])
      fold(one, along('BC', ['88000'], ['2026-03-02 20:00']))
      return one.takeTokens().map(({ payments }) => payments[0]?.payer_id)
    }
    const kept = passedOn(tokens)
    expect(kept).toEqual(
      tokens
        .slice(-madeMax)
        .toReversed()
        .map(({ payments }) => payments[0]?.payer_id),
    )
    expect(passedOn(tokens.toReversed())).toEqual(kept)
  })

  it('of flows looked at for one payment it is said that not all were', () => {
    const one = scorer()
    const small = Array.from({ length: scannedMax + 1 }, (_, index) => ({
      at: instant('2026-03-02 10:00') + index,
      amount: '1',
      from: 'S',
      to: 'B',
    }))
    fold(one, along('AB', same(1), ['2026-03-02 09:00']))
    fold(one, small)
    expect(bounds(fold(one, along('BC', same(1), ['2026-03-02 12:00'])))).toContain(
      'path_bound_reached B R18 R19',
    )
  })

  it('of a backlog longer than the memory, a path that ended before it is told of as given up', () => {
    const one = scorer()
    fold(one, along('BC', same(1), ['2026-03-02 12:00']))
    fold(one, along('XY', same(1), ['2027-06-02 12:00']))
    const emissions = one.paths({ tokens: [tokenFrom('O', '2026-03-02 11:00')] })
    expect(bounds(emissions)).toEqual(['path_bound_reached B R18 R19'])
    expect(one.takeTokens()).toEqual([])
  })

  it('paths whose window is over make room without a word', () => {
    const one = scorer()
    one.paths({
      tokens: Array.from({ length: heldMax }, (_, index) => tokenFrom(`O${index}`, '2026-03-02 09:00')),
    })
    fold(one, along('XY', same(1), ['2026-04-02 12:00']))
    expect(bounds(one.paths({ tokens: [tokenFrom('N', '2026-04-02 11:59')] }))).toEqual([])
  })
})

describe('a rule set without rules about paths', () => {
  it('makes no tokens and takes none in', () => {
    const bare = createScorer(noState)
    const { file } = ruleSet
    const rules = file.rules.filter(({ path }) => path === undefined)
    const content = JSON.stringify({ ...file, rules, scoring: { ...file.scoring, combinations: [] } })
    bare.control(activationOf(ruleSet, { content }))
    fold(bare, along('ABCD', same(3)))
    expect(bare.takeTokens()).toEqual([])
    expect(bare.paths({ tokens: [tokenFrom('O', '2026-03-02 09:00')] })).toEqual([])
    expect(bare.control(controlOf('source_idle', { source: 0 }))).toBeDefined()
  })
})
