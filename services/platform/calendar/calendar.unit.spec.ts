import { describe, expect, test } from 'vitest'
import { addWorkingDays, createCalendar } from './calendar.ts'
import { chinaCalendar, chinaEntries, isWorkingDay } from './china.ts'
import { addMonths, dayOf, dayText, endOfDay, parseDay, startOfDay, weekdayOf } from './day.ts'

describe('a Shanghai day', () => {
  test('starts at 16:00 UTC of the day before', () => {
    const day = dayOf(Date.parse('2026-02-13T16:00:00Z'))
    expect(dayText(day)).toBe('2026-02-14')
    expect(startOfDay(day)).toBe(Date.parse('2026-02-14T00:00:00+08:00'))
    expect(endOfDay(day)).toBe(Date.parse('2026-02-14T23:59:59.999+08:00'))
    expect(dayText(dayOf(Date.parse('2026-02-13T15:59:59.999Z')))).toBe('2026-02-13')
  })

  test('knows its weekday before and after 1970', () => {
    expect(weekdayOf(parseDay('2026-11-23'))).toBe(0)
    expect(weekdayOf(parseDay('1969-12-28'))).toBe(6)
  })

  test.each(['2026-02-29', '2026-13-01', '20260101', ''])('is not read from %j', (text) => {
    expect(() => parseDay(text)).toThrow(RangeError)
  })

  test.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2024-01-31', 1, '2024-02-29'],
    ['2026-12-15', 2, '2027-02-15'],
    ['2026-03-31', -1, '2026-02-28'],
  ])('%s plus %i months is %s', (from, months, to) => {
    expect(dayText(addMonths(parseDay(from), months))).toBe(to)
  })
})

describe('the working calendar of China', () => {
  const makeUpDays2026 = ['2026-01-04', '2026-02-14', '2026-02-28', '2026-05-09', '2026-09-20', '2026-10-10']

  test.each(makeUpDays2026)('%s is a weekend day on which people work', (date) => {
    expect(weekdayOf(parseDay(date))).toBeGreaterThanOrEqual(5)
    expect(isWorkingDay(parseDay(date))).toBe(true)
  })

  test.each(['2026-01-01', '2026-02-16', '2026-02-23', '2026-10-07', '2026-09-25', '2020-01-31'])(
    '%s is a weekday on which people do not work',
    (date) => {
      expect(weekdayOf(parseDay(date))).toBeLessThan(5)
      expect(isWorkingDay(parseDay(date))).toBe(false)
    },
  )

  test('has 33 off days and 6 make-up days for 2026', () => {
    const entries = chinaEntries.filter((entry) => entry.year === 2026)
    expect(entries.filter((entry) => entry.kind === 'off')).toHaveLength(33)
    expect(entries.filter((entry) => entry.kind === 'work').map((entry) => entry.date)).toEqual(
      makeUpDays2026,
    )
  })

  test('says when a year has no official arrangement, and then assumes Monday to Friday', () => {
    expect(chinaCalendar.years.at(-1)).toBe(2026)
    expect(chinaCalendar.isProvisional(parseDay('2026-12-31'))).toBe(false)
    expect(chinaCalendar.isProvisional(parseDay('2027-10-01'))).toBe(true)
    expect(isWorkingDay(parseDay('2027-10-01'))).toBe(true)
    expect(isWorkingDay(parseDay('2027-10-02'))).toBe(false)
  })

  test('skips Spring Festival when working days are counted, forwards and back', () => {
    const before = parseDay('2026-02-13')
    expect(dayText(addWorkingDays(chinaCalendar, before, 1))).toBe('2026-02-14')
    expect(dayText(addWorkingDays(chinaCalendar, before, 2))).toBe('2026-02-24')
    expect(dayText(addWorkingDays(chinaCalendar, parseDay('2026-02-24'), -2))).toBe('2026-02-13')
    expect(addWorkingDays(chinaCalendar, before, 0)).toBe(before)
  })

  test('refuses entries that contradict each other', () => {
    const entry = { year: 2026, date: '2026-01-01', source: 'test' }
    expect(() =>
      createCalendar('x', [
        { ...entry, kind: 'off' },
        { ...entry, kind: 'work' },
      ]),
    ).toThrow(RangeError)
  })

  test('takes a year with a single spilled-over holiday for not arranged', () => {
    const calendar = createCalendar('x', [{ year: 2027, date: '2027-01-01', kind: 'off', source: 'test' }])
    expect(calendar.isProvisional(parseDay('2027-06-01'))).toBe(true)
    expect(calendar.isWorkingDay(parseDay('2027-01-01'))).toBe(false)
  })
})
