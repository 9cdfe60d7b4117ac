import { describe, expect, it } from 'vitest'
import type { AlertLevel, RuleHit } from '../../../schemas/types.ts'
import { loadRuleSet } from '../shell/rule-files.ts'
import { judge } from './scoring.ts'

const { file } = await loadRuleSet()

function hit(rule_id: string, level: AlertLevel): RuleHit {
  const family = file.rules.find((rule) => rule.id === rule_id)?.family ?? ''
  return {
    rule_id,
    version: 1,
    family,
    level,
    event_time: 0,
    values: {},
    thresholds: {},
    window: '',
    basis: [],
  }
}

type Row = readonly [hits: readonly (readonly [string, AlertLevel])[], score: number, level: AlertLevel]

const rows: readonly Row[] = [
  // One hit alone: its own points, its own level.
  [[['R02', 'blue']], 0.1, 'blue'],
  [[['R06', 'yellow']], 0.3, 'yellow'],
  [[['R01', 'orange']], 0.6, 'orange'],
  [[['R12', 'red']], 0.9, 'red'],
  // Families add by 1 − Π(1 − p); one family counts once.
  [
    [
      ['R02', 'blue'],
      ['R01', 'orange'],
    ],
    0.6,
    'orange',
  ],
  [
    [
      ['R06', 'yellow'],
      ['R09', 'yellow'],
    ],
    0.51,
    'yellow',
  ],
  [
    [
      ['R06', 'orange'],
      ['R09', 'yellow'],
    ],
    0.72,
    'orange',
  ],
  [
    [
      ['R06', 'orange'],
      ['R09', 'orange'],
      ['R02', 'blue'],
    ],
    0.856,
    'red',
  ],
  // What the triggering rule is raised to in such company.
  [
    [
      ['R02', 'blue'],
      ['R06', 'yellow'],
    ],
    0.37,
    'yellow',
  ],
  // The combination of many payers and periodic payouts.
  [
    [
      ['R13', 'yellow'],
      ['R12', 'yellow'],
    ],
    0.3,
    'red',
  ],
  [
    [
      ['R12', 'yellow'],
      ['R13', 'yellow'],
    ],
    0.3,
    'red',
  ],
]

describe('score and level', () => {
  it.each(rows)('of %j are %d and %s', (hits, score, level) => {
    const verdict = judge(
      file,
      hits.map(([id, own]) => hit(id, own)),
    )
    expect([verdict.score, verdict.level]).toEqual([score, level])
  })

  it('names the combination found', () => {
    const { combinations } = judge(file, [hit('R13', 'yellow'), hit('R12', 'yellow')])
    expect(combinations).toEqual([{ zh: '疑似非法集资', en: 'suspected illegal fund-raising' }])
  })
})
