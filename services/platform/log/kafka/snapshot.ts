/**
 * Stored state on the log, for a partition that moves to a machine without it: a stream of entries, cut into chunks on a
 * compacted topic. A chunk travels in the transaction of a batch, so a task that was fenced writes none, and no batch waits
 * for more than one. Two sets of keys take turns: the older snapshot stays whole until the newer one is.
 */
import { randomUUID } from 'node:crypto'
import type { StateWrite } from '../port.ts'
import { LogError } from '../port.ts'
import { ByteReader, ByteWriter } from '../embedded/bytes.ts'
import type { LocalState, StateView } from './local-state.ts'
import type { PlacedRecord } from './transaction.ts'
import type { WireClient } from './wire/client.ts'
import { offsetOutOfRange } from './wire/client.ts'

/** What is known of a complete snapshot; travels with every position. */
export interface SnapshotMark {
  readonly id: string
  /** Which of the two sets of keys. */
  readonly slot: 0 | 1
  /** The chunks lie at or behind this offset. */
  readonly offset: number
  readonly chunks: number
  readonly writtenTo: number
  readonly replayFrom: number
}

const chunkBytes = 512 * 1024
const idHeader = 'snapshot'
const entriesPerTransaction = 2_000

/** Writes one snapshot, a chunk at a time. */
export class SnapshotUpload {
  private readonly topic: string
  private readonly partition: number
  private readonly id = randomUUID()
  private readonly slot: 0 | 1
  private readonly view: StateView
  private readonly pieces: Iterator<Buffer>
  private following: IteratorResult<Buffer>
  private chunks = 0
  private readonly offset: number

  /** @param offset where the topic's partition ends now, or before */
  constructor(topic: string, partition: number, slot: 0 | 1, offset: number, state: LocalState) {
    this.topic = topic
    this.partition = partition
    this.slot = slot
    this.offset = offset
    this.view = state.view()
    this.pieces = piecesOf(this.view.entries())
    this.following = this.pieces.next()
  }

  /** The next chunk; with the last one the mark that makes the snapshot count. */
  next(): { readonly record: PlacedRecord; readonly mark: SnapshotMark | undefined } {
    const value = this.following.done === true ? Buffer.alloc(0) : this.following.value
    const record: PlacedRecord = {
      topic: this.topic,
      partition: this.partition,
      key: `${this.slot}/${this.chunks}`,
      value,
      headers: { [idHeader]: this.id },
      timestamp: Date.now(),
    }
    this.chunks += 1
    this.following = this.pieces.next()
    if (this.following.done !== true) return { record, mark: undefined }
    this.view.release()
    const { writtenTo, replayFrom } = this.view
    const { id, slot, chunks, offset } = this
    return { record, mark: { id, slot, offset, chunks, writtenTo, replayFrom } }
  }

  /** Gives up; what was written of it never counts. */
  abandon(): void {
    this.view.release()
  }
}

function* piecesOf(entries: Iterable<readonly [string, Uint8Array]>): Iterator<Buffer> {
  const writer = new ByteWriter()
  for (const [key, value] of entries) {
    writer.text(key)
    writer.varint(value.length)
    writer.raw(value)
    while (writer.at >= chunkBytes) yield cut(writer)
  }
  if (writer.at > 0) yield cut(writer)
}

function cut(writer: ByteWriter): Buffer {
  const length = Math.min(writer.at, chunkBytes)
  const piece = Buffer.from(writer.bytes.subarray(0, length))
  writer.bytes.copyWithin(0, length, writer.at)
  writer.at -= length
  return piece
}

/**
 * Brings a snapshot into the stored state. @returns false when it is not whole any more (then nothing is changed)
 * @throws LogError
 */
export async function restoreSnapshot(
  wire: WireClient,
  topic: string,
  partition: number,
  mark: SnapshotMark,
  state: LocalState,
): Promise<boolean> {
  const chunks = await chunksOf(wire, topic, partition, mark)
  if (chunks.some((chunk) => chunk === undefined)) return false
  const bytes = Buffer.concat(chunks.filter((chunk) => chunk !== undefined))
  const reader = new ByteReader(bytes, 0)
  state.clear(0)
  while (!reader.isAtEnd) state.load(take(reader))
  state.loaded(mark.writtenTo, mark.replayFrom)
  return true
}

function take(reader: ByteReader): StateWrite[] {
  const writes: StateWrite[] = []
  while (!reader.isAtEnd && writes.length < entriesPerTransaction) {
    const key = reader.text()
    writes.push({ key, value: reader.raw(reader.varint()) })
  }
  return writes
}

async function chunksOf(
  wire: WireClient,
  topic: string,
  partition: number,
  mark: SnapshotMark,
): Promise<(Buffer | undefined)[]> {
  const chunks: (Buffer | undefined)[] = Array.from({ length: mark.chunks })
  let found = 0
  let at = mark.offset
  while (found < mark.chunks) {
    const [fetched] = await wire.fetch({
      topic,
      partitions: [{ partition, offset: at }],
      isolation: 'committed',
      maxWaitMs: 100,
      maxBytes: 4 * 1024 * 1024,
    })
    if (fetched === undefined) throw new LogError('unavailable', `${topic}/${partition} gave no answer`)
    if (fetched.errorCode === offsetOutOfRange && fetched.firstOffset <= at) break
    for (const { key, value, headers } of fetched.records) {
      if (headers[idHeader] !== mark.id || value === null) continue
      chunks[Number(key.slice(2))] = value
      found += 1
    }
    const next = fetched.errorCode === offsetOutOfRange ? fetched.firstOffset : fetched.nextOffset
    if (next === at && fetched.endOffset <= at) break
    at = next
  }
  return chunks
}
