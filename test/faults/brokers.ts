/** The brokers of a run, and everything that can be done to one. */
import { cp, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { KafkaVersion } from '../../services/platform/broker/versions.ts'
import { withKafkaAdmin } from '../../services/platform/log/kafka/admin.ts'
import { startKafka } from '../support/kafka-sources.ts'
import type { TestKafka } from '../support/kafka-sources.ts'
import { clusterSize, startCluster } from './cluster.ts'
import { limitFiles } from './file-limit.ts'

const startsMax = 3
/** How long a broker without room may take to give up. */
const fullMsMax = 10_000
/** How long copies may take to catch up. */
const copiesMsMax = 60_000

/** The brokers. */
export interface Brokers {
  readonly bootstrap: readonly string[]
  readonly count: number
  /** Data folder of one of them. */
  readonly folder: string
  /** One by its name: `broker-1`, … */
  named(name: string): TestKafka
  /** Resolves when every partition has all its copies again, so that another broker may fail. @returns false when that took too long */
  whole(): Promise<boolean>
  /** Stops them and leaves their folders below the directory. */
  keep(): Promise<void>
  remove(): Promise<void>
}

/** Starts one broker, or three with three copies. @param directory of the run @throws NoKafkaError when Java or the jars cannot be had */
export async function startBrokers(
  version: KafkaVersion,
  count: number,
  directory: string,
): Promise<Brokers> {
  if (count !== 1 && count !== clusterSize) throw new RangeError(`brokers: 1 or ${clusterSize}, not ${count}`)
  const brokers =
    count === 1
      ? [await startKafka({ own: true, process: true, version })]
      : await startCluster(version, directory)
  const bootstrap = brokers.flatMap((broker) => broker.bootstrap)
  const [first] = brokers
  return {
    bootstrap,
    count,
    folder: join(first?.directory ?? '', 'data'),
    named(name) {
      const broker = brokers[Number(name.slice(name.lastIndexOf('-') + 1)) - 1]
      if (broker === undefined) throw new RangeError(`there is no ${name}`)
      return broker
    },
    whole: async () => count === 1 || isWhole(bootstrap),
    async keep() {
      await Promise.all(brokers.map(async (broker) => broker.stop()))
      // Those of a cluster lie there already.
      if (count === 1) await cp(first?.directory ?? '', join(directory, 'broker-1'), { recursive: true })
      else await cp(directory, `${directory}-kept`, { recursive: true })
    },
    async remove() {
      await Promise.all(brokers.map(async (broker) => broker.remove()))
    },
  }
}

async function isWhole(bootstrap: readonly string[]): Promise<boolean> {
  for (const until = performance.now() + copiesMsMax; performance.now() < until; await delay(100)) {
    try {
      const connection = { brokers: bootstrap, clientId: 'faults' }
      const { topics } = await withKafkaAdmin(connection, async (admin) => admin.fetchTopicMetadata())
      const partitions = topics.flatMap((topic) => topic.partitions)
      if (partitions.every(({ isr, replicas }) => isr.length === replicas.length)) return true
    } catch {
      // The broker that was asked is just coming up.
    }
  }
  return false
}

async function startAgain(broker: TestKafka): Promise<void> {
  for (let starts = 1; ; starts += 1) {
    try {
      await broker.start()
      return
    } catch (error) {
      if (starts === startsMax) throw error
    }
  }
}

/** It is gone at once, and back after a while. */
export async function killBroker(broker: TestKafka, downMs: number): Promise<void> {
  await broker.kill()
  await delay(downMs)
  await startAgain(broker)
}

/** It says good-bye, and is back after a while. */
export async function restartBroker(broker: TestKafka, downMs: number): Promise<void> {
  await broker.stop()
  await delay(downMs)
  await startAgain(broker)
}

/** It stands still; connections stay. */
export async function pauseBroker(broker: TestKafka, forMs: number): Promise<void> {
  await broker.pause()
  await delay(forMs)
  await broker.resume()
}

/** It gets a sixth of its time, in pieces. */
export async function slowBroker(broker: TestKafka, forMs: number): Promise<void> {
  for (const until = performance.now() + forMs; performance.now() < until;) {
    await broker.pause()
    await delay(150)
    await broker.resume()
    await delay(30)
  }
}

/** Its disk is full in the middle of a record: it goes down, and is started once there is room. @returns whether it went down */
export async function fillBroker(broker: TestKafka): Promise<boolean> {
  const { pid, directory = '' } = broker
  if (pid === undefined) throw new Error('the broker does not run')
  await limitFiles(pid, (await largestLog(join(directory, 'data'))) + 100)
  for (const until = performance.now() + fullMsMax; broker.pid === pid && performance.now() < until;)
    await delay(50)
  const wentDown = broker.pid !== pid
  await limitFiles(pid, undefined)
  if (!wentDown) await broker.kill()
  await startAgain(broker)
  return wentDown
}

async function largestLog(folder: string): Promise<number> {
  let largest = 0
  for (const name of await readdir(folder, { recursive: true })) {
    if (!name.endsWith('.log')) continue
    const size = await stat(join(folder, name)).then(
      (found) => found.size,
      () => 0,
    )
    largest = Math.max(largest, size)
  }
  return largest
}
