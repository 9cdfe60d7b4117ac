/**
 * The log: partitioned, durable, ordered within a partition. Two adapters (embedded LMDB, Apache Kafka) pass one contract suite.
 *
 * Three ways to use it, and no other:
 * - `task`   – read partitions, write records, keep state: outputs, state and position are committed atomically per batch (exactly once);
 * - `follow` – read partitions, keep the position yourself, in the same database transaction as what you made of the records;
 * - `publisher` – write from outside the log (a file, an outbox); a position of your own makes repeats harmless.
 */
import type { Observable } from 'rxjs'
import type { TopicSpec } from '../../../schemas/topics.ts'

/** A record to be written. */
export interface NewRecord {
  readonly topic: TopicSpec
  /** Decides the partition (murmur2, as Kafka's default) unless `partition` is given. Empty = no key. */
  readonly key: string
  readonly partition?: number
  /** null = tombstone on a compacted topic. */
  readonly value: Uint8Array | null
  /** UTF-8 values; CloudEvents attributes as `ce_…`, W3C `traceparent`. */
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970; event time where the record has one. */
  readonly timestamp: number
}

/** A record as read. */
export interface LogRecord {
  readonly offset: number
  readonly key: string
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  readonly timestamp: number
}

/** Consecutive records of one partition, in offset order. */
export interface Batch {
  readonly topic: TopicSpec
  readonly partition: number
  readonly records: readonly LogRecord[]
  /** Position after this batch: what is committed once it is processed. At least last offset + 1; may skip offsets. */
  readonly nextOffset: number
  /** End of the partition when the batch was read; `endOffset - nextOffset` is the lag in records. */
  readonly endOffset: number
}

/** One change of a task's keyed state; null deletes. */
export interface StateWrite {
  readonly key: string
  readonly value: Uint8Array | null
}

/** What processing one batch came to. */
export interface BatchResult {
  readonly outputs: readonly NewRecord[]
  readonly state: StateDelta
  /** How far the processor has come in event time, ms since 1970; for `TaskOptions.alignMs`. */
  readonly eventTime?: number
}

/**
 * What a batch does to the stored state. State lives in the processor's memory and is stored when the processor says so;
 * after a restart the log hands the batches since `replayFrom` to the processor again, silently (their outputs are dropped),
 * then goes on. A processor is therefore a deterministic fold that does not depend on where batches are cut.
 */
export interface StateDelta {
  /** Stored with the batch, in order. */
  readonly writes: readonly StateWrite[]
  /**
   * With everything stored so far, a replay from here (at most `batch.nextOffset`) comes to all that the processor knows.
   * `batch.nextOffset` itself is a checkpoint: nothing needs to be replayed. Absent: the replay starts where it did before.
   * A processor that writes without moving it must know, when replaying, what the writes already contain.
   */
  readonly replayFrom?: number
}

/** State of one task as it was stored when the task started; writes of committed batches follow. Reads are synchronous and see no uncommitted writes. */
export interface TaskState {
  get(key: string): Uint8Array | undefined
  /** Keys from `from` (inclusive) to `to` (exclusive), ascending. */
  entries(from: string, to: string): Iterable<readonly [string, Uint8Array]>
}

/** A deterministic fold over one partition. Created anew whenever the task (re)starts. */
export interface TaskProcessor {
  /** Called for one batch at a time; the next one is read only after this one is committed (back-pressure). Throwing restarts the task. */
  process(batch: Batch): BatchResult | Promise<BatchResult>
}

/** What a task reads and how its processor is built. */
export interface TaskOptions {
  /** Stable name of the stage, e.g. `warn-score`. Position and state belong to (group, topic, partition). */
  readonly group: string
  readonly topic: TopicSpec
  /** Upper bounds of a batch. Default 1,000 records, 1 MiB. */
  readonly maxRecords?: number
  readonly maxBytes?: number
  /**
   * A partition whose event time (`BatchResult.eventTime`) is more than this ahead of the slowest partition that still has
   * something to read waits for it: without that a backlog is read at diverging event times. Default: nobody waits.
   */
  readonly alignMs?: number
  readonly open: (partition: number, state: TaskState) => TaskProcessor
}

/** Told after every commit. */
export interface Progress {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly records: number
  readonly nextOffset: number
  readonly lagRecords: number
  /** Timestamp of the newest record processed, for the event-time lag; undefined for an empty batch. */
  readonly timestamp: number | undefined
  /** True while batches since the last checkpoint are folded again after a restart. */
  readonly replaying: boolean
}

/** Reading with a position of the caller's own. */
export interface FollowOptions {
  readonly group: string
  readonly topic: TopicSpec
  readonly maxRecords?: number
  /** Asked at every (re)start of a partition. */
  readonly position: (partition: number) => Promise<number>
  /** Must make the effects and `batch.nextOffset` durable together before it resolves. Throwing restarts the partition at `position`. */
  readonly handle: (batch: Batch) => Promise<void>
}

/** Writes from outside the log, once each. */
export interface Publisher {
  /** Position given with the last accepted publish, or 0. */
  position(): Promise<number>
  /**
   * Writes all records and the position atomically. `position` must be higher than the last accepted one.
   * @throws LogError `position_behind` when it is not: somebody else (or an earlier try) already wrote this
   */
  publish(records: readonly NewRecord[], position: number): Promise<void>
  close(): Promise<void>
}

/** The log port. */
export interface Log {
  /** Topics are created when missing; a partition count that differs from what exists is an error. Idempotent. */
  ensureTopics(topics: readonly TopicSpec[]): Promise<void>
  /** Subscribing runs the task on every partition assigned to this process; unsubscribing stops after the batch in hand. An error of the processor restarts the task with back-off; a lasting one ends the stream with it. */
  task(options: TaskOptions): Observable<Progress>
  follow(options: FollowOptions): Observable<Progress>
  /** Two publishers with one name exclude each other: the younger fences the older. */
  publisher(name: string): Promise<Publisher>
  /** First and next offset of every partition. */
  offsets(topic: TopicSpec): Promise<readonly { readonly first: number; readonly next: number }[]>
  /** Reads without a group: for tools, tests and audits. Ends at the end seen at the start. */
  read(topic: TopicSpec, partition: number, from: number): AsyncIterable<LogRecord>
  /** Committed position of a task's partition, 0 when none. */
  committed(group: string, topic: TopicSpec, partition: number): Promise<number>
  close(): Promise<void>
}

/** The log refused or failed. `retriable` says whether trying again may help. */
export class LogError extends Error {
  readonly code:
    | 'position_behind'
    | 'fenced'
    | 'partitions_differ'
    | 'unknown_topic'
    | 'gap'
    | 'unavailable'
    | 'record_too_large'
    | 'locked'
  readonly retriable: boolean
  constructor(
    code: LogError['code'],
    message: string,
    options?: ErrorOptions & { readonly retriable?: boolean },
  ) {
    super(message, options)
    this.name = 'LogError'
    this.code = code
    this.retriable = options?.retriable ?? false
  }
}
