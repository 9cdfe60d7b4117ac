/** Contract: tasks – order, state, back-pressure, stopping, failing, replaying. */
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import type {
  Batch,
  BatchResult,
  Log,
  TaskOptions,
  TaskProcessor,
} from '../../../services/platform/log/port.ts'
import { countingProcessor, expectedCounts } from './counting.ts'
import type { LogUnderTest, Started } from './harness.ts'
import {
  bytes,
  caughtUp,
  gate,
  isCaughtUp,
  newName,
  newTopic,
  publish,
  quickRestart,
  record,
  start,
  texts,
  until,
} from './harness.ts'

const nothing: BatchResult = { outputs: [], state: { writes: [] } }

/** Runs a task until it has caught up, then stops it. */
async function runOnce(log: Log, options: TaskOptions): Promise<Started> {
  const started = start(log.task(options))
  await caughtUp(log, options.group, options.topic, started)
  started.stop()
  return started
}

/** Tasks. */
export function tasksContract(current: () => LogUnderTest): void {
  describe('a task', () => {
    test('gets every record of every partition once, in order, in batches within its limits', async () => {
      const [log, topic, group] = [await current().open(), newTopic(3), newName()]
      await log.ensureTopics([topic])
      await publish(
        log,
        Array.from({ length: 50 }, (_, n) => record(topic, `k${n}`, n)),
      )
      const batches: Batch[] = []
      const open = (): TaskProcessor => ({
        process: (batch) => {
          batches.push(batch)
          return nothing
        },
      })
      await runOnce(log, { group, topic, maxRecords: 7, open })
      for (let partition = 0; partition < 3; partition += 1) {
        const own = batches.filter((batch) => batch.partition === partition)
        const values = own.flatMap(({ records }) =>
          records.map(({ value }) => Buffer.from(value ?? []).toString()),
        )
        expect(values).toEqual(await texts(log, topic, partition))
        for (const [index, batch] of own.entries()) {
          expect(batch.records.length).toBeLessThanOrEqual(7)
          expect(batch.nextOffset).toBeGreaterThan(batch.records.at(-1)?.offset ?? -1)
          expect(batch.endOffset).toBeGreaterThanOrEqual(batch.nextOffset)
          expect(batch.records[0]?.offset).toBeGreaterThanOrEqual(own[index - 1]?.nextOffset ?? 0)
        }
      }
    })

    test('gets no more bytes at once than it asks for, but always at least one record', async () => {
      const [log, topic, group] = [await current().open(), newTopic(), newName()]
      await log.ensureTopics([topic])
      const value = Buffer.alloc(1_000)
      await publish(
        log,
        Array.from({ length: 20 }, (_, n) =>
          record(topic, 'a', n, { value: n === 9 ? Buffer.alloc(9_000) : value }),
        ),
      )
      const sizes: number[] = []
      const open = (): TaskProcessor => ({
        process: ({ records }) => {
          sizes.push(records.length)
          return nothing
        },
      })
      await runOnce(log, { group, topic, maxBytes: 5_000, open })
      expect(Math.max(...sizes)).toBeLessThanOrEqual(5)
      expect(sizes.reduce((sum, size) => sum + size)).toBe(20)
    })

    test('goes on where it was after the log was opened anew, with the state of its checkpoint', async () => {
      const [topic, output, group] = [newTopic(2), newTopic(2), newName()]
      const inputs = Array.from({ length: 60 }, (_, n) => record(topic, `k${n % 7}`, n))
      for (const part of [inputs.slice(0, 20), inputs.slice(20, 41), inputs.slice(41)]) {
        const log = await current().open()
        await log.ensureTopics([topic, output])
        await publish(log, part)
        await runOnce(log, {
          group,
          topic,
          maxRecords: 4,
          open: countingProcessor({ output, checkpointEvery: 3 }),
        })
        await log.close()
      }
      const log = await current().open()
      const written = await Promise.all([texts(log, output, 0), texts(log, output, 1)])
      expect(written).toEqual(expectedCounts(inputs, 2))
    })

    test('keeps apart from other groups and partitions: position, outputs and state', async () => {
      const [log, topic] = [await current().open(), newTopic(2)]
      await log.ensureTopics([topic])
      const inputs = Array.from({ length: 30 }, (_, n) => record(topic, `k${n % 5}`, n))
      await publish(log, inputs)
      for (const group of [newName(), newName()]) {
        const output = newTopic(2)
        await log.ensureTopics([output])
        await runOnce(log, { group, topic, open: countingProcessor({ output, checkpointEvery: 1 }) })
        expect(await Promise.all([texts(log, output, 0), texts(log, output, 1)])).toEqual(
          expectedCounts(inputs, 2),
        )
      }
      expect(await log.committed(newName(), topic, 0)).toBe(0)
    })

    test('tells its progress: records, lag, newest timestamp', async () => {
      const [log, topic, group] = [await current().open(), newTopic(), newName()]
      await log.ensureTopics([topic])
      await publish(
        log,
        [5, 9, 7, 3].map((n) => record(topic, 'a', n)),
      )
      const { progress } = await runOnce(log, {
        group,
        topic,
        maxRecords: 3,
        open: () => ({ process: () => nothing }),
      })
      const told = progress.filter(({ records }) => records > 0)
      expect(told.reduce((sum, { records }) => sum + records, 0)).toBe(4)
      expect(Math.max(...told.map(({ timestamp }) => timestamp ?? 0))).toBe(9)
      expect(progress.at(-1)).toMatchObject({
        group,
        topic: topic.name,
        partition: 0,
        lagRecords: 0,
        replaying: false,
      })
    })

    test('that waits sees what another opener writes', async () => {
      const [log, other, topic, output, group] = [
        await current().open(),
        await current().open(),
        newTopic(2),
        newTopic(2),
        newName(),
      ]
      await log.ensureTopics([topic, output])
      const started = start(
        log.task({ group, topic, open: countingProcessor({ output, checkpointEvery: 2 }) }),
      )
      const inputs = Array.from({ length: 12 }, (_, n) => record(topic, `k${n}`, n))
      for (const one of inputs) {
        await publish(other, [one])
        // Each time the task has nothing to do when the next record comes.
        await caughtUp(other, group, topic, started)
      }
      expect(await Promise.all([texts(other, output, 0), texts(other, output, 1)])).toEqual(
        expectedCounts(inputs, 2),
      )
    })
  })
  stateContract(current)
  stoppingContract(current)
  failingContract(current)
}

