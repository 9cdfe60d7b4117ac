import { Subject } from 'rxjs'
import { expect, it } from 'vitest'
import { waitUntil } from './wait.ts'

it('is over at once when it is so already', async () => {
  let asked = 0
  await waitUntil(() => {
    asked += 1
    return true
  }, new Subject())
  expect(asked).toBe(1)
})

it('asks again after progress, and by itself when nobody tells of any', async () => {
  const progress = new Subject<void>()
  let isDone = false
  const waiting = waitUntil(async () => isDone, progress)
  progress.next()
  isDone = true
  await waiting
})

it('ends with what the question ends with', async () => {
  const failed = waitUntil(() => {
    throw new Error('the log is gone')
  }, new Subject())
  await expect(failed).rejects.toThrow('the log is gone')
})
