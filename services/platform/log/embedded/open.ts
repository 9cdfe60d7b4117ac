/** The embedded log: one folder, one LMDB environment, no server. See docs/adr/0010-embedded-log.md for what it promises. */
import type { Observable } from 'rxjs'
import type { TopicSpec } from '../../../../schemas/topics.ts'
import type { Clock } from '../../clock.ts'
import { systemClock } from '../../clock.ts'
import type { Telemetry } from '../../telemetry/port.ts'
import type { FollowOptions, Log, LogRecord, Progress, Publisher, TaskOptions } from '../port.ts'
import { LogError } from '../port.ts'
import { Aligner } from '../alignment.ts'
import type { CommitFaults } from '../faults.ts'
import type { RestartPolicy } from '../restart.ts'
import { restartDefault } from '../restart.ts'
import type { ReaderStanding } from '../metrics.ts'
import { logMetrics } from '../metrics.ts'
import { Changes } from './changes.ts'
import type { Environment, SyncMode } from './environment.ts'
import { openEnvironment } from './environment.ts'
import type { LoopParts, LoopSource, PartitionReader, Standing } from './loop.ts'
import { runReaders } from './loop.ts'
import type { Presence } from './presence.ts'
import { enter, forget, inspectPresence } from './presence.ts'
import { openPublisher } from './publisher.ts'
import { followReader, taskReader } from './readers.ts'
import type { Pruned } from './retention.ts'
import { forgetGroup, prune } from './retention.ts'
import type { ReadLimits } from './storage.ts'
import { Storage } from './storage.ts'
import { cursorKey, taskKey } from './tasks.ts'
import { verifyInChild } from './verify.ts'

/** How the embedded log is opened. */
export interface EmbeddedLogOptions {
  /** Data folder; the log lives in `log/` below it. Created when missing. */
  readonly directory: string
  readonly telemetry?: Telemetry
  /** Default `interval`. */
  readonly sync?: SyncMode
  /** Prefix of stored topic names. Default `weir`. */
  readonly prefix?: string
  /** Largest record (key, value and headers) in bytes. Default 1,000,000. */
  readonly recordBytesMax?: number
  /** Nothing is written with less free space on the disk. Default 64 MiB. */
  readonly freeBytesMin?: number
  /** How often old records are pruned, in ms; 0 = only when `prune` is called. Default one hour. */
  readonly pruneEveryMs?: number
  /** Tells how old records are. Default the machine's clock. */
  readonly clock?: Clock
  /** How failing tasks are restarted; tests replace the timer. */
  readonly restart?: Partial<RestartPolicy>
  /** For tests only. */
  readonly faults?: CommitFaults
}

/** The log port, and what only the embedded adapter has to do itself. */
export interface EmbeddedLog extends Log {
  /** Deletes what is older than its topic's retention, and what is superseded on compacted topics, as of `now` (ms since 1970, by the clock of the records). Never beyond a reader's position. */
  prune(now: number): Promise<readonly Pruned[]>
  /** Forgets a reader that will not come back: its positions and state. Returns how many partitions it had. */
  forgetGroup(group: string): Promise<number>
}

const readDefaults = { maxRecords: 1_000, maxBytes: 1024 ** 2 }
const flushEveryMs = 1_000
const pruneEveryMsDefault = 3_600_000

/**
 * Opens the log in a folder; several processes may have it open at once. When the machine stopped while it was open and
 * commits were not flushed one by one, all of it is read first.
 * @throws LogError `unavailable` when it cannot be opened, is damaged, or was written by a newer Weir
 */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<EmbeddedLog> {
  const sync = options.sync ?? 'interval'
  const found = inspectPresence(options.directory)
  if (found.machineStopped) {
    options.telemetry?.log.warn({ directory: options.directory }, 'log:open:verifying')
    await verifyInChild(options.directory)
  }
  const presence = enter(options.directory, sync)
  forget(found)
  try {
    return new LmdbLog(openEnvironment({ ...options, sync }), presence, sync, options)
  } catch (error) {
    presence.leave()
    throw error
  }
}

class LmdbLog implements EmbeddedLog {
  private readonly environment: Environment
  private readonly presence: Presence
  private readonly storage: Storage
  private readonly closing = new AbortController()
  /** Partition loops that have not ended. */
  private readonly running = new Set<Promise<void>>()
  private readonly standings = new Set<Standing>()
  private readonly parts: LoopParts
  private readonly timers: NodeJS.Timeout[] = []
  private closed: Promise<void> | undefined

