import { describe, expect, it } from 'vitest'
import { afterEnd, cleanRecord, restartPolicy } from './restarts.ts'
import type { RestartRecord } from './restarts.ts'

/** Delays before each start after the given ends; an end is how long the process was ready in ms, or undefined. */
function delaysAfter(ends: readonly (number | undefined)[]): (number | undefined)[] {
  let record: RestartRecord = cleanRecord
  return ends.map((readyMs) => {
    const verdict = afterEnd(record, readyMs, restartPolicy)
    ;({ record } = verdict)
    return verdict.delayMs
  })
}

const never = undefined
const briefly = 1_000
const long = restartPolicy.stableMs

describe('a process that ended', () => {
  it.each([
    ['never became ready', [never, never, never, never, never], [500, 1000, 2000, 4000, undefined]],
    [
      'became ready in between',
      [never, never, briefly, never, never, never, never],
      [500, 1000, 2000, 4000, 8000, 16_000, 30_000],
    ],
    [
      'was ready each time, but not for long',
      Array<number>(8).fill(briefly),
      [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000],
    ],
    ['was stable for a minute', [briefly, briefly, long, briefly], [500, 1000, 500, 1000]],
  ])('and %s is started again in good time, or given up', (_, ends, delays) => {
    expect(delaysAfter(ends)).toEqual(delays)
  })
})
