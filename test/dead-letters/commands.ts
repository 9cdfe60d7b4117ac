/** `weir dlq` as people and scripts run it: in processes of its own, which may be killed. */
import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { topics } from '../../schemas/topics.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { until } from '../log/contract/harness.ts'
import { seed } from '../support/seed.ts'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'
import {
  audit,
  firstAt,
  letterTopic,
  numbers,
  original,
  published,
  publishedNumbers,
  publishLetters,
} from './harness.ts'
import type { LogForLetters } from './harness.ts'

async function run({ environment }: LogForLetters, ...args: string[]): Promise<Ended> {
  return weir(['dlq', ...args], environment).ended
}

function json(ended: Ended): Record<string, unknown> {
  return JSON.parse(ended.stdout) as Record<string, unknown>
}

async function auditLength(log: Log): Promise<number> {
  await log.ensureTopics([topics.deadLetterReplays])
  return (await log.offsets(topics.deadLetterReplays))[0]?.next ?? 0
}

/** The tests. */
export function commandsContract(current: () => LogForLetters): void {
  describe('weir dlq', () => {
    test('lists by topic and reason, shows one with its facts, replays it, and tells that it did', async () => {
      const subject = current()
      const { prefix } = subject
      const log = await subject.open()
      await publishLetters(log, prefix, 7)
      const topic = `${prefix}.${letterTopic.name}`
      expect(json(await run(subject, 'list', '--json'))).toEqual({
        groups: [
          expect.objectContaining({ topic, reason: 'corrupt_body', letters: 3, open: 3 }),
          expect.objectContaining({ topic, reason: 'unknown_schema', letters: 2, open: 2 }),
          expect.objectContaining({ topic, reason: 'conflicting_duplicate', letters: 2, open: 2 }),
        ],
      })
      const each = json(await run(subject, 'list', '--reason', 'unknown_schema', '--each', '--json'))
      const letters = each['letters'] as { readonly place: string }[]
      expect(letters).toHaveLength(2)
      const place = letters[0]?.place ?? ''
      const replayed = await run(subject, 'replay', place, '--by', 'li', '--why', 'looked at it', '--json')
      expect(replayed.code).toBe(0)
      expect(json(replayed)).toMatchObject({ ended: 'done', chosen: 1, replayed: 1 })
      const shown = json(await run(subject, 'show', place, '--json'))
      expect(shown).toMatchObject({
        place,
        at: new Date(firstAt + 1000).toISOString(),
        reason: 'unknown_schema',
        exception: 'UndecodableError',
        message: 'cannot be used',
        origin: { topic: `${prefix}.ingest.transactions.v1`, partition: 1, offset: 1 },
        key: 'p_1',
        headers: original(1).headers,
        value: { bytes: 4, begins: '01ff' },
        state: 'replayed',
        replayed: { replayed_by: 'li', why: 'looked at it', came_back_as: null },
      })
    })

    test('says the same to people, in both languages, without letting a record write on their screen', async () => {
      const subject = current()
      const log = await subject.open()
      await publishLetters(log, subject.prefix, 1)
      const publisher = await log.publisher(`${subject.prefix}-rude`)
      const rude = { topic: letterTopic, value: null, timestamp: 0 }
      await publisher.publish(
        [{ ...rude, key: '\u001b[2Jgone\u202e', headers: { 'x-reason': '\u009bJ' } }],
        1,
      )
      const list = await run(subject, 'list', '--each')
      expect(list.stdout).toContain('待处理 open 1')
      expect(list.stdout).toContain('\\u{9b}J')
      const place = /(\S+\/0\/\d+) {2}1970/.exec(list.stdout)?.[1] ?? ''
      const shown = await run(subject, 'show', place)
      expect(shown.stdout).toContain('键 key: \\u{1b}[2Jgone\\u{202e}')
      expect(shown.stdout).toContain('不可重放 not replayable')
      for (const character of ['\u001b', '\u009b', '\u202e']) {
        expect(`${list.stdout}${shown.stdout}`).not.toContain(character)
      }
    })

    test('replays nothing in a dry run', async () => {
      const subject = current()
      const log = await subject.open()
      await publishLetters(log, subject.prefix, 6)
      const ended = await run(
        subject,
        'replay',
        letterTopic.name,
        '--dry-run',
        '--reason',
        'corrupt_body',
        '--json',
      )
      expect(json(ended)).toMatchObject({ dry_run: true, run_id: null, chosen: 2, replayed: 2 })
      expect(await published(log)).toEqual([])
    })

    test('killed in the middle of replaying, and repeated, publishes each record once', async () => {
      const subject = current()
      const log = await subject.open()
      await publishLetters(log, subject.prefix, 60)
      const waits = fc.sample(fc.integer({ min: 0, max: 90 }), { seed, numRuns: 3 })
      for (const [index, killAt] of [5, 20, 40].entries()) {
        const replaying = weir(['dlq', 'replay', '--rate', '40/s'], subject.environment)
        try {
          await until(async () => (await auditLength(log)) > killAt, `${killAt} replays`)
          await delay(waits[index])
        } finally {
          replaying.child.kill('SIGKILL')
        }
        expect((await replaying.ended).signal).toBe('SIGKILL')
      }
      const before = (await audit(log)).length
      const ended = await run(subject, 'replay', '--json')
      expect(json(ended)).toMatchObject({ ended: 'done', replayed: 60 - before, replayed_before: before })
      expect(await publishedNumbers(log)).toEqual(numbers(60))
      expect((await audit(log)).map((one) => one.dead_letter_offset)).toHaveLength(60)
    })

    test('told to stop, it ends between two commits with exit code 5 and says how far it came', async () => {
      const subject = current()
      const log = await subject.open()
      await publishLetters(log, subject.prefix, 40)
      const replaying = weir(['dlq', 'replay', '--rate', '20', '--json'], subject.environment)
      await until(async () => (await auditLength(log)) >= 2, 'two replays')
      replaying.child.kill('SIGINT')
      const ended = await replaying.ended
      expect(ended.code).toBe(5)
      const done = (await audit(log)).length
      expect(json(ended)).toMatchObject({ ended: 'interrupted', replayed: done })
      expect(done).toBeLessThan(40)
      expect(await publishedNumbers(log)).toEqual(numbers(done))
    })

    test('run three times at once publishes each record once', async () => {
      const subject = current()
      const log = await subject.open()
      await publishLetters(log, subject.prefix, 80)
      const rivals = [1, 2, 3].map(() => run(subject, 'replay', '--rate', '40', '--json'))
      const ended = await Promise.all(rivals)
      const total = ended.reduce((sum, one) => sum + Number(json(one)['replayed']), 0)
      for (const one of ended) expect(one.code).toBe(json(one)['ended'] === 'done' ? 0 : 5)
      expect(total).toBe(80)
      expect(await publishedNumbers(log)).toEqual(numbers(80))
    })

    test.each([
      ['an unknown topic', ['list', '--topic', 'nothing.v1'], 4, /no dead-letter topic "nothing.v1"/],
      ['a letter that is not there', ['show', `${letterTopic.name}/0/99999`], 4, /no dead letter/],
      ['a place that is none', ['show', letterTopic.name], 2, /is no place/],
      ['offsets of several topics', ['replay', '--offset', '1'], 2, /needs one dead-letter topic/],
      ['offsets that are none', ['replay', letterTopic.name, '--offset', '9-1'], 2, /no list of offsets/],
      ['a rate of nothing', ['replay', '--rate', '0'], 2, /is no rate/],
      ['nobody', ['replay', '--by', ' '], 2, /--by names somebody/],
    ])('refuses %s and says why', async (_, args, code, message) => {
      const subject = current()
      const log = await subject.open()
      await publishLetters(log, subject.prefix, 1)
      const ended = await run(subject, ...args)
      expect(ended.code).toBe(code)
      expect(ended.stderr).toMatch(message)
      expect(ended.stdout).toBe('')
    })
  })
}
