import { expect, test } from 'vitest'
import { chinaCalendar } from './china.ts'
import { deadline } from './deadline.ts'
import type { LimitUnit, TimeLimit } from './deadline.ts'

const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`)
const text = (instant: number): string =>
  new Date(instant + 8 * 3_600_000).toISOString().slice(0, 16).replace('T', ' ')

type Row = readonly [from: string, amount: number, unit: LimitUnit, due: string, why: string]

function limit(amount: number, unit: LimitUnit, change: Partial<TimeLimit> = {}): TimeLimit {
  const countsDays = unit === 'day' || unit === 'working_day' || unit === 'month'
  return {
    amount,
    unit,
    startExcluded: countsDays,
    rollForward: unit === 'day' || unit === 'month',
    ...change,
  }
}

const rows: readonly Row[] = [
  // Around the clock: red.
  ['2026-02-16 23:30:00', 2, 'hour', '2026-02-17 01:30', 'red acknowledges on New Year’s Eve as on any day'],
  ['2026-03-07 10:00:00', 24, 'hour', '2026-03-08 10:00', 'red verifies over a weekend'],
  ['2026-03-07 10:00:00', 10, 'minute', '2026-03-07 10:10', 'fraud accounts are acknowledged within minutes'],
  // Office hours: orange.
  ['2026-03-02 09:00:00', 4, 'working_hour', '2026-03-02 15:00', 'the noon break does not count'],
  ['2026-03-02 08:00:00', 3, 'working_hour', '2026-03-02 12:00', 'ends at noon, not after the break'],
  ['2026-03-02 15:00:00', 4, 'working_hour', '2026-03-03 10:30', 'goes on the next morning'],
  ['2026-03-06 17:00:00', 4, 'working_hour', '2026-03-09 14:30', 'goes on after the weekend'],
  ['2026-02-14 16:00:00', 4, 'working_hour', '2026-02-24 11:30', 'goes on after Spring Festival'],
  ['2026-02-15 11:00:00', 4, 'working_hour', '2026-02-24 15:00', 'starts after Spring Festival'],
  ['2026-03-02 12:30:00', 1, 'working_hour', '2026-03-02 15:00', 'starts after the noon break'],
  // Working days: yellow and blue.
  ['2026-03-02 09:00:00', 1, 'working_day', '2026-03-03 23:59', 'the day itself is not counted'],
  ['2026-03-06 23:59:59', 1, 'working_day', '2026-03-09 23:59', 'Friday night counts as Friday'],
  ['2026-02-13 10:00:00', 1, 'working_day', '2026-02-14 23:59', 'Saturday 14 February is a make-up day'],
  ['2026-02-13 10:00:00', 2, 'working_day', '2026-02-24 23:59', 'the festival lies between'],
  ['2026-02-15 10:00:00', 1, 'working_day', '2026-02-24 23:59', 'made within the festival'],
  ['2026-02-27 10:00:00', 1, 'working_day', '2026-02-28 23:59', 'Saturday 28 February is a make-up day'],
  ['2026-09-18 10:00:00', 1, 'working_day', '2026-09-20 23:59', 'Sunday 20 September is a make-up day'],
  ['2026-09-30 10:00:00', 1, 'working_day', '2026-10-08 23:59', 'the first day after National Day'],
  ['2026-09-30 10:00:00', 3, 'working_day', '2026-10-10 23:59', 'Saturday 10 October is a make-up day'],
  ['2026-09-24 10:00:00', 3, 'working_day', '2026-09-30 23:59', 'Mid-Autumn lies between'],
  // Calendar days and months roll forward.
  ['2026-01-16 10:00:00', 30, 'day', '2026-02-24 23:59', '15 February is a holiday'],
  ['2026-01-15 10:00:00', 30, 'day', '2026-02-14 23:59', '14 February is a working Saturday'],
  ['2026-03-02 10:00:00', 3, 'day', '2026-03-05 23:59', 'ends on a working day'],
  ['2026-01-31 10:00:00', 1, 'month', '2026-02-28 23:59', 'February has no 31st; the 28th is a make-up day'],
  ['2026-08-31 10:00:00', 1, 'month', '2026-09-30 23:59', 'September has no 31st'],
  ['2026-09-03 10:00:00', 1, 'month', '2026-10-08 23:59', '3 October is a holiday'],
  ['2026-04-30 10:00:00', 2, 'month', '2026-06-30 23:59', '检察建议 is answered within two months'],
]

test.each(rows)('from %s, %i %s ends at %s: %s', (from, amount, unit, due) => {
  const result = deadline(chinaCalendar, at(from), limit(amount, unit))
  expect(text(result.dueAt)).toBe(due)
  expect(result).toMatchObject({ calendarVersion: chinaCalendar.version, provisional: false })
})

test.each([
  ['hour', '2026-03-02 10:20:00', 24, '2026-03-03 11:00'],
  ['working_day', '2026-03-02 10:20:00', 1, '2026-03-03 23:59'],
] as const)('the first %s is not counted when the limit says so', (unit, from, amount, due) => {
  expect(text(deadline(chinaCalendar, at(from), limit(amount, unit, { startExcluded: true })).dueAt)).toBe(
    due,
  )
})

test.each([
  ['day', '2026-03-02 10:20:00', 3, '2026-03-04 23:59'],
  ['working_day', '2026-03-02 10:20:00', 1, '2026-03-02 23:59'],
  ['working_day', '2026-03-01 10:20:00', 1, '2026-03-02 23:59'],
  ['month', '2026-03-02 10:20:00', 1, '2026-04-01 23:59'],
] as const)('the first %s is counted when the limit says so', (unit, from, amount, due) => {
  expect(text(deadline(chinaCalendar, at(from), limit(amount, unit, { startExcluded: false })).dueAt)).toBe(
    due,
  )
})

test('without roll-forward a limit may end on a holiday', () => {
  const result = deadline(chinaCalendar, at('2026-01-16 10:00:00'), limit(30, 'day', { rollForward: false }))
  expect(text(result.dueAt)).toBe('2026-02-15 23:59')
})

test('hours that roll forward end when the next working day begins', () => {
  const result = deadline(chinaCalendar, at('2026-02-14 20:00:00'), limit(24, 'hour', { rollForward: true }))
  expect(text(result.dueAt)).toBe('2026-02-24 00:00')
})

test('a deadline that reaches into a year without arrangement is provisional', () => {
  expect(deadline(chinaCalendar, at('2026-12-30 10:00:00'), limit(1, 'working_day')).provisional).toBe(false)
  expect(deadline(chinaCalendar, at('2026-12-30 10:00:00'), limit(2, 'working_day')).provisional).toBe(true)
  expect(deadline(chinaCalendar, at('2026-12-31 23:30:00'), limit(2, 'hour')).provisional).toBe(false)
})

test.each([-1, 1.5, Number.NaN])('an amount of %d is refused', (amount) => {
  expect(() => deadline(chinaCalendar, 0, limit(amount, 'day'))).toThrow(RangeError)
})
