/**
 * Which transactions were seen, and with what content. Pure.
 *
 * An entry is 36 bytes: 128 bits of the SHA-256 of source and id, 128 bits of the SHA-256 of the content, the day. Entries lie in
 * segments in order of arrival; a segment is one entry of stored state. In memory is an index of 8 bytes a slot (32 bits of
 * the key, where the entry lies); of the segments only the newest and those looked into lately. Both hashes are cryptographic,
 * so that nobody can make a second content pass for the first one, or an id occupy somebody else's: the work is 2^64 for either.
 */
import { hash } from 'node:crypto'
import { StateFormatError } from './state.ts'
import type { StateChange, StateReader } from './state.ts'
import { field } from './wire/transaction.ts'
import type { TransactionView } from './wire/transaction.ts'
import { AvroWriter } from './wire/avro.ts'

/** What a transaction is to what was seen before. */
export type Sighting = 'new' | 'same' | 'conflicting_duplicate'

/** How entries are cut into segments. */
export interface SeenLimits {
  /** Entries of a segment. Default 8,192: 288 KiB. */
  readonly segmentRows?: number
  /** Stored segments kept in memory. Default 32. */
  readonly residentSegments?: number
}

/** 32-bit words of an entry: key 4, content 4, day 1. */
const rowWords = 9
const dayWord = 8
const prefix = 'seg|'
/** Entries of one index: it grows by doubling up to here, then another one begins. */
const indexRowsMax = 1 << 22
/** Segments looked at for clearing away at a checkpoint. */
const sweptMax = 64

interface Segment {
  readonly number: number
  /** Undefined: only stored. */
  rows: Uint32Array | undefined
  count: number
  isStored: boolean
  /** Days of the oldest and the newest entry. */
  firstDay: number
  lastDay: number
}

/** Slots of two words: 32 bits of the key, and one more than the place of the entry among this index's segments; 0 is free. */
class Index {
  readonly segments: Segment[] = []
  private slots = new Uint32Array(2 << 12)
  private mask = (1 << 12) - 1
  used = 0

  add(print: number, place: number): void {
    if (2 * (this.used + 1) > this.mask + 1) this.double()
    this.put(print, place + 1)
    this.used += 1
  }

  private put(print: number, value: number): void {
    const { slots, mask } = this
    let slot = print & mask
    while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask
    slots[2 * slot] = print
    slots[2 * slot + 1] = value
  }

  private double(): void {
    const { slots } = this
    this.mask = 2 * (this.mask + 1) - 1
    this.slots = new Uint32Array(2 * (this.mask + 1))
    for (let at = 0; at < slots.length; at += 2) {
      const value = slots[at + 1] ?? 0
      if (value !== 0) this.put(slots[at] ?? 0, value)
    }
  }

  /** Place of the next entry with these 32 bits at or behind `slot`, which is moved behind it; -1 when there is none. */
  find(print: number, probe: { slot: number }): number {
    const { slots, mask } = this
    for (;;) {
      const slot = probe.slot & mask
      const value = slots[2 * slot + 1] ?? 0
      if (value === 0) return -1
      probe.slot = slot + 1
      if (slots[2 * slot] === print) return value - 1
    }
  }
}

/** What an entry holds, of the transaction at hand; used again for each. */
const entry = new Uint32Array(rowWords)
const scratch = new AvroWriter()

/** First 128 bits of the SHA-256 of what `scratch` holds, into `entry` from `at` on. */
function digest(at: number): void {
  const text = hash('sha256', scratch.bytes.subarray(0, scratch.at), 'binary')
  for (let word = 0; word < 4; word += 1) {
    const from = 4 * word
    entry[at + word] =
      text.charCodeAt(from) |
      (text.charCodeAt(from + 1) << 8) |
      (text.charCodeAt(from + 2) << 16) |
      (text.charCodeAt(from + 3) << 24)
  }
}

/** Source and id; everything but the sealed identities, which may be sealed anew each time. */
function digestBoth(view: TransactionView): void {
  const { bytes } = view
  scratch.at = 0
  scratch.span(bytes, view.start(field.sourceId), view.start(field.end))
  scratch.span(bytes, view.start(field.txnId), view.start(field.bookedAt))
  digest(0)
  scratch.at = 0
  scratch.span(bytes, view.start(field.txnId), view.start(field.payerIdentity))
  scratch.span(bytes, view.start(field.payeeAccount), view.start(field.payeeIdentity))
  scratch.span(bytes, view.start(field.channel), view.start(field.end))
  digest(4)
}

