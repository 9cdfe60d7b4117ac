/**
 * Where the tasks of a group stand: a compacted topic with one partition per partition of the group's input. A position is
 * written in the transaction of the batch that it stands for, so it says exactly what was done.
 *
 * A partition holds two kinds of records. `position`: the newest one counts. `barrier`: written by a task when it takes its
 * partition over; everything before it is settled.
 */
import type { SnapshotMark } from './snapshot.ts'
import type { PlacedRecord } from './transaction.ts'
import type { WireClient } from './wire/client.ts'
import { offsetOutOfRange } from './wire/client.ts'
import type { WireRecordOut } from './wire/record-batch.ts'

/** Where a task stands. */
export interface Position {
  /** Drawn with the first position of a partition, so that state kept elsewhere is not taken for that of another cluster or of a topic that was made anew. */
  readonly birth: string
  /** Where the first task of this partition began: what lies before was never any task's. */
  readonly origin: number
  /** Everything of the input before it is done. */
  readonly next: number
  /** How far it is in event time, ms since 1970; undefined when the processor does not tell. */
  readonly eventTime: number | undefined
  /** There was more to read when it was written. */
  readonly isBehind: boolean
  /** The newest whole snapshot of the task's state. */
  readonly snapshot: SnapshotMark | undefined
}

interface StoredPosition {
  readonly birth: string
  readonly origin: number
  readonly next: number
  readonly snapshot?: SnapshotMark
  readonly event_time?: number
  readonly behind?: boolean
}

/** First look this many records back for the newest position; further if there is none. */
const lookBack = 256
const maxBytes = 1024 * 1024

/** The record that says where a task stands. */
export function positionRecord(topic: string, partition: number, position: Position): PlacedRecord {
  const { birth, origin, next, snapshot } = position
  const stored: StoredPosition = {
    birth,
    origin,
    next,
    ...(snapshot && { snapshot }),
    ...(position.eventTime === undefined ? {} : { event_time: position.eventTime }),
    ...(position.isBehind ? { behind: true } : {}),
  }
  return placed(topic, partition, 'position', JSON.stringify(stored))
}

/** The record that says that a task was taken over. */
export function barrierRecord(topic: string, partition: number, token: string): PlacedRecord {
  return placed(topic, partition, 'barrier', token)
}

function placed(topic: string, partition: number, key: string, text: string): PlacedRecord {
  return { topic, partition, key, value: Buffer.from(text), headers: {}, timestamp: Date.now() }
}

function positionOf(record: WireRecordOut): Position | undefined {
  if (record.key !== 'position' || record.value === null) return undefined
  const stored = JSON.parse(record.value.toString('utf8')) as StoredPosition
  const { birth, origin, next, event_time: eventTime, behind: isBehind = false, snapshot } = stored
  return { birth, origin, next, eventTime, isBehind, snapshot }
}

/** Reads positions; remembers how far it read, so that asking again and again costs one short request. */
export class PositionReader {
  private readonly wire: WireClient
  readonly topic: string
  private readonly known = new Map<
    number,
    { readonly next: number; readonly position: Position | undefined }
  >()

  constructor(wire: WireClient, topic: string) {
    this.wire = wire
    this.topic = topic
  }

  /**
   * The newest position before `barrier`, an offset at which a record was committed. Waits until everything before it is settled.
   * @throws LogError
   */
  async before(partition: number, barrier: number): Promise<Position | undefined> {
    for (let back = lookBack; ; back *= 16) {
      const { position, isWhole } = await this.scan(partition, Math.max(0, barrier - back), barrier)
      if (isWhole || position !== undefined) return position
    }
  }

  private async scan(
    partition: number,
    start: number,
    barrier: number,
  ): Promise<{ readonly position: Position | undefined; readonly isWhole: boolean }> {
    let position: Position | undefined
    let from = start
    let at = start
    let first = start
    while (at <= barrier) {
      const fetched = await this.fetch(partition, at, 500)
      first = fetched.firstOffset
      if (fetched.errorCode === offsetOutOfRange) {
        from = first
        at = first
        continue
      }
      for (const record of fetched.records) position = positionOf(record) ?? position
      at = fetched.nextOffset
    }
    return { position, isWhole: from <= first }
  }

  /** The newest committed position of a partition, or undefined when there is none. @throws LogError */
  async newest(partition: number): Promise<Position | undefined> {
    const known = this.known.get(partition)
    let position = known?.position
    let at = known?.next ?? (await this.startOf(partition))
    for (;;) {
      const fetched = await this.fetch(partition, at, 0)
      if (fetched.errorCode === offsetOutOfRange) {
        at = fetched.firstOffset
        continue
      }
      for (const record of fetched.records) position = positionOf(record) ?? position
      const isEnd = fetched.nextOffset === at
      at = fetched.nextOffset
      if (isEnd) break
    }
    this.known.set(partition, { next: at, position })
    return position
  }

  private async startOf(partition: number): Promise<number> {
    const bounds = (await this.wire.bounds(this.topic))[partition]
    if (bounds === undefined) return 0
    const near = Math.max(bounds.first, bounds.next - lookBack)
    const fetched = await this.fetch(partition, near, 0)
    const isThere = fetched.records.some((record) => record.key === 'position')
    return isThere ? near : bounds.first
  }

  private async fetch(partition: number, offset: number, maxWaitMs: number) {
    const [fetched] = await this.wire.fetch({
      topic: this.topic,
      partitions: [{ partition, offset }],
      isolation: 'committed',
      maxWaitMs,
      maxBytes,
    })
    if (fetched === undefined)
      throw new Error(`the broker said nothing about ${this.topic}/${partition} when asked for it`)
    return fetched
  }
}
