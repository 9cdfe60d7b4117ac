/** The schema gate: what was ever written stays readable, by every version, in both directions. */
import { readdirSync, readFileSync } from 'node:fs'
import avro from 'avsc'
import { describe, expect, it } from 'vitest'
import { codecOf, codecs, headerLength, UndecodableError, versionsOf } from '../schemas/codec.ts'
import { incompatibilities } from '../schemas/compatibility.ts'
import type { AvroSchema } from '../schemas/compatibility.ts'
import { fingerprint } from '../schemas/fingerprint.ts'

const root = new URL('../schemas/', import.meta.url)
const subjects = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== 'http')
  .map((entry) => entry.name)

function read(path: string): Buffer {
  return readFileSync(new URL(path, root))
}

function schemaOf(subject: string, version: number): AvroSchema {
  return JSON.parse(read(`${subject}/v${version}.avsc`).toString()) as AvroSchema
}

const recorded = subjects.flatMap((subject) =>
  versionsOf(subject).map(({ version, type, header }) => ({ subject, version, type, header })),
)

describe.each(recorded)('$subject v$version', ({ subject, version, type, header }) => {
  const sample = read(`${subject}/v${version}.sample.avro`)
  const text = read(`${subject}/v${version}.sample.json`).toString()

  it('has not been edited since its sample was recorded', () => {
    expect(sample.subarray(0, headerLength)).toEqual(header)
    expect(type.toBuffer(type.fromString(text))).toEqual(sample.subarray(headerLength))
  })

  it.each(versionsOf(subject))(
    'is decoded by the reader of v$version',
    ({ version: reading, type: reader }) => {
      const decoded: unknown = reader.fromBuffer(sample.subarray(headerLength), reader.createResolver(type))
      expect(reader.isValid(decoded)).toBe(true)
      if (reading === version) expect(JSON.parse(reader.toString(decoded))).toEqual(JSON.parse(text))
    },
  )

  it('is decoded by the codec the services use', () => {
    expect(() => codecOf(subject).decode(sample)).not.toThrow()
  })

  it('can live beside every other version', () => {
    for (const other of versionsOf(subject)) {
      expect(
        incompatibilities(
          schemaOf(subject, Math.min(version, other.version)),
          schemaOf(subject, Math.max(version, other.version)),
        ),
      ).toEqual([])
    }
  })

  it('says what it is for', () => {
    expect(schemaOf(subject, version)).toHaveProperty('doc')
  })
})

it('every subject has a codec', () => {
  expect(
    Object.values(codecs)
      .map((codec) => codec.subject)
      .toSorted(),
  ).toEqual(subjects.toSorted())
})

const decimal = (precision: number, scale: number): AvroSchema =>
  ({ type: 'bytes', logicalType: 'decimal', precision, scale }) as const
const symbols = (list: readonly string[], fallback?: string): AvroSchema => ({
  type: 'enum',
  name: 'E',
  symbols: list,
  ...(fallback === undefined ? {} : { default: fallback }),
})
const record = (...fields: readonly { name: string; type: AvroSchema; default?: unknown }[]): AvroSchema => ({
  type: 'record',
  name: 'R',
  fields,
})
const field = (type: AvroSchema, name = 'a') => ({ name, type })

describe('a change is refused', () => {
  it.each<[string, AvroSchema, AvroSchema, RegExp]>([
    [
      'a field without default appears',
      record(field('int')),
      record(field('int'), field('int', 'b')),
      /newer version cannot read the older/,
    ],
    [
      'a field without default leaves',
      record(field('int'), field('int', 'b')),
      record(field('int')),
      /older version cannot read the newer/,
    ],
    ['a field changes its type', record(field('int')), record(field('string')), /cannot read/],
    [
      'a field is widened: old readers stay behind',
      record(field('int')),
      record(field('long')),
      /older version cannot read the newer/,
    ],
    [
      'a default changes',
      record({ ...field('int'), default: 0 }),
      record({ ...field('int'), default: 1 }),
      /default changes from 0 to 1/,
    ],
    [
      'a decimal gets another scale',
      record(field(decimal(10, 2))),
      record(field(decimal(10, 4))),
      /a: decimal scale changes from 2 to 4/,
    ],
    [
      'a decimal gets another precision',
      record(field(decimal(10, 2))),
      record(field(decimal(12, 2))),
      /a: decimal precision changes from 10 to 12/,
    ],
    [
      'a time changes its unit',
      record(field({ type: 'long', logicalType: 'timestamp-millis' })),
      record(field({ type: 'long', logicalType: 'timestamp-micros' })),
      /logical type changes/,
    ],
    [
      'a number becomes a time',
      record(field('long')),
      record(field({ type: 'long', logicalType: 'timestamp-millis' })),
      /logical type changes from none/,
    ],
    [
      'a symbol joins an enum without default',
      record(field(symbols(['x']))),
      record(field(symbols(['x', 'y']))),
      /y joined an enum without default/,
    ],
    [
      'a symbol leaves an enum',
      record(field(symbols(['u', 'x'], 'u'))),
      record(field(symbols(['u'], 'u'))),
      /x left the enum/,
    ],
    [
      'the fallback of an enum changes',
      record(field(symbols(['u', 'x'], 'u'))),
      record(field(symbols(['u', 'x'], 'x'))),
      /default changes from "u" to "x"/,
    ],
    [
      'it hides inside a list',
      record(field({ type: 'array', items: decimal(10, 2) })),
      record(field({ type: 'array', items: decimal(10, 3) })),
      /a\[\]: decimal scale/,
    ],
    [
      'it hides behind a name',
      record(field(symbols(['x'])), field('E', 'b')),
      record(field(symbols(['x', 'y'])), field('E', 'b')),
      /joined an enum/,
    ],
    [
      'it hides inside a union',
      record(field(['null', decimal(10, 2)])),
      record(field(['null', decimal(10, 3)])),
      /decimal scale/,
    ],
  ])('when %s', (_, older, newer, problem) => {
    expect(incompatibilities(older, newer).join('\n')).toMatch(problem)
  })
})

