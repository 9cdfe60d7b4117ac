/** Contract: reading with a position of one's own. */
import { describe, expect, test } from 'vitest'
import type { Batch, FollowOptions } from '../../../services/platform/log/port.ts'
import type { LogUnderTest } from './harness.ts'
import { all, gate, newName, newTopic, publish, quickRestart, record, start, until } from './harness.ts'

/** A little database: position and effects together. */
class Ledger {
  position = 0
  readonly seen: number[] = []

  readonly options: Pick<FollowOptions, 'position' | 'handle'> = {
    position: async () => this.position,
    handle: async (batch) => this.take(batch),
  }

  take(batch: Batch): void {
    this.seen.push(...batch.records.map(({ timestamp }) => timestamp))
    this.position = batch.nextOffset
  }
}

/** Followers. */
export function followingContract(current: () => LogUnderTest): void {
  describe('a follower', () => {
    test('gets what lies behind its own position, and then whatever comes', async () => {
      const [log, other, topic] = [await current().open(), await current().open(), newTopic()]
      await log.ensureTopics([topic])
      await publish(
        log,
        [1, 2, 3].map((n) => record(topic, 'a', n)),
      )
      const ledger = new Ledger()
      ledger.position = (await all(log, topic, 0))[1]?.offset ?? -1
      const started = start(log.follow({ group: newName(), topic, ...ledger.options }))
      await publish(other, [record(topic, 'a', 4)])
      await until(() => ledger.seen.length >= 3)
      started.stop()
      expect(ledger.seen).toEqual([2, 3, 4])
    })

    test('is handed the same records again from its position when it fails, none twice and none left out', async () => {
      const [log, topic] = [await current().open({ restart: quickRestart }), newTopic()]
      await log.ensureTopics([topic])
      await publish(
        log,
        Array.from({ length: 30 }, (_, n) => record(topic, 'a', n)),
      )
      const ledger = new Ledger()
      let calls = 0
      const handle = async (batch: Batch): Promise<void> => {
        calls += 1
        if (calls % 3 === 1) throw new Error('injected before the effects')
        ledger.take(batch)
        if (calls % 3 === 2) throw new Error('injected after the effects')
      }
      const started = start(log.follow({ group: newName(), topic, maxRecords: 4, ...ledger.options, handle }))
      await until(() => ledger.seen.length >= 30)
      started.stop()
      expect(ledger.seen).toEqual(Array.from({ length: 30 }, (_, n) => n))
    })

    test('has one batch in hand at a time, which closing the log waits for', async () => {
      const [log, topic] = [await current().open(), newTopic()]
      await log.ensureTopics([topic])
      await publish(
        log,
        [1, 2, 3].map((n) => record(topic, 'a', n)),
      )
      const [arrived, release, ledger] = [gate(), gate(), new Ledger()]
      const handle = async (batch: Batch): Promise<void> => {
        arrived.open()
        await release.passed
        ledger.take(batch)
      }
      const started = start(log.follow({ group: newName(), topic, maxRecords: 1, ...ledger.options, handle }))
      await arrived.passed
      const closing = log.close()
      release.open()
      await closing
      await started.ended
      expect(ledger.seen).toEqual([1])
    })

    test('stopped before it took anything in hand takes nothing in hand any more', async () => {
      const [log, topic] = [await current().open(), newTopic()]
      await log.ensureTopics([topic])
      await publish(log, [record(topic, 'a', 1)])
      const [stopped, ledger] = [gate(), new Ledger()]
      const position = async (): Promise<number> => {
        // Comes between what the follower has just asked and what it would do next.
        setImmediate(() => {
          started.stop()
          stopped.open()
        })
        return 0
      }
      const started = start(log.follow({ group: newName(), topic, ...ledger.options, position }))
      await stopped.passed
      await log.close()
      expect(ledger.seen).toEqual([])
    })

    test('whose position is 0 begins at the first record kept', async () => {
      const [log, topic] = [await current().open(), newTopic()]
      await log.ensureTopics([topic])
      await publish(
        log,
        [1, 2].map((n) => record(topic, 'a', n)),
      )
      const [bounds] = await log.offsets(topic)
      await current().deleteBefore(topic, 0, bounds?.next ?? 0)
      await publish(log, [record(topic, 'a', 3)])
      const ledger = new Ledger()
      const started = start(log.follow({ group: newName(), topic, ...ledger.options }))
      await until(() => ledger.seen.length > 0)
      started.stop()
      expect(ledger.seen).toEqual([3])
    })

    test.each(['before the first record kept', 'behind the end'])(
      'whose position lies %s is told of the gap',
      async (where) => {
        const [log, topic] = [await current().open(), newTopic()]
        await log.ensureTopics([topic])
        await publish(
          log,
          [1, 2, 3].map((n) => record(topic, 'a', n)),
        )
        const [bounds] = await log.offsets(topic)
        const next = bounds?.next ?? 0
        const ledger = new Ledger()
        ledger.position = where === 'behind the end' ? next + 100 : 1
        if (where !== 'behind the end') await current().deleteBefore(topic, 0, next)
        await expect(
          start(log.follow({ group: newName(), topic, ...ledger.options })).ended,
        ).rejects.toMatchObject({ code: 'gap' })
        expect(ledger.seen).toEqual([])
      },
    )
  })
}