function hasKey(rows: Uint32Array, at: number): boolean {
  return (
    rows[at] === entry[0] &&
    rows[at + 1] === entry[1] &&
    rows[at + 2] === entry[2] &&
    rows[at + 3] === entry[3]
  )
}

function hasContent(rows: Uint32Array, at: number): boolean {
  return (
    rows[at + 4] === entry[4] &&
    rows[at + 5] === entry[5] &&
    rows[at + 6] === entry[6] &&
    rows[at + 7] === entry[7]
  )
}

/** The transactions of one source partition. Days are Shanghai days since 1970. */
export class SeenTransactions {
  private readonly stored: StateReader
  private readonly segmentRows: number
  private readonly residentSegments: number
  /** Oldest first; the last one takes new entries. */
  private indices: Index[] = [new Index()]
  /** Segments with entries that are not stored yet. */
  private unsaved = new Set<Segment>()
  /** Given out to be stored at the last checkpoint, and not certainly there yet. */
  private given = new Set<Segment>()
  /** Stored segments in memory, the one used longest ago first. */
  private readonly resident = new Set<Segment>()
  private dropped: number[] = []
  private nextNumber = 0
  private readonly probe = { slot: 0 }

  constructor(stored: StateReader, limits: SeenLimits = {}) {
    this.stored = stored
    this.segmentRows = limits.segmentRows ?? 8_192
    this.residentSegments = limits.residentSegments ?? 32
    for (const [key, value] of stored.entries(prefix, 'seg}')) {
      if (key.startsWith(prefix)) this.load(Number(key.slice(prefix.length)), value)
    }
  }

  /** Notes a transaction. Entries of a day before `oldestDay` count as absent. */
  note(view: TransactionView, day: number, oldestDay: number): Sighting {
    digestBoth(view)
    for (let at = this.indices.length - 1; at >= 0; at -= 1) {
      const index = this.indices[at]
      if (index === undefined) continue
      const sighting = this.lookUp(index, oldestDay)
      if (sighting !== 'new') return sighting
    }
    entry[dayWord] = day
    this.append(entry, 0)
    return 'new'
  }

  private lookUp(index: Index, oldestDay: number): Sighting {
    const print = entry[0] ?? 0
    this.probe.slot = print
    for (let place = index.find(print, this.probe); place >= 0; place = index.find(print, this.probe)) {
      const segment = index.segments[Math.floor(place / this.segmentRows)]
      if (segment === undefined || segment.lastDay < oldestDay) continue
      const rows = this.rowsOf(segment)
      const at = (place % this.segmentRows) * rowWords
      if ((rows[at + dayWord] ?? 0) < oldestDay || !hasKey(rows, at)) continue
      return hasContent(rows, at) ? 'same' : 'conflicting_duplicate'
    }
    return 'new'
  }

  private rowsOf(segment: Segment): Uint32Array {
    if (segment.rows !== undefined && (this.unsaved.has(segment) || this.given.has(segment)))
      return segment.rows
    const rows = segment.rows ?? this.read(segment)
    segment.rows = rows
    this.resident.delete(segment)
    this.resident.add(segment)
    this.letGo()
    return rows
  }

  private read({ number, count }: Segment): Uint32Array {
    const rows = wordsOf(this.stored.get(keyOf(number)) ?? new Uint8Array(0))
    if (rows.length >= count * rowWords) return rows
    throw new StateFormatError(
      `segment ${number} of the transactions seen has ${rows.length / rowWords} entries, ${count} were stored: the state is damaged, fold the transactions anew`,
    )
  }

  private letGo(): void {
    for (const segment of this.resident) {
      if (this.resident.size <= this.residentSegments) return
      segment.rows = undefined
      this.resident.delete(segment)
    }
  }

  private append(row: Uint32Array, from: number): void {
    const { index, segment, rows } = this.tail()
    const day = row[from + dayWord] ?? 0
    const at = segment.count * rowWords
    for (let word = 0; word < rowWords; word += 1) rows[at + word] = row[from + word] ?? 0
    segment.firstDay = Math.min(segment.firstDay, day)
    segment.lastDay = Math.max(segment.lastDay, day)
    index.add(row[from] ?? 0, (index.segments.length - 1) * this.segmentRows + segment.count)
    segment.count += 1
    this.unsaved.add(segment)
    this.given.delete(segment)
    this.resident.delete(segment)
  }

