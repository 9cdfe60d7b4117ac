import { expect, test } from 'vitest'
import { LogError } from './port.ts'
import { isLasting, restartDefault, restartDelayMs } from './restart.ts'

test('the delay doubles from attempt to attempt up to a maximum, and half of it is random', () => {
  const policy = { ...restartDefault, delayMsFirst: 100, delayMsMax: 1_000 }
  const delays = (random: number): number[] =>
    [1, 2, 3, 4, 5, 9].map((attempt) => restartDelayMs(attempt, { ...policy, random: () => random }))
  expect(delays(0)).toEqual([50, 100, 200, 400, 500, 500])
  expect(delays(1)).toEqual([100, 200, 400, 800, 1_000, 1_000])
})

test('only what the log itself calls lasting is not tried again', () => {
  expect(isLasting(new LogError('fenced', 'x'))).toBe(true)
  expect(isLasting(new LogError('unavailable', 'x', { retriable: true }))).toBe(false)
  expect(isLasting(new Error('x'))).toBe(false)
})
