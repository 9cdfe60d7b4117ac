/**
 * Calendar days of Asia/Shanghai: UTC+8 the whole year, so a day is plain arithmetic on milliseconds. Pure.
 */

/** A Shanghai calendar day as the number of days since 1970-01-01. */
export type Day = number

/** Milliseconds of one day. */
export const dayMs = 86_400_000

const offsetMs = 8 * 3_600_000

/** The Shanghai day in which an instant (ms since 1970) lies. */
export function dayOf(instant: number): Day {
  return Math.floor((instant + offsetMs) / dayMs)
}

/** First instant (ms since 1970) of a Shanghai day. */
export function startOfDay(day: Day): number {
  return day * dayMs - offsetMs
}

/** Last instant (ms since 1970) of a Shanghai day: 23:59:59.999. */
export function endOfDay(day: Day): number {
  return startOfDay(day + 1) - 1
}

/** Weekday of a day: 0 = Monday … 6 = Sunday. */
export function weekdayOf(day: Day): number {
  // 1970-01-01 was a Thursday.
  return (((day + 3) % 7) + 7) % 7
}

/** `YYYY-MM-DD`. */
export function dayText(day: Day): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

/**
 * The day that `YYYY-MM-DD` names.
 * @throws RangeError when the text is not an existing day
 */
export function parseDay(text: string): Day {
  const instant = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN
  const day = instant / dayMs
  if (Number.isNaN(day) || dayText(day) !== text)
    throw new RangeError(`'${text}' is not a day; write YYYY-MM-DD`)
  return day
}

/** Calendar year of a day. */
export function yearOf(day: Day): number {
  return new Date(day * dayMs).getUTCFullYear()
}

/** The corresponding day `months` later; the month's last day where it has none (31 January + 1 month = 28 or 29 February). */
export function addMonths(day: Day, months: number): Day {
  const date = new Date(day * dayMs)
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1)
  const next = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 1)
  return Math.min(first / dayMs + date.getUTCDate() - 1, next / dayMs - 1)
}
