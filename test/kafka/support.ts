/** The log on the shared broker, for tests: a prefix of its own, quick to notice who left. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { KafkaLogOptions } from '../../services/platform/log/kafka/open.ts'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import { Kafka, logLevel } from '../../services/platform/log/kafka/kafkajs/door.ts'
import { storedTopicName } from '../../services/platform/log/names.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { sharedKafka } from '../support/kafka.ts'
import type { LogUnderTest } from '../log/contract/harness.ts'
import { until } from '../log/contract/harness.ts'

/** A prefix that no other test uses. */
export function newPrefix(): string {
  return `t${randomBytes(6).toString('hex')}`
}

/** Settings of a log in tests: who is gone is noticed at once. */
export const quickTimes = { sessionMs: 6_000, heartbeatMs: 50, rebalanceMs: 4_000 } as const

/** The log on Kafka under test. */
export interface KafkaUnderTest extends LogUnderTest {
  /** Deletes every topic, as if the cluster were another one. */
  startOver(): Promise<void>
}

/** Opens logs on the shared broker, or another; every second one on a folder of its own, as a machine without any stored state. */
export async function kafkaUnderTest(
  directory: string,
  more: Partial<KafkaLogOptions> = {},
  broker?: { readonly bootstrap: readonly string[] },
): Promise<KafkaUnderTest> {
  const { bootstrap } = broker ?? (await sharedKafka())
  const prefix = more.prefix ?? newPrefix()
  const connection = { brokers: bootstrap, clientId: 'weir-test' }
  const opened: Log[] = []
  const stalled = new Set<Log>()
  return {
    open: async (options = {}) => {
      const machine = join(directory, opened.length % 2 === 0 ? 'machine' : `machine-${opened.length}`)
      const { faults, restart } = options
      const holder: { log?: Log } = {}
      const log = await openKafkaLog({
        connection,
        prefix,
        directory: machine,
        times: quickTimes,
        fetchWaitMs: 50,
        // Every start on another machine finds a snapshot that is at most a few batches old.
        snapshotEveryMs: 0,
        ...(restart && { restart }),
        ...more,
        faults: { ...faults, isStalled: () => holder.log !== undefined && stalled.has(holder.log) },
      })
      holder.log = log
      opened.push(log)
      return log
    },
    stall: (log) => void stalled.add(log),
    deleteBefore: async (topic, partition, offset) =>
      deleteBefore(bootstrap, storedTopicName(topic, prefix), partition, offset),
    startOver: async () => deleteTopics(bootstrap, prefix),
    // What else belongs to a record (key, headers, framing) takes less than 1,000 bytes.
    valueBytesAccepted: 999_000,
    valueBytesRefused: 1_000_001,
    remove: async () => {
      stalled.clear()
      await Promise.all(opened.map(async (log) => log.close()))
    },
  }
}

async function deleteBefore(
  bootstrap: readonly string[],
  topic: TopicSpec['name'],
  partition: number,
  offset: number,
): Promise<void> {
  const admin = new Kafka({ brokers: [...bootstrap], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  await admin.fetchTopicMetadata({ topics: [topic] })
  await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
  await admin.disconnect()
}

async function deleteTopics(bootstrap: readonly string[], prefix: string): Promise<void> {
  const admin = new Kafka({ brokers: [...bootstrap], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const own = (topics: readonly string[]) => topics.filter((topic) => topic.startsWith(`${prefix}.`))
  await admin.deleteTopics({ topics: own(await admin.listTopics()) })
  await until(async () => own(await admin.listTopics()).length === 0, 'deletion of the topics')
  await admin.disconnect()
}
