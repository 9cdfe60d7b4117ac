/** The lines of the rules as tables: what happens on the line and just below it (domain catalogue 3.4). One subject, `A`, is looked at. */
import { describe, expect, it } from 'vitest'
import { createReplay, loadRuleSet } from '../../services/warn/app.ts'
import type { Payment } from './transaction.ts'
import { instant, payment } from './transaction.ts'

const ruleSet = await loadRuleSet()

/** A row: the rule's id and what is special, the payments, and the levels that this rule reaches for A, ascending by name. */
export type Row = readonly [what: string, payments: readonly Payment[], expected: string]

/** A payment by A to an institution, which is no subject. */
export const paid = (at: string | number, amount: string, rest: Partial<Payment> = {}): Payment => ({
  at,
  amount,
  from: 'A',
  to: 'BANK',
  payee_kind: 'institution',
  ...rest,
})

/** A payment to A by an institution. */
export const received = (at: string | number, amount: string, rest: Partial<Payment> = {}): Payment => ({
  at,
  amount,
  from: 'BANK',
  to: 'A',
  payer_kind: 'institution',
  ...rest,
})

/** In US dollars. */
export const usd = { currency: 'USD' } as const
/** Across the border. */
export const abroad = { country: 'US' } as const
/** A pays as an enterprise. */
export const firm = { payer_kind: 'enterprise' } as const
/** In cash. */
export const cash = { channel: 'cash' } as const

/** In event order. */
export function inOrder(payments: readonly Payment[]): Payment[] {
  return payments.toSorted((a, b) => instant(a.at) - instant(b.at))
}

/** Levels that one rule reached for A, each once. */
function levelsOf(rule: string, payments: readonly Payment[]): string {
  const replay = createReplay(ruleSet)
  const transactions = payments.map((facts) => payment(facts))
  const levels = [...replay.push(transactions), ...replay.finish()].flatMap((emission) => {
    const [hit] =
      emission.type === 'warning' && emission.warning.subject_id === 'A' ? emission.warning.rules : []
    return hit?.rule_id === rule ? [hit.level] : []
  })
  return [...new Set(levels)].toSorted().join(', ')
}

/** Checks a table row by row; a row's rule is the first word of its title. */
export function checkBoundaries(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', (what, payments, expected) => {
      const [rule = ''] = what.split(' ', 1)
      expect(levelsOf(rule, payments)).toBe(expected)
    })
  })
}
