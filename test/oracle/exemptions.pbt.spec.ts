/** Laws of exemptions: the order of arrival changes nothing, nothing red is lost, and whoever has none is not touched. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Control, Transaction, Warning } from '../../schemas/types.ts'
import type { Emission } from '../../services/warn/app.ts'
import {
  activationOf,
  controlOf,
  createScorer,
  createSplitter,
  loadRuleSet,
} from '../../services/warn/app.ts'
import { checked } from '../support/seed.ts'
import { transactions } from './moves.ts'

const ruleSet = await loadRuleSet()
const runs = Number(process.env['WEIR_TEST_LAW_RUNS'] ?? 100)
const day = 86_400_000
const start = Date.parse('2026-02-10T00:00:00+08:00')
const latenessMs = ruleSet.file.parameters.allowed_lateness_ms
const noState = { get: () => undefined, entries: () => [] }

const grants = fc
  .array(
    fc.record({
      subject_id: fc.constantFrom('A', 'B', 'S', 'S'),
      counterparty_id: fc.constantFrom('', '', 'B', 'P1'),
      rule_ids: fc.subarray(['R01', 'R02', 'R03', 'R12'], { minLength: 1 }),
      valid_from: fc.integer({ min: -100, max: 3 }).map((days) => start + days * day),
      days: fc.integer({ min: 1, max: 120 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((list) =>
    list.map(({ days, ...grant }, index): Control => {
      const facts = { exemption_id: `x${index}`, kind: 'payroll', approver: 'somebody' }
      const content = JSON.stringify({ ...grant, ...facts, valid_until: grant.valid_from + days * day })
      return controlOf('exemption_granted', { control_id: `exemption/x${index}`, content })
    }),
  )

function folded(list: readonly Transaction[], controls: readonly Control[], size: number): Emission[] {
  const splitter = createSplitter({ source: 0, partitions: 1, partitionOf: () => 0, state: noState })
  const scorer = createScorer(noState)
  const emissions = scorer.control(activationOf(ruleSet))
  for (const control of controls) emissions.push(...scorer.control(control))
  for (let from = 0; from < list.length; from += size)
    for (const { block } of splitter.split(list.slice(from, from + size)).blocks)
      emissions.push(...scorer.block(block))
  return [...emissions, ...scorer.finish()]
}

const warnings = (emissions: readonly Emission[]): Warning[] =>
  emissions.flatMap((one) => (one.type === 'warning' ? [one.warning] : []))

/** Warnings and exempted hits, by the id of the warning. */
const ids = (emissions: readonly Emission[]): string[] =>
  emissions
    .flatMap((one) => {
      if (one.type !== 'outcome') return [one.warning.warning_id]
      return one.outcome.kind === 'exempted' ? [`exempted ${one.outcome.warning_id}`] : []
    })
    .toSorted()

const hitIds = (emissions: readonly Emission[], isRed: boolean): string[] =>
  warnings(emissions)
    .filter(({ rules }) => (rules[0]?.level === 'red') === isRed)
    .map(({ warning_id: id }) => id)
    .toSorted()

describe('exemptions', () => {
  it('let the same hits be warnings in whatever order payments arrive within the allowed lateness', () =>
    checked(
      fc.property(
        transactions,
        grants,
        fc.array(fc.integer({ min: 0, max: latenessMs }), { minLength: 300, maxLength: 300 }),
        fc.constantFrom(1, 5, 64),
        (list, controls, delays, size) => {
          const shuffled = list
            .map((one, index) => ({ one, arrives: one.booked_at + (delays[index] ?? 0) }))
            .toSorted((a, b) => a.arrives - b.arrives)
            .map(({ one }) => one)
          expect(ids(folded(shuffled, controls, size))).toEqual(ids(folded(list, controls, 1)))
        },
      ),
      runs,
    ))

  it('lose no hit that is red, and make no hit that was none', () =>
    checked(
      fc.property(transactions, grants, (list, controls) => {
        const without = folded(list, [], 4)
        const withThem = folded(list, controls, 4)
        expect(hitIds(withThem, true)).toEqual(hitIds(without, true))
        const possible = new Set(ids(without))
        // Payments left out may move the moment at which a period's line is crossed, never the period.
        for (const id of hitIds(withThem, false)) expect(possible).toContain(id)
      }),
      runs,
    ))

  it('do not touch those who have none', () =>
    checked(
      fc.property(transactions, grants, (list, controls) => {
        const others = ({ subject_id: id }: Warning): boolean => !['A', 'B', 'S'].includes(id)
        const text = (emissions: readonly Emission[]): string[] =>
          warnings(emissions)
            .filter(others)
            .map((one) => JSON.stringify(one))
        expect(text(folded(list, controls, 4))).toEqual(text(folded(list, [], 4)))
      }),
      runs,
    ))
})
