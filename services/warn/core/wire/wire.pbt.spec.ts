/** Records read and written without objects say what the codec says. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codecs, headerLength } from '../../../../schemas/codec.ts'
import type { Channel, Flow, SubjectKind, Transaction } from '../../../../schemas/types.ts'
import { checked } from '../../../../test/support/seed.ts'
import { createSplitter } from '../split.ts'
import { noState } from '../state.ts'
import { FlowColumns, column, decodeFlowBlock, encodeFlowBlock } from './flow-block.ts'
import { TransactionView, encodeTransaction, field } from './transaction.ts'

const kind = fc.constantFrom<SubjectKind>('unknown', 'person', 'enterprise', 'institution')
const channel = fc.constantFrom<Channel>('unknown', 'transfer', 'cash', 'third_party', 'card')
const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', 'CN', '路桥区', 'x'.repeat(200)),
)
const name = text.map((value) => `n${value}`)
const bytes = fc.uint8Array({ maxLength: 150 }).map((list) => Buffer.from(list))
// The codec refuses the largest safe integer itself.
const whole = fc.oneof(
  fc.integer({ min: 1, max: 5_000 }),
  fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1 }),
)
const time = fc.integer({ min: 1, max: 4_000_000_000_000 })

const transactions: fc.Arbitrary<Transaction> = fc.record({
  txn_id: name,
  booked_at: time,
  amount: whole,
  currency: text,
  payer_account: name,
  payer_id: text,
  payer_kind: kind,
  payer_region: text,
  payer_identity: bytes,
  payee_account: name,
  payee_id: text,
  payee_kind: kind,
  payee_region: text,
  payee_identity: bytes,
  channel,
  country: text,
  remark: text,
  source_id: text,
})

const flows: fc.Arbitrary<Flow> = fc.record({
  subject_id: text,
  direction: fc.constantFrom('in', 'out'),
  txn_id: text,
  event_time: fc.oneof(time, fc.constant(-5)),
  amount: fc.oneof(whole, fc.integer({ min: -5_000, max: 0 })),
  currency: text,
  kind,
  region: text,
  identity: bytes,
  counterparty_id: text,
  counterparty_kind: kind,
  counterparty_region: text,
  channel,
  country: text,
  remark: text,
  source_id: text,
})

const blocks = fc.record({
  source: fc.integer({ min: -1, max: 70 }),
  source_event_time: fc.oneof(time, fc.constant(0)),
  flows: fc.array(flows, { maxLength: 6 }),
})

/** What a side of a transaction is to its subject, written down plainly. */
function sidesOf(t: Transaction): Flow[] {
  const payer = t.payer_id === '' ? t.payer_account : t.payer_id
  const payee = t.payee_id === '' ? t.payee_account : t.payee_id
  const shared = {
    txn_id: t.txn_id,
    event_time: t.booked_at,
    amount: t.amount,
    currency: t.currency,
    channel: t.channel,
    country: t.country,
    remark: t.remark,
    source_id: t.source_id,
  }
  const out: Flow = {
    ...shared,
    direction: 'out',
    subject_id: payer,
    kind: t.payer_kind,
    region: t.payer_region,
    identity: t.payer_identity,
    counterparty_id: payee,
    counterparty_kind: t.payee_kind,
    counterparty_region: t.payee_region,
  }
  const received: Flow = {
    ...shared,
    direction: 'in',
    subject_id: payee,
    kind: t.payee_kind,
    region: t.payee_region,
    identity: t.payee_identity,
    counterparty_id: payer,
    counterparty_kind: t.payer_kind,
    counterparty_region: t.payer_region,
  }
  return [out, received].filter((flow) => flow.kind !== 'institution')
}

function damaged(body: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(body)
  copy[at % copy.length] = byte
  return copy
}

describe('a transaction without objects', () => {
  it('is written as the codec writes it, and read back', () =>
    checked(
      fc.property(transactions, (transaction) => {
        const encoded = codecs.transaction.encode(transaction)
        expect(encodeTransaction(transaction)).toEqual(encoded.subarray(headerLength))
        const view = new TransactionView()
        expect(view.read(encoded, headerLength)).toBe(true)
        expect([view.bookedAt, view.amount]).toEqual([transaction.booked_at, transaction.amount])
        const remark = view.bytes.toString('utf8', view.textStart(field.remark), view.start(field.remark + 1))
        expect(remark).toBe(transaction.remark)
      }),
    ))

  it('becomes the flows of its sides', () =>
    checked(
      fc.property(fc.array(transactions, { maxLength: 5 }), (list) => {
        const splitter = createSplitter({ source: 3, partitions: 1, partitionOf: () => 0, state: noState })
        const taken = list.filter((transaction) => splitter.takeObject(transaction) === 'new')
        const found = splitter.blocks().flatMap(({ value, body }) => [...decodeFlowBlock(value, body).flows])
        expect(found).toEqual(taken.flatMap((transaction) => sidesOf(transaction)))
      }),
    ))

  it('is read as the codec reads it or not at all, whatever a byte turned into', () =>
    checked(
      fc.property(transactions, fc.nat(), fc.nat({ max: 255 }), (transaction, at, byte) => {
        const body = damaged(encodeTransaction(transaction), at, byte)
        const view = new TransactionView()
        if (!view.read(body, 0)) return
        const header = codecs.transaction.encode(transaction).subarray(0, headerLength)
        const read = codecs.transaction.decode(Buffer.concat([header, body]))
        expect([view.bookedAt, view.amount]).toEqual([read.booked_at, read.amount])
        // Bytes that are no UTF-8 travel on as they are; the codec puts a sign in their place.
        expect(view.start(field.end)).toBe(body.length)
      }),
    ))
})

describe('a flow block without objects', () => {
  it('is written and read as the codec does it', () =>
    checked(
      fc.property(blocks, (block) => {
        const encoded = codecs.flowBlock.encode(block)
        expect(encodeFlowBlock(block)).toEqual(encoded.subarray(headerLength))
        expect(decodeFlowBlock(encoded, headerLength)).toEqual(codecs.flowBlock.decode(encoded))
        const columns = new FlowColumns()
        expect(columns.read(encoded, headerLength)).toBe(true)
        expect([columns.source, columns.sourceEventTime, columns.count]).toEqual([
          block.source,
          block.source_event_time,
          block.flows.length,
        ])
        const textAt = (row: number, place: number): string =>
          encoded.toString(
            'utf8',
            columns.spans[row * column.count + place],
            columns.spans[row * column.count + place + 1],
          )
        const read = block.flows.map((_, row) => [
          textAt(row, column.subject),
          textAt(row, column.counterparty),
          textAt(row, column.txn),
          textAt(row, column.counterpartyRegion),
          textAt(row, column.country),
          textAt(row, column.source),
          columns.times[row],
          columns.amounts[row],
        ])
        expect(read).toEqual(
          block.flows.map((flow) => [
            flow.subject_id,
            flow.counterparty_id,
            flow.txn_id,
            flow.counterparty_region,
            flow.country,
            flow.source_id,
            flow.event_time,
            flow.amount,
          ]),
        )
      }),
    ))

  it('is refused when a byte is missing, or one too many', () =>
    checked(
      fc.property(blocks, fc.nat(), (block, cut) => {
        const body = encodeFlowBlock(block)
        const columns = new FlowColumns()
        expect(columns.read(body.subarray(0, cut % body.length), 0)).toBe(false)
        expect(columns.read(Buffer.concat([body, Buffer.from([0])]), 0)).toBe(false)
      }),
    ))
})
