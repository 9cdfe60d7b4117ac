import avro from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checked } from '../test/support/seed.ts'
import { avroType } from './avro.ts'
import { codecs, UndecodableError } from './codec.ts'

const schema = {
  type: 'record',
  name: 'Sample',
  fields: [
    { name: 'text', type: 'string' },
    { name: 'list', type: { type: 'array', items: 'string' } },
    { name: 'lists', type: { type: 'array', items: { type: 'array', items: 'int' } } },
    { name: 'map', type: { type: 'map', values: 'string' } },
    { name: 'maybe', type: ['null', { type: 'array', items: 'long' }] },
  ],
} as const satisfies avro.Schema
const ours = avroType(structuredClone(schema))
const theirs = avro.Type.forSchema(structuredClone(schema))

function read(
  type: avro.Type,
  bytes: Buffer,
  ...resolver: Parameters<avro.Type['fromBuffer']>[1][]
): unknown {
  return type.fromBuffer(bytes, ...resolver)
}

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme', maxLength: 9 }))
const value = fc.record({
  text,
  list: fc.array(text),
  lists: fc.array(fc.array(fc.integer())),
  // avsc keeps a map in a plain object.
  map: fc.dictionary(
    text.filter((key) => key !== '__proto__'),
    text,
  ),
  maybe: fc.option(fc.array(fc.maxSafeInteger())),
})

/** A number as Avro writes it. */
function long(number: bigint): number[] {
  const bytes: number[] = []
  let rest = number << 1n
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return [...bytes, Number(rest)]
}

describe('an Avro type', () => {
  it("reads what avsc's own type writes, and the other way round", async () => {
    await checked(
      fc.property(value, (sample) => {
        const bytes = theirs.toBuffer(sample)
        expect(ours.toBuffer(sample)).toEqual(bytes)
        expect(ours.fromBuffer(bytes)).toEqual(theirs.fromBuffer(bytes))
      }),
    )
  })

  it('reads lists and maps written in several blocks, with and without their size in bytes', () => {
    const list = [...long(1n), 2, 0x61, 3, 4, ...[2, 0x62], ...[2, 0x63], 0]
    const map = [...long(1n), 2, 0x6b, 2, 0x76, 1, 8, 2, 0x6c, 2, 0x77, 0]
    const bytes = Buffer.from([0, ...list, 0, ...map, 0])
    expect(ours.fromBuffer(bytes)).toEqual(theirs.fromBuffer(bytes))
    expect(ours.fromBuffer(bytes)).toMatchObject({ list: ['a', 'b', 'c'], map: { k: 'v', l: 'w' } })
  })

  it('refuses every value that is cut off', async () => {
    await checked(
      fc.property(value, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (sample, part) => {
        const bytes = theirs.toBuffer(sample)
        expect(() => read(ours, bytes.subarray(0, Math.floor(part * bytes.length)))).toThrow(/truncated/)
      }),
    )
  })
})

describe('a list or map that claims more items than there are bytes', () => {
  const many = long(1n << 40n)
  it.each<[string, number[]]>([
    ['in a list', [0, ...many]],
    ['in a list within a list', [0, 0, 2, ...many]],
    ['in a map', [0, 0, 0, ...many]],
    ['with a size in bytes', [0, 0xff, 0xff, 0xff, 0xff, 0x7f, 0]],
  ])('is refused at once: %s', (_, bytes) => {
    expect(() => read(ours, Buffer.from(bytes))).toThrow(/truncated/)
  })

  it('is refused at once when the reader does not want the field', () => {
    const reader = avroType({ type: 'record', name: 'Sample', fields: [{ name: 'text', type: 'string' }] })
    const resolver = reader.createResolver(ours)
    for (const bytes of [
      [0, ...many],
      [0, 0, 0, ...many],
    ])
      expect(() => read(reader, Buffer.from(bytes), resolver)).toThrow(/truncated/)
    const bytes = theirs.toBuffer({ text: 'a', list: ['b'], lists: [[1]], map: { k: 'v' }, maybe: null })
    expect(reader.fromBuffer(bytes, resolver)).toEqual({ text: 'a' })
  })

  it('is a corrupt body to a codec', () => {
    const block = codecs.flowBlock.encode({ source: 0, source_event_time: 0, flows: [] })
    const bytes = Buffer.concat([block.subarray(0, -1), Buffer.from(many)])
    expect(() => codecs.flowBlock.decode(bytes)).toThrow(
      expect.objectContaining({ name: UndecodableError.name, reason: 'corrupt_body' }) as Error,
    )
  })
})
