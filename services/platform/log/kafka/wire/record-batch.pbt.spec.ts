/** Kafka's record batches: what is written is read back, also by kafkajs, and aborted transactions are left out in any order. */
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checked } from '../../../../../test/support/seed.ts'
import { crc32c } from './crc32c.ts'
import type { WireRecordIn } from './record-batch.ts'
import { readRecordSet, RecordBatchError, writeBatch } from './record-batch.ts'
import { WireWriter } from './varint.ts'

const load = createRequire(import.meta.url)
const plain = { producerId: -1n, producerEpoch: -1, firstSequence: -1 }

const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const record: fc.Arbitrary<WireRecordIn> = fc.record({
  key: text,
  value: fc.option(fc.uint8Array({ maxLength: 400 })),
  headers: fc.dictionary(text, text, { maxKeys: 5, noNullPrototype: true }),
  timestamp: fc.integer({ min: 0, max: 4_102_444_800_000 }),
})

interface Piece {
  readonly base: number
  readonly records: readonly WireRecordIn[]
  readonly producerId: bigint
  readonly isTransactional: boolean
}

/** A batch as it lies in a partition: with the offset that the broker gave it. */
function stored({ base, records, producerId, isTransactional }: Piece): Buffer {
  const writer = new WireWriter(16)
  writeBatch(writer, records, { producerId, producerEpoch: 0, firstSequence: 0 }, isTransactional)
  const bytes = writer.taken()
  bytes.writeBigInt64BE(BigInt(base), 0)
  return bytes
}

/** The end of a transaction: a control batch with one record whose key says how it ended. */
function marker(base: number, producerId: bigint, isCommit: boolean): Buffer {
  const key = Buffer.from([0, 0, 0, isCommit ? 1 : 0])
  const body = Buffer.concat([Buffer.from([0, 0, 0, 8]), key, Buffer.from([12, 0, 0, 0, 0, 0, 0, 0])])
  const writer = new WireWriter(64)
  writeBatch(
    writer,
    [{ key: 'k'.repeat(4), value: body, headers: {}, timestamp: 0 }],
    { producerId, producerEpoch: 0, firstSequence: 0 },
    true,
  )
  const bytes = writer.taken()
  bytes.writeBigInt64BE(BigInt(base), 0)
  bytes.writeInt16BE(0x30, 21)
  const at = bytes.indexOf('kkkk')
  key.copy(bytes, at)
  bytes.writeUInt32BE(crc32c(bytes, 21, bytes.length), 17)
  return bytes
}

const one = (value: string): WireRecordIn => ({
  key: '',
  value: Buffer.from(value),
  headers: {},
  timestamp: 0,
})
const valuesOf = (set: Buffer, from: number, aborted: Parameters<typeof readRecordSet>[2]) =>
  readRecordSet(set, from, aborted).records.map(({ value }) => value?.toString())

describe('CRC-32C', () => {
  test('is the one of RFC 3720 appendix B.4', () => {
    expect(crc32c(Buffer.alloc(32), 0, 32)).toBe(0x8a9136aa)
    expect(crc32c(Buffer.alloc(32, 0xff), 0, 32)).toBe(0x62a8ab43)
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, n) => n)), 0, 32)).toBe(0x46dd794e)
    expect(crc32c(Buffer.from('xx123456789yy'), 2, 11)).toBe(0xe3069283)
  })
})

