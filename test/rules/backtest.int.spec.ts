/** `weir rules test` and `weir rules backtest` as people run them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'

const directory = await mkdtemp(join(tmpdir(), 'weir-backtest-'))
const shipped = fileURLToPath(new URL('../../services/warn/rules/default.yaml', import.meta.url))
const run = (...args: string[]): Promise<Ended> => weir(['rules', ...args]).ended
const json = ({ stdout }: Ended): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>

async function file(name: string, content: string | Buffer): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, content)
  return path
}

const onlyR02 = { id: 'R02', version: 77 }

/** The shipped set with R02 from `total` on. */
async function candidate(total: string, level: string): Promise<string> {
  const rules = [{ ...onlyR02, levels: [{ level, any: [{ total }] }], raise: [] }]
  return file(`candidate-${total}.yaml`, stringify({ extends: shipped, version: 999, rules }))
}

const header = 'txn_id,booked_at,amount,currency,payer_id,payer_kind,payee_id,payee_kind,channel,source_id'
const row = (id: string, day: number, payer: string, amount: string): string =>
  `${id},2026-03-0${day}T10:00:00+08:00,${amount},CNY,${payer},person,BANK,institution,transfer,bank`

let first = ''
let second = ''
let labels = ''

beforeAll(async () => {
  first = await file('first.csv', [header, row('1', 2, 'A', '500000'), row('2', 2, 'B', '300000')].join('\n'))
  const rows = [header, row('3', 3, 'C', '300000'), row('4', 4, 'C', '100'), 'broken']
  second = await file('second.csv.gz', gzipSync(rows.join('\n')))
  labels = await file(
    'labels.csv.gz',
    gzipSync('txn_id,pattern_id,typology,is_laundering\n1,,,0\n2,7,split,1\n3,8,split,1\n4,,,0\n'),
  )
})
afterAll(async () => rm(directory, { recursive: true, force: true }))

describe('weir rules backtest', () => {
  it('tells what a changed threshold would have changed, over several files', async () => {
    const rules = await candidate('300000', 'yellow')
    const ended = await run(
      'backtest',
      '--rules',
      rules,
      '--data',
      first,
      second,
      '--labels',
      labels,
      '--json',
    )
    expect(ended.code).toBe(0)
    expect(json(ended)).toMatchObject({
      active: { id: 'default' },
      candidate: { id: 'default', version: 999 },
      transactions: 4,
      warnings_per_1000: { active: 250, candidate: 750 },
      by_rule: {
        R02: { warnings: { active: 1, candidate: 3 }, new: 2, gone: 0, raised: 1, lowered: 0, same: 0 },
      },
      moved: { 'blue→yellow': 1 },
      examples: expect.arrayContaining([
        expect.objectContaining({ rule: 'R02', subject: 'C', active: null, candidate: 'yellow' }),
      ]) as unknown,
      labels: {
        active: { recall: 0, patterns: 2 },
        candidate: { recall: 1, precision: 0.6667, by_typology: { split: { found: 2, of: 2 } } },
      },
    })
  })

  it('says the same to people, and compares with any set', async () => {
    const rules = await candidate('600000', 'blue')
    const ended = await run('backtest', '--rules', rules, '--data', first, '--against', shipped)
    expect(ended.code).toBe(0)
    expect(ended.stdout).toMatch(/R02 +1 → 0 +0 +1 +0 +0 +0\n/)
    expect(ended.stdout).toContain('R02 A 2026-03-02|out: blue → 无 none')
  })

  it.each([
    ['a rule file that is none', () => ['--rules', first, '--data', first], 3, /problem/],
    ['a rule file that is not there', () => ['--rules', 'none.yaml', '--data', first], 4, /none.yaml/],
    ['data that is not there', () => ['--rules', shipped, '--data', 'none.csv'], 4, /none.csv/],
  ])('refuses %s', async (_, args, code, message) => {
    const ended = await run('backtest', ...args())
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(message)
  })
})

describe('weir rules test', () => {
  it('runs the examples beside a rule file: those of the shipped set hold', async () => {
    expect(await run('test', shipped)).toMatchObject({ code: 0 })
  })

  it('names the examples in a rule file that do not hold, and what is missing or too much', async () => {
    const million = [{ at: '2026-03-02 10:00', from: 'A', to: 'B', amount: 1_000_000 }]
    const path = await file(
      'examples.yaml',
      stringify({
        extends: shipped,
        examples: [
          { name: 'right', transactions: million, expect: [], rules: ['R12'] },
          { name: 'wrong', transactions: million, expect: [{ rule: 'R01', subject: 'A', level: 'red' }] },
          { name: 'misspelt', transactions: million, expect: [], rules: ['R0I'] },
        ],
      }),
    )
    const ended = await run('test', path, '--json')
    expect(ended.code).toBe(3)
    expect(json(ended)).toMatchObject({
      examples: 3,
      failed: [
        { name: 'wrong', missing: ['R01 A red'], unexpected: ['R01 A orange', 'R01 B orange'] },
        { name: 'misspelt', missing: ['R0I (没有此规则 no such rule)'] },
      ],
    })
  })

  it('says where an example is not one', async () => {
    const path = await file('broken.yaml', stringify({ extends: shipped, examples: [{ name: 'x' }] }))
    const ended = await run('test', path)
    expect(ended.stderr).toContain('/examples/0')
    expect(await run('lint', path)).toMatchObject({ code: 3 })
  })
})
