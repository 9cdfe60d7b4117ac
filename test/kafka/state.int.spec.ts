/** What a task on Kafka comes back from: stored state, snapshots, the log alone; and what it refuses to come back from. */
import { readdirSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Log, TaskOptions } from '../../services/platform/log/port.ts'
import type { KafkaLogOptions } from '../../services/platform/log/kafka/open.ts'
import { Drift, fill } from '../log/contract/aligning.ts'
import { countingProcessor, expectedCounts } from '../log/contract/counting.ts'
import type { LogUnderTest } from '../log/contract/harness.ts'
import { caughtUp, newName, newTopic, publish, record, start, texts, until } from '../log/contract/harness.ts'
import { describeWithKafka } from '../support/kafka.ts'
import type { KafkaUnderTest } from './support.ts'
import { kafkaUnderTest } from './support.ts'

await describeWithKafka('the state of a task on Kafka', () => {
  let directory = ''
  const subjects: LogUnderTest[] = []
  const [topic, output, group] = [newTopic(2), newTopic(2), newName()]
  const inputs = Array.from({ length: 90 }, (_, n) => record(topic, `k${n % 7}`, n))

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weir-kafka-state-'))
  })
  afterEach(async () => {
    for (const subject of subjects.splice(0)) await subject.remove()
    await rm(directory, { recursive: true, force: true })
  })

  /** A cluster of its own, as far as names go. */
  const cluster = async (more: Partial<KafkaLogOptions> = {}): Promise<KafkaUnderTest> => {
    const subject = await kafkaUnderTest(directory, more)
    subjects.push(subject)
    return subject
  }
  /** Publishes a part and counts it on an opener of its own. */
  const live = async (
    subject: LogUnderTest,
    part: typeof inputs,
    more: Partial<TaskOptions> & { checkpointEvery?: number } = {},
  ): Promise<Log> => {
    const log = await subject.open()
    await log.ensureTopics([topic, output])
    await publish(log, part)
    const { checkpointEvery = 1, ...options } = more
    const open = countingProcessor({ output, checkpointEvery })
    const started = start(log.task({ group, topic, maxRecords: 5, open, ...options }))
    await caughtUp(log, group, topic, started)
    started.stop()
    return log
  }
  const outcome = async (log: Log) => Promise.all([texts(log, output, 0), texts(log, output, 1)])
  const deleteAll = async (subject: LogUnderTest, log: Log): Promise<void> => {
    for (const [partition, { next }] of (await log.offsets(topic)).entries())
      await subject.deleteBefore(topic, partition, next)
  }

  describe('moves to a machine without it', () => {
    test('from the newest snapshot, although the beginning of the log is gone', async () => {
      const subject = await cluster({ snapshotEveryMs: 0 })
      const first = await live(subject, inputs.slice(0, 60))
      // The last checkpoint's snapshot travels with the batches after it.
      await live(subject, inputs.slice(60, 75))
      await first.close()
      await rm(directory, { recursive: true, force: true })
      const log = await live(subject, inputs.slice(75))
      expect(await outcome(log)).toEqual(expectedCounts(inputs, 2))
    })

    test('by folding the log anew when there is no snapshot', async () => {
      const subject = await cluster({ snapshotEveryMs: 3_600_000 })
      await (await live(subject, inputs.slice(0, 60))).close()
      await rm(directory, { recursive: true, force: true })
      const log = await live(subject, inputs.slice(60))
      expect(await outcome(log)).toEqual(expectedCounts(inputs, 2))
    })

    test('not at all when neither a snapshot nor the log reaches far enough: it says so', async () => {
      const subject = await cluster({ snapshotEveryMs: 3_600_000 })
      const log = await live(subject, inputs.slice(0, 60))
      await deleteAll(subject, log)
      await log.close()
      await rm(directory, { recursive: true, force: true })
      await expect(live(subject, inputs.slice(60))).rejects.toMatchObject({
        code: 'gap',
        message: expect.stringContaining('no stored state reaches over them') as string,
      })
    })
  })

  describe('on the machine it lies on', () => {
    test('is of use although the beginning of the log is gone', async () => {
      const subject = await cluster({ snapshotEveryMs: 3_600_000, directory: join(directory, 'kept') })
      const first = await live(subject, inputs.slice(0, 60))
      await deleteAll(subject, first)
      await first.close()
      const log = await live(subject, inputs.slice(60))
      expect(await outcome(log)).toEqual(expectedCounts(inputs, 2))
    })

    test('is ignored when it belongs to another cluster', async () => {
      const kept = { snapshotEveryMs: 3_600_000, directory: join(directory, 'kept') }
      const subject = await cluster(kept)
      await (await live(subject, inputs)).close()
      // The same names where nothing is known of them: a birth of its own.
      await subject.startOver()
      const log = await live(subject, inputs.slice(0, 30))
      expect(await outcome(log)).toEqual(expectedCounts(inputs.slice(0, 30), 2))
    })

    test('is thrown away after a stop of the whole machine, and built anew', async () => {
      const subject = await cluster({ snapshotEveryMs: 3_600_000, directory: join(directory, 'kept') })
      await (await live(subject, inputs.slice(0, 60))).close()
      const partition = findPartition(join(directory, 'kept'))
      writeFileSync(
        join(partition, 'log', 'openers', '1-boot.json'),
        JSON.stringify({ pid: 1, bootId: 'the boot before', sync: 'interval' }),
      )
      writeFileSync(join(partition, 'log', 'data.mdb'), Buffer.alloc(4096, 7))
      const log = await live(subject, inputs.slice(60))
      expect(await outcome(log)).toEqual(expectedCounts(inputs, 2))
    })
  })

  test('partitions stay in step when a process joins late', async () => {
    const subject = await cluster()
    const [topic4, group4] = [newTopic(4), newName()]
    const first = await subject.open()
    await first.ensureTopics([topic4])
    await fill(first, topic4, [400, 40, 400, 120], 100)
    const hour = 3_600_000
    const drift = new Drift([100 * hour, 100 * hour, 100 * hour, 100 * hour])
    const options = { group: group4, topic: topic4, maxRecords: 4, alignMs: hour, open: drift.open }
    const one = start(first.task(options))
    await until(() => drift.order.length > 30)
    const two = start((await subject.open()).task(options))
    await caughtUp(first, group4, topic4, one)
    one.stop()
    two.stop()
    expect(two.progress.length).toBeGreaterThan(0)
    expect(drift.most).toBeLessThanOrEqual(hour)
  })
})

function findPartition(directory: string): string {
  const found = readdirSync(directory, { recursive: true, encoding: 'utf8' }).find((path) =>
    path.endsWith('/0/log/data.mdb'),
  )
  if (found === undefined) throw new Error(`no stored state in ${directory}`)
  return join(directory, found, '..', '..')
}