describe('a change is let through', () => {
  it.each<[string, AvroSchema, AvroSchema]>([
    [
      'a field with default appears',
      record(field('int')),
      record(field('int'), { ...field('int', 'b'), default: 0 }),
    ],
    [
      'a field with default leaves',
      record(field('int'), { ...field('int', 'b'), default: 0 }),
      record(field('int')),
    ],
    [
      'a symbol joins an enum with default',
      record(field(symbols(['u'], 'u'))),
      record(field(symbols(['u', 'x'], 'u'))),
    ],
    [
      'fields change places',
      record(field('int'), field('string', 'b')),
      record(field('string', 'b'), field('int')),
    ],
  ])('when %s', (_, older, newer) => {
    expect(incompatibilities(older, newer)).toEqual([])
  })
})

describe('fingerprints', () => {
  // share/test/data/schema-tests.txt of the Avro project: CRC-64-AVRO as a signed 64-bit number.
  it.each<[AvroSchema, bigint]>([
    ['null', 7195948357588979594n],
    ['boolean', -6970731678124411036n],
    ['int', 8247732601305521295n],
    ['long', -3434872931120570953n],
    ['float', 5583340709985441680n],
    ['double', -8181574048448539266n],
    ['bytes', 5746618253357095269n],
    ['string', -8142146995180207161n],
    [{ type: 'fixed', name: 'foo', size: 15 }, 1756455273707447556n],
    [{ type: 'record', name: 'foo', fields: [] }, -4824392279771201922n],
  ])('of %j are those of the Avro project', (schema, print) => {
    expect(fingerprint(avro.Type.forSchema(schema as avro.Schema)).readBigInt64LE()).toBe(print)
  })

  // Written down from fastavro 1.13.1, another implementation, with fingerprint(to_parsing_canonical_form(schema), 'CRC-64-AVRO');
  // its reader and writer also gave the recorded samples back byte for byte.
  it.each([
    ['acknowledgement', 'feea224865a55b8e'],
    ['case-event', 'b6f3277527755f96'],
    ['control', 'd35999a282966560'],
    ['dead-letter-replay', '853826f46f3fdc81'],
    ['dispatch', 'f82778ce3050b70a'],
    ['flow-block', '22239dded5654770'],
    ['outcome', '05c564dc607a78df'],
    ['rule-set', '833342b10e5b065d'],
    ['transaction', '7fd62226baa022ad'],
    ['warning', '956391c5b99d5930'],
  ])('of %s v1 is what another implementation computes', (subject, print) => {
    expect(versionsOf(subject)[0]?.header.toString('hex', 2)).toBe(print)
  })
})

describe('bytes that are no message', () => {
  const bytes = read('transaction/v1.sample.avro')
  const damaged: readonly [string, Buffer, string][] = [
    ['without header', bytes.subarray(headerLength), 'not_single_object'],
    ['too short for a header', Buffer.from([0xc3, 0x01]), 'not_single_object'],
    ['of another subject', read('warning/v1.sample.avro'), 'unknown_schema'],
    ['cut off', bytes.subarray(0, 40), 'corrupt_body'],
    ['with bytes behind', Buffer.concat([bytes, Buffer.from([0])]), 'corrupt_body'],
  ]
  it.each(damaged)('%s are refused with the reason', (_, value, reason) => {
    const decode = () => codecs.transaction.decode(value)
    expect(decode).toThrow(UndecodableError)
    expect(decode).toThrow(expect.objectContaining({ reason }) as Error)
  })
})
