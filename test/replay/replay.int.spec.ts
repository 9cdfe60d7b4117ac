/**
 * `weir replay`: the same file gives the same bytes (G2), and R01, R02, R03 and R12 name exactly the subjects that an
 * independent program names.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seed } from '../support/seed.ts'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'
import { difficultCsv } from './difficult-csv.ts'

const shared = process.env['WEIR_SHARED'] ?? join(import.meta.dirname, '..', '..', '..', 'shared')
const thirdParty = join(shared, 'data', 'amlgentex_template_csv', 'transactions.csv.gz')
const hasPython = spawnSync('python3', ['--version']).status === 0
if (!hasPython) process.stderr.write('python3 is not here: the independent recomputation is skipped\n')
if (!existsSync(thirdParty)) process.stderr.write(`${thirdParty} is not here: third-party data is skipped\n`)

let root = ''
const at = (name: string): string => join(root, name)

interface Warned {
  readonly subject_id: string
  readonly rules: readonly { readonly rule_id: string }[]
}

async function replayed(file: string, out: string): Promise<Ended> {
  return weir(['replay', file, '--out', at(out), '--json']).ended
}

async function filesOf(out: string): Promise<readonly string[]> {
  return Promise.all(
    ['warnings.ndjson', 'summary.json'].map(async (name) => readFile(at(join(out, name)), 'utf8')),
  )
}

async function warningsOf(out: string): Promise<readonly Warned[]> {
  const [lines = ''] = await filesOf(out)
  return lines
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Warned)
}

/** Subjects by the rule that raised the warning. */
async function namedBy(out: string): Promise<Record<string, readonly string[]>> {
  const named: Record<string, Set<string>> = {
    R01: new Set(),
    R02: new Set(),
    R03: new Set(),
    R12: new Set(),
  }
  for (const { subject_id: subject, rules } of await warningsOf(out))
    named[rules[0]?.rule_id ?? '']?.add(subject)
  return Object.fromEntries(Object.entries(named).map(([rule, subjects]) => [rule, [...subjects].toSorted()]))
}

function recomputed(csv: string): unknown {
  const script = join(import.meta.dirname, 'recompute.py')
  return JSON.parse(execFileSync('python3', [script, csv], { encoding: 'utf8', maxBuffer: 2 ** 28 }))
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-replay-'))
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('G2: weir replay', () => {
  it('gives the same bytes for the same file, plain or gzip', async () => {
    const text = difficultCsv(`bytes/${seed}`, 4000)
    await writeFile(at('a.csv'), text)
    await writeFile(at('a.csv.gz'), gzipSync(text))
    for (const [file, out] of [
      ['a.csv', 'a1'],
      ['a.csv', 'a2'],
      ['a.csv.gz', 'a3'],
    ] as const) {
      const { code, stderr } = await replayed(at(file), out)
      expect(code, stderr).toBe(0)
    }
    const first = await filesOf('a1')
    expect(first[0]).not.toBe('')
    expect(await filesOf('a2')).toEqual(first)
    expect(await filesOf('a3')).toEqual(first)
  })

  it('writes warnings with the fields of the contract, in its order', async () => {
    const [warning] = await warningsOf('a1')
    const fields =
      'warning_id subject_id risk_type level score rules event_time first_txn_id last_txn_id txn_ids explanation exemptions'
    expect(Object.keys(warning ?? {})).toEqual(fields.split(' '))
    const ruleFields = 'rule_id version family level values thresholds window basis'
    expect(Object.keys(warning?.rules[0] ?? {})).toEqual(ruleFields.split(' '))
  })

  it('leaves out a bad row, says how many and why, and scores the rest', async () => {
    const text = difficultCsv('bad rows', 10)
    await writeFile(at('bad.csv'), `${text}T-BAD,2026-03-01T10:00:00,5,CNY,A1,,,,,A2,,,,,,,,\n`)
    const { code, stdout } = await replayed(at('bad.csv'), 'bad')
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({ refused: { date_without_offset: 1 } })
  })

  it('refuses a file that is not there with exit code 4, and what is no payment file with 3', async () => {
    const missing = await replayed(at('missing.csv'), 'none')
    expect(missing.code).toBe(4)
    expect(missing.stderr).toContain('missing.csv')
    await writeFile(at('letter.csv'), 'dear sir,\nno payments today\n')
    const letter = await replayed(at('letter.csv'), 'none')
    expect(letter.code).toBe(3)
    expect(letter.stderr).toContain('unknown_format')
  })
})

describe.skipIf(!hasPython)(`R01, R02, R03 and R12 against an independent program (seed ${seed})`, () => {
  it.each([1, 2, 3])('name exactly the same subjects: difficult file %i', async (number) => {
    const file = at(`difficult-${number}.csv`)
    await writeFile(file, difficultCsv(`${seed}/${number}`, 6000))
    const { code, stderr } = await replayed(file, `difficult-${number}`)
    expect(code, stderr).toBe(0)
    const named = await namedBy(`difficult-${number}`)
    expect(named).toEqual(recomputed(file))
    expect(Object.values(named).every((subjects) => subjects.length > 0)).toBe(true)
  })

  it.skipIf(!existsSync(thirdParty))('name exactly the same subjects in third-party data', async () => {
    const { code, stderr } = await replayed(thirdParty, 'third')
    expect(code, stderr).toBe(0)
    await writeFile(at('third.csv'), execFileSync('gzip', ['-dc', thirdParty], { maxBuffer: 2 ** 28 }))
    expect(await namedBy('third')).toEqual(recomputed(at('third.csv')))
  })
})
