/**
 * The engine against an independent program: R01, R02, R03 and R12 recomputed in SQL over the rows of the file.
 * Rows come up to 30 minutes out of order, with any offset, without ids, of every kind, channel and country.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadRuleSet } from '../../services/warn/app.ts'
import { checked } from '../support/seed.ts'
import { engineVerdicts } from './engine.ts'
import { histories } from './histories.ts'
import type { Row } from './row.ts'
import { SqlOracle } from './sql-oracle.ts'

const runs = Number(process.env['WEIR_TEST_ORACLE_RUNS'] ?? 300)
const ruleSet = await loadRuleSet()
let oracle: SqlOracle

beforeAll(async () => {
  oracle = await SqlOracle.open({ USD: '7.10', EUR: '7.80' })
})
afterAll(() => oracle.close())

describe('the subjects, periods and levels of R01, R02, R03 and R12', () => {
  it(`are those of a plain recomputation in SQL, on ${runs} random histories`, async () => {
    let verdicts = 0
    await checked(
      fc.asyncProperty(histories, fc.constantFrom(1, 7, 256), async (rows, blockSize) => {
        const expected = await oracle.verdicts(rows)
        verdicts += expected.length
        expect(engineVerdicts(rows, ruleSet, blockSize)).toEqual(expected)
      }),
      runs,
    )
    expect(verdicts).toBeGreaterThan(runs)
  })

  const data = join(import.meta.dirname, '../../../shared/data/amlgentex_template_csv/transactions.csv.gz')

  it.skipIf(!existsSync(data))(
    'are those of a plain recomputation over a third-party file (skipped where it is absent)',
    async () => {
      const rows: Row[] = parse(gunzipSync(readFileSync(data)), { columns: true })
      expect(engineVerdicts(rows, ruleSet)).toEqual(await oracle.verdicts(rows))
    },
  )
})
