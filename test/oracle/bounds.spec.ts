/**
 * The bound of a subject's memory: within it every verdict is exact; beyond it the engine says so, of that subject alone, and all others stay exact.
 * Random histories with a bound so low that some subjects are beyond it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Outcome } from '../../schemas/types.ts'
import type { Emission, RuleSetContent } from '../../services/warn/app.ts'
import { loadRuleSet } from '../../services/warn/app.ts'
import { seed } from '../support/seed.ts'
import { lateRows } from './arrival.ts'
import { openOracle } from './campaign.ts'
import { emissionsFor, engineVerdicts } from './engine.ts'
import { historyOf } from './histories.ts'
import type { History } from './history.ts'
import { covered } from './sql-oracle.ts'
import type { SqlOracle } from './sql-oracle.ts'

const runs = 300
/** The lowest that a rule file may name. */
const most = 100
const dayMs = 86_400_000
const known = new Set(covered)
let bounded: RuleSetContent
let oracle: SqlOracle

beforeAll(async () => {
  const { file, sha256 } = await loadRuleSet()
  const low = { ...file, parameters: { ...file.parameters, max_flows_per_subject: most } }
  bounded = { file: low, content: JSON.stringify(low), sha256 }
  oracle = await openOracle(bounded)
})
afterAll(() => oracle.close())

/** Event times of the flows of each subject that came in time, each once. */
function timesOf(history: History): Map<string, number[]> {
  const late = lateRows(history, bounded.file.parameters.allowed_lateness_ms)
  const times = new Map<string, number[]>()
  const seen = new Set<string>()
  for (const [index, row] of history.rows.entries()) {
    if (seen.has(row.txn_id) || late.has(index)) continue
    seen.add(row.txn_id)
    for (const side of ['payer', 'payee'] as const) {
      if (row[`${side}_kind`] === 'institution') continue
      const name = row[`${side}_id`] || row[`${side}_account`]
      times.set(name, [...(times.get(name) ?? []), Date.parse(row.booked_at)])
    }
  }
  return times
}

function beyond(emissions: readonly Emission[]): readonly Outcome[] {
  return emissions.flatMap((emission) =>
    emission.type === 'outcome' && emission.outcome.reason === 'state_bound_reached'
      ? [emission.outcome]
      : [],
  )
}

describe(`a bound of ${most} flows per subject (seed ${seed})`, () => {
  let told = 0
  let exact = 0

  it(`is told of every subject beyond it and of no other, and others keep every verdict, on ${runs} random histories`, async () => {
    for (let from = 0; from < runs; from += 100) {
      const histories = Array.from({ length: 100 }, (_, index) => historyOf(`${seed}/bounds`, from + index))
      const expected = await oracle.verdicts(histories)
      for (const [index, history] of histories.entries()) {
        const emissions = emissionsFor(history, bounded)
        const over = new Set(beyond(emissions).map(({ subject_id }) => subject_id))
        const isKept = (verdict: string): boolean => !over.has(verdict.split(' ')[1] ?? '')
        const said = engineVerdicts(emissions, known, bounded)
        const where = `history ${from + index} of ${seed}/bounds`
        expect(said.filter(isKept), where).toEqual(expected[index]?.filter(isKept))
        for (const [subject, times] of timesOf(history)) {
          if (times.length <= most) expect(over.has(subject), `${where}: ${subject}`).toBe(false)
          const spanMs = Math.max(...times) - Math.min(...times)
          if (times.length > most && spanMs < 360 * dayMs)
            expect(over.has(subject), `${where}: ${subject}`).toBe(true)
        }
        told += over.size
        exact += said.filter(isKept).length
      }
    }
    expect(told).toBeGreaterThan(5)
    expect(exact).toBeGreaterThan(300)
  })

  it('names the rules that could not count what was given up: all that look at more than one transaction', () => {
    const history = Array.from({ length: 60 }, (_, number) => historyOf('bounds', number)).find(
      (one) => beyond(emissionsFor(one, bounded)).length > 0,
    )
    const [outcome] = history === undefined ? [] : beyond(emissionsFor(history, bounded))
    const several = bounded.file.rules.filter(({ window }) => window.unit !== 'transaction')
    expect(outcome?.kind).toBe('unscored')
    expect(outcome?.rule_ids).toEqual(several.map(({ id }) => id))
  })
})
