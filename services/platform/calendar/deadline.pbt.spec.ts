import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { chinaCalendar } from './china.ts'
import { dayOf, endOfDay, startOfDay } from './day.ts'
import { deadline, officeHours } from './deadline.ts'
import type { TimeLimit } from './deadline.ts'

const instant = fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2027, 5, 1) })
const limits: fc.Arbitrary<TimeLimit> = fc.record({
  amount: fc.integer({ min: 0, max: 60 }),
  unit: fc.constantFrom('minute', 'hour', 'working_hour', 'day', 'working_day', 'month'),
  startExcluded: fc.boolean(),
  rollForward: fc.boolean(),
})

test('who starts later is never due earlier', () =>
  checked(
    fc.property(instant, fc.integer({ min: 0, max: 40 * 86_400_000 }), limits, (from, later, limit) => {
      const first = deadline(chinaCalendar, from, limit)
      expect(deadline(chinaCalendar, from + later, limit).dueAt).toBeGreaterThanOrEqual(first.dueAt)
      expect(first.dueAt).toBeGreaterThanOrEqual(from)
    }),
  ))

test('a limit in working days or with roll-forward ends on a working day', () =>
  checked(
    fc.property(instant, limits, (from, limit) => {
      fc.pre(limit.unit === 'working_day' || limit.rollForward)
      const { dueAt } = deadline(chinaCalendar, from, limit)
      expect(chinaCalendar.isWorkingDay(dayOf(dueAt))).toBe(true)
    }),
  ))

test('a limit in days or months ends with its day', () =>
  checked(
    fc.property(instant, limits, (from, limit) => {
      fc.pre(limit.unit === 'working_day' || limit.unit === 'day' || limit.unit === 'month')
      const { dueAt } = deadline(chinaCalendar, from, limit)
      expect(dueAt).toBe(endOfDay(dayOf(dueAt)))
    }),
  ))

test('a limit in working hours ends within office hours of a working day', () =>
  checked(
    fc.property(instant, limits, (from, limit) => {
      const { dueAt } = deadline(chinaCalendar, from, { ...limit, unit: 'working_hour' })
      const minutes = (dueAt - startOfDay(dayOf(dueAt))) / 60_000
      expect(chinaCalendar.isWorkingDay(dayOf(dueAt))).toBe(true)
      expect(officeHours.some((hours) => minutes >= hours.from && minutes <= hours.to)).toBe(true)
    }),
  ))
