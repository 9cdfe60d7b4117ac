import { expect, test } from 'vitest'
import { departments, riskTypes } from '../../../schemas/reference.ts'
import { promiseNodes } from '../../../schemas/http/common.ts'
import type { AlertLevel, PromiseNode } from '../../../schemas/http/common.ts'
import { chinaCalendar } from '../../platform/calendar/china.ts'
import { levels } from './case.ts'
import { limits, termOf } from './limits.ts'
import { copiesOf, decider, routeOf, routes } from './routing.ts'

const text = (instant: number): string =>
  new Date(instant + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')

type Row = readonly [node: PromiseNode, red: string, orange: string, yellow: string, blue: string]

/** Made on Friday 13 February 2026, 16:00, before Spring Festival (15 to 23 February off; 14 and 28 are make-up days). */
const made = Date.parse('2026-02-13T16:00:00+08:00')
const rows: readonly Row[] = [
  ['acknowledge', '2026-02-13 18:00', '2026-02-14 11:30', '2026-02-14 23:59', '2026-02-24 23:59'],
  ['verify', '2026-02-14 16:00', '2026-02-25 23:59', '2026-02-27 23:59', '2026-03-05 23:59'],
  ['grade', '2026-02-14 23:59', '2026-02-14 23:59', '2026-02-24 23:59', '2026-02-25 23:59'],
  ['measure', '2026-02-14 23:59', '2026-02-25 23:59', '2026-02-27 23:59', '2026-03-05 23:59'],
  ['feedback', '2026-02-25 23:59', '2026-02-27 23:59', '2026-03-05 23:59', '2026-03-13 23:59'],
  ['close', '2026-03-16 23:59', '2026-03-16 23:59', '2026-04-14 23:59', '2026-05-14 23:59'],
  ['triage', '2026-02-14 23:59', '2026-02-14 23:59', '2026-02-14 23:59', '2026-02-14 23:59'],
]

test.each(rows)(
  '%s made before Spring Festival is due at red %s, orange %s, yellow %s, blue %s',
  (node, ...due) => {
    const found = levels
      .toReversed()
      .map((level) => text(termOf(chinaCalendar, node, { riskType: 'T1', level }, made).dueAt))
    expect(found).toEqual(due)
  },
)

test.each(levels)('a fraud account of level %s is acknowledged in 10 minutes and stopped in 30', (level) => {
  const fraud = { riskType: 'T3', level }
  expect(termOf(chinaCalendar, 'acknowledge', fraud, made)).toMatchObject({
    dueAt: made + 600_000,
    basis: 'domain 4.3 acknowledge/T3 = 10 min',
  })
  expect(termOf(chinaCalendar, 'measure', fraud, made).dueAt).toBe(made + 1_800_000)
})

test('a more serious level never has more time', () => {
  const due = (node: PromiseNode, level: AlertLevel) =>
    termOf(chinaCalendar, node, { riskType: 'T1', level }, made).dueAt
  for (const node of promiseNodes) {
    const times = levels.map((level) => due(node, level))
    expect(times).toEqual(times.toSorted((a, b) => b - a))
  }
  expect(Object.keys(limits)).toEqual([...promiseNodes])
})

test('every risk type has a route for verification and every card, to departments that exist', () => {
  const known = new Set(departments.map((department) => department.code))
  expect(Object.keys(routes)).toEqual(riskTypes.map((type) => type.code))
  for (const { code } of riskTypes) {
    for (const card of ['verify', 'red', 'yellow', 'green'] as const) {
      const { lead, assist, next, copy } = routeOf(code, card)
      for (const department of [lead, ...assist, ...next, ...copy]) expect(known).toContain(department)
      expect(next).not.toContain(lead)
      expect(next).not.toContain(decider)
    }
  }
})

type RouteRow = readonly [type: string, verify: string, red: string, yellow: string, green: string]

/** Leads by domain.md 4.2. */
const leads: readonly RouteRow[] = [
  ['T1', 'D01', 'D02', 'D01', 'D12'],
  ['T2', 'D01', 'D02', 'D01', 'D12'],
  ['T3', 'D03', 'D03', 'D05', 'D05'],
  ['T4', 'D05', 'D02', 'D05', 'D12'],
  ['T5', 'D01', 'D02', 'D01', 'D12'],
  ['T6', 'D06', 'D02', 'D06', 'D06'],
  ['T7', 'D07', 'D02', 'D07', 'D12'],
  ['T8', 'D04', 'D02', 'D04', 'D12'],
  ['T9', 'D09', 'D02', 'D09', 'D09'],
  ['T10', 'D10', 'D02', 'D10', 'D10'],
  ['T11', 'D08', 'D02', 'D08', 'D12'],
  ['T12', 'D11', 'D02', 'D11', 'D11'],
  ['T13', 'D17', 'D17', 'D17', 'D17'],
]

test.each(leads)('%s is verified by %s; red goes to %s, yellow to %s, green to %s', (type, ...expected) => {
  const cards = ['verify', 'red', 'yellow', 'green'] as const
  expect(cards.map((card) => routeOf(type, card).lead)).toEqual(expected)
})

test('a type nobody knows is treated as unclassified', () => {
  expect(routeOf('T99', 'verify').lead).toBe('D01')
  expect(copiesOf('blue', 'D01', '331004')).toEqual([])
})
