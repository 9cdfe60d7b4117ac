/** Counterparties met for the first time: what makes somebody known, and for how long. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../../../test/support/seed.ts'
import type { Payment } from '../../../../../test/support/transaction.ts'
import { instant, payment } from '../../../../../test/support/transaction.ts'
import { loadRuleSet } from '../../../shell/rule-files.ts'
import { scoreTransactions } from '../../replay.ts'

const ruleSet = await loadRuleSet('profiles/transfers.yaml')
const day = 86_400_000

/** Levels of P01 for A, the payments folded so many at a time. */
function levels(payments: readonly Payment[], blockSize = 256): string[] {
  const found = [...scoreTransactions(payments.map(payment), ruleSet, { blockSize })].flatMap((emission) => {
    if (emission.type !== 'warning' || emission.warning.subject_id !== 'A') return []
    const [hit] = emission.warning.rules
    return hit?.rule_id === 'P01' ? [hit.level] : []
  })
  return found.toSorted()
}

const at = instant('2026-03-02 10:00')
/** So many people pay A, a minute apart. */
const strangers = (count: number, from = at): Payment[] =>
  Array.from({ length: count }, (_, index) => ({
    at: from + index * 60_000,
    from: `P${index}`,
    to: 'A',
    amount: '10',
  }))
/** The first of them paid A so long before. */
const met = (daysBefore: number): Payment => ({
  at: at - daysBefore * day,
  from: 'P0',
  to: 'A',
  amount: '10',
})

describe('counterparties never met before (count_new)', () => {
  it.each([
    ['three', strangers(3), []],
    ['four', strangers(4), ['blue']],
    ['five', strangers(5), ['blue', 'yellow']],
    ['five, one of them met last week', [met(7), ...strangers(5)], ['blue']],
    ['five, one of them met within the year', [met(364), ...strangers(5)], ['blue']],
    ['five, one of them met longer ago', [met(366), ...strangers(5)], ['blue', 'yellow']],
    [
      'five, one of them twice the same day',
      [...strangers(5), { ...met(0), at: at + day / 2 }],
      ['blue', 'yellow'],
    ],
    [
      'five payers, one of whom A had paid: that is the other direction',
      [{ at: at - day * 2, from: 'A', to: 'P0', amount: '10' }, ...strangers(5)],
      ['blue', 'yellow'],
    ],
    [
      'five within 25 hours',
      [...strangers(4), { ...met(0), from: 'P9', at: at + day + 3_600_000 }],
      ['blue'],
    ],
  ] as const)('%s', (_what, payments, expected) => {
    expect(levels(payments)).toEqual(expected)
  })

  it('do not depend on the order of arrival', () => {
    for (const before of [[], [met(7)]]) {
      const expected = levels([...before, ...strangers(5)])
      expect(levels([...before, ...strangers(5).toReversed()], 1)).toEqual(expected)
    }
  })

  it('are those of a plain recount, on random histories', async () => {
    const payments = fc.array(
      fc.record({
        at: fc.integer({ min: 0, max: 20 * 24 }).map((hour) => at + hour * 3_600_000),
        from: fc.integer({ min: 0, max: 11 }).map((number) => `P${number}`),
        to: fc.constant('A'),
        amount: fc.constant('10'),
      }),
      { minLength: 4, maxLength: 60 },
    )
    const property = fc.property(payments, (some) => {
      const sorted = some.toSorted((a, b) => a.at - b.at)
      const most = Math.max(...sorted.map((one) => newPayers(sorted, one.at)))
      const expected = [4, 5, 6].flatMap((line, index) =>
        most >= line ? [['blue', 'yellow', 'orange'][index] ?? ''] : [],
      )
      expect(levels(sorted, 5)).toEqual(expected.toSorted())
    })
    await checked(property, 200)
  })
})

/** People who paid within the 24 hours up to `time`, and not before. */
function newPayers(payments: readonly { at: number; from: string }[], time: number): number {
  const within = payments.filter((one) => one.at <= time && one.at > time - day)
  const before = new Set(payments.filter((one) => one.at <= time - day).map(({ from }) => from))
  return new Set(within.map(({ from }) => from).filter((from) => !before.has(from))).size
}
