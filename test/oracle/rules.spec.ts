/**
 * The engine against an independent program: the rules recomputed in SQL over the rows of the file, from docs/spec/warn.md alone.
 * Rows come out of order, some too late, some twice, with any offset, without ids, of every kind, channel, country and currency.
 * The long comparison is `npm run oracle -- --histories 100000`.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadRuleSet } from '../../services/warn/app.ts'
import { seed } from '../support/seed.ts'
import { campaign, knownFailures, openOracle } from './campaign.ts'
import type { Tally } from './campaign.ts'
import { compare } from './comparison.ts'
import { missedMin, reachedMin, recomputedWithFacts, uncovered } from './coverage.ts'
import type { Row } from './row.ts'
import { covered } from './sql-oracle.ts'
import type { SqlOracle } from './sql-oracle.ts'

const runs = Number(process.env['WEIR_TEST_ORACLE_RUNS'] ?? 1_000)
const ruleSet = await loadRuleSet()
let oracle: SqlOracle

beforeAll(async () => {
  oracle = await openOracle(ruleSet)
})
afterAll(() => oracle.close())

describe('the oracle', () => {
  it('knows every rule of the set, or says which it does not know and why', () => {
    const ids = ruleSet.file.rules.map(({ id }) => id)
    const answersTo = (id: string): number =>
      [covered.includes(id), recomputedWithFacts.includes(id), id in uncovered].filter(Boolean).length
    expect(ids.filter((id) => answersTo(id) !== 1)).toEqual([])
  })
})

describe('subjects, periods and levels of the rules', () => {
  it.each(knownFailures())(
    'are those of the oracle where they once were not: $name, $why',
    async (history) => {
      const { failed } = await compare([history], oracle, ruleSet)
      expect(failed).toBeUndefined()
    },
  )

  describe(`on ${runs} random histories (npm run oracle -- --seed ${seed} --histories ${runs})`, () => {
    let tally: Tally
    beforeAll(async () => {
      tally = await campaign(String(seed), { from: 0, to: runs }, oracle, ruleSet)
    })

    it('are those of the oracle', () => {
      expect(tally.failure).toBeUndefined()
      expect(tally.histories).toBe(runs)
    })

    it.skipIf(runs < 1_000)('were reached often, at every level, and often just missed', () => {
      const tooRare = Object.entries(reachedMin).filter(
        ([name, least]) => (tally.reached.get(name) ?? 0) < least,
      )
      expect(tooRare).toEqual([])
      const levels = ruleSet.file.rules
        .filter(({ id }) => covered.includes(id))
        .flatMap(({ id, levels: rows }) => rows.map(({ level }) => `${id} ${level}`))
      expect(levels.filter((name) => !(name in reachedMin))).toEqual([])
      expect(covered.filter((rule) => (tally.missed.get(rule) ?? 0) < missedMin)).toEqual([])
    })
  })

  const data = join(import.meta.dirname, '../../../shared/data/amlgentex_template_csv/transactions.csv.gz')

  it.skipIf(!existsSync(data))(
    'are those of the oracle over a third-party file (skipped where it is absent)',
    async () => {
      // So many take seconds; all of them, minutes.
      const rows: Row[] = parse(gunzipSync(readFileSync(data)), { columns: true, to: 40_000 })
      const { failed } = await compare([{ rows, blockSize: 256, aims: [] }], oracle, ruleSet)
      expect(failed).toBeUndefined()
    },
  )
})
