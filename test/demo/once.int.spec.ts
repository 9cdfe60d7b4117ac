/** `weir demo --once --json`: one command, one line of figures that add up, the same again at the next start. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DemoSummary } from '../../services/cli/demo/summary.ts'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'
import { holdingsOf } from './holdings.ts'
import type { Holdings } from './holdings.ts'
import { demoArguments, summaryOf } from './run.ts'

const size = { transactions: 1500, days: 15, seed: 4711 }

let root = ''
let first: Ended
let second: Ended
let left: Holdings
let leftAgain: Holdings

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-once-'))
  const district = { ...size, directory: join(root, 'data') }
  first = await weir(demoArguments(district)).ended
  left = await holdingsOf(district.directory)
  second = await weir(demoArguments(district)).ended
  leftAgain = await holdingsOf(district.directory)
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** Without the times of the process itself. */
function countsOf(end: Ended): Partial<DemoSummary> {
  const { first_warning_ms: _first, duration_s: _duration, ...counts } = summaryOf(end)
  return counts
}

describe('a demo run to its end', () => {
  it('exits 0 with one line of JSON on stdout and its progress on stderr', () => {
    expect(first.code, first.stderr).toBe(0)
    expect(first.stdout.trimEnd().split('\n')).toHaveLength(1)
    expect(first.stderr).toContain('1,500')
  })

  it('tells transactions, flows, warnings by level, leads, cases by state, what was kept in time, and how long it took', () => {
    const summary = summaryOf(first)
    expect(summary).toMatchObject({
      transactions: size.transactions,
      warnings: {
        red: expect.any(Number) as number,
        orange: expect.any(Number) as number,
        yellow: expect.any(Number) as number,
        blue: expect.any(Number) as number,
      },
      leads: expect.any(Number) as number,
      cases: expect.any(Object) as object,
      overdue: 0,
      dead_letters: 0,
    })
    expect(summary.flows).toBeGreaterThan(size.transactions)
    expect(summary.on_time_rate).toBeGreaterThan(0.5)
    expect(summary.on_time_rate).toBeLessThanOrEqual(1)
    expect(summary.first_warning_ms).toBeGreaterThan(0)
    expect(summary.duration_s * 1000).toBeGreaterThanOrEqual(summary.first_warning_ms ?? Infinity)
  })

  it('counts the warnings that lie in the topic', () => {
    const byLevel = Object.fromEntries(
      (['red', 'orange', 'yellow', 'blue'] as const).map((level) => [
        level,
        left.warnings.filter((warning) => warning.level === level).length,
      ]),
    )
    expect(summaryOf(first).warnings).toEqual(byLevel)
    expect(left.warnings.length).toBeGreaterThan(10)
  })

  it('accounts for every lead: each has a case, and each case is closed', () => {
    const { leads, cases, cards } = summaryOf(first)
    const opened = left.caseEvents.filter(({ type }) => type === 'lead_opened')
    expect(opened).toHaveLength(leads)
    expect(sumOf(cases)).toBe(leads)
    expect(cases).toEqual({ closed: leads })
    expect(sumOf(cards)).toBe(leads)
  })

  it('counts what people urged as the cases tell it', () => {
    const { reminded, supervised } = summaryOf(first)
    expect(left.caseEvents.filter(({ type }) => type === 'reminded')).toHaveLength(reminded)
    expect(left.caseEvents.filter(({ type }) => type === 'supervised')).toHaveLength(supervised)
  })
})

describe('a second start after the end', () => {
  it('prints the same figures again', () => {
    expect(countsOf(second)).toEqual(countsOf(first))
  })

  it('adds nothing to any topic that others read', () => {
    expect(leftAgain).toEqual(left)
  })
})

describe('a demo without a crew', () => {
  it('leaves every case open to people, and accounts for each', async () => {
    const district = { ...size, transactions: 600, days: 6, directory: join(root, 'alone') }
    const {
      cases,
      leads,
      on_time_rate: rate,
    } = summaryOf(await weir([...demoArguments(district), '--no-crew']).ended)
    expect(leads).toBeGreaterThan(0)
    expect(sumOf(cases)).toBe(leads)
    expect(cases['closed'] ?? 0).toBe(0)
    expect(rate === null || rate < 1).toBe(true)
  })
})
