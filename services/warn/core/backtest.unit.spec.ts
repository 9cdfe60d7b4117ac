import { describe, expect, it } from 'vitest'
import { payment } from '../../../test/support/transaction.ts'
import type { Payment } from '../../../test/support/transaction.ts'
import { loadRuleSet } from '../shell/rule-files.ts'
import { Comparison } from './backtest.ts'
import type { Emission } from './fold.ts'
import { createReplay } from './replay.ts'
import { canonicalJson, requireRuleFile } from './rules/rule-file.ts'
import type { RuleSetContent } from './rules/rule-file.ts'
import type { RuleSpec } from './rules/schema.ts'

const shipped = await loadRuleSet()

/** R02 alone, with these levels. */
function only(levels: RuleSpec['levels']): RuleSetContent {
  const { file } = shipped
  const rules = file.rules
    .filter(({ id }) => id === 'R02')
    .map(({ raise: _raise, ...rule }) => ({ ...rule, levels }))
  const scoring = { ...file.scoring, combinations: [] }
  return requireRuleFile(canonicalJson({ ...file, scoring, rules }), file.calendar)
}

const compare = (active: RuleSetContent, candidate: RuleSetContent, payments: readonly Payment[]) => {
  const comparison = new Comparison()
  const engines = { active: createReplay(active), candidate: createReplay(candidate) }
  for (const facts of payments) {
    const rows = [payment({ ...facts, payee_kind: 'institution' })]
    comparison.take('active', engines.active.push(rows))
    comparison.take('candidate', engines.candidate.push(rows))
  }
  comparison.take('active', engines.active.finish())
  comparison.take('candidate', engines.candidate.finish())
  return comparison.finish()
}

const paid = (amount: string, day = 2): Payment => ({
  at: `2026-03-0${day} 10:00`,
  amount,
  from: 'A',
  to: 'BANK',
})

const from = (total: string, level: 'blue' | 'yellow' = 'blue') => only([{ level, any: [{ total }] }])

describe('a back-test', () => {
  it('finds nothing different between equal sets', () => {
    const found = compare(from('500000'), from('500000'), [paid('600000'), paid('500000', 3)])
    expect(found.total).toEqual({
      warnings: { active: 2, candidate: 2 },
      new: 0,
      gone: 0,
      raised: 0,
      lowered: 0,
      same: 2,
    })
    expect(found.examples).toEqual([])
  })

  it('tells what a lower line adds and a higher one takes away', () => {
    const payments = [paid('500000'), paid('450000', 3)]
    expect(compare(from('500000'), from('400000'), payments).byRule).toMatchObject({
      R02: { new: 1, gone: 0, same: 1 },
    })
    const higher = compare(from('400000'), from('500000'), payments)
    expect(higher.byRule).toMatchObject({ R02: { new: 0, gone: 1, same: 1 } })
    expect(higher.examples).toMatchObject([
      { rule: 'R02', subject: 'A', period: '2026-03-03|out', active: 'blue', candidate: undefined },
    ])
  })

  it('tells whose level moved, by the highest level a finding reached', () => {
    const two = only([
      { level: 'yellow', any: [{ total: '550000' }] },
      { level: 'blue', any: [{ total: '500000' }] },
    ])
    const found = compare(from('500000'), two, [paid('500000'), paid('50000')])
    expect(found.total).toMatchObject({ raised: 1, lowered: 0, warnings: { active: 1, candidate: 2 } })
    expect(found.moved).toEqual({ 'blue→yellow': 1 })
    expect(found.byLevel).toMatchObject({
      blue: { active: 1, candidate: 1 },
      yellow: { active: 0, candidate: 1 },
    })
  })

  it('settles findings as time goes on, and comes to the same', () => {
    const days = 300
    const emissions = Array.from({ length: 200 * days }, (_, index): Emission => {
      const at = Date.parse('2025-03-02T02:00:00Z') + Math.floor(index / 200) * 86_400_000
      return {
        type: 'warning',
        warning: { ...template, subject_id: `S${index % 200}`, event_time: at },
        period: `${at}`,
      }
    })
    const comparison = new Comparison()
    let most = 0
    for (const emission of emissions) {
      comparison.take('active', [emission])
      if (emission.type !== 'outcome' && emission.warning.subject_id !== 'S7')
        comparison.take('candidate', [emission])
      most = Math.max(most, comparison.openCount)
    }
    expect(most).toBeLessThan(25_000)
    expect(comparison.finish().total).toMatchObject({ gone: days, same: 199 * days, new: 0 })
  })
})

const [template] = (() => {
  const engine = createReplay(from('500000'))
  engine.push([payment({ ...paid('600000'), payee_kind: 'institution' })])
  return engine.finish().flatMap((one) => (one.type === 'warning' ? [one.warning] : []))
})() as [Extract<Emission, { type: 'warning' }>['warning']]
