/** Contract: partitions of unequal load are read at the same event time. */
import { describe, expect, test } from 'vitest'
import type { TopicSpec } from '../../../schemas/topics.ts'
import type { Batch, Log, TaskOptions } from '../../../services/platform/log/port.ts'
import type { LogUnderTest } from './harness.ts'
import { caughtUp, newName, newTopic, publish, record, start } from './harness.ts'

const hour = 3_600_000
const limit = hour

/** Notes how far apart partitions are whenever one of them begins a batch. */
export class Drift {
  private readonly reached = new Map<number, number>()
  private readonly ends: readonly number[]
  /** Greatest lead over one that had more to read, ms. */
  most = 0
  /** Order in which partitions were read. */
  readonly order: number[] = []

  /** @param ends event time at which each partition has nothing more to read */
  constructor(ends: readonly number[]) {
    this.ends = ends
  }

  /** A task that does nothing but tell its event time. */
  readonly open: TaskOptions['open'] = (partition) => ({
    process: (batch) => {
      const eventTime = newest(batch)
      // A partition that moved is folded again from its beginning, silently: nothing is read ahead by that.
      if (eventTime > (this.reached.get(partition) ?? 0)) {
        this.begins(partition)
        this.reached.set(partition, eventTime)
        this.order.push(partition)
      }
      return { outputs: [], state: { writes: [] }, eventTime }
    },
  })

  private begins(partition: number): void {
    const own = this.reached.get(partition)
    if (own === undefined) return
    for (const [other, end] of this.ends.entries()) {
      const theirs = this.reached.get(other) ?? 0
      if (other !== partition && theirs < end) this.most = Math.max(this.most, own - theirs)
    }
  }
}

function newest({ records }: Batch): number {
  return Math.max(...records.map(({ timestamp }) => timestamp))
}

/** Fills partition n with `counts[n]` records, evenly over the hours given. */
export async function fill(
  log: Log,
  topic: TopicSpec,
  counts: readonly number[],
  hours: number,
): Promise<void> {
  for (const [partition, count] of counts.entries()) {
    const step = (hours * hour) / count
    const records = Array.from({ length: count }, (_, n) =>
      record(topic, 'a', Math.round((n + 1) * step), { partition }),
    )
    if (count > 0) await publish(log, records)
  }
}

/** Event-time alignment. */
export function aligningContract(current: () => LogUnderTest): void {
  describe('a task with an alignment limit', () => {
    test('reads partitions of unequal load in step', async () => {
      const [log, topic, group] = [await current().open(), newTopic(3), newName()]
      await log.ensureTopics([topic])
      await fill(log, topic, [400, 40, 120], 100)
      const drift = new Drift([100 * hour, 100 * hour, 100 * hour])
      const started = start(log.task({ group, topic, maxRecords: 4, alignMs: limit, open: drift.open }))
      await caughtUp(log, group, topic, started)
      started.stop()
      expect(drift.most).toBeLessThanOrEqual(limit)
    })

    test('does not wait for a source that has fallen silent, nor for one that never spoke', async () => {
      const [log, topic, group] = [await current().open(), newTopic(3), newName()]
      await log.ensureTopics([topic])
      await fill(log, topic, [100, 0, 0], 100)
      await publish(log, [record(topic, 'a', hour, { partition: 1 })])
      const drift = new Drift([100 * hour, hour, 0])
      const started = start(log.task({ group, topic, maxRecords: 4, alignMs: limit, open: drift.open }))
      await caughtUp(log, group, topic, started)
      started.stop()
      expect(drift.order.filter((partition) => partition === 0)).toHaveLength(25)
    })

    test('lets its partitions drift apart without one', async () => {
      const [log, topic, group] = [await current().open(), newTopic(2), newName()]
      await log.ensureTopics([topic])
      await fill(log, topic, [400, 8], 100)
      const drift = new Drift([100 * hour, 100 * hour])
      const started = start(log.task({ group, topic, maxRecords: 4, open: drift.open }))
      await caughtUp(log, group, topic, started)
      started.stop()
      expect(drift.most).toBeGreaterThan(10 * hour)
    })
  })
}
