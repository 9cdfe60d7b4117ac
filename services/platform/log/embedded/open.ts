/** The embedded log: one folder, one LMDB environment, no server. See docs/adr/0010-embedded-log.md for what it promises. */
import type { Observable } from 'rxjs'
import type { TopicSpec } from '../../../../schemas/topics.ts'
import type { Telemetry } from '../../telemetry/port.ts'
import type { FollowOptions, Log, LogRecord, Progress, Publisher, TaskOptions } from '../port.ts'
import { LogError } from '../port.ts'
import type { RestartPolicy } from '../restart.ts'
import { restartDefault } from '../restart.ts'
import { Changes } from './changes.ts'
import type { Environment, SyncMode } from './environment.ts'
import { openEnvironment } from './environment.ts'
import type { LoopParts, LoopSource, PartitionReader } from './loop.ts'
import { runReaders } from './loop.ts'
import { openPublisher } from './publisher.ts'
import type { ReadLimits } from './storage.ts'
import { Storage } from './storage.ts'
import { followReader, taskReader } from './readers.ts'

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
  /** How failing tasks are restarted; tests replace the timer. */
  readonly restart?: Partial<RestartPolicy>
}

const readDefaults = { maxRecords: 1_000, maxBytes: 1024 ** 2 }
const flushEveryMs = 1_000

/** Opens the log in a folder; several processes may have it open at once. @throws LogError `unavailable` */
export async function openEmbeddedLog(options: EmbeddedLogOptions): Promise<Log> {
  const environment = openEnvironment(options.directory, options.sync ?? 'interval')
  return new EmbeddedLog(environment, options)
}

class EmbeddedLog implements Log {
  private readonly environment: Environment
  private readonly storage: Storage
  private readonly changes: Changes
  private readonly closing = new AbortController()
  /** Partition loops that have not ended. */
  private readonly running = new Set<Promise<void>>()
  private readonly parts: LoopParts
  private readonly flushing: NodeJS.Timeout | undefined
  private closed: Promise<void> | undefined

  constructor(environment: Environment, options: EmbeddedLogOptions) {
    this.environment = environment
    this.storage = new Storage(environment, options.prefix ?? 'weir', options.recordBytesMax ?? 1_000_000)
    this.changes = new Changes(environment, this.storage)
    const policy = { ...restartDefault, ...options.restart }
    this.parts = {
      environment,
      storage: this.storage,
      changes: this.changes,
      policy,
      closing: this.closing.signal,
    }
    if ((options.sync ?? 'interval') === 'interval') {
      this.flushing = setInterval(() => void environment.flush().catch(() => undefined), flushEveryMs).unref()
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
    return this.readers(options, (source) => taskReader(this.parts, source, options))
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
    return openPublisher(this.environment, this.storage, this.changes, name)
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
    const stored = this.environment.meta.get(`task:${group}/${name}/${partition}`) as
      | { readonly position: number }
      | undefined
    return stored?.position ?? 0
  }

  close(): Promise<void> {
    this.closed ??= this.shut()
    return this.closed
  }

  private async shut(): Promise<void> {
    this.closing.abort()
    await Promise.allSettled(this.running)
    clearInterval(this.flushing)
    await this.environment.flush()
    await this.environment.close()
  }
}
