import { startOfDay } from '../platform/calendar/day.ts'
import { CommandError, exitCodes } from './terminal.ts'

/** Start of a Shanghai calendar day given as YYYY-MM-DD, ms since 1970. @throws CommandError */
export function firstDayOf(date: string): number {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : Number.NaN
  if (Number.isNaN(time)) throw new CommandError(`"${date}" is not a date like 2026-03-02`, exitCodes.usage)
  return startOfDay(time / 86_400_000)
}
