/** Contract: what is written comes back, in order, where it belongs. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checked } from '../../support/seed.ts'
import { partitionOf } from '../../../services/platform/log/partitioner.ts'
import type { NewRecord } from '../../../services/platform/log/port.ts'
import type { LogUnderTest } from './harness.ts'
import { all, newTopic, publish, record, texts } from './harness.ts'

/** Topics, records, offsets. */
export function recordsContract(current: () => LogUnderTest): void {
  describe('records', () => {
    test('lie in the partition that their key names, in the order in which they were written', async () => {
      const log = await current().open()
      const topic = newTopic(4)
      await log.ensureTopics([topic])
      const inputs = Array.from({ length: 200 }, (_, n) => record(topic, `key-${n % 17}`, n))
      await publish(log, inputs.slice(0, 90))
      await publish(log, inputs.slice(90))
      for (let partition = 0; partition < 4; partition += 1) {
        const expected = inputs
          .filter(({ key }) => partitionOf(key, 4) === partition)
          .map(({ timestamp }) => String(timestamp))
        expect(await texts(log, topic, partition)).toEqual(expected)
      }
    })

    test('lie in the partition given, whatever their key', async () => {
      const log = await current().open()
      const topic = newTopic(3)
      await log.ensureTopics([topic])
      await publish(
        log,
        [0, 1, 2, 0].map((partition, n) => record(topic, 'same', n, { partition })),
      )
      expect(await texts(log, topic, 0)).toEqual(['0', '3'])
      expect(await texts(log, topic, 1)).toEqual(['1'])
      expect(await texts(log, topic, 2)).toEqual(['2'])
    })

    test('come back byte for byte: values, keys, headers, timestamps, tombstones and empty values', async () => {
      const log = await current().open()
      const topic = newTopic(1)
      await log.ensureTopics([topic])
      const text = fc.string({ unit: 'grapheme', maxLength: 40 })
      const one = fc.record({
        key: text,
        value: fc.option(fc.uint8Array({ maxLength: 300 })),
        headers: fc.dictionary(fc.stringMatching(/^[a-z_][a-z0-9._-]{0,20}$/), text, {
          maxKeys: 6,
          noNullPrototype: true,
        }),
        timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
      })
      await checked(
        fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 30 }), async (contents) => {
          const [{ next } = { next: 0 }] = await log.offsets(topic)
          await publish(
            log,
            contents.map((content) => ({ topic, ...content })),
          )
          const found = await all(log, topic, 0, next)
          expect(
            found.map(({ key, value, headers, timestamp }) => ({
              key,
              value: value && [...value],
              headers,
              timestamp,
            })),
          ).toEqual(contents.map((content) => ({ ...content, value: content.value && [...content.value] })))
        }),
        40,
      )
    })

    test('are read up to the end that was seen at the start', async () => {
      const log = await current().open()
      const topic = newTopic()
      await log.ensureTopics([topic])
      await publish(log, [record(topic, 'a', 1), record(topic, 'a', 2)])
      const found: number[] = []
      for await (const { timestamp } of log.read(topic, 0, 0)) {
        found.push(timestamp)
        if (found.length === 1) await publish(log, [record(topic, 'a', 3)])
      }
      expect(found).toEqual([1, 2])
    })

    test('have ascending offsets between the first and the next one of their partition', async () => {
      const log = await current().open()
      const topic = newTopic()
      await log.ensureTopics([topic])
      for (let n = 0; n < 5; n += 1) await publish(log, [record(topic, 'a', n), record(topic, 'a', n)])
      const offsets = (await all(log, topic, 0)).map(({ offset }) => offset)
      const [bounds] = await log.offsets(topic)
      expect(offsets).toEqual([...new Set(offsets)].toSorted((a, b) => a - b))
      expect(bounds?.first).toBeLessThanOrEqual(offsets[0] ?? -1)
      expect(bounds?.next).toBeGreaterThan(offsets.at(-1) ?? Infinity)
      expect((await all(log, topic, 0, offsets[4])).map(({ timestamp }) => timestamp)).toEqual([
        2, 2, 3, 3, 4, 4,
      ])
    })
  })
  refusals(current)
}

function refusals(current: () => LogUnderTest): void {
  describe('topics', () => {
    test('can be ensured again and again, also by another opener', async () => {
      const [log, other] = [await current().open(), await current().open()]
      const topic = newTopic(2)
      await log.ensureTopics([topic])
      await publish(log, [record(topic, 'a', 1)])
      await other.ensureTopics([topic, topic])
      expect([...(await texts(other, topic, 0)), ...(await texts(other, topic, 1))]).toEqual(['1'])
    })

    test('are refused with another number of partitions than they have', async () => {
      const log = await current().open()
      const topic = newTopic(2)
      await log.ensureTopics([topic])
      await expect(log.ensureTopics([{ ...topic, partitions: 3 }])).rejects.toMatchObject({
        code: 'partitions_differ',
      })
      expect(await log.offsets(topic)).toHaveLength(2)
    })

    test('are refused when nobody created them', async () => {
      const log = await current().open()
      const topic = newTopic()
      await expect(publish(log, [record(topic, 'a', 1)])).rejects.toMatchObject({ code: 'unknown_topic' })
      await expect(log.offsets(topic)).rejects.toMatchObject({ code: 'unknown_topic' })
    })
  })

  describe('a record', () => {
    const sized = (topic: NewRecord['topic'], size: number): NewRecord =>
      record(topic, 'a', 1, { value: Buffer.alloc(size, 7) })

    test('as large as allowed is kept', async () => {
      const log = await current().open()
      const topic = newTopic()
      await log.ensureTopics([topic])
      await publish(log, [sized(topic, current().valueBytesAccepted), record(topic, 'a', 2)])
      expect((await all(log, topic, 0)).map(({ value }) => value?.length)).toEqual([
        current().valueBytesAccepted,
        1,
      ])
    })

    test('that is too large is refused, with everything written together with it', async () => {
      const log = await current().open()
      const topic = newTopic(2)
      await log.ensureTopics([topic])
      const batch = [record(topic, 'b', 1, { partition: 1 }), sized(topic, current().valueBytesRefused)]
      await expect(publish(log, batch)).rejects.toMatchObject({ code: 'record_too_large', retriable: false })
      expect([...(await texts(log, topic, 0)), ...(await texts(log, topic, 1))]).toEqual([])
    })
  })
}
