/** A follower on one partition: reads from a position that its caller keeps. */
import type { Batch, FollowOptions, Progress } from '../port.ts'
import { LogError } from '../port.ts'
import { progressOf } from '../progress.ts'
import type { PartitionSource } from './partition-source.ts'

/** What a follower stands on. */
export interface FollowerParts {
  readonly options: FollowOptions
  readonly partition: number
  readonly source: PartitionSource
  /** Told of every batch that is durable, in seconds. */
  readonly committed: (seconds: number) => void
}

/** Follows until the signal aborts. @throws what the caller throws; LogError `gap` */
export async function follow(
  { options, partition, source, committed }: FollowerParts,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<void> {
  const asked = await options.position(partition)
  const { first, next } = await source.bounds()
  // 0 means from the beginning, wherever that is now.
  const from = asked === 0 ? first : asked
  if (from < first || from > next) {
    const what =
      from < first
        ? `the log begins at ${first}: records in between are gone. Rebuild what this reader made of them, or restore the log`
        : `the log ends at ${next}: the log is older than its reader. Restore both from the same moment`
    throw new LogError(
      'gap',
      `${options.group} reads ${options.topic.name}/${partition} from ${from}, but ${what}`,
    )
  }
  source.seek(from)
  const limits = { maxRecords: options.maxRecords ?? 1_000, maxBytes: 1024 * 1024 }
  const isStopped = (): boolean => signal.aborted
  while (!isStopped()) {
    const slice = await source.take(limits, undefined, signal)
    // Whoever was told to stop while it waited takes nothing more in hand: its owner counts on that.
    if (slice === undefined || isStopped()) continue
    const batch: Batch = { topic: options.topic, partition, ...slice }
    const began = performance.now()
    await options.handle(batch)
    committed((performance.now() - began) / 1000)
    tell(progressOf(options.group, batch, false))
  }
}
