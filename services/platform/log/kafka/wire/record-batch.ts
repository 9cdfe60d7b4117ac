/**
 * Kafka's record batches (message format 2), written and read. Pure. Written by us because kafkajs' own costs 17 µs a record
 * to write, loses the end of batches that compaction emptied, and checks nothing (docs/adr/0013-kafkajs.md).
 *
 * Layout: base offset 8, length 4, leader epoch 4, magic 1, CRC-32C 4, attributes 2, last offset delta 4, first timestamp 8,
 * highest timestamp 8, producer id 8, producer epoch 2, first sequence 4, count 4, records. The checksum covers everything
 * from the attributes on.
 */
import { gunzipSync, zstdDecompressSync } from 'node:zlib'
import { crc32c } from './crc32c.ts'
import type { WireWriter } from './varint.ts'
import { WireReader } from './varint.ts'

/** Who writes, and the number of the first record of this batch at its partition. */
export interface BatchAuthor {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly firstSequence: number
}

/** A record to be written. */
export interface WireRecordIn {
  /** Empty = no key. */
  readonly key: string
  readonly value: Uint8Array | null
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** A record as read; headers are decoded when asked for. */
export interface WireRecordOut {
  readonly offset: number
  readonly key: string
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, string>>
  readonly timestamp: number
}

/** What a piece of a partition holds. */
export interface RecordSet {
  /** Committed (or plain) records at or behind the offset asked for, in order. */
  readonly records: readonly WireRecordOut[]
  /** Where reading goes on: behind the last whole batch, whether it held records or not. */
  readonly nextOffset: number
}

/** A transaction that was aborted, as the broker tells it with a fetch. */
export interface AbortedSpan {
  readonly producerId: bigint
  readonly firstOffset: number
}

/** The bytes are not what Kafka writes. */
export class RecordBatchError extends Error {
  readonly kind: 'corrupt' | 'unsupported'
  constructor(kind: RecordBatchError['kind'], message: string) {
    super(message)
    this.name = 'RecordBatchError'
    this.kind = kind
  }
}

const overhead = 12
const headerLength = 61
const crcAt = 17
const attributesAt = 21
const magic = 2
const transactional = 0x10
const control = 0x20
const compressionMask = 0x07
const none: Readonly<Record<string, string>> = {}

/** Writes one batch of records into `writer`. At least one record. */
export function writeBatch(
  writer: WireWriter,
  records: readonly WireRecordIn[],
  author: BatchAuthor,
  isTransactional: boolean,
): void {
  const first = records[0]
  if (first === undefined) throw new RangeError('a batch holds at least one record')
  const start = writer.at
  writer.skip(headerLength)
  let highest = first.timestamp
  for (const [index, record] of records.entries()) {
    highest = Math.max(highest, record.timestamp)
    writeRecord(writer, record, record.timestamp - first.timestamp, index)
  }
  const { bytes, at: end } = writer
  bytes.writeBigInt64BE(0n, start)
  bytes.writeInt32BE(end - start - overhead, start + 8)
  bytes.writeInt32BE(-1, start + 12)
  bytes.writeInt8(magic, start + 16)
  bytes.writeInt16BE(isTransactional ? transactional : 0, start + attributesAt)
  bytes.writeInt32BE(records.length - 1, start + 23)
  bytes.writeBigInt64BE(BigInt(first.timestamp), start + 27)
  bytes.writeBigInt64BE(BigInt(highest), start + 35)
  bytes.writeBigInt64BE(author.producerId, start + 43)
  bytes.writeInt16BE(author.producerEpoch, start + 51)
  bytes.writeInt32BE(author.firstSequence, start + 53)
  bytes.writeInt32BE(records.length, start + 57)
  bytes.writeUInt32BE(crc32c(bytes, start + attributesAt, end), start + crcAt)
}

/** Writes a record with the length in front: the length is only known behind it, so the body is written with room and moved. */
function writeRecord(
  writer: WireWriter,
  record: WireRecordIn,
  timestampDelta: number,
  offsetDelta: number,
): void {
  const start = writer.at
  // Room for a length of up to 2^28; moved down once it is known.
  writer.skip(lengthRoom)
  writer.byte(0)
  writer.varlong(timestampDelta)
  writer.varint(offsetDelta)
  if (record.key === '') writer.varint(-1)
  else writer.text(record.key)
  if (record.value === null) writer.varint(-1)
  else {
    writer.varint(record.value.length)
    writer.raw(record.value)
  }
  const names = Object.keys(record.headers)
  writer.varint(names.length)
  for (const name of names) {
    writer.text(name)
    writer.text(record.headers[name] ?? '')
  }
  writer.closeLength(start, lengthRoom)
}

const lengthRoom = 5

/**
 * Reads what a fetch brought of one partition: whole batches only, without control records, records of aborted transactions
 * and records before `from`. `aborted` may be in any order.
 * @throws RecordBatchError `corrupt` when a checksum does not fit, `unsupported` for old formats and unknown compressions
 */
export function readRecordSet(set: Buffer, from: number, aborted: readonly AbortedSpan[]): RecordSet {
  const spans = aborted.toSorted((a, b) => a.firstOffset - b.firstOffset)
  const aborting = new Set<bigint>()
  const records: WireRecordOut[] = []
  let span = 0
  let nextOffset = from
  let at = 0
  while (at + headerLength <= set.length) {
    const end = at + overhead + set.readInt32BE(at + 8)
    if (end > set.length) break
    const base = Number(set.readBigInt64BE(at))
    const last = base + set.readInt32BE(at + 23)
    const attributes = checked(set, at, end)
    for (let one = spans[span]; one !== undefined && one.firstOffset <= last; one = spans[span]) {
      aborting.add(one.producerId)
      span += 1
    }
    const producerId = set.readBigInt64BE(at + 43)
    if ((attributes & control) !== 0) {
      if (isAbortMarker(set, at, end)) aborting.delete(producerId)
    } else if ((attributes & transactional) === 0 || !aborting.has(producerId)) {
      readBatch(set, at, end, attributes, from, records)
    }
    nextOffset = Math.max(nextOffset, last + 1)
    at = end
  }
  return { records, nextOffset }
}

function checked(set: Buffer, at: number, end: number): number {
  if (set[at + 16] !== magic) {
    throw new RecordBatchError(
      'unsupported',
      `records of message format ${set[at + 16] ?? '?'} cannot be read: only format 2 (Kafka 0.11 and newer) can`,
    )
  }
  if (crc32c(set, at + attributesAt, end) !== set.readUInt32BE(at + crcAt)) {
    throw new RecordBatchError(
      'corrupt',
      `the checksum of the batch at offset ${set.readBigInt64BE(at)} does not fit: the network or the broker's disk damaged it`,
    )
  }
  return set.readInt16BE(at + attributesAt)
}

/** A marker's key is its version and its type: 0 aborts, 1 commits. */
function isAbortMarker(set: Buffer, at: number, end: number): boolean {
  const reader = new WireReader(set, at + headerLength, end)
  reader.varint()
  reader.skip(1)
  reader.varlong()
  reader.varint()
  const length = reader.varint()
  return length >= 4 && set.readInt16BE(reader.at + 2) === 0
}

function readBatch(
  set: Buffer,
  at: number,
  end: number,
  attributes: number,
  from: number,
  records: WireRecordOut[],
): void {
  const base = Number(set.readBigInt64BE(at))
  const firstTimestamp = Number(set.readBigInt64BE(at + 27))
  const count = set.readInt32BE(at + 57)
  const compression = attributes & compressionMask
  const reader =
    compression === 0
      ? new WireReader(set, at + headerLength, end)
      : expanded(set.subarray(at + headerLength, end), compression)
  for (let index = 0; index < count; index += 1) {
    const length = reader.varint()
    const next = reader.at + length
    reader.skip(1)
    const timestamp = firstTimestamp + reader.varlong()
    const offset = base + reader.varint()
    if (offset >= from) records.push(new FetchedRecord(reader, next, offset, timestamp))
    reader.at = next
  }
}

function expanded(bytes: Buffer, compression: number): WireReader {
  const whole = decompress(bytes, compression)
  return new WireReader(whole, 0, whole.length)
}

function decompress(bytes: Buffer, compression: number): Buffer {
  if (compression === 1) return gunzipSync(bytes)
  if (compression === 4) return zstdDecompressSync(bytes)
  throw new RecordBatchError(
    'unsupported',
    `records compressed with ${compression === 2 ? 'snappy' : 'lz4'} cannot be read: let the producer use zstd, gzip or none`,
  )
}

/** A record that reads its headers only when somebody asks: most readers never do. */
class FetchedRecord implements WireRecordOut {
  readonly offset: number
  readonly timestamp: number
  readonly key: string
  readonly value: Buffer | null
  private readonly bytes: Buffer
  private readonly headersAt: number
  private readonly headersEnd: number
  private decoded: Readonly<Record<string, string>> | undefined = undefined

  constructor(reader: WireReader, end: number, offset: number, timestamp: number) {
    this.offset = offset
    this.timestamp = timestamp
    this.key = reader.textOrEmpty()
    const length = reader.varint()
    this.value = length < 0 ? null : reader.raw(length)
    this.bytes = reader.bytes
    this.headersAt = reader.at
    this.headersEnd = end
  }

  get headers(): Readonly<Record<string, string>> {
    this.decoded ??= this.read()
    return this.decoded
  }

  private read(): Readonly<Record<string, string>> {
    const reader = new WireReader(this.bytes, this.headersAt, this.headersEnd)
    const count = reader.varint()
    if (count <= 0) return none
    const headers = Array.from({ length: count }, () => [reader.textOrEmpty(), reader.textOrEmpty()] as const)
    // Not by assignment: a header may be called `__proto__`.
    return Object.fromEntries(headers)
  }
}
