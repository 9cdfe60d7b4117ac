/** The peers' transactions as stage one of warn takes them: bytes to bytes, without objects in between. */
import { avroType } from '../../schemas/avro.ts'
import { asBuffer, headerLength } from '../../schemas/header.ts'
import type { LogRecord } from '../../services/platform/log/port.ts'
import { AvroReader, AvroWriter } from '../../services/warn/core/wire/avro.ts'
import { bodyAt } from '../../services/warn/core/wire/header.ts'
import { headerOf } from '../../services/warn/shell/schema-header.ts'

/** Symbols in the order of the peers' schema, each with its number in Weir's. An institution is a subject there: of unknown kind. */
const kinds = { person: 1, enterprise: 2, institution: 0, unknown: 0 } as const
const channels = { transfer: 1, cash: 2, third_party: 3, card: 4, unknown: 0 } as const

/** The peers' schema. */
export const peerType = avroType({
  type: 'record',
  name: 'Transaction',
  fields: [
    { name: 'txn_id', type: 'string' },
    { name: 'booked_at', type: { type: 'long', logicalType: 'timestamp-millis' } },
    { name: 'amount_minor', type: 'long' },
    { name: 'currency', type: 'string' },
    { name: 'payer_account', type: 'string' },
    { name: 'payee_account', type: 'string' },
    { name: 'payer_kind', type: { type: 'enum', name: 'PayerKind', symbols: Object.keys(kinds) } },
    { name: 'payee_kind', type: { type: 'enum', name: 'PayeeKind', symbols: Object.keys(kinds) } },
    { name: 'channel', type: { type: 'enum', name: 'Channel', symbols: Object.keys(channels) } },
    { name: 'remark', type: 'string' },
  ],
})

/** Marker and fingerprint in front of each of them; the peers take the first half of an MD5. */
export const peerHeader: Buffer = Buffer.concat([
  Buffer.from([0xc3, 0x01]),
  peerType.fingerprint('md5').subarray(0, 8),
])

const kindNumbers = Object.values(kinds)
const channelNumbers = Object.values(channels)
const separator = '~'

/** The id that a transaction goes by inside Weir, with the record's timestamp behind it, and back. */
export const stamped = {
  suffix: (timestamp: number): string => `${separator}${timestamp.toString(36)}`,
  /** @throws RangeError when the id carries no timestamp */
  read(id: string): { readonly txnId: string; readonly timestamp: number } {
    const at = id.lastIndexOf(separator)
    const timestamp = Number.parseInt(id.slice(at + 1), 36)
    if (at < 0 || !Number.isSafeInteger(timestamp)) throw new RangeError(`${id} carries no timestamp`)
    return { txnId: id.slice(0, at), timestamp }
  },
} as const

/** A record with another value. What few ask for is still read from the record only then. */
class Translated implements LogRecord {
  private readonly record: LogRecord
  readonly value: Uint8Array

  constructor(record: LogRecord, value: Uint8Array) {
    this.record = record
    this.value = value
  }

  get offset(): number {
    return this.record.offset
  }

  get key(): string {
    return this.record.key
  }

  get headers(): LogRecord['headers'] {
    return this.record.headers
  }

  get timestamp(): number {
    return this.record.timestamp
  }
}

/** Translates batch after batch; memory of a batch is its own. */
export class PeerTransactions {
  private readonly header = headerOf('transaction')
  private readonly reader = new AvroReader()
  private readonly writer = new AvroWriter()
  private timestamp = Number.NaN
  private suffix = Buffer.alloc(0)

  /** The records with values as ingest would have written them. What is none of the peers' transactions stays as it is: a dead letter. */
  translate(records: readonly LogRecord[]): LogRecord[] {
    const { writer } = this
    const starts = records.map((record) => {
      const start = writer.at
      if (record.value === null || !this.write(asBuffer(record.value), record.timestamp)) writer.at = start
      return start
    })
    const end = writer.at
    const bytes = writer.take()
    return records.map((record, index) => {
      const from = starts[index] ?? end
      const to = starts[index + 1] ?? end
      return from === to ? record : new Translated(record, bytes.subarray(from, to))
    })
  }

  /** @returns false when it is not one of theirs */
  private write(bytes: Buffer, timestamp: number): boolean {
    if (bodyAt(bytes, peerHeader) !== headerLength) return false
    const { reader, writer, header } = this
    writer.span(header, 0, header.length)
    reader.open(bytes, headerLength)
    this.id(timestamp)
    this.number()
    this.number()
    this.text()
    const payer = reader.at
    reader.skip()
    const payee = reader.at
    reader.skip()
    const rest = reader.at
    const payerKind = kindNumbers[reader.symbol(kindNumbers.length)] ?? 0
    const payeeKind = kindNumbers[reader.symbol(kindNumbers.length)] ?? 0
    this.side(payer, payee, payerKind)
    this.side(payee, rest, payeeKind)
    writer.long(channelNumbers[reader.symbol(channelNumbers.length)] ?? 0)
    writer.long(0)
    this.text()
    writer.long(0)
    return !reader.isOdd && reader.at === bytes.length
  }

  private id(timestamp: number): void {
    const { reader, writer } = this
    if (timestamp !== this.timestamp) {
      this.timestamp = timestamp
      this.suffix = Buffer.from(stamped.suffix(timestamp))
    }
    const length = reader.size()
    writer.long(length + this.suffix.length)
    writer.span(reader.bytes, reader.at, reader.at + length)
    writer.span(this.suffix, 0, this.suffix.length)
    reader.at += length
  }

  private number(): void {
    const { reader, writer } = this
    const from = reader.at
    reader.long()
    writer.span(reader.bytes, from, reader.at)
  }

  private text(): void {
    const { reader, writer } = this
    const from = reader.at
    reader.skip()
    writer.span(reader.bytes, from, reader.at)
  }

  /** Account, no other id, kind, no region, no sealed identity. */
  private side(from: number, to: number, kind: number): void {
    const { reader, writer } = this
    writer.span(reader.bytes, from, to)
    writer.long(0)
    writer.long(kind)
    writer.long(0)
    writer.long(0)
  }
}