  /** The segment that takes new entries, with room for one more. */
  private tail(): { readonly index: Index; readonly segment: Segment; readonly rows: Uint32Array } {
    let index = this.newest()
    let segment = index.segments.at(-1)
    if (segment === undefined || segment.count >= this.segmentRows) {
      if (index.segments.length * this.segmentRows >= indexRowsMax) index = this.begin()
      segment = emptySegment(this.nextNumber)
      this.nextNumber += 1
      index.segments.push(segment)
    }
    const words = this.segmentRows * rowWords
    let { rows } = segment
    if (rows === undefined || rows.length < words) {
      rows = new Uint32Array(words)
      if (segment.count > 0) rows.set(this.rowsOf(segment).subarray(0, segment.count * rowWords))
      segment.rows = rows
    }
    return { index, segment, rows }
  }

  private newest(): Index {
    return this.indices.at(-1) ?? this.begin()
  }

  private begin(): Index {
    const index = new Index()
    this.indices.push(index)
    return index
  }

  private load(number: number, value: Uint8Array): void {
    const rows = wordsOf(value)
    const segment = emptySegment(number)
    segment.count = rows.length / rowWords
    segment.isStored = true
    this.nextNumber = number + 1
    const full = this.newest().segments.length * this.segmentRows >= indexRowsMax
    const index = full ? this.begin() : this.newest()
    const base = index.segments.length * this.segmentRows
    index.segments.push(segment)
    for (let row = 0; row < segment.count; row += 1) {
      const day = rows[row * rowWords + dayWord] ?? 0
      segment.firstDay = Math.min(segment.firstDay, day)
      segment.lastDay = Math.max(segment.lastDay, day)
      index.add(rows[row * rowWords] ?? 0, base + row)
    }
  }

  /** What was added since the last checkpoint, and what is past the horizon: segments cleared away. */
  checkpoint(oldestDay: number): StateChange[] {
    this.sweep(oldestDay)
    const changes: StateChange[] = this.dropped.map((number) => ({ key: keyOf(number), value: null }))
    this.dropped = []
    for (const segment of this.given) if (segment.rows !== undefined) this.resident.add(segment)
    this.letGo()
    for (const segment of this.unsaved) {
      const { rows, count } = segment
      if (rows === undefined) continue
      // Rows once written do not change: no copy.
      changes.push({
        key: keyOf(segment.number),
        value: new Uint8Array(rows.buffer, rows.byteOffset, count * rowWords * 4),
      })
      segment.isStored = true
    }
    this.given = this.unsaved
    this.unsaved = new Set()
    return changes
  }

  /** From the oldest segment on: one whose entries are all past the horizon goes; of one where most are, the others move to the end. */
  private sweep(oldestDay: number): void {
    for (let left = sweptMax; left > 0; left -= 1) {
      const index = this.indices[0]
      const segment = index?.segments.find(({ count }) => count > 0)
      if (index === undefined || segment === undefined || segment.firstDay >= oldestDay) return
      if (segment === this.indices.at(-1)?.segments.at(-1)) return
      if (!this.clear(segment, oldestDay)) return
      if (index.segments.every(({ count }) => count === 0) && this.indices.length > 1) this.indices.shift()
    }
  }

  private clear(segment: Segment, oldestDay: number): boolean {
    const rows = this.rowsOf(segment)
    const kept: number[] = []
    for (let at = 0; at < segment.count * rowWords; at += rowWords) {
      if ((rows[at + dayWord] ?? 0) >= oldestDay) kept.push(at)
    }
    if (2 * kept.length > segment.count) return false
    for (const at of kept) this.append(rows, at)
    if (segment.isStored) this.dropped.push(segment.number)
    segment.count = 0
    segment.lastDay = Number.NEGATIVE_INFINITY
    segment.rows = undefined
    this.unsaved.delete(segment)
    this.given.delete(segment)
    this.resident.delete(segment)
    return true
  }
}

function keyOf(number: number): string {
  return `${prefix}${String(number).padStart(12, '0')}`
}

function emptySegment(number: number): Segment {
  return {
    number,
    rows: undefined,
    count: 0,
    isStored: false,
    firstDay: Number.POSITIVE_INFINITY,
    lastDay: Number.NEGATIVE_INFINITY,
  }
}

/** Stored bytes may lie anywhere: a copy of them does not. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  const words = new Uint32Array(Math.floor(bytes.byteLength / 4))
  new Uint8Array(words.buffer).set(bytes.subarray(0, 4 * words.length))
  return words
}
