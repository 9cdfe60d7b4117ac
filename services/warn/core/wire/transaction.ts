/** A transaction as it lies in its record: where its fields are, not what they say. schemas/transaction/v1.avsc. Pure. */
import type { Channel, SubjectKind, Transaction } from '../../../../schemas/types.ts'
import { AvroReader, AvroWriter } from './avro.ts'

/** Symbols in the order of the schema. */
export const kinds: readonly SubjectKind[] = ['unknown', 'person', 'enterprise', 'institution']
/** Symbols in the order of the schema. */
export const channels: readonly Channel[] = ['unknown', 'transfer', 'cash', 'third_party', 'card']

/** Numbers of the fields, in the order of the schema. */
export const field = {
  txnId: 0,
  bookedAt: 1,
  amount: 2,
  currency: 3,
  payerAccount: 4,
  payerId: 5,
  payerKind: 6,
  payerRegion: 7,
  payerIdentity: 8,
  payeeAccount: 9,
  payeeId: 10,
  payeeKind: 11,
  payeeRegion: 12,
  payeeIdentity: 13,
  channel: 14,
  country: 15,
  remark: 16,
  sourceId: 17,
  end: 18,
} as const

/** One transaction at a time; `read` moves it to the next. */
export class TransactionView {
  private readonly reader = new AvroReader()
  private readonly starts = new Int32Array(field.end + 1)
  bookedAt = 0
  /** Minor units. */
  amount = 0
  payerKind = 0
  payeeKind = 0

  /** The memory the offsets refer to. */
  get bytes(): Buffer {
    return this.reader.bytes
  }

  /** First byte of a field, its length included. */
  start(number: number): number {
    return this.starts[number] ?? 0
  }

  /** First byte of a text, behind its length. */
  textStart(number: number): number {
    let at = this.start(number)
    while ((this.bytes[at] ?? 0) >= 0x80) at += 1
    return at + 1
  }

  /** True when a string or bytes is empty. */
  isEmpty(number: number): boolean {
    return this.bytes[this.start(number)] === 0
  }

  /** Number of the field that names the payer: the id, else the account. */
  get payer(): number {
    return this.isEmpty(field.payerId) ? field.payerAccount : field.payerId
  }

  /** Number of the field that names the payee: the id, else the account. */
  get payee(): number {
    return this.isEmpty(field.payeeId) ? field.payeeAccount : field.payeeId
  }

  /**
   * Finds the fields of the body that begins at `at`.
   * @returns false when the bytes are not exactly one body as our writers write it: then the codec decides
   */
  read(bytes: Buffer, at: number): boolean {
    const { reader, starts } = this
    reader.open(bytes, at)
    starts[0] = at
    reader.skip()
    starts[1] = reader.at
    this.bookedAt = reader.long()
    starts[2] = reader.at
    this.amount = reader.long()
    for (let number = 3; number < 6; number += 1) this.skip(number)
    starts[6] = reader.at
    this.payerKind = reader.symbol(kinds.length)
    for (let number = 7; number < 11; number += 1) this.skip(number)
    starts[11] = reader.at
    this.payeeKind = reader.symbol(kinds.length)
    for (let number = 12; number < 14; number += 1) this.skip(number)
    starts[14] = reader.at
    reader.symbol(channels.length)
    for (let number = 15; number < 18; number += 1) this.skip(number)
    starts[18] = reader.at
    return !reader.isOdd && reader.at === bytes.length
  }

  private skip(number: number): void {
    this.starts[number] = this.reader.at
    this.reader.skip()
  }
}

const writer = new AvroWriter()

/** The body of a transaction, the same bytes as the codec's behind its header. */
export function encodeTransaction(transaction: Transaction): Buffer {
  writer.text(transaction.txn_id)
  writer.long(transaction.booked_at)
  writer.long(transaction.amount)
  writer.text(transaction.currency)
  writer.text(transaction.payer_account)
  writer.text(transaction.payer_id)
  writer.long(kinds.indexOf(transaction.payer_kind))
  writer.text(transaction.payer_region)
  writer.raw(transaction.payer_identity)
  writer.text(transaction.payee_account)
  writer.text(transaction.payee_id)
  writer.long(kinds.indexOf(transaction.payee_kind))
  writer.text(transaction.payee_region)
  writer.raw(transaction.payee_identity)
  writer.long(channels.indexOf(transaction.channel))
  writer.text(transaction.country)
  writer.text(transaction.remark)
  writer.text(transaction.source_id)
  return writer.take()
}
