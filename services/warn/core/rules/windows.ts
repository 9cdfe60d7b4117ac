/** How far windows look back, in event time: minutes and hours, Shanghai days, working days and months. Pure. */
import { addMonths, dayMs, dayOf, parseDay, startOfDay, weekdayOf } from '../../../platform/calendar/day.ts'
import type { Day } from '../../../platform/calendar/day.ts'
import type { RuleFile, WindowSpec } from './schema.ts'

/** Whether people work on a day. */
export interface WorkingDays {
  isWorkingDay(day: Day): boolean
}

/** The working calendar that a rule set carries. Days that it does not name follow Monday to Friday. */
export function workingDaysOf(calendar: RuleFile['calendar']): WorkingDays {
  const exceptions = new Map<Day, boolean>()
  for (const text of calendar.off) exceptions.set(parseDay(text), false)
  for (const text of calendar.work) exceptions.set(parseDay(text), true)
  return { isWorkingDay: (day) => exceptions.get(day) ?? weekdayOf(day) < 5 }
}

/** A window's reach. */
export interface Reach {
  /** A window ending at `time` holds what lies in start < t ≤ time. Not always rising at the end of February. */
  start(time: number): number
  /** Upper bound of time − start, in milliseconds. */
  readonly spanMs: number
  /** First moment after `time` at which `start` may fall back: what had left the window may be in it again; ∞: never. */
  nextFall(time: number): number
  /** First moment after `time` at which `start` may be another than it is at `time`. */
  nextMove(time: number): number
}

const movesAtOnce = (time: number): number => time
const movesWithTheDay = (time: number): number => startOfDay(dayOf(time) + 1)
const neverFalls = (): number => Number.POSITIVE_INFINITY
/** Days looked ahead for the next fall; a rest ends there at the latest. */
const fallsWithin = 62

const minuteMs = 60_000
const hourMs = 3_600_000

/** Days are looked up often and repeat: remembered per window, dropped when there are too many. */
function remembered(compute: (day: Day) => number): (day: Day) => number {
  const known = new Map<Day, number>()
  return (day) => {
    let value = known.get(day)
    if (value === undefined) {
      if (known.size > 4_096) known.clear()
      value = compute(day)
      known.set(day, value)
    }
    return value
  }
}

/** First day of the `count` working days that end on `day` (or on the last working day before it). */
export function workingDaysBack(calendar: WorkingDays, day: Day, count: number): Day {
  let current = day
  for (let left = count; ;) {
    if (calendar.isWorkingDay(current)) left -= 1
    if (left === 0) return current
    current -= 1
  }
}

/** Minutes or hours; aligned, all windows that end within one of them begin at the same moment. */
function clockReach(length: number, unitMs: number, isAligned = false): Reach {
  const back = length * unitMs
  if (!isAligned)
    return { start: (time) => time - back, spanMs: back, nextFall: neverFalls, nextMove: movesAtOnce }
  return {
    start: (time) => time - (time % unitMs) - back - 1,
    spanMs: back + unitMs,
    nextFall: neverFalls,
    nextMove: (time) => time - (time % unitMs) + unitMs,
  }
}

/** Compiles a window. */
export function reachOf(window: WindowSpec, calendar: WorkingDays): Reach {
  const length = window.length ?? 1
  switch (window.unit) {
    case 'transaction':
      return { start: (time) => time - 1, spanMs: 0, nextFall: neverFalls, nextMove: movesAtOnce }
    case 'minute':
      return clockReach(length, minuteMs, window.aligned)
    case 'hour':
      return clockReach(length, hourMs, window.aligned)
    case 'day':
      return {
        start: (time) => startOfDay(dayOf(time) - length + 1) - 1,
        spanMs: length * dayMs,
        nextFall: neverFalls,
        nextMove: movesWithTheDay,
      }
    case 'working_day': {
      const first = remembered((day) => workingDaysBack(calendar, day, length))
      // Ten off days in a row do not happen; the bound only limits how far a late flow is followed.
      return {
        start: (time) => startOfDay(first(dayOf(time))) - 1,
        spanMs: (length * 2.5 + 14) * dayMs,
        nextFall: neverFalls,
        nextMove: movesWithTheDay,
      }
    }
    case 'month': {
      const back = remembered((day) => day - addMonths(day, -length))
      // The last days of a long month look back to one and the same day of a shorter one.
      const fall = remembered((day) => {
        let next = day + 1
        while (next < day + fallsWithin && back(next) <= back(next - 1)) next += 1
        return startOfDay(next)
      })
      return {
        start: (time) => time - back(dayOf(time)) * dayMs,
        spanMs: length * 31 * dayMs,
        nextFall: (time) => fall(dayOf(time)),
        nextMove: movesAtOnce,
      }
    }
  }
}