  constructor(environment: Environment, presence: Presence, sync: SyncMode, options: EmbeddedLogOptions) {
    this.environment = environment
    this.presence = presence
    this.storage = new Storage(environment, options.prefix ?? 'weir', options.recordBytesMax ?? 1_000_000)
    const { pruneEveryMs = pruneEveryMsDefault, clock = systemClock } = options
    this.parts = {
      environment,
      storage: this.storage,
      changes: new Changes(environment, this.storage),
      policy: { ...restartDefault, ...options.restart },
      metrics: logMetrics(
        options.telemetry?.registry,
        () => this.standing(),
        () => clock.now(),
      ),
      log: options.telemetry?.log,
      standings: this.standings,
      faults: options.faults ?? {},
      closing: this.closing.signal,
    }
    if (sync === 'interval') this.every(flushEveryMs, () => this.environment.flush(), 'log:flush:failed')
    if (pruneEveryMs > 0) this.every(pruneEveryMs, () => this.prune(clock.now()), 'log:prune:failed')
  }

  /** Closing waits for what is going on; it is not begun again before it has ended. */
  private every(ms: number, work: () => Promise<unknown>, failed: string): void {
    let isBusy = false
    const run = async (): Promise<void> => {
      if (isBusy) return
      isBusy = true
      await work().catch((error: unknown) => this.parts.log?.error({ err: error }, failed))
      isBusy = false
    }
    this.timers.push(setInterval(() => this.track(run()), ms).unref())
  }

  private *standing(): Iterable<ReaderStanding> {
    if (this.closing.signal.aborted) return
    this.environment.refresh()
    for (const { source, position, timestamp } of this.standings) {
      const lagRecords = Math.max(0, this.storage.bounds(source.partitionId).next - position)
      yield {
        group: source.group,
        topic: source.batch.topic.name,
        partition: source.batch.partition,
        lagRecords,
        timestamp,
      }
    }
  }

  private opened(): void {
    if (this.closed) throw new LogError('unavailable', 'the log is closed')
    this.environment.refresh()
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    this.opened()
    this.storage.ensure(topics)
  }

  task(options: TaskOptions): Observable<Progress> {
    const { alignMs, topic } = options
    const partitions = Array.from({ length: topic.partitions }, (_, partition) => partition)
    const aligner = alignMs === undefined ? undefined : new Aligner({ limitMs: alignMs, partitions })
    return this.readers(options, (source) => taskReader(this.parts, source, options, aligner))
  }

  follow(options: FollowOptions): Observable<Progress> {
    return this.readers(options, (source) => followReader(this.parts, source, options))
  }

  private readers(
    options: Pick<TaskOptions, 'group' | 'topic' | 'maxRecords' | 'maxBytes'>,
    open: (source: LoopSource) => PartitionReader,
  ): Observable<Progress> {
    const limits: ReadLimits = {
      maxRecords: options.maxRecords ?? readDefaults.maxRecords,
      maxBytes: options.maxBytes ?? readDefaults.maxBytes,
    }
    return runReaders(
      this.parts,
      (run) => this.track(run),
      () => {
        this.opened()
        const { partitionIds } = this.storage.topic(options.topic)
        return partitionIds.map((partitionId, partition) => {
          const source = {
            group: options.group,
            batch: { topic: options.topic, partition },
            partitionId,
            limits,
          }
          return { source, reader: open(source) }
        })
      },
    )
  }

  private track(run: Promise<void>): void {
    this.running.add(run)
    void run.finally(() => this.running.delete(run))
  }

  async publisher(name: string): Promise<Publisher> {
    this.opened()
    return openPublisher(this.parts, name)
  }

  async offsets(topic: TopicSpec): Promise<readonly { readonly first: number; readonly next: number }[]> {
    this.opened()
    return this.storage.topic(topic).partitionIds.map((id) => this.storage.bounds(id))
  }

  async *read(topic: TopicSpec, partition: number, from: number): AsyncIterable<LogRecord> {
    this.opened()
    const id = this.storage.topic(topic).partitionIds[partition]
    if (id === undefined)
      throw new LogError('unknown_topic', `topic ${topic.name} has no partition ${partition}`)
    const { first, next } = this.storage.bounds(id)
    for (let at = Math.max(from, first); at < next;) {
      this.opened()
      const slice = this.storage.read(id, at, next, readDefaults)
      yield* slice.records
      at = slice.nextOffset
    }
  }

  async committed(group: string, topic: TopicSpec, partition: number): Promise<number> {
    this.opened()
    const { name } = this.storage.topic(topic)
    const { meta } = this.environment
    const stored = (meta.get(taskKey(group, name, partition)) ??
      meta.get(cursorKey(group, name, partition))) as { readonly position: number } | undefined
    return stored?.position ?? 0
  }

  async prune(now: number): Promise<readonly Pruned[]> {
    this.opened()
    return prune(this.environment, this.storage, now)
  }

  async forgetGroup(group: string): Promise<number> {
    this.opened()
    return forgetGroup(this.environment, group)
  }

  close(): Promise<void> {
    this.closed ??= this.shut()
    return this.closed
  }

  private async shut(): Promise<void> {
    this.closing.abort()
    for (const timer of this.timers) clearInterval(timer)
    await Promise.allSettled(this.running)
    this.parts.metrics.close()
    try {
      await this.environment.flush()
      this.presence.leave()
    } finally {
      await this.environment.close()
    }
  }
}
