/**
 * Working days of China: weekdays, minus public holidays, plus make-up working days (调休), as data with a version.
 * Pure. A year without data falls back to Monday–Friday and is `provisional`: never silently (domain.md 0.1 no. 8, 2.7).
 */
import { parseDay, weekdayOf, yearOf } from './day.ts'
import type { Day } from './day.ts'

/** One day on which the rule "Monday to Friday" does not hold. */
export interface CalendarEntry {
  readonly year: number
  /** `YYYY-MM-DD`. */
  readonly date: string
  readonly kind: 'off' | 'work'
  /** Where it is taken from, e.g. the State Council's yearly notice by way of a data set. */
  readonly source: string
}

/** A working calendar, frozen under its version. */
export interface WorkingCalendar {
  /** Changes whenever an entry changes; stored with every deadline (G5). */
  readonly version: string
  /** Years with an official arrangement, ascending. */
  readonly years: readonly number[]
  isWorkingDay(day: Day): boolean
  /** True when the day's year has no official arrangement: Monday to Friday is then an assumption. */
  isProvisional(day: Day): boolean
}

/** Fewer off days than this, and a year's arrangement is taken for incomplete (a notice may spill a day into the next year). */
const offDaysMin = 7

/**
 * Builds a calendar from entries.
 * @throws RangeError when a date is malformed or listed as both off and work
 */
export function createCalendar(version: string, entries: readonly CalendarEntry[]): WorkingCalendar {
  const exceptions = new Map<Day, boolean>()
  const offDays = new Map<number, number>()
  for (const entry of entries) {
    const day = parseDay(entry.date)
    const works = entry.kind === 'work'
    if ((exceptions.get(day) ?? works) !== works)
      throw new RangeError(`${entry.date} is listed both as off and as work`)
    if (!works && !exceptions.has(day)) offDays.set(yearOf(day), (offDays.get(yearOf(day)) ?? 0) + 1)
    exceptions.set(day, works)
  }
  const years = [...offDays]
    .flatMap(([year, count]) => (count >= offDaysMin ? [year] : []))
    .toSorted((a, b) => a - b)
  const covered = new Set(years)
  return {
    version,
    years,
    isWorkingDay: (day) => exceptions.get(day) ?? weekdayOf(day) < 5,
    isProvisional: (day) => !covered.has(yearOf(day)),
  }
}

/**
 * The working day `count` working days after `day` (before it when negative); `day` itself is never counted.
 * 0 gives `day` itself. Unit: working days of `calendar`.
 */
export function addWorkingDays(calendar: WorkingCalendar, day: Day, count: number): Day {
  const step = count < 0 ? -1 : 1
  let current = day
  for (let left = Math.abs(count); left > 0;) {
    current += step
    if (calendar.isWorkingDay(current)) left -= 1
  }
  return current
}
