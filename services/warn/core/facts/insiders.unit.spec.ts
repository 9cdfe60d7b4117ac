/** The lines of R15, one row each: who is linked to A, what it takes in, and what it pays out. */
import { describe, expect, it } from 'vitest'
import { fact } from '../../../../test/support/fact.ts'
import type { Payment } from '../../../../test/support/transaction.ts'
import { instant, payment } from '../../../../test/support/transaction.ts'
import type { Fact } from '../../../../schemas/types.ts'
import { createReplay } from '../replay.ts'
import { loadRuleSet } from '../../shell/rule-files.ts'

const shipped = await loadRuleSet()
const hour = 3_600_000
const start = instant('2026-03-02 09:00')

/** Levels of R15 about A. */
function levels(facts: readonly Fact[], payments: readonly Payment[], isFactFirst = true): string {
  const replay = createReplay(shipped)
  const transactions = payments.map((one) => payment(one))
  const emissions = isFactFirst ? replay.facts(facts) : replay.push(transactions)
  emissions.push(...(isFactFirst ? replay.push(transactions) : replay.facts(facts)), ...replay.finish())
  const found = emissions.flatMap((one) => {
    const [hit] = one.type === 'warning' && one.warning.subject_id === 'A' ? one.warning.rules : []
    return hit?.rule_id === 'R15' ? [hit.level] : []
  })
  return [...new Set(found)].join(', ')
}

const link = (
  relation: 'legal_representative' | 'actual_controller' | 'insider' | 'family',
  until = 0,
): Fact => fact('link', '2026-01-01 00:00', { relation, other_id: 'BOSS', until })

const firm = { payer_kind: 'enterprise' } as const

/** People pay A 30,000 each; then A pays its boss and a supplier. */
const pooled = (payers: number, toBoss: string, toSupplier: string, at = start + 100 * hour): Payment[] => [
  ...Array.from({ length: payers }, (_, index) => ({
    at: start + index * hour,
    amount: '30000.00',
    from: `P${index}`,
    to: 'A',
    payee_kind: 'enterprise' as const,
  })),
  { at, amount: toSupplier, from: 'A', to: 'S', payee_kind: 'enterprise', ...firm },
  { at: at + hour, amount: toBoss, from: 'A', to: 'BOSS', ...firm },
]

type Row = readonly [what: string, facts: readonly Fact[], payments: readonly Payment[], expected: string]

const half = pooled(10, '100000.00', '100000.00')
const rows: readonly Row[] = [
  ['half of it to the legal representative', [link('legal_representative')], half, 'orange'],
  ['half of it to the actual controller', [link('actual_controller')], half, 'orange'],
  ['half of it to an insider', [link('insider')], half, 'orange'],
  ['half of it to family', [link('family')], half, ''],
  ['nobody is known', [], half, ''],
  ['a link that is over', [link('insider', instant('2026-03-02 00:00'))], half, ''],
  ['a cent less than half', [link('insider')], pooled(10, '99999.99', '100000.00'), ''],
  ['nine payers', [link('insider')], pooled(9, '100000.00', '100000.00'), ''],
  ['50,000.00', [link('insider')], pooled(10, '50000.00', '50000.00'), 'orange'],
  ['49,999.99', [link('insider')], pooled(10, '49999.99', '100.00'), ''],
  [
    'on the tenth working day',
    [link('insider')],
    pooled(10, '100000.00', '100000.00', instant('2026-03-13 10:00')),
    'orange',
  ],
  [
    'on the eleventh working day',
    [link('insider')],
    pooled(10, '100000.00', '100000.00', instant('2026-03-16 10:00')),
    '',
  ],
]

describe('R15 money pooled, then to private accounts', () => {
  it.each(rows)('%s', (_, facts, payments, expected) => {
    expect(levels(facts, payments)).toBe(expected)
  })

  it.each(rows)('%s, when the link is known later', (_, facts, payments, expected) => {
    expect(levels(facts, payments, false)).toBe(expected)
  })
})