function stateContract(current: () => LogUnderTest): void {
  describe('the state of a task', () => {
    test('is read in key order, between bounds, and forgets what was deleted', async () => {
      const [log, topic, group] = [await current().open(), newTopic(), newName()]
      await log.ensureTopics([topic])
      const seen: string[][] = []
      const open: TaskOptions['open'] = (_partition, state) => ({
        process: ({ records, nextOffset }) => {
          seen.push(
            [...state.entries('b', 'd')].map(([key, value]) => `${key}=${Buffer.from(value).toString()}`),
          )
          const writes = records[0]?.timestamp === 1 ? ['c', 'a', 'ba', 'd', 'b'] : ['ba']
          return {
            outputs: [],
            state: {
              replayFrom: nextOffset,
              writes: writes.map((key) => ({
                key,
                value: records[0]?.timestamp === 1 ? bytes(`v${key}`) : null,
              })),
            },
          }
        },
      })
      await publish(
        log,
        [1, 2, 3].map((n) => record(topic, 'a', n)),
      )
      await runOnce(log, { group, topic, maxRecords: 1, open })
      expect(seen).toEqual([[], ['b=vb', 'ba=vba', 'c=vc'], ['b=vb', 'c=vc']])
    })

    test('may be large: a checkpoint of 20,000 writes is stored whole, for the next batch as for the next start', async () => {
      const [log, topic, group, count] = [await current().open(), newTopic(), newName(), 20_000]
      await log.ensureTopics([topic])
      const found: string[] = []
      const open: TaskOptions['open'] = (_partition, state) => {
        const look = (): void => {
          found.push(
            [...state.entries('', '~')]
              .map(([key, value]) => `${key}=${Buffer.from(value).toString()}`)
              .join(' '),
          )
        }
        const writes = Array.from({ length: count }, (_, n) => ({ key: `key-${n}`, value: bytes(`v${n}`) }))
        look()
        return {
          process: ({ nextOffset }) => {
            look()
            return { outputs: [], state: { writes, replayFrom: nextOffset } }
          },
        }
      }
      await publish(log, [record(topic, 'a', 1), record(topic, 'a', 2)])
      await runOnce(log, { group, topic, maxRecords: 1, open })
      const again = start(log.task({ group, topic, open }))
      await until(() => found.length === 4)
      again.stop()
      const keys = Array.from({ length: count }, (_, n) => n).toSorted((a, b) =>
        `key-${a}` < `key-${b}` ? -1 : 1,
      )
      const whole = keys.map((n) => `key-${n}=v${n}`).join(' ')
      expect(found.map((one) => (one === whole ? 'whole' : one))).toEqual(['', '', 'whole', 'whole'])
    })

    test('is kept as well when the checkpoint is made while batches are folded again', async () => {
      const [topic, output, group] = [newTopic(), newTopic(), newName()]
      const inputs = ['a', 'b', 'a', 'b', 'c', 'c', 'a', 'b'].map((key, n) => record(topic, key, n))
      const lives = [
        { add: inputs.slice(0, 4), checkpointEvery: 100 },
        { add: inputs.slice(4, 6), checkpointEvery: 2 },
        { add: inputs.slice(6), checkpointEvery: 1 },
      ]
      for (const { add, checkpointEvery } of lives) {
        const log = await current().open()
        await log.ensureTopics([topic, output])
        await publish(log, add)
        await runOnce(log, {
          group,
          topic,
          maxRecords: 1,
          open: countingProcessor({ output, checkpointEvery }),
        })
        await log.close()
      }
      expect(await texts(await current().open(), output, 0)).toEqual(expectedCounts(inputs, 1)[0])
    })

    test('and its outputs do not depend on where batches are cut, replayed or not', async () => {
      const topic = newTopic()
      const inputs = Array.from({ length: 40 }, (_, n) => record(topic, `k${n % 3}`, n))
      const observer = await current().open()
      await observer.ensureTopics([topic])
      await publish(observer, inputs)
      for (const [cuts, checkpointEvery] of [
        [[1], 1],
        [[40], 7],
        [[3, 11, 5], 2],
        [[2, 2, 2], 3],
        [[7, 1], 50],
      ] as const) {
        const [output, group] = [newTopic(), newName()]
        await observer.ensureTopics([output])
        for (const maxRecords of cuts) {
          const log = await current().open()
          const started = start(
            log.task({ group, topic, maxRecords, open: countingProcessor({ output, checkpointEvery }) }),
          )
          await until(
            () => started.progress.some(({ replaying }) => !replaying) || isCaughtUp(observer, group, topic),
          )
          started.stop()
          await log.close()
        }
        const log = await current().open()
        await runOnce(log, { group, topic, open: countingProcessor({ output, checkpointEvery }) })
        expect(await texts(log, output, 0)).toEqual(expectedCounts(inputs, 1)[0])
        await log.close()
      }
    })
  })
}

