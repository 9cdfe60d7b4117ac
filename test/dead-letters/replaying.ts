/** Replaying: exactly once under repeats, filters, faults, interruptions and rivals. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { topics } from '../../schemas/topics.ts'
import { surveyLetters } from '../../services/platform/dead-letters/read.ts'
import { deadLetterRecord, letterBytesMax } from '../../services/platform/dead-letters/letter.ts'
import { LogError } from '../../services/platform/log/port.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { partitionOf } from '../../services/platform/log/partitioner.ts'
import { all, gate } from '../log/contract/harness.ts'
import { checked } from '../support/seed.ts'
import {
  audit,
  firstAt,
  letterTopic,
  numbers,
  original,
  published,
  publishedNumbers,
  publishLetters,
  reasons,
  replay,
} from './harness.ts'
import type { LogForLetters } from './harness.ts'

async function states(log: Log, prefix: string): Promise<Record<string, number>> {
  const { groups } = await surveyLetters(log, [letterTopic], {}, prefix, 0)
  const sum = (of: 'letters' | 'open' | 'replayed' | 'unreplayable' | 'cameBack') =>
    groups.reduce((total, group) => total + group[of], 0)
  return {
    letters: sum('letters'),
    open: sum('open'),
    replayed: sum('replayed'),
    unreplayable: sum('unreplayable'),
    cameBack: sum('cameBack'),
  }
}

/** One attempt: what it asks for, where it is interrupted, where the log fails it. */
interface Attempt {
  readonly reason: string | undefined
  readonly offsets: { readonly first: number; readonly last: number } | undefined
  readonly interruptAfter: number | undefined
  readonly failBefore: number | undefined
  readonly failAfter: number | undefined
}

const attempt: fc.Arbitrary<Attempt> = fc.record({
  reason: fc.option(fc.constantFrom(...reasons), { nil: undefined }),
  offsets: fc.option(
    fc.tuple(fc.nat(40), fc.nat(20)).map(([first, more]) => ({ first, last: first + more })),
    { nil: undefined },
  ),
  interruptAfter: fc.option(fc.nat(10), { nil: undefined }),
  failBefore: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  failAfter: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
})

/** Fails the n-th time. */
function failing(nth: number | undefined): () => void {
  let times = 0
  return () => {
    times += 1
    if (times === nth) throw new LogError('unavailable', 'the log was told to fail', { retriable: true })
  }
}

async function tryOnce(subject: LogForLetters, asked: Attempt): Promise<void> {
  const log = await subject.open({
    faults: { before: failing(asked.failBefore), after: failing(asked.failAfter) },
  })
  const stop = new AbortController()
  let batches = 0
  const onProgress = (): void => {
    batches += 1
    if (batches === asked.interruptAfter) stop.abort()
  }
  const filter = {
    ...(asked.reason === undefined ? {} : { reason: asked.reason }),
    ...(asked.offsets === undefined ? {} : { offsets: [asked.offsets] }),
  }
  try {
    // Slow, so that there are many commits to fail and to be interrupted between.
    await replay(log, subject.prefix, { filter, ratePerSecond: 20 }, { signal: stop.signal, onProgress })
  } catch (error) {
    if (!(error instanceof LogError) || error.code !== 'unavailable') throw error
  } finally {
    await log.close()
  }
}

