/**
 * How records lie on disk: consecutive records of one partition are packed into one block, so that a batch costs a few
 * LMDB entries instead of thousands (measured in docs/measurements/log.md).
 *
 * Layout: u32 CRC-32 of the rest · u8 version · varint record count · varint string count · strings · records.
 * String: varint length + UTF-8. Record: varint offset - base · f64 timestamp · key (string) · varint 0 (tombstone) or
 * length + 1, value bytes · varint header count · (varint name, varint value) as indices of strings.
 */
import { crc32 } from 'node:zlib'
import type { LogRecord } from '../port.ts'
import { LogError } from '../port.ts'
import { ByteReader, ByteWriter } from './bytes.ts'

const blockVersion = 1
const headBytes = 5

const records = new ByteWriter()
const block = new ByteWriter()

/** Bytes of one block. `base` is the offset that the block is stored under; offsets ascend from it. The result is a copy of its own. */
export function encodeBlock(base: number, content: readonly LogRecord[]): Buffer {
  const strings = new Map<string, number>()
  records.at = 0
  for (const record of content) encodeRecord(base, record, strings)
  block.at = headBytes
  block.bytes[headBytes - 1] = blockVersion
  block.varint(content.length)
  block.varint(strings.size)
  for (const text of strings.keys()) block.text(text)
  block.raw(records.bytes.subarray(0, records.at))
  const bytes = Buffer.from(block.bytes.subarray(0, block.at))
  bytes.writeUInt32LE(crc32(bytes.subarray(4)), 0)
  return bytes
}

function encodeRecord(base: number, record: LogRecord, strings: Map<string, number>): void {
  records.varint(record.offset - base)
  records.float64(record.timestamp)
  records.text(record.key)
  records.varint(record.value === null ? 0 : record.value.length + 1)
  if (record.value !== null) records.raw(record.value)
  const names = Object.keys(record.headers)
  records.varint(names.length)
  for (const name of names) {
    records.varint(indexOf(strings, name))
    records.varint(indexOf(strings, record.headers[name] ?? ''))
  }
}

function indexOf(strings: Map<string, number>, text: string): number {
  const known = strings.get(text)
  if (known !== undefined) return known
  strings.set(text, strings.size)
  return strings.size - 1
}

/** Records of a block from offset `from` on. Values are views on `bytes`. @throws LogError `unavailable` when the block is damaged or written by a newer Weir */
export function decodeBlock(base: number, bytes: Buffer, from = 0): LogRecord[] {
  if (bytes.length < headBytes || bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) {
    throw new LogError(
      'unavailable',
      `the log is damaged: the block at offset ${base} fails its checksum. Run weir doctor; restore the folder from a backup`,
    )
  }
  if (bytes[4] !== blockVersion) {
    throw new LogError(
      'unavailable',
      `the block at offset ${base} has format ${bytes[4]}, this version of Weir reads ${blockVersion}: use the newer Weir`,
    )
  }
  const reader = new ByteReader(bytes, headBytes)
  const count = reader.varint()
  const strings: string[] = []
  for (let left = reader.varint(); left > 0; left -= 1) strings.push(reader.text())
  const found: LogRecord[] = []
  for (let index = 0; index < count; index += 1) {
    const record = decodeRecord(base, reader, strings)
    if (record.offset >= from) found.push(record)
  }
  return found
}

function decodeRecord(base: number, reader: ByteReader, strings: readonly string[]): LogRecord {
  const offset = base + reader.varint()
  const timestamp = reader.float64()
  const key = reader.text()
  const length = reader.varint()
  const value = length === 0 ? null : reader.raw(length - 1)
  const headers: Record<string, string> = {}
  for (let left = reader.varint(); left > 0; left -= 1) {
    const name = strings[reader.varint()] ?? ''
    headers[name] = strings[reader.varint()] ?? ''
  }
  return { offset, key, value, headers, timestamp }
}

/** Rough size of a record on disk, in bytes; what record and batch limits are measured with. */
export function recordBytes(record: Pick<LogRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = 16 + record.key.length + (record.value?.length ?? 0)
  for (const name of Object.keys(record.headers)) bytes += name.length + (record.headers[name]?.length ?? 0)
  return bytes
}
