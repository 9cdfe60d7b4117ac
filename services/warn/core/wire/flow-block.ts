/** Flow blocks without objects: flows are cut out of transactions and read one after the other. schemas/flow-block/v2.avsc. Pure. */
import type { Flow, FlowBlock } from '../../../../schemas/types.ts'
import { AvroReader, AvroWriter } from './avro.ts'
import { channels, field, kinds } from './transaction.ts'
import type { TransactionView } from './transaction.ts'

/** A flow has at least so many bytes: one for each field. */
const flowBytesMin = 16
const directions = ['in', 'out'] as const
const scratch = new AvroWriter()

/** What a block said before its flows. */
export interface BlockHead {
  readonly source: number
  /** Milliseconds since 1970. */
  readonly eventTime: number
}

/** A finished block. */
export interface PackedBlock {
  /** Header and body, as the codec would write them. */
  readonly value: Buffer
  /** Offset of the body. */
  readonly body: number
  readonly flows: number
  /** Highest event time of the flows and of the source, milliseconds since 1970. */
  readonly newest: number
}

/** Gathers the flows for one partition. */
export class BlockWriter {
  private readonly writer = new AvroWriter()
  private newest = 0
  flows = 0

  /** Bytes of the flows so far. */
  get size(): number {
    return this.writer.at
  }

  /** The payer's side of a transaction (`out`), or the payee's (`in`). A flow is five spans of its transaction. */
  add(view: TransactionView, isPayer: boolean): void {
    const { writer } = this
    const { bytes } = view
    const subject = isPayer ? view.payer : view.payee
    const counterparty = isPayer ? view.payee : view.payer
    const kind = isPayer ? field.payerKind : field.payeeKind
    const counterpartyKind = isPayer ? field.payeeKind : field.payerKind
    writer.span(bytes, view.start(subject), view.start(subject + 1))
    writer.long(isPayer ? 1 : 0)
    writer.span(bytes, view.start(field.txnId), view.start(field.payerAccount))
    // Kind, region and sealed identity.
    writer.span(bytes, view.start(kind), view.start(kind + 3))
    writer.span(bytes, view.start(counterparty), view.start(counterparty + 1))
    // Its kind and region.
    writer.span(bytes, view.start(counterpartyKind), view.start(counterpartyKind + 2))
    // Channel, country, remark and source.
    writer.span(bytes, view.start(field.channel), view.start(field.end))
    this.flows += 1
    if (view.bookedAt > this.newest) this.newest = view.bookedAt
  }

  /** Closes the block and begins the next. @param header what goes in front of the body */
  take(header: Uint8Array, head: BlockHead): PackedBlock {
    const { writer, flows } = this
    scratch.at = 0
    scratch.long(head.source)
    scratch.long(head.eventTime)
    if (flows > 0) scratch.long(flows)
    const body = header.length
    const value = Buffer.allocUnsafeSlow(body + scratch.at + writer.at + 1)
    value.set(header, 0)
    scratch.bytes.copy(value, body, 0, scratch.at)
    writer.bytes.copy(value, body + scratch.at, 0, writer.at)
    value[value.length - 1] = 0
    const newest = Math.max(this.newest, head.eventTime)
    writer.at = 0
    this.flows = 0
    this.newest = 0
    return { value, body, flows, newest }
  }
}

/** Where the values of a flow lie in `FlowColumns.spans`: start and end of texts without their lengths, and packed facts. */
export const column = {
  subject: 0,
  txn: 2,
  currency: 4,
  region: 6,
  identity: 8,
  counterparty: 10,
  counterpartyRegion: 12,
  country: 14,
  source: 16,
  /** Direction 1 bit, kind 2, counterparty kind 2, channel 3, foreign 1; as `bitsOf` but without `own`. */
  bits: 18,
  count: 19,
} as const

/** The flows of one block as columns; read into again for every block. */
export class FlowColumns {
  private readonly reader = new AvroReader()
  count = 0
  source = 0
  /** Milliseconds since 1970. */
  sourceEventTime = 0
  /** `column.count` numbers for each flow. */
  spans = new Int32Array(0)
  /** Milliseconds since 1970. */
  times = new Float64Array(0)
  /** Minor units. */
  amounts = new Float64Array(0)

  /** The memory the spans refer to. */
  get bytes(): Buffer {
    return this.reader.bytes
  }

  /**
   * Reads a body.
   * @returns false when the codec must decide: it is odd or damaged, or its flows lie in several parts
   */
  read(bytes: Buffer, at: number): boolean {
    const { reader } = this
    reader.open(bytes, at)
    this.source = reader.long()
    this.sourceEventTime = reader.long()
    const count = reader.long()
    this.count = count
    if (count < 0 || count > (bytes.length - reader.at) / flowBytesMin) return false
    if (count > this.times.length) this.grow(count)
    for (let index = 0; index < count; index += 1) this.readFlow(index)
    if (count > 0 && reader.long() !== 0) return false
    return !reader.isOdd && reader.at === bytes.length
  }

