/** Event time as people write it: Shanghai days, months, RFC 3339 with +08:00. Pure; days come from the platform calendar. */
import { dayOf, dayText } from '../../platform/calendar/day.ts'

const offsetMs = 8 * 3_600_000

/** RFC 3339 with milliseconds and +08:00, e.g. `2026-01-01T08:00:00.000+08:00`. */
export function rfc3339(instant: number): string {
  return `${new Date(instant + offsetMs).toISOString().slice(0, -1)}+08:00`
}

/** `YYYY-MM-DD` of the Shanghai day an instant lies in. */
export function dayName(instant: number): string {
  return dayText(dayOf(instant))
}

/** `YYYY-MM` of the Shanghai month an instant lies in. */
export function monthName(instant: number): string {
  return dayName(instant).slice(0, 7)
}
