import { describe, expect, it } from 'vitest'
import { deadLetterTopic, topics } from '../../../schemas/topics.ts'
import { readLetter } from './letter.ts'
import type { DeadLetter } from './letter.ts'
import { Pace } from './pace.ts'
import { isMeant, LetterGroups, stateOf } from './select.ts'

const transactions = deadLetterTopic(topics.transactions, 'warn')
const warnings = deadLetterTopic(topics.warnings, 'casework')

function letter(offset: number, reason: string, more: Readonly<Record<string, string>> = {}): DeadLetter {
  const headers = {
    '__streams.errors.partition': '0',
    '__streams.errors.offset': '1',
    'x-reason': reason,
    ...more,
  }
  const topic = reason === 'unknown_schema' ? warnings : transactions
  const place = { topic, partition: 0, originPartitions: 4, prefix: 'weir' }
  return readLetter(place, { offset, key: '', value: null, headers, timestamp: 1000 - offset })
}

describe('letters are chosen', () => {
  it.each([
    ['by nothing: all', {}, true],
    ['by their reason', { reason: 'corrupt_body' }, true],
    ['not by another one', { reason: 'corrupt' }, false],
    ['by their offset', { offsets: [{ first: 5, last: 5 }] }, true],
    [
      'by one of several ranges',
      {
        offsets: [
          { first: 0, last: 1 },
          { first: 4, last: 6 },
        ],
      },
      true,
    ],
    ['not outside of them', { offsets: [{ first: 0, last: 4 }] }, false],
    ['only when everything fits', { reason: 'corrupt_body', offsets: [{ first: 0, last: 4 }] }, false],
  ])('%s', (_, filter, meant) => {
    expect(isMeant(letter(5, 'corrupt_body'), filter)).toBe(meant)
  })
})

describe('letters are counted', () => {
  it('by topic and reason, the most frequent reason of a topic first', () => {
    const groups = new LetterGroups('weir')
    const replayed = letter(1, 'corrupt_body')
    groups.add(letter(0, 'conflicting_duplicate'), 'open')
    groups.add(replayed, 'replayed')
    groups.add(letter(2, 'corrupt_body', { 'x-replay-of': replayed.place, 'x-replays': '1' }), 'open')
    groups.add(letter(3, 'corrupt_body', { '__streams.errors.partition': '-1' }), 'unreplayable')
    groups.add(letter(0, 'unknown_schema'), 'open')
    const topic = 'weir.ingest.transactions.v1.warn.dlq'
    expect(groups.all()).toEqual([
      {
        topic,
        reason: 'corrupt_body',
        letters: 3,
        open: 1,
        replayed: 1,
        unreplayable: 1,
        cameBack: 1,
        firstAt: 997,
        lastAt: 999,
        first: `${topic}/0/1`,
        last: `${topic}/0/3`,
      },
      expect.objectContaining({ topic, reason: 'conflicting_duplicate', letters: 1, open: 1 }),
      expect.objectContaining({ topic: 'weir.public.warnings.v1.casework.dlq', reason: 'unknown_schema' }),
    ])
  })

  it('as replayed when the audit says so, whatever else is known of them', () => {
    const sealed = letter(0, 'invalid_amount', { '__streams.errors.partition': '-1' })
    expect(stateOf(sealed, false)).toBe('unreplayable')
    expect(stateOf(letter(0, 'a'), false)).toBe('open')
    expect(stateOf(letter(0, 'a'), true)).toBe('replayed')
  })
})

describe('the pace of a replay', () => {
  /** When batches go out, by a clock that only waiting moves. */
  function times(perSecond: number | undefined, letters: number): readonly [number, number][] {
    const pace = new Pace(perSecond)
    const sent: [number, number][] = []
    let now = 0
    for (let left = letters; left > 0; left -= pace.batchMax) {
      now += pace.wait(now)
      const batch = Math.min(left, pace.batchMax)
      pace.sent(batch, now)
      sent.push([now, batch])
    }
    return sent
  }

  it('is one letter at a time when it is slow', () => {
    expect(times(2, 4)).toEqual([
      [0, 1],
      [500, 1],
      [1000, 1],
      [1500, 1],
    ])
    expect(times(0.5, 2)).toEqual([
      [0, 1],
      [2000, 1],
    ])
  })

  it('is ten batches a second when it is quick', () => {
    expect(times(1000, 250)).toEqual([
      [0, 100],
      [100, 100],
      [200, 50],
    ])
  })

  it('is as quick as it goes without a limit, in batches that have one', () => {
    expect(times(undefined, 500)).toEqual([
      [0, 200],
      [0, 200],
      [0, 100],
    ])
  })

  it('does not catch up with what was missed while something else was slow', () => {
    const pace = new Pace(10)
    pace.sent(1, 0)
    expect(pace.wait(5000)).toBe(0)
    pace.sent(1, 5000)
    expect(pace.wait(5000)).toBe(100)
  })
})