describe('a record batch', () => {
  test('comes back as it was written, from any offset on', async () => {
    const inputs = fc.record({
      records: fc.array(record, { minLength: 1, maxLength: 20 }),
      base: fc.integer({ min: 0, max: 2 ** 40 }),
      skip: fc.nat(25),
    })
    await checked(
      fc.property(inputs, ({ records, base, skip }) => {
        const set = stored({ base, records, producerId: -1n, isTransactional: false })
        const read = readRecordSet(set, base + skip, [])
        expect(read.nextOffset).toBe(Math.max(base + skip, base + records.length))
        expect(
          read.records.map(({ key, value, headers, timestamp }) => ({
            key,
            value: value && [...value],
            headers,
            timestamp,
          })),
        ).toEqual(records.slice(skip).map((each) => ({ ...each, value: each.value && [...each.value] })))
      }),
    )
  })

  test('is read the same by kafkajs', async () => {
    const Decoder = load('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => unknown
    const decode = load('kafkajs/src/protocol/recordBatch/v0/decoder') as (decoder: unknown) => Promise<{
      readonly records: readonly {
        readonly key: Buffer | null
        readonly value: Buffer | null
        readonly timestamp: string
      }[]
    }>
    const inputs = fc.array(record, { minLength: 1, maxLength: 10 })
    await checked(
      fc.asyncProperty(inputs, async (records) => {
        const writer = new WireWriter(16)
        writeBatch(writer, records, plain, false)
        const { records: read } = await decode(new Decoder(writer.taken()))
        expect(
          read.map(({ key, value, timestamp }) => [
            key?.toString() ?? '',
            value && [...value],
            Number(timestamp),
          ]),
        ).toEqual(records.map(({ key, value, timestamp }) => [key, value && [...value], timestamp]))
      }),
      40,
    )
  })

  test('that was damaged on its way is refused', () => {
    const set = stored({ base: 7, records: [one('intact')], producerId: -1n, isTransactional: false })
    set[set.length - 3] = 0xff
    expect(() => readRecordSet(set, 0, [])).toThrow(RecordBatchError)
    expect(() => readRecordSet(set, 0, [])).toThrow('checksum of the batch at offset 7')
  })

  test('that a fetch cut off is left for the next fetch', () => {
    const first = stored({ base: 0, records: [one('a')], producerId: -1n, isTransactional: false })
    const second = stored({ base: 1, records: [one('b')], producerId: -1n, isTransactional: false })
    const set = Buffer.concat([first, second.subarray(0, second.length - 1)])
    expect(readRecordSet(set, 0, [])).toMatchObject({ nextOffset: 1 })
    expect(valuesOf(set, 0, [])).toEqual(['a'])
  })

  test('that compaction emptied still moves the reader behind it (kafka-node pitfall 18)', () => {
    const emptied = stored({
      base: 3,
      records: [one('gone'), one('gone')],
      producerId: 5n,
      isTransactional: false,
    })
    const header = emptied.subarray(0, 61)
    header.writeInt32BE(61 - 12, 8)
    header.writeInt32BE(0, 57)
    header.writeUInt32BE(crc32c(header, 21, 61), 17)
    expect(readRecordSet(Buffer.from(header), 3, [])).toEqual({ records: [], nextOffset: 5 })
  })
})

describe('records of aborted transactions', () => {
  const committed = { producerId: 1n, isTransactional: true }
  const aborted = { producerId: 2n, isTransactional: true }
  const other = { producerId: 3n, isTransactional: true }

  test('are left out, whatever the order in which the broker lists the transactions (pitfall 1a)', () => {
    const set = Buffer.concat([
      stored({ base: 0, records: [one('lost-2')], ...aborted }),
      stored({ base: 1, records: [one('lost-3')], ...other }),
      stored({ base: 2, records: [one('kept')], ...committed }),
      marker(3, 3n, false),
      marker(4, 2n, false),
      marker(5, 1n, true),
    ])
    // In the order of their ends, as Kafka gives them.
    const spans = [
      { producerId: 3n, firstOffset: 1 },
      { producerId: 2n, firstOffset: 0 },
    ]
    expect(valuesOf(set, 0, spans)).toEqual(['kept'])
    expect(readRecordSet(set, 0, spans).nextOffset).toBe(6)
  })

  test('are left out when two transactions began before the first record that is read (pitfall 1b)', () => {
    const set = Buffer.concat([
      stored({ base: 4, records: [one('lost-2')], ...aborted }),
      stored({ base: 5, records: [one('lost-3')], ...other }),
      marker(6, 2n, false),
      marker(7, 3n, false),
    ])
    const spans = [
      { producerId: 2n, firstOffset: 1 },
      { producerId: 3n, firstOffset: 2 },
    ]
    expect(valuesOf(set, 4, spans)).toEqual([])
  })

  test('are left out also behind a record whose key looks like a marker (pitfall 1c)', () => {
    const lookalike: WireRecordIn = {
      key: '\0\0\0\0',
      value: Buffer.from('lookalike'),
      headers: {},
      timestamp: 0,
    }
    const set = Buffer.concat([
      stored({ base: 0, records: [lookalike, one('lost')], ...aborted }),
      marker(2, 2n, false),
    ])
    expect(valuesOf(set, 0, [{ producerId: 2n, firstOffset: 0 }])).toEqual([])
  })

  test('end with their marker: the next transaction of the same producer counts', () => {
    const set = Buffer.concat([
      stored({ base: 0, records: [one('lost')], ...aborted }),
      marker(1, 2n, false),
      stored({ base: 2, records: [one('kept')], ...aborted }),
      marker(3, 2n, true),
    ])
    expect(valuesOf(set, 0, [{ producerId: 2n, firstOffset: 0 }])).toEqual(['kept'])
  })
})
