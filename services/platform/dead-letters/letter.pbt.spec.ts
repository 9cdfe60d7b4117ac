import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checked } from '../../../test/support/seed.ts'
import { codecs, UndecodableError } from '../../../schemas/codec.ts'
import { deadLetterTopic, topics } from '../../../schemas/topics.ts'
import { partitionOf } from '../log/partitioner.ts'
import type { LogRecord, NewRecord } from '../log/port.ts'
import { deadLetterRecord, letterBytesMax, letterHeaders, readLetter, undecodableFacts } from './letter.ts'
import { auditRecord, replayRecord } from './replay-record.ts'

const topic = deadLetterTopic(topics.transactions, 'reader')
const facts = { reason: 'corrupt_body', exception: 'UndecodableError', message: 'the body does not fit' }
const prefix = 'county'
/** Not as many partitions as the topic asks for: a log may cut its topics otherwise. */
const originPartitions = 6
const place = { topic, partition: 0, originPartitions, prefix }

const headerName = fc.stringMatching(/^[a-z][a-z_-]{0,12}$/).filter((name) => name !== letterHeaders.reason)
const anyRecord: fc.Arbitrary<LogRecord> = fc.record({
  offset: fc.nat(),
  key: fc.oneof(fc.constant(''), fc.string({ unit: 'grapheme' })),
  value: fc.option(fc.uint8Array({ maxLength: 200 }), { nil: null }),
  headers: fc.dictionary(headerName, fc.string({ unit: 'grapheme' }), { noNullPrototype: true, maxKeys: 5 }),
  timestamp: fc.integer({ min: 0, max: 4_000_000_000_000 }),
})
const anyPartition = fc.nat({ max: originPartitions - 1 })

/** As a log gives back what was written. */
function stored({ key, value, headers, timestamp }: NewRecord, offset: number): LogRecord {
  return { offset, key, value, headers, timestamp }
}

function setAside(record: LogRecord, partition: number, offset = 7) {
  const letter = deadLetterRecord(topic, partition, record, facts, prefix)
  return readLetter(place, stored(letter, offset))
}

describe('a dead letter', () => {
  it('is the record as it was, with facts that can be read back', async () => {
    await checked(
      fc.property(anyRecord, anyPartition, (record, partition) => {
        const letter = setAside(record, partition)
        const { key, value, timestamp, headers } = letter.record
        expect({ key, value, timestamp }).toEqual({
          key: record.key,
          value: record.value,
          timestamp: record.timestamp,
        })
        expect(headers).toMatchObject(record.headers)
        expect(letter).toMatchObject({
          place: 'county.ingest.transactions.v1.reader.dlq/0/7',
          facts,
          origin: { topic: 'county.ingest.transactions.v1', partition, offset: record.offset },
          obstacle: undefined,
          replayOf: undefined,
          replays: 0,
        })
      }),
    )
  })

  it('is replayed as the very record, with two headers more, to the partition of its key', async () => {
    await checked(
      fc.property(anyRecord, anyPartition, (record, partition) => {
        const { key, value, timestamp } = record
        expect(replayRecord(setAside(record, partition))).toEqual({
          topic: topics.transactions,
          key,
          value,
          timestamp,
          partition: key === '' ? partition : partitionOf(key, originPartitions),
          headers: {
            ...record.headers,
            'x-replay-of': 'county.ingest.transactions.v1.reader.dlq/0/7',
            'x-replays': '1',
          },
        })
      }),
    )
  })

  it('that comes back counts its replays and gathers no headers', async () => {
    await checked(
      fc.property(anyRecord, anyPartition, fc.integer({ min: 1, max: 5 }), (record, partition, rounds) => {
        let letter = setAside(record, partition)
        for (let round = 1; round <= rounds; round += 1) {
          letter = setAside(stored(replayRecord(letter), record.offset + round), partition, 7 + round)
        }
        expect(letter.replays).toBe(rounds)
        expect(letter.replayOf).toBe(`county.ingest.transactions.v1.reader.dlq/0/${6 + rounds}`)
        expect(letter.origin.offset).toBe(record.offset + rounds)
        expect(Object.keys(replayRecord(letter).headers)).toHaveLength(Object.keys(record.headers).length + 2)
      }),
    )
  })

  it('says nothing of what is in the record when no codec can read it', async () => {
    const secret = fc.stringMatching(/^[0-9]{12,19}$/)
    await checked(
      fc.property(secret, fc.constantFrom(...Object.values(codecs)), fc.nat(60), (number, codec, cut) => {
        const clear = Buffer.from(JSON.stringify({ payer_account: number, payer_name: number }))
        const head = Buffer.from(codecs.control.encode(control)).subarray(0, 10)
        for (const value of [clear, Buffer.concat([head, clear.subarray(cut)])]) {
          const found = undecodable(() => codec.decode(value))
          expect(Object.values(found).join(' ')).not.toContain(number)
        }
      }),
    )
  })

  it('of a record too large to be carried along has the facts only, and says where the record is', () => {
    const record = { offset: 3, key: 'k', value: new Uint8Array(letterBytesMax), headers: {}, timestamp: 5 }
    const letter = setAside(record, 2)
    expect(letter.record).toMatchObject({ key: '', value: null, headers: { 'x-left-out': '990001' } })
    expect(letter).toMatchObject({ facts, origin: { partition: 2, offset: 3 }, obstacle: 'left_out' })
    const fits = { ...record, value: new Uint8Array(letterBytesMax - 1000) }
    expect(setAside(fits, 2).record.value).toEqual(fits.value)
  })

  it('without facts was put there by somebody else: it is shown, and not replayed', () => {
    const record = { offset: 0, key: '', value: null, headers: {}, timestamp: 0 }
    expect(readLetter(place, record)).toMatchObject({
      facts: { reason: 'unknown' },
      obstacle: 'origin_unknown',
    })
  })
})

it('the audit record says who replayed what, why, when, from where and to where', () => {
  const record = { offset: 41, key: 'p_1', value: Buffer.from('x'), headers: {}, timestamp: 5 }
  const by = { by: 'wang', why: 'reader mended', runId: 'r1', at: 1_772_415_000_000, prefix }
  const audit = auditRecord(setAside(record, 2), by)
  expect(audit.key).toBe('county.ingest.transactions.v1.reader.dlq/0/7')
  expect(codecs.deadLetterReplay.decode(audit.value ?? new Uint8Array())).toEqual({
    dead_letter_topic: 'county.ingest.transactions.v1.reader.dlq',
    dead_letter_partition: 0,
    dead_letter_offset: 7,
    topic: 'county.ingest.transactions.v1',
    origin_partition: 2,
    origin_offset: 41,
    partition: partitionOf('p_1', originPartitions),
    reason: 'corrupt_body',
    replays: 1,
    replayed_at: 1_772_415_000_000,
    replayed_by: 'wang',
    why: 'reader mended',
    run_id: 'r1',
  })
})

const control = {
  control_id: 'c',
  kind: 'unknown',
  issued_at: 0,
  source: -1,
  rule_set_id: '',
  rule_set_version: 0,
  content: '',
  rule_id: '',
  rule_version: 0,
} as const

function undecodable(decode: () => unknown): { readonly reason: string; readonly message: string } {
  try {
    decode()
  } catch (error) {
    if (error instanceof UndecodableError) return undecodableFacts(error)
    throw error
  }
  // Random bytes may happen to be a message: then nothing is set aside.
  return { reason: '', message: '' }
}
