/** The calendar shipped with the product: State Council arrangements as collected by the package `chinese-days`. */
import { createHash } from 'node:crypto'
import arrangements from 'chinese-days/dist/chinese-days.json' with { type: 'json' }
import manifest from 'chinese-days/package.json' with { type: 'json' }
import { createCalendar } from './calendar.ts'
import type { CalendarEntry, WorkingCalendar } from './calendar.ts'
import type { Day } from './day.ts'

const source = `chinese-days ${manifest.version} (State Council notice)`

function entriesOf(days: Readonly<Record<string, string>>, kind: CalendarEntry['kind']): CalendarEntry[] {
  return Object.keys(days).map((date) => ({ year: Number(date.slice(0, 4)), date, kind, source }))
}

/** Every off day and make-up working day known, ascending by date. */
export const chinaEntries: readonly CalendarEntry[] = [
  ...entriesOf(arrangements.holidays, 'off'),
  ...entriesOf(arrangements.workdays, 'work'),
].toSorted((a, b) => (a.date < b.date ? -1 : 1))

function versionOf(entries: readonly CalendarEntry[]): string {
  const facts = entries.map((entry) => `${entry.date} ${entry.kind}`).join('\n')
  const digest = createHash('sha256').update(facts).digest('hex').slice(0, 8)
  return `cn-${entries.at(-1)?.year ?? 'empty'}-${digest}`
}

/** The working calendar of mainland China. Version: newest year and a digest of the entries. */
export const chinaCalendar: WorkingCalendar = createCalendar(versionOf(chinaEntries), chinaEntries)

/** Whether people work on a Shanghai day (`dayOf(ms)`), by the shipped calendar. */
export function isWorkingDay(day: Day): boolean {
  return chinaCalendar.isWorkingDay(day)
}