function stoppingContract(current: () => LogUnderTest): void {
  describe('stopping', () => {
    /** A task that holds its first batch until it is let go. */
    const holding = () => {
      const [arrived, release] = [gate(), gate()]
      let inHand = 0
      let inHandMax = 0
      const open: TaskOptions['open'] = () => ({
        process: async () => {
          inHand += 1
          inHandMax = Math.max(inHandMax, inHand)
          arrived.open()
          await release.passed
          inHand -= 1
          return nothing
        },
      })
      return { arrived, release, open, inHandMax: () => inHandMax }
    }

    test('no second batch of a partition is handed over before the first is committed', async () => {
      const [log, topic, group] = [await current().open(), newTopic(), newName()]
      await log.ensureTopics([topic])
      await publish(
        log,
        [1, 2, 3, 4].map((n) => record(topic, 'a', n)),
      )
      const held = holding()
      const started = start(log.task({ group, topic, maxRecords: 1, open: held.open }))
      await held.arrived.passed
      await publish(log, [record(topic, 'a', 5)])
      expect(await log.committed(group, topic, 0)).toBe(0)
      held.release.open()
      await caughtUp(log, group, topic, started)
      expect(held.inHandMax()).toBe(1)
    })

    test('unsubscribing lets the batch in hand be committed and hands over no other', async () => {
      const [log, topic, group] = [await current().open(), newTopic(), newName()]
      await log.ensureTopics([topic])
      await publish(
        log,
        [1, 2, 3].map((n) => record(topic, 'a', n)),
      )
      const held = holding()
      const started = start(log.task({ group, topic, maxRecords: 1, open: held.open }))
      await held.arrived.passed
      started.stop()
      held.release.open()
      await log.close()
      const again = await current().open()
      const left: number[] = []
      await runOnce(again, {
        group,
        topic,
        open: () => ({
          process: ({ records }) => {
            left.push(...records.map(({ timestamp }) => timestamp))
            return nothing
          },
        }),
      })
      // The first is replayed silently (there was no checkpoint), then the others come.
      expect(left).toEqual([1, 2, 3])
    })

    test('closing the log waits for the batch in hand, commits it and completes the stream', async () => {
      const [log, topic, group] = [await current().open(), newTopic(), newName()]
      await log.ensureTopics([topic])
      await publish(
        log,
        [1, 2].map((n) => record(topic, 'a', n)),
      )
      const held = holding()
      const started = start(log.task({ group, topic, maxRecords: 1, open: held.open }))
      await held.arrived.passed
      let isClosed = false
      const closing = log.close().then(() => (isClosed = true))
      await delay(20)
      expect(isClosed).toBe(false)
      held.release.open()
      await closing
      await started.ended
      const again = await current().open()
      const [bounds] = await again.offsets(topic)
      const position = await again.committed(group, topic, 0)
      expect(position).toBeGreaterThan(0)
      expect(position).toBeLessThan(bounds?.next ?? 0)
    })

    test('a closed log refuses whatever is asked of it, and can be closed again', async () => {
      const [log, topic] = [await current().open(), newTopic()]
      await log.ensureTopics([topic])
      await log.close()
      await log.close()
      await expect(log.offsets(topic)).rejects.toMatchObject({ code: 'unavailable' })
      await expect(
        start(log.task({ group: newName(), topic, open: () => ({ process: () => nothing }) })).ended,
      ).rejects.toMatchObject({
        code: 'unavailable',
      })
    })
  })
}