/** The tests. @param runs bounds the property-based one */
export function replayingContract(current: () => LogForLetters, runs: number): void {
  describe('replayed dead letters', () => {
    test('are published with key, bytes, headers and time untouched, to the partition of their key, without a key to the one they were read from', async () => {
      const { prefix, open } = current()
      const log = await open()
      await publishLetters(log, prefix, 30)
      expect(await replay(log, prefix)).toMatchObject({ chosen: 30, replayed: 30, ended: 'done' })
      const found = await published(log)
      expect(found).toHaveLength(30)
      for (const { partition, record } of found) {
        const n = (record.timestamp - firstAt) / 1000
        const { key, value, headers } = original(n)
        expect(record.key).toBe(key)
        expect(Buffer.from(record.value ?? []).equals(value ?? Buffer.of(1))).toBe(true)
        expect(record.headers).toEqual({
          ...headers,
          'x-replay-of': expect.stringMatching(/\.warn\.dlq\/0\/\d+$/) as unknown,
          'x-replays': '1',
        })
        const { partitions } = topics.transactions
        expect(partition).toBe(key === '' ? n % partitions : partitionOf(key, partitions))
      }
    })

    test('are on record in the same commit: who, why, when, from where, to where', async () => {
      const { prefix, open } = current()
      const log = await open()
      await publishLetters(log, prefix, 3)
      await replay(log, prefix, {
        by: 'li',
        why: 'reader mended',
        runId: 'run-1',
        filter: { reason: 'unknown_schema' },
      })
      const [letter] = (await surveyLetters(log, [letterTopic], { reason: 'unknown_schema' }, prefix, 1))
        .letters
      expect(await audit(log)).toEqual([
        {
          dead_letter_topic: `${prefix}.ingest.transactions.v1.warn.dlq`,
          dead_letter_partition: 0,
          dead_letter_offset: letter?.letter.record.offset,
          topic: `${prefix}.ingest.transactions.v1`,
          origin_partition: 1,
          origin_offset: 1,
          partition: partitionOf('p_1', topics.transactions.partitions),
          reason: 'unknown_schema',
          replays: 1,
          replayed_at: firstAt,
          replayed_by: 'li',
          why: 'reader mended',
          run_id: 'run-1',
        },
      ])
    })

    test('are not replayed again, whoever asks and however', async () => {
      const { prefix, open } = current()
      const log = await open()
      await publishLetters(log, prefix, 12)
      await replay(log, prefix, { filter: { reason: 'corrupt_body' } })
      expect(await replay(log, prefix)).toMatchObject({ replayed: 8, replayedBefore: 4 })
      expect(await replay(log, prefix)).toMatchObject({ replayed: 0, replayedBefore: 12 })
      expect(await replay(log, prefix, { dryRun: true })).toMatchObject({ replayed: 0, replayedBefore: 12 })
      expect(await replay(await open(), prefix, { by: 'somebody else' })).toMatchObject({ replayed: 0 })
      expect(await publishedNumbers(log)).toEqual(numbers(12))
      expect(await states(log, prefix)).toMatchObject({ letters: 12, open: 0, replayed: 12 })
    })

    test('are published once each, whatever is asked for in whatever order, interrupted or failed', async () => {
      const subject = current()
      let total = 0
      const log = await subject.open()
      await checked(
        fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 4 }), async (attempts) => {
          await publishLetters(log, subject.prefix, 12)
          total += 12
          for (const asked of attempts) await tryOnce(subject, asked)
          await replay(log, subject.prefix)
          expect(await publishedNumbers(log)).toEqual(numbers(total))
          const places = (await audit(log)).map((one) => one.dead_letter_offset)
          expect(new Set(places).size).toBe(total)
          expect(places).toHaveLength(total)
        }),
        runs,
      )
    })

    test('of two replays at once are published once each: the younger goes on, the older stops', async () => {
      const { prefix, open } = current()
      const [older, younger] = [await open(), await open()]
      await publishLetters(older, prefix, 20)
      const [held, begun] = [gate(), gate()]
      let batches = 0
      const first = replay(
        older,
        prefix,
        { ratePerSecond: 50 },
        {
          pause: async () => {
            batches += 1
            if (batches < 2) return
            begun.open()
            await held.passed
          },
        },
      )
      await begun.passed
      const second = await replay(younger, prefix, { by: 'li' })
      held.open()
      expect(second).toMatchObject({ ended: 'done', replayed: 15, replayedBefore: 5 })
      expect(await first).toMatchObject({ ended: 'taken_over', replayed: 5 })
      expect(await publishedNumbers(older)).toEqual(numbers(20))
      expect((await audit(older)).map((one) => one.replayed_by)).toEqual([
        ...Array<string>(5).fill('wang'),
        ...Array<string>(15).fill('li'),
      ])
    })

    test('that another run published between the look and the first commit are left out', async () => {
      const { prefix, open } = current()
      const [slow, quick] = [await open(), await open()]
      await publishLetters(slow, prefix, 9)
      const [held, looked] = [gate(), gate()]
      const pause = async (): Promise<void> => {
        looked.open()
        await held.passed
      }
      const first = replay(slow, prefix, { ratePerSecond: 40 }, { pause })
      await looked.passed
      const some = { offsets: [{ first: 1, last: 6 }] }
      const between = await replay(quick, prefix, { by: 'li', filter: some })
      held.open()
      const { replayed, replayedBefore, ended } = await first
      expect({ sum: replayed + between.replayed, replayedBefore, ended }).toEqual({
        sum: 9,
        replayedBefore: between.replayed,
        ended: 'done',
      })
      expect(await publishedNumbers(slow)).toEqual(numbers(9))
    })

    test('stop between two commits when told to, and go on there the next time', async () => {
      const { prefix, open } = current()
      const log = await open()
      await publishLetters(log, prefix, 20)
      const stop = new AbortController()
      const onProgress = ({ replayed }: { readonly replayed: number }): void => {
        if (replayed >= 6) stop.abort()
      }
      const interrupted = await replay(
        log,
        prefix,
        { ratePerSecond: 20 },
        { signal: stop.signal, onProgress },
      )
      expect(interrupted).toMatchObject({ ended: 'interrupted', replayed: 6 })
      expect(await publishedNumbers(log)).toEqual(numbers(6))
      expect(await replay(log, prefix)).toMatchObject({ ended: 'done', replayed: 14, replayedBefore: 6 })
      expect(await publishedNumbers(log)).toEqual(numbers(20))
    })

    test('go out no faster than asked for', async () => {
      const { prefix, open } = current()
      const log = await open()
      await publishLetters(log, prefix, 5)
      let now = 0
      const sent: number[] = []
      await replay(
        log,
        prefix,
        { ratePerSecond: 2 },
        {
          ticks: () => now,
          pause: async (ms) => {
            now += ms
          },
          onProgress: () => sent.push(now),
        },
      )
      expect(sent).toEqual([0, 500, 1000, 1500, 2000])
    })
  })

  describe('a dry run', () => {
    test('says what would be replayed and writes nothing', async () => {
      const { prefix, open } = current()
      const log = await open()
      await publishLetters(log, prefix, 9)
      const found = await replay(log, prefix, { dryRun: true, filter: { offsets: [{ first: 0, last: 4 }] } })
      const { replayed, groups } = await replay(log, prefix, { dryRun: true })
      expect(found.replayed).toBeLessThanOrEqual(5)
      expect(replayed).toBe(9)
      expect(groups).toEqual(
        reasons.map((reason) => ({ topic: `${prefix}.${letterTopic.name}`, reason, replayed: 3 })),
      )
      expect(await published(log)).toEqual([])
      await expect(log.offsets(topics.deadLetterReplays)).rejects.toMatchObject({ code: 'unknown_topic' })
    })
  })

  describe('a letter that cannot be replayed', () => {
    test('is counted by what stands in the way, and left where it is', async () => {
      const { prefix, open } = current()
      const log = await open()
      await publishLetters(log, prefix, 1)
      const facts = { reason: 'invalid_amount', exception: 'Refused', message: '' }
      const small = { offset: 5, key: 'k', value: Buffer.from('sealed'), headers: {}, timestamp: firstAt }
      const large = { ...small, value: new Uint8Array(letterBytesMax) }
      const publisher = await log.publisher(`${prefix}-others`)
      await publisher.publish(
        [
          deadLetterRecord(letterTopic, -1, small, facts, prefix),
          deadLetterRecord(letterTopic, 1, large, facts, prefix),
          { ...small, topic: letterTopic },
        ],
        1,
      )
      expect(await replay(log, prefix)).toMatchObject({
        chosen: 4,
        replayed: 1,
        unreplayable: { never_published: 1, left_out: 1, origin_unknown: 1 },
      })
      expect(await states(log, prefix)).toMatchObject({ letters: 4, open: 0, replayed: 1, unreplayable: 3 })
      expect(await all(log, letterTopic, 0)).toHaveLength(4)
    })
  })
}
