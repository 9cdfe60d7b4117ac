import type { TopicSpec } from '../../../schemas/topics.ts'
import type { Log } from '../../platform/log/port.ts'
import type { District } from '../compose.ts'

/** Resolves when everything in the log has come through to the board. @throws when a service failed for good */
export async function settle({ warn, casework, supervise }: District): Promise<void> {
  await warn.idle()
  await casework.idle()
  await supervise.idle()
}

/** Records in a topic so far, all partitions. */
export async function sizeOf(log: Log, topic: TopicSpec): Promise<number> {
  const bounds = await log.offsets(topic)
  return bounds.reduce((sum, { next }) => sum + next, 0)
}
