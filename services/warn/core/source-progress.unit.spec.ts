import { describe, expect, it } from 'vitest'
import { SourceProgress } from './source-progress.ts'

const day = 86_400_000
const start = 20_000 * day

function after(...times: number[]): number {
  const progress = SourceProgress.from('')
  for (const time of times) progress.saw(time)
  return progress.time
}

describe('the progress of a source', () => {
  it.each<[string, number[], number]>([
    ['follows the highest time', [start, start + 1, start + 5, start + 3], start + 5],
    ['is not led away by one wrong date', [start, start + 1, start + 60_000 * day, start + 2], start + 2],
    ['is not led away by a wrong first date', [start + 60_000 * day, start, start + 1], start + 1],
    [
      'goes on after a weekend once a second payment is seen',
      [start, start, start + 3 * day, start + 3 * day + 5],
      start + 3 * day + 5,
    ],
    [
      'stays one payment behind where payments are months apart',
      [start, start + 90 * day, start + 180 * day],
      start + 90 * day,
    ],
    ['is not known after a single payment', [start], 0],
  ])('%s', (_what, times, expected) => {
    expect(after(...times)).toBe(expected)
  })

  it('goes on from what was stored', () => {
    const before = SourceProgress.from('')
    before.saw(start)
    const again = SourceProgress.from(before.text())
    again.saw(start + 7)
    expect(again.time).toBe(start + 7)
  })
})
