import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../../test/support/seed.ts'
import { reachOf, workingDaysOf } from './windows.ts'

const calendar = workingDaysOf({ version: 'none', off: [], work: [] })
const minute = 60_000
const hour = 60 * minute
const at = Date.parse('2026-03-02T10:20:30.400Z')

describe('a window by the clock', () => {
  it('slides with the flow it ends with', () => {
    const reach = reachOf({ unit: 'hour', length: 24 }, calendar)
    expect(reach.start(at)).toBe(at - 24 * hour)
    expect(reach.spanMs).toBe(24 * hour)
  })

  it.each([
    ['hour', 24, '2026-03-01T10:00:00.000Z', hour],
    ['minute', 30, '2026-03-02T09:50:00.000Z', minute],
  ] as const)('begins with a whole %s when it is aligned', (unit, length, first, unitMs) => {
    const reach = reachOf({ unit, length, aligned: true }, calendar)
    // What lies behind the start is inside: the first millisecond is.
    expect(reach.start(at)).toBe(Date.parse(first) - 1)
    expect(at - reach.start(at)).toBeLessThanOrEqual(reach.spanMs)
    expect(reach.spanMs).toBe((length + 1) * unitMs)
  })
})

describe('the start of a window', () => {
  const windows = [
    { unit: 'transaction' },
    { unit: 'minute', length: 30 },
    { unit: 'hour', length: 24, aligned: true },
    { unit: 'day', length: 30 },
    { unit: 'working_day', length: 5 },
    { unit: 'month', length: 12 },
  ] as const
  const times = fc.integer({
    min: Date.parse('2023-12-20T00:00:00Z'),
    max: Date.parse('2026-12-31T00:00:00Z'),
  })

  it.each(windows)('stays where it is until it is said to move: $unit', (window) =>
    checked(
      fc.property(times, fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }), (time, share) => {
        const reach = reachOf(window, calendar)
        const move = reach.nextMove(time)
        expect(move).toBeGreaterThanOrEqual(time)
        expect(reach.start(time + Math.floor(share * (move - time)))).toBe(reach.start(time))
      }),
      500,
    ),
  )

  it('moves at midnight in Shanghai when it is counted in days, and with every moment when it slides', () => {
    expect(reachOf({ unit: 'day', length: 30 }, calendar).nextMove(at)).toBe(
      Date.parse('2026-03-03T00:00:00+08:00'),
    )
    expect(reachOf({ unit: 'hour', length: 24 }, calendar).nextMove(at)).toBe(at)
  })
})
