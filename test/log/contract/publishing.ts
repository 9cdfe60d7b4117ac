/** Contract: writing from outside the log, once each. */
import { describe, expect, test } from 'vitest'
import type { LogUnderTest } from './harness.ts'
import { newName, newTopic, record, texts } from './harness.ts'

/** Publishers. */
export function publishingContract(current: () => LogUnderTest): void {
  describe('a publisher', () => {
    test('begins at 0 and finds its last position again, also after the log was opened anew', async () => {
      const [log, name, topic] = [await current().open(), newName(), newTopic()]
      await log.ensureTopics([topic])
      const publisher = await log.publisher(name)
      expect(await publisher.position()).toBe(0)
      await publisher.publish([record(topic, 'a', 1)], 17)
      await log.close()
      const again = await (await current().open()).publisher(name)
      expect(await again.position()).toBe(17)
    })

    test('writes nothing a second time: a position that is not higher is refused', async () => {
      const [log, topic] = [await current().open(), newTopic()]
      await log.ensureTopics([topic])
      const publisher = await log.publisher(newName())
      await publisher.publish([record(topic, 'a', 1)], 5)
      for (const position of [5, 4, 0]) {
        await expect(publisher.publish([record(topic, 'a', 2)], position)).rejects.toMatchObject({
          code: 'position_behind',
        })
      }
      await publisher.publish([record(topic, 'a', 3)], 6)
      expect(await texts(log, topic, 0)).toEqual(['1', '3'])
    })

    test('may advance its position without a record', async () => {
      const [log, topic] = [await current().open(), newTopic()]
      await log.ensureTopics([topic])
      const publisher = await log.publisher(newName())
      await publisher.publish([], 9)
      expect(await publisher.position()).toBe(9)
    })

    test('knows after a lost answer that its records are written, and after a failed commit that they are not', async () => {
      const [topic, name] = [newTopic(), newName()]
      let fail: 'before' | 'after' | undefined
      const hit = (when: 'before' | 'after') => () => {
        if (fail !== when) return
        fail = undefined
        throw new Error(`injected ${when} the commit`)
      }
      const log = await current().open({ faults: { before: hit('before'), after: hit('after') } })
      await log.ensureTopics([topic])
      for (const when of ['before', 'after'] as const) {
        const publisher = await log.publisher(name)
        const position = await publisher.position()
        fail = when
        await expect(publisher.publish([record(topic, 'a', position + 1)], position + 1)).rejects.toThrow(
          'injected',
        )
        const again = await log.publisher(name)
        expect(await again.position()).toBe(when === 'before' ? position : position + 1)
      }
      expect(await texts(log, topic, 0)).toEqual(['1'])
    })

    test('is fenced by a younger one of the same name', async () => {
      const [log, other, name, topic] = [
        await current().open(),
        await current().open(),
        newName(),
        newTopic(),
      ]
      await log.ensureTopics([topic])
      const older = await log.publisher(name)
      await older.publish([record(topic, 'a', 1)], 1)
      const younger = await other.publisher(name)
      expect(await younger.position()).toBe(1)
      await expect(older.publish([record(topic, 'a', 2)], 2)).rejects.toMatchObject({
        code: 'fenced',
        retriable: false,
      })
      await younger.publish([record(topic, 'a', 3)], 2)
      expect(await texts(log, topic, 0)).toEqual(['1', '3'])
    })

    test('is not disturbed by one of another name', async () => {
      const [log, topic] = [await current().open(), newTopic()]
      await log.ensureTopics([topic])
      const [one, two] = [await log.publisher(newName()), await log.publisher(newName())]
      await one.publish([record(topic, 'a', 1)], 1)
      await two.publish([record(topic, 'a', 2)], 1)
      await one.publish([record(topic, 'a', 3)], 2)
      expect(await texts(log, topic, 0)).toEqual(['1', '2', '3'])
    })

    test('refuses to write once it, or its log, is closed', async () => {
      const [log, topic] = [await current().open(), newTopic()]
      await log.ensureTopics([topic])
      const [one, two] = [await log.publisher(newName()), await log.publisher(newName())]
      await one.close()
      await expect(one.publish([record(topic, 'a', 1)], 1)).rejects.toMatchObject({ code: 'unavailable' })
      await log.close()
      await expect(two.publish([record(topic, 'a', 1)], 1)).rejects.toMatchObject({ code: 'unavailable' })
    })
  })
}
