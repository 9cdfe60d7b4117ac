/** The rules over facts against an independent program: R15, R21, R23, R24, R25 and R28 recomputed from docs/spec/warn.md alone. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Warning } from '../../../schemas/types.ts'
import { activationOf, createScorer, loadRuleSet } from '../../../services/warn/app.ts'
import type { Emission } from '../../../services/warn/app.ts'
import { flowsOf } from '../../support/flows.ts'
import { checked } from '../../support/seed.ts'
import { verdictOf } from '../../support/verdicts.ts'
import { recomputedWithFacts } from '../coverage.ts'
import { cameAnyTime, knownBefore } from './histories.ts'
import type { FactHistory } from './histories.ts'
import { recomputed } from './recompute.ts'

const ruleSet = await loadRuleSet()
/** Half of them with facts known before, half with facts that come at any time. */
const runs = Number(process.env['WEIR_TEST_ORACLE_RUNS'] ?? 1_000)
const { calendar } = ruleSet.file

/** What the fold says of the history, in the words of the oracle. */
function engineVerdicts({ payments, facts, places }: FactHistory): string[] {
  const scorer = createScorer({ get: () => undefined, entries: () => [] })
  const emissions: Emission[] = scorer.control(activationOf(ruleSet))
  const factsAt = Map.groupBy(facts.entries(), ([index]) => places[index] ?? 0)
  for (let at = 0; at <= payments.length; at += 1) {
    for (const [, fact] of factsAt.get(at) ?? []) emissions.push(...scorer.fact(fact))
    const paid = payments[at]
    if (paid === undefined) continue
    emissions.push(...scorer.block({ source: 0, source_event_time: paid.booked_at, flows: flowsOf(paid) }))
  }
  emissions.push(...scorer.finish())
  return emissions
    .flatMap((one): Warning[] => (one.type === 'warning' ? [one.warning] : []))
    .filter(({ rules }) => recomputedWithFacts.includes(rules[0]?.rule_id ?? ''))
    .map((warning) => verdictOf(warning, ruleSet))
    .toSorted()
}

/** Histories in which a level of a rule held, by `rule level`, and in which it did not. */
const held = new Map<string, number>()
let histories = 0

function compare(history: FactHistory): void {
  const expected = recomputed(history.payments, history.facts, calendar)
  histories += 1
  for (const name of new Set(expected.map((line) => line.replace(/ .* /, ' '))))
    held.set(name, (held.get(name) ?? 0) + 1)
  expect(engineVerdicts(history)).toEqual(expected)
}

describe('subjects, months and levels of the rules over facts are those of the oracle', () => {
  it('when the facts were known before the payments', () =>
    checked(fc.property(knownBefore, compare), Math.ceil(runs / 2)))

  it('when facts that only add came at any time, in any order', () =>
    checked(fc.property(cameAnyTime, compare), Math.ceil(runs / 2)))

  it.skipIf(runs < 1_000)('which were reached often, at every level, and often not', () => {
    const levels = ruleSet.file.rules
      .filter(({ id }) => recomputedWithFacts.includes(id))
      .flatMap(({ id, levels: rows }) => rows.map(({ level }) => `${id} ${level}`))
    const counts = levels.map((name) => ({ name, count: held.get(name) ?? 0 }))
    expect(counts.filter(({ count }) => count < 5 || count > 0.9 * histories)).toEqual([])
  })
})