  private grow(count: number): void {
    const room = Math.max(1_024, 2 * count)
    this.spans = new Int32Array(room * column.count)
    this.times = new Float64Array(room)
    this.amounts = new Float64Array(room)
  }

  private readFlow(index: number): void {
    const { reader, spans } = this
    const row = index * column.count
    this.text(row + column.subject)
    let bits = 1 - reader.symbol(directions.length)
    this.text(row + column.txn)
    this.times[index] = reader.long()
    this.amounts[index] = reader.long()
    this.text(row + column.currency)
    bits |= reader.symbol(kinds.length) << 1
    this.text(row + column.region)
    this.text(row + column.identity)
    this.text(row + column.counterparty)
    bits |= reader.symbol(kinds.length) << 3
    this.text(row + column.counterpartyRegion)
    bits |= reader.symbol(channels.length) << 5
    this.text(row + column.country)
    if (!isDomesticAt(reader.bytes, spans[row + column.country] ?? 0, reader.at)) bits |= 256
    reader.skip()
    this.text(row + column.source)
    spans[row + column.bits] = bits
  }

  private text(to: number): void {
    const { reader, spans } = this
    const length = reader.size()
    spans[to] = reader.at
    reader.at += length
    spans[to + 1] = reader.at
  }
}

/** No country named, or China. */
function isDomesticAt(bytes: Buffer, at: number, end: number): boolean {
  return end === at || (end - at === 2 && bytes[at] === 0x43 && bytes[at + 1] === 0x4e)
}

/** A block as an object, with everything that its bytes say. @throws RangeError when they are not a body as our writers write it */
export function decodeFlowBlock(bytes: Buffer, at: number): FlowBlock {
  const reader = new AvroReader()
  reader.open(bytes, at)
  const source = reader.long()
  const source_event_time = reader.long()
  const flows: Flow[] = []
  const count = reader.long()
  for (let index = 0; index < count && !reader.isOdd; index += 1) flows.push(readFlow(reader))
  if (count > 0) reader.long()
  if (reader.isOdd || reader.at !== bytes.length) throw new RangeError('these bytes are not a flow block')
  return { source, source_event_time, flows }
}

function textOf(reader: AvroReader): string {
  const length = reader.size()
  const start = reader.at
  reader.at += length
  return reader.bytes.toString('utf8', start, reader.at)
}

function bytesOf(reader: AvroReader): Buffer {
  const length = reader.size()
  const start = reader.at
  reader.at += length
  return Buffer.from(reader.bytes.subarray(start, reader.at))
}

function readFlow(reader: AvroReader): Flow {
  return {
    subject_id: textOf(reader),
    direction: directions[reader.symbol(directions.length)] ?? 'in',
    txn_id: textOf(reader),
    event_time: reader.long(),
    amount: reader.long(),
    currency: textOf(reader),
    kind: kinds[reader.symbol(kinds.length)] ?? 'unknown',
    region: textOf(reader),
    identity: bytesOf(reader),
    counterparty_id: textOf(reader),
    counterparty_kind: kinds[reader.symbol(kinds.length)] ?? 'unknown',
    counterparty_region: textOf(reader),
    channel: channels[reader.symbol(channels.length)] ?? 'unknown',
    country: textOf(reader),
    remark: textOf(reader),
    source_id: textOf(reader),
  }
}

/** The body of a block, the same bytes as the codec's behind its header. */
export function encodeFlowBlock(block: FlowBlock): Buffer {
  scratch.at = 0
  scratch.long(block.source)
  scratch.long(block.source_event_time)
  if (block.flows.length > 0) scratch.long(block.flows.length)
  for (const flow of block.flows) writeFlow(flow)
  scratch.long(0)
  return scratch.take()
}

function writeFlow(flow: Flow): void {
  scratch.text(flow.subject_id)
  scratch.long(directions.indexOf(flow.direction))
  scratch.text(flow.txn_id)
  scratch.long(flow.event_time)
  scratch.long(flow.amount)
  scratch.text(flow.currency)
  scratch.long(kinds.indexOf(flow.kind))
  scratch.text(flow.region)
  scratch.raw(flow.identity)
  scratch.text(flow.counterparty_id)
  scratch.long(kinds.indexOf(flow.counterparty_kind))
  scratch.text(flow.counterparty_region)
  scratch.long(channels.indexOf(flow.channel))
  scratch.text(flow.country)
  scratch.text(flow.remark)
  scratch.text(flow.source_id)
}
