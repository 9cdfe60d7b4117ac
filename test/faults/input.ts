/**
 * The stream of transactions: a simulated district with stories, without end, the same for the same seed. Payers are spread
 * unequally over partitions; one row in eight comes late; some come twice, with the same or other content; some cannot be read.
 */
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Channel, SubjectKind, Transaction } from '../../schemas/types.ts'
import { simulate } from '../../services/simulate/app.ts'
import type { SimulatedTransaction } from '../../services/simulate/app.ts'
import { startOfDay } from '../../services/platform/calendar/day.ts'
import type { NewRecord } from '../../services/platform/log/port.ts'
import { minorUnits } from '../../services/platform/money/money.ts'
import { drawsOf, hashOf } from './random.ts'
import type { Draw } from './random.ts'
import { indexHeader } from './topics.ts'

/** One chapter of the simulation: short, so that even a short run sees every story. */
const chapter = { transactions: 5_000, days: 20, disorderMinutes: 30 } as const
const firstDay = 20_514

/** Share of rows that are followed by … */
const shares = { repeat: 0.01, contradiction: 0.004, unreadable: 0.004, invalid: 0.002 } as const
/** … after at most so many others. */
const soon = 300

/** A record that is made when it is asked for: whoever goes on in the middle need not make the others. */
export interface Pending {
  readonly make: (index: number) => NewRecord
}

const identityBytes = 24

function transactionOf(row: SimulatedTransaction): Transaction {
  const amount = minorUnits(row.amount, row.currency)
  if (typeof amount !== 'number') throw new Error(`${row.txn_id}: ${amount.detail}`)
  const { label: _label, payer_name: _payer, payee_name: _payee, ...fields } = row
  return {
    ...fields,
    amount,
    booked_at: Date.parse(row.booked_at),
    payer_kind: row.payer_kind as SubjectKind,
    payee_kind: row.payee_kind as SubjectKind,
    channel: row.channel as Channel,
    payer_identity: Buffer.alloc(0),
    payee_identity: Buffer.alloc(0),
  }
}

function* rows(seed: number): Generator<Transaction, never, undefined> {
  for (let number = 0; ; number += 1) {
    const start = startOfDay(firstDay + number * chapter.days)
    const chapterSeed = hashOf(`${seed}/chapter/${number}`)
    for (const row of simulate({ ...chapter, seed: chapterSeed, start })) yield transactionOf(row)
  }
}

/** Partition 0 gets twice as much as partition 1, and so on. */
export function unequalPartition(key: string, partitions: number): number {
  const weights = Array.from({ length: partitions }, (_, partition) => 2 ** (partitions - 1 - partition))
  let rest = hashOf(key) % weights.reduce((sum, weight) => sum + weight, 0)
  return weights.findIndex((weight) => (rest -= weight) < 0)
}

/** Bytes that no reader can make sense of, in every way there is. */
function unreadable(draw: Draw, good: Uint8Array): Uint8Array | null {
  const other = Buffer.from(good)
  switch (draw.between(0, 5)) {
    case 0:
      return null
    case 1:
      return Buffer.alloc(0)
    case 2:
      return Buffer.from('不是 Avro, plain text')
    case 3:
      // Its second half is missing.
      return other.subarray(0, 10 + Math.floor((other.length - 10) / 2))
    case 4:
      // A schema that nobody knows.
      other[5] = (other[5] ?? 0) ^ 0xff
      return other
    default:
      return Buffer.concat([other, Buffer.from([1])])
  }
}

/** Encrypting the same identity twice gives different bytes: a repeat differs in them and in nothing else. */
function sealed(transaction: Transaction, index: number): Transaction {
  const bytes = Buffer.alloc(identityBytes)
  for (let at = 0; at < identityBytes; at += 4) bytes.writeUInt32LE(hashOf(`${index}/${at}`), at)
  return { ...transaction, payer_identity: bytes, payee_identity: bytes.subarray(8) }
}

/** The records of the stream, in order. */
export function* inputRecords(seed: number, partitions: number): Generator<Pending, never, undefined> {
  const draw = drawsOf(seed, 'input')
  /** By the number of rows after which they come. */
  const waiting = new Map<number, Pending[]>()
  const later = (number: number, pending: Pending): void => {
    const at = number + draw.between(1, soon)
    waiting.set(at, [...(waiting.get(at) ?? []), pending])
  }
  const pendingOf = (
    transaction: Transaction,
    value: (encoded: Uint8Array) => Uint8Array | null,
  ): Pending => ({ make: (index) => recordOf(transaction, index, partitions, value) })
  const whole = (encoded: Uint8Array): Uint8Array => encoded
  let number = 0
  for (const transaction of rows(seed)) {
    yield pendingOf(transaction, whole)
    if (draw.chance(shares.repeat)) later(number, pendingOf(transaction, whole))
    if (draw.chance(shares.contradiction))
      later(number, pendingOf({ ...transaction, amount: transaction.amount + 1 }, whole))
    if (draw.chance(shares.invalid))
      later(number, pendingOf({ ...transaction, txn_id: `${transaction.txn_id}-0`, amount: 0 }, whole))
    if (draw.chance(shares.unreadable)) {
      const how = drawsOf(seed, `unreadable/${number}`)
      later(
        number,
        pendingOf(transaction, (encoded) => unreadable(how, encoded)),
      )
    }
    yield* waiting.get(number) ?? []
    waiting.delete(number)
    number += 1
  }
  throw new Error('the simulation has no end')
}

function recordOf(
  transaction: Transaction,
  index: number,
  partitions: number,
  value: (encoded: Uint8Array) => Uint8Array | null,
): NewRecord {
  const key = transaction.payer_id === '' ? transaction.payer_account : transaction.payer_id
  return {
    topic: topics.transactions,
    key,
    partition: unequalPartition(key, partitions),
    value: value(codecs.transaction.encode(sealed(transaction, index))),
    headers: { [indexHeader]: String(index), ce_type: 'weir.transaction', ce_source: '/faults' },
    timestamp: transaction.booked_at,
  }
}