function failingContract(current: () => LogUnderTest): void {
  describe('a failing task', () => {
    test('is started anew until it succeeds', async () => {
      const [log, topic, output, group] = [
        await current().open({ restart: quickRestart }),
        newTopic(),
        newTopic(),
        newName(),
      ]
      await log.ensureTopics([topic, output])
      const inputs = [1, 2, 3, 4, 5].map((n) => record(topic, 'a', n))
      await publish(log, inputs)
      let steps = 0
      const at = (): void => {
        if ((steps += 1) % 5 === 0) throw new Error('injected')
      }
      await runOnce(log, {
        group,
        topic,
        maxRecords: 2,
        open: countingProcessor({ output, checkpointEvery: 1, at }),
      })
      expect(await texts(log, output, 0)).toEqual(expectedCounts(inputs, 1)[0])
    })

    test('ends its stream with its own error when it fails too often without progress', async () => {
      const [log, topic, group] = [
        await current().open({ restart: { ...quickRestart, attemptsMax: 4 } }),
        newTopic(2),
        newName(),
      ]
      await log.ensureTopics([topic])
      await publish(
        log,
        [1, 2, 3].map((n) => record(topic, 'a', n)),
      )
      let tries = 0
      const open: TaskOptions['open'] = () => ({
        process: ({ records }) => {
          if (records.some(({ timestamp }) => timestamp === 2)) throw new Error(`try ${(tries += 1)}`)
          return nothing
        },
      })
      await expect(start(log.task({ group, topic, maxRecords: 1, open })).ended).rejects.toThrow('try 4')
      expect(tries).toBe(4)
    })

    test('does not pass over records that are gone: a gap ends it before anything is processed', async () => {
      const [log, topic, group] = [await current().open({ restart: quickRestart }), newTopic(), newName()]
      await log.ensureTopics([topic])
      await publish(
        log,
        [1, 2, 3, 4, 5, 6].map((n) => record(topic, 'a', n)),
      )
      const seen: number[] = []
      const open: TaskOptions['open'] = () => ({
        process: ({ records, nextOffset }) => {
          seen.push(...records.map(({ timestamp }) => timestamp))
          return { outputs: [], state: { writes: [], replayFrom: nextOffset } }
        },
      })
      const started = start(log.task({ group, topic, maxRecords: 1, open }))
      await until(() => seen.length >= 2)
      started.stop()
      await log.close()
      const again = await current().open({ restart: quickRestart })
      await publish(again, [record(topic, 'a', 7)])
      const [bounds] = await again.offsets(topic)
      await current().deleteBefore(topic, 0, bounds?.next ?? 0)
      await publish(again, [record(topic, 'a', 8)])
      const before = seen.length
      await expect(start(again.task({ group, topic, open })).ended).rejects.toMatchObject({
        code: 'gap',
        retriable: false,
      })
      expect(seen).toHaveLength(before)
    })
  })
}
