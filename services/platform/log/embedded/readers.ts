/** The two readers that run in the loop: a task with its state in the log, and a follower with its position elsewhere. */
import type { Aligner } from '../alignment.ts'
import type { Batch, FollowOptions, TaskOptions, TaskProcessor } from '../port.ts'
import type { LoopParts, LoopSource, PartitionReader } from './loop.ts'
import { cursorKey, TaskHold, taskKey } from './tasks.ts'

/** A task on one partition. Taking it over fences whoever ran it. */
export function taskReader(
  parts: LoopParts,
  source: LoopSource,
  options: TaskOptions,
  aligner: Aligner | undefined,
): PartitionReader {
  const { name } = parts.storage.topic(options.topic)
  const { partition } = source.batch
  const hold = new TaskHold(
    parts.environment,
    parts.storage,
    taskKey(options.group, name, partition),
    source.partitionId,
  )
  let processor: TaskProcessor
  let position = 0
  let checkpoint = 0
  return {
    start: async () => {
      ;({ position, checkpoint } = await hold.recover())
      aligner?.stands(partition, undefined, position < parts.storage.bounds(source.partitionId).next)
      processor = options.open(partition, hold.state())
      return { from: checkpoint, silentTo: position }
    },
    check: () => void hold.load(),
    mayRead: async (signal) => (await aligner?.mayRead(partition, signal)) ?? true,
    handle: async (batch: Batch, replaying: boolean) => {
      const { outputs, state, eventTime } = await processor.process(batch)
      const { writes, replayFrom } = state
      aligner?.stands(partition, eventTime, batch.nextOffset < batch.endOffset)
      if (replaying && writes.length === 0 && replayFrom === undefined) return
      if (!replaying) position = batch.nextOffset
      // What is written while replaying is kept too: it is gone from the processor's mind once it gave it away.
      checkpoint = replayFrom ?? checkpoint
      await timed(parts, 'task', () =>
        hold.commit({ outputs: replaying ? [] : outputs, position, checkpoint, writes }),
      )
      if (!replaying && outputs.length > 0) parts.changes.wake()
    },
  }
}

/** A follower on one partition. The log remembers how far it came, for lag and retention only. */
export function followReader(parts: LoopParts, source: LoopSource, options: FollowOptions): PartitionReader {
  const { environment, storage } = parts
  const { name } = storage.topic(options.topic)
  const { partition } = source.batch
  const key = cursorKey(options.group, name, partition)
  const remember = (position: number): void =>
    environment.transact(() => {
      environment.meta.putSync(key, { position })
    })
  return {
    start: async () => {
      const asked = await options.position(partition)
      // 0 means from the beginning, wherever that is now.
      const from = asked === 0 ? storage.bounds(source.partitionId).first : asked
      remember(from)
      return { from, silentTo: from }
    },
    check: () => undefined,
    handle: async (batch) => {
      await options.handle(batch)
      await timed(parts, 'follow', () => remember(batch.nextOffset))
    },
  }
}

async function timed(parts: LoopParts, kind: string, commit: () => void | Promise<void>): Promise<void> {
  const begun = performance.now()
  parts.faults.before?.()
  await commit()
  parts.faults.after?.()
  parts.metrics.committed(kind, (performance.now() - begun) / 1000)
}
