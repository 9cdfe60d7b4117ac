import type { TopicSpec } from '../../../schemas/topics.ts'
import type { Log } from '../../platform/log/port.ts'
import type { District } from '../compose.ts'

/** Resolves when everything in the log has come through to the board. @throws when a service failed for good */
export async function settle({ warn, casework, supervise }: District): Promise<void> {
  await warn.idle()
  await casework.idle()
  await supervise.idle()
}

/** Records in a topic, all partitions: by reading, because offsets of a log with transactions also count what is no record. */
export async function countRecords(log: Log, topic: TopicSpec): Promise<number> {
  let count = 0
  for (const [partition, { first }] of (await log.offsets(topic)).entries()) {
    for await (const _ of log.read(topic, partition, first)) count += 1
  }
  return count
}

/** How far a topic's partitions reach together: grows with everything written. */
export async function reachOf(log: Log, topic: TopicSpec): Promise<number> {
  const bounds = await log.offsets(topic)
  return bounds.reduce((sum, { next }) => sum + next, 0)
}
