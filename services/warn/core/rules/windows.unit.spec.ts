import { describe, expect, it } from 'vitest'
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
