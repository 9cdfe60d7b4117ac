import type { Clock } from '../../platform/clock.ts'

/**
 * The simulated district's own time. It stands still between steps, so that a deadline in the demo means the same
 * on a slow machine as on a fast one.
 */
export interface DistrictClock extends Clock {
  /** Moves forward; an earlier time is ignored, because a clock never runs backwards. */
  advanceTo(time: number): void
}

/** @param start milliseconds since 1970 */
export function districtClock(start: number): DistrictClock {
  let time = start
  return {
    now: () => time,
    advanceTo(next) {
      // Whole milliseconds, and never before the moment asked for.
      time = Math.max(time, Math.ceil(next))
    },
  }
}
