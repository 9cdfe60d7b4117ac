/**
 * Turns a time limit into a moment. Pure. Day counting is not uniform (domain.md 0.1 no. 8): 刑事诉讼法 Art. 105 does not
 * count the first hour or day and moves a last day that is a holiday to the next day; 行政处罚法 Art. 85 counts its short
 * limits in working days; others run in plain hours. A limit therefore says all of it.
 */
import { addWorkingDays } from './calendar.ts'
import type { WorkingCalendar } from './calendar.ts'
import { addMonths, dayOf, endOfDay, startOfDay } from './day.ts'
import type { Day } from './day.ts'

/** What a time limit counts. */
export type LimitUnit = 'minute' | 'hour' | 'working_hour' | 'day' | 'working_day' | 'month'

/** A time limit as data. */
export interface TimeLimit {
  /** Whole number, ≥ 0. */
  readonly amount: number
  readonly unit: LimitUnit
  /** True: counting begins with the next hour (minute, hour, working_hour) or the next day (day, working_day, month). */
  readonly startExcluded: boolean
  /** True: what ends on a day off ends on the next working day instead. Without effect on working hours and working days. */
  readonly rollForward: boolean
}

/** A moment that was promised, with what it rests on. */
export interface Deadline {
  /** Milliseconds since 1970. For days and months the last instant of the day (23:59:59.999). */
  readonly dueAt: number
  readonly calendarVersion: string
  /** True when a day off mattered in a year for which no official arrangement exists yet. */
  readonly provisional: boolean
}

/** One stretch of office hours, in minutes after midnight; the end is exclusive. */
export interface OfficeHours {
  readonly from: number
  readonly to: number
}

/** Office hours of a working day: 09:00–12:00 and 14:00–17:30 (house default, domain.md 4.3 gives only the unit). */
export const officeHours: readonly OfficeHours[] = [
  { from: 9 * 60, to: 12 * 60 },
  { from: 14 * 60, to: 17 * 60 + 30 },
]

const minuteMs = 60_000
const hourMs = 60 * minuteMs

interface Moment {
  readonly dueAt: number
  /** Days whose being off or not decided the outcome, first and last; undefined when none did. */
  readonly consulted: readonly [Day, Day] | undefined
}

function nextFullHour(instant: number): number {
  return Math.ceil(instant / hourMs) * hourMs
}

function firstWorkingDay(calendar: WorkingCalendar, day: Day): Day {
  return calendar.isWorkingDay(day) ? day : addWorkingDays(calendar, day, 1)
}

function plainHours(
  calendar: WorkingCalendar,
  start: number,
  durationMs: number,
  rollForward: boolean,
): Moment {
  const dueAt = start + durationMs
  if (!rollForward) return { dueAt, consulted: undefined }
  const day = firstWorkingDay(calendar, dayOf(dueAt))
  return { dueAt: Math.max(dueAt, startOfDay(day)), consulted: [dayOf(dueAt), day] }
}

function workingHours(calendar: WorkingCalendar, start: number, durationMs: number): Moment {
  let left = durationMs
  for (let day = firstWorkingDay(calendar, dayOf(start)); ; day = addWorkingDays(calendar, day, 1)) {
    for (const hours of officeHours) {
      const opens = Math.max(start, startOfDay(day) + hours.from * minuteMs)
      const closes = startOfDay(day) + hours.to * minuteMs
      if (opens >= closes) continue
      if (left <= closes - opens) return { dueAt: opens + left, consulted: [dayOf(start), day] }
      left -= closes - opens
    }
  }
}

function wholeDays(calendar: WorkingCalendar, first: Day, last: Day, rollForward: boolean): Moment {
  if (!rollForward) return { dueAt: endOfDay(Math.max(first, last)), consulted: undefined }
  const day = firstWorkingDay(calendar, Math.max(first, last))
  return { dueAt: endOfDay(day), consulted: [last, day] }
}

function workingDays(calendar: WorkingCalendar, from: Day, amount: number, startExcluded: boolean): Moment {
  const counted = startExcluded || !calendar.isWorkingDay(from) ? amount : amount - 1
  const day = counted < 1 ? firstWorkingDay(calendar, from) : addWorkingDays(calendar, from, counted)
  return { dueAt: endOfDay(day), consulted: [from, day] }
}

function moment(calendar: WorkingCalendar, from: number, limit: TimeLimit): Moment {
  const { amount, unit, startExcluded, rollForward } = limit
  const start = startExcluded ? nextFullHour(from) : from
  const first = dayOf(from)
  const shift = startExcluded ? 0 : -1
  switch (unit) {
    case 'minute':
      return plainHours(calendar, start, amount * minuteMs, rollForward)
    case 'hour':
      return plainHours(calendar, start, amount * hourMs, rollForward)
    case 'working_hour':
      return workingHours(calendar, start, amount * hourMs)
    case 'day':
      return wholeDays(calendar, first, first + amount + shift, rollForward)
    case 'month':
      return wholeDays(calendar, first, addMonths(first, amount) + shift, rollForward)
    case 'working_day':
      return workingDays(calendar, first, amount, startExcluded)
  }
}

function isProvisional(calendar: WorkingCalendar, consulted: Moment['consulted']): boolean {
  if (consulted === undefined) return false
  for (let day = consulted[0]; day <= consulted[1]; day += 1) if (calendar.isProvisional(day)) return true
  return false
}

/**
 * The moment at which a limit that starts `from` (ms since 1970) ends. Monotone in `from`.
 * @throws RangeError when the amount is not a whole number ≥ 0
 */
export function deadline(calendar: WorkingCalendar, from: number, limit: TimeLimit): Deadline {
  if (!Number.isSafeInteger(limit.amount) || limit.amount < 0) {
    throw new RangeError(
      `A time limit of ${limit.amount} ${limit.unit} cannot be counted; use a whole number`,
    )
  }
  const { dueAt, consulted } = moment(calendar, from, limit)
  return { dueAt, calendarVersion: calendar.version, provisional: isProvisional(calendar, consulted) }
}
