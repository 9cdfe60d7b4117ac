/** Times of day and round amounts. Pure. Times: ms since 1970 in whole seconds; days: Shanghai days; amounts: minor units. */
import { dayMs, startOfDay } from '../../platform/calendar/day.ts'
import type { Day } from '../../platform/calendar/day.ts'
import type { Random } from './random.ts'

const hourMs = 3_600_000

/** A whole second of the day between two hours (may be fractions), the second excluded. */
export function timeBetween(day: Day, fromHour: number, toHour: number, random: Random): number {
  return startOfDay(day) + 1000 * random.between(fromHour * 3600, toHour * 3600 - 1)
}

/** A second of the counter hours, 9:00 to 17:00. */
export function officeTime(day: Day, random: Random): number {
  return timeBetween(day, 9, 17, random)
}

/** The first instant of the day `days` (may be a fraction) after a given one, in whole seconds. */
export function later(at: number, days: number): number {
  return at + Math.round(days * (dayMs / 1000)) * 1000
}

/** `at` plus so many minutes, in whole seconds. */
export function minutesAfter(at: number, minutes: number): number {
  return at + Math.round(minutes * 60) * 1000
}

/** Moves a time of the night to the next morning's counter hours. */
export function inOfficeHours(at: number): number {
  const hour = ((at + 8 * hourMs) % dayMs) / hourMs
  if (hour < 8) return at + (9 - Math.floor(hour)) * hourMs
  return hour >= 20 ? at + 13 * hourMs : at
}

/** Rounds minor units to a multiple of `unit`, at least one. */
export function amountOf(minor: number, unit: number): number {
  return Math.max(1, Math.round(minor / unit)) * unit
}

/** Day of the month, 1–31. */
export function dayOfMonth(day: Day): number {
  return new Date(day * dayMs).getUTCDate()
}
