/** What the detection report counts, on a truth small enough to check by hand. */
import { describe, expect, it } from 'vitest'
import { Tally } from './tally.ts'
import type { JudgedWarning, TallyOptions } from './tally.ts'
import { Truth } from './truth.ts'

const hour = 3_600_000
const labels = new Map([
  ['t1', { pattern: 'ring', typology: 'cycle' }],
  ['t2', { pattern: 'ring', typology: 'cycle' }],
  ['t3', { pattern: 'fan', typology: 'fan_in' }],
])

/** The ring moves 300 at hour 10 and 100 at hour 20, the fan 50 at hour 50; four legitimate payments. */
function truth(): Truth {
  const known = new Truth(labels)
  const rows: [string, number, number, string, string][] = [
    ['t1', 10, 300, 'A', 'B'],
    ['l1', 11, 10, 'A', 'X'],
    ['t2', 20, 100, 'B', 'A'],
    ['l2', 30, 10, 'Y', 'X'],
    ['t3', 50, 50, 'C', 'D'],
    ['l3', 60, 10, 'X', 'Y'],
    ['l4', 70, 10, 'X', 'Y'],
  ]
  for (const [txnId, at, amount, payer, payee] of rows)
    known.take({ txnId, at: at * hour, amount, subjects: [payer, payee] })
  return known
}

const warning = (subject: string, at: number, rest: Partial<JudgedWarning> = {}): JudgedWarning => ({
  subject,
  at: at * hour,
  level: 'yellow',
  rule: 'R09',
  riskType: 'T4',
  ...rest,
})

function report(warnings: readonly JudgedWarning[], options: TallyOptions = {}) {
  const tally = new Tally(truth(), options)
  for (const one of warnings) tally.take(one)
  return tally.report()
}

describe('the detection report', () => {
  it('finds a pattern by a warning on one of its accounts while it is at work, and a day longer', () => {
    expect(report([warning('A', 9)]).found).toBe(0)
    expect(report([warning('A', 10)]).found).toBe(1)
    expect(report([warning('B', 44)]).found).toBe(1)
    expect(report([warning('B', 44.01)]).found).toBe(0)
    expect(report([warning('X', 15)]).found).toBe(0)
  })

  it('says how much had moved when the first warning came', () => {
    expect(report([warning('A', 25), warning('B', 12)]).median_share_moved_at_first_warning).toBe(0.75)
    expect(report([]).median_share_moved_at_first_warning).toBeNull()
  })

  it('counts every wrong warning against the legitimate payments', () => {
    const found = report([warning('A', 10), warning('X', 12), warning('Y', 12), warning('Y', 13)])
    expect(found).toMatchObject({ warnings: 4, precision: 0.25, recall: 0.5, f1: 0.3333 })
    expect(found.warnings_per_1000_legit).toBe(1000)
    expect(found.by_typology).toEqual({ cycle: { found: 1, of: 1 }, fan_in: { found: 0, of: 1 } })
  })

  it('merges warnings into leads by subject and risk type: one right warning makes a lead right', () => {
    const found = report([warning('A', 10), warning('A', 90), warning('X', 12, { riskType: 'T1' })])
    expect(found).toMatchObject({ leads: 2, leads_precision: 0.5, subjects_warned: 2 })
  })

  it('says what each rule finds, what it alone finds, and what it costs', () => {
    const { by_rule } = report([
      warning('A', 10),
      warning('A', 12, { rule: 'R18' }),
      warning('C', 51, { rule: 'R07' }),
      warning('Y', 51, { rule: 'R07' }),
    ])
    expect(by_rule['R09']).toMatchObject({ patterns_found: 1, patterns_found_alone: 0, false_warnings: 0 })
    expect(by_rule['R18']).toMatchObject({ patterns_found: 1, patterns_found_alone: 0 })
    expect(by_rule['R07']).toMatchObject({ patterns_found: 1, patterns_found_alone: 1, precision: 0.5 })
  })

  it('leaves out levels below the least', () => {
    expect(report([warning('A', 10)], { levelMin: 'orange' })).toMatchObject({ warnings: 0, found: 0 })
    expect(report([warning('A', 10, { level: 'red' })], { levelMin: 'orange' }).found).toBe(1)
  })

  it('judges one half of the patterns without minding what is said of the other', () => {
    // In order of typology and id: the ring is the first, the fan the second.
    const about = [warning('A', 10), warning('X', 10)]
    expect(report(about, { half: 1 })).toMatchObject({ patterns: 1, warnings: 2, found: 1 })
    expect(report(about, { half: 2 })).toMatchObject({ patterns: 1, warnings: 1, found: 0 })
  })
})
