/** Event-time alignment of partitions that are read side by side (kafka-node.md 0). */
import { describe, expect, test } from 'vitest'
import { Aligner, isAhead } from './alignment.ts'

const hour = 3_600_000
const behind = (eventTime: number | undefined) => ({ eventTime, isBehind: true })
const silent = (eventTime: number | undefined) => ({ eventTime, isBehind: false })

describe('a partition is ahead', () => {
  test.each([
    ['of one that is behind by more than the limit', 5 * hour, [behind(3 * hour)], true],
    ['by exactly the limit: it is not', 5 * hour, [behind(4 * hour)], false],
    ['of one that has something to read and has not begun', 5 * hour, [behind(undefined)], true],
    ['of a source that is silent: nobody waits for it', 5 * hour, [silent(0)], false],
    ['of the slowest, not of the others', 5 * hour, [behind(5 * hour), behind(hour)], true],
    ['before its first batch: it is not', undefined, [behind(0)], false],
    ['when it is alone: it is not', 5 * hour, [], false],
  ])('%s', (_, eventTime, others, expected) => {
    expect(isAhead(eventTime, others, hour)).toBe(expected)
  })
})

describe('an aligner', () => {
  const signal = new AbortController().signal
  const settled = async (promise: Promise<boolean>): Promise<boolean> =>
    Promise.race([promise, new Promise<boolean>((done) => setTimeout(() => done(false), 40))])

  test('holds a partition until the slowest has come near', async () => {
    const aligner = new Aligner({ limitMs: hour, partitions: [0, 1] })
    aligner.stands(0, 10 * hour, true)
    aligner.stands(1, hour, true)
    const waiting = aligner.mayRead(0, signal)
    expect(await settled(waiting)).toBe(false)
    expect(await settled(aligner.mayRead(1, signal))).toBe(true)
    aligner.stands(1, 9 * hour, true)
    await waiting
  })

  test('lets go when the slowest has nothing more to read', async () => {
    const aligner = new Aligner({ limitMs: hour, partitions: [0, 1] })
    aligner.stands(0, 10 * hour, true)
    aligner.stands(1, hour, true)
    const waiting = aligner.mayRead(0, signal)
    aligner.stands(1, undefined, false)
    await waiting
  })

  test('looks up where partitions of other processes stand, and waits for one that nobody has begun', async () => {
    const elsewhere = new Map<number, ReturnType<typeof behind>>()
    const look = async (partition: number) => elsewhere.get(partition)
    const aligner = new Aligner({ limitMs: hour, partitions: [0, 1], look })
    aligner.stands(0, 10 * hour, true)
    const waiting = aligner.mayRead(0, signal)
    expect(await settled(waiting)).toBe(false)
    elsewhere.set(1, behind(9.5 * hour))
    await waiting
  })

  test('stops waiting when the reader is stopped', async () => {
    const aligner = new Aligner({ limitMs: hour, partitions: [0, 1] })
    aligner.stands(0, 10 * hour, true)
    aligner.stands(1, hour, true)
    const stop = new AbortController()
    const waiting = aligner.mayRead(0, stop.signal)
    stop.abort()
    expect(await waiting).toBe(false)
  })
})
