/** RFC 3339 date-times and their relatives in ISO 20022. Pure. */

const dateTime = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):(\d\d))?$/
const withoutZone = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?$/
const date = /^(\d{4}-\d\d-\d\d)(Z|[+-]\d\d:\d\d)?$/

/** Where a date or time without an offset is taken to be: Asia/Shanghai, the whole year. */
export const defaultOffset = '+08:00'

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/**
 * Reads an RFC 3339 date-time; a fraction beyond milliseconds is cut off, a leap second counts as the next second.
 * @returns milliseconds since 1970 (1970–2199), or why not
 */
export function bookedAt(text: string): number | 'invalid_date' | 'date_without_offset' {
  const parts = dateTime.exec(text)
  if (parts === null) return 'invalid_date'
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts.slice(1, 7).map(Number)
  const inCalendar = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(year, month)
  if (!inCalendar || hour > 23 || minute > 59 || second > 60 || year < 1970 || year > 2199)
    return 'invalid_date'
  const isUtc = parts[8] !== undefined
  if (!isUtc && parts[9] === undefined) return 'date_without_offset'
  const milliseconds = Number((parts[7] ?? '').slice(0, 3).padEnd(3, '0'))
  const local = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds)
  if (isUtc) return local
  const [offsetHours, offsetMinutes] = [Number(parts[10]), Number(parts[11])]
  if (offsetHours > 23 || offsetMinutes > 59) return 'invalid_date'
  const offset = (offsetHours * 60 + offsetMinutes) * 60_000
  return parts[9] === '-' ? local + offset : local - offset
}

/**
 * What ISO 20022 writes as a time (ISODateTime, ISODate), as RFC 3339: a date is its midnight, and what names no offset is in Shanghai.
 * Anything else is handed on unchanged for `bookedAt` to refuse.
 */
export function asRfc3339(isoText: string): string {
  const text = isoText.trim()
  const day = date.exec(text)
  if (day !== null) return `${day[1]}T00:00:00${day[2] ?? defaultOffset}`
  return withoutZone.test(text) ? text + defaultOffset : text
}
