/** The loop that every reader runs on each partition: read, hand over, commit, tell, again; restarted with back-off when it fails. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Observable } from 'rxjs'
import type { CommitFaults } from '../faults.ts'
import type { LogMetrics } from '../metrics.ts'
import type { Batch, Progress } from '../port.ts'
import { LogError } from '../port.ts'
import { progressOf } from '../progress.ts'
import type { RestartPolicy } from '../restart.ts'
import { runRestarting } from '../restart-loop.ts'
import type { Changes } from './changes.ts'
import type { Environment } from './environment.ts'
import type { Bounds, ReadLimits, Storage } from './storage.ts'

/** One reader on one partition, as the loop sees it. */
export interface PartitionReader {
  /** Begins (again): where reading starts, and up to where batches are handled silently. @throws LogError `fenced` and others */
  start(): Promise<{ readonly from: number; readonly silentTo: number }>
  /** Called before each batch is handed over. @throws LogError `fenced` */
  check(): void
  /** Resolves with true when the partition may read on, with false when the signal aborts. */
  mayRead?(signal: AbortSignal): Promise<boolean>
  /** Handles one batch completely; when it resolves, `batch.nextOffset` is durable. */
  handle(batch: Batch, replaying: boolean): Promise<void>
}

/** What a loop needs. */
export interface LoopParts {
  readonly environment: Environment
  readonly storage: Storage
  readonly changes: Changes
  readonly policy: RestartPolicy
  readonly metrics: LogMetrics
  readonly log: Logger | undefined
  /** Where every running loop stands. */
  readonly standings: Set<Standing>
  readonly faults: CommitFaults
  /** Aborts when the log is closed. */
  readonly closing: AbortSignal
}

/** Where one loop stands. */
export interface Standing {
  readonly source: LoopSource
  position: number
  timestamp: number | undefined
}

/** Which records a loop reads. */
export interface LoopSource {
  readonly group: string
  readonly batch: Pick<Batch, 'topic' | 'partition'>
  readonly partitionId: number
  readonly limits: ReadLimits
}

/** Runs readers on all partitions while subscribed. `track` is given each run, so that closing can wait for it. */
export function runReaders(
  parts: LoopParts,
  track: (run: Promise<void>) => void,
  open: () => readonly { readonly source: LoopSource; readonly reader: PartitionReader }[],
): Observable<Progress> {
  return new Observable((subscriber) => {
    const stopping = new AbortController()
    const signal = AbortSignal.any([stopping.signal, parts.closing])
    const readers = open()
    let running = readers.length
    for (const { source, reader } of readers) {
      const run = runPartition(parts, source, reader, signal, (progress) => subscriber.next(progress)).then(
        () => {
          running -= 1
          if (running === 0) subscriber.complete()
        },
        (error: unknown) => subscriber.error(error),
      )
      track(run)
    }
    return () => stopping.abort()
  })
}

async function runPartition(
  parts: LoopParts,
  source: LoopSource,
  reader: PartitionReader,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<void> {
  const standing: Standing = { source, position: 0, timestamp: undefined }
  parts.standings.add(standing)
  const { group, batch } = source
  const restarted = { group, topic: batch.topic.name, partition: batch.partition }
  try {
    await runRestarting(parts, restarted, signal, async (advance) =>
      loop(parts, source, reader, signal, (progress) => {
        advance(progress)
        standing.position = progress.nextOffset
        standing.timestamp = progress.timestamp ?? standing.timestamp
        tell(progress)
      }),
    )
  } finally {
    parts.standings.delete(standing)
  }
}

async function loop(
  parts: LoopParts,
  source: LoopSource,
  reader: PartitionReader,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
): Promise<void> {
  const { storage, environment, changes } = parts
  environment.refresh()
  const { from, silentTo } = await reader.start()
  let position = checkedStart(source, from, storage.bounds(source.partitionId))
  const isStopped = (): boolean => signal.aborted
  while (!isStopped()) {
    // Lets timers, HTTP and the other partitions run between batches, even when processing is synchronous.
    await turn()
    environment.refresh()
    const { next: end } = storage.bounds(source.partitionId)
    const replaying = position < silentTo
    if (position >= end) {
      reader.check()
      await changes.next(signal)
      continue
    }
    if (!replaying && (await reader.mayRead?.(signal)) === false) return
    // Whoever was told to stop while it waited takes nothing more in hand: its owner counts on that.
    if (isStopped()) return
    reader.check()
    const slice = storage.read(source.partitionId, position, replaying ? silentTo : end, source.limits)
    const batch: Batch = {
      ...source.batch,
      records: slice.records,
      nextOffset: slice.nextOffset,
      endOffset: end,
    }
    await reader.handle(batch, replaying)
    position = batch.nextOffset
    tell(progressOf(source.group, batch, replaying))
  }
}

function checkedStart(source: LoopSource, from: number, bounds: Bounds): number {
  const where = `${source.group} reads ${source.batch.topic.name}/${source.batch.partition} from ${from}`
  if (from < bounds.first) {
    throw new LogError(
      'gap',
      `${where}, but the log begins at ${bounds.first}: records in between are gone. Rebuild what this reader made of them, or restore the log`,
    )
  }
  if (from > bounds.next) {
    throw new LogError(
      'gap',
      `${where}, but the log ends at ${bounds.next}: the log is older than its reader. Restore both from the same moment`,
    )
  }
  return from
}
