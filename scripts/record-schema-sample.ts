/**
 * Records a sample message of every schema version that has none: `v<n>.sample.json` to read, `v<n>.sample.avro` as on the
 * wire (Avro single-object encoding). A recorded sample is history and is never written again: test/schemas.spec.ts
 * decodes it with every later reader.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import type { AvroSchema } from '../schemas/compatibility.ts'
import { versionsOf } from '../schemas/codec.ts'

const root = new URL('../schemas/', import.meta.url)

/** 2026-03-02 09:30 in Luqiao. */
const sampleTime = 1_772_415_000_000

type Named = Exclude<AvroSchema, string | readonly AvroSchema[]>

/** A value that fits the schema, different for every field, with what is awkward on the wire: non-ASCII, negative, large, empty. */
function sample(schema: AvroSchema, name: string, names: Map<string, Named>): unknown {
  if (typeof schema === 'string') return primitive(schema, name, names)
  if (isUnion(schema)) return sampleOfUnion(schema, name, names)
  if (schema.name !== undefined && (schema.fields ?? schema.symbols) !== undefined)
    names.set(schema.name, schema)
  if (schema.fields !== undefined) {
    return Object.fromEntries(
      schema.fields.map((field) => [field.name, sample(field.type, field.name, names)]),
    )
  }
  if (schema.symbols !== undefined) return schema.symbols.at(-1)
  if (schema.items !== undefined) {
    return [sample(schema.items, name, names), sample(schema.items, `${name}_2`, names)]
  }
  if (schema.values !== undefined) {
    return { [name]: sample(schema.values, name, names), 甲: sample(schema.values, `${name}_2`, names) }
  }
  if (schema.logicalType === 'timestamp-millis') return sampleTime + name.length * 60_000
  return sample(schema.type, name, names)
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

/** The last branch, which has the most to say; records in a union stand under their full name. */
function sampleOfUnion(branches: readonly AvroSchema[], name: string, names: Map<string, Named>): unknown {
  const last = branches.at(-1) ?? 'null'
  const value = sample(last, name, names)
  const isRecord = typeof last === 'object' && 'fields' in last
  return isRecord ? { [`weir.v1.${last.name}`]: value } : value
}

function primitive(type: string, name: string, names: Map<string, Named>): unknown {
  const known = names.get(type)
  if (known !== undefined) return sample(known, name, names)
  switch (type) {
    case 'string':
      return `${name} 样本`
    case 'bytes':
      return Buffer.from([0, 255, name.length])
    case 'boolean':
      return true
    case 'double':
      return 0.8125
    case 'int':
      return name.length - 8
    case 'long':
      return 900_719_925_474_099 + name.length
    default:
      throw new Error(`no sample for Avro type ${type}`)
  }
}

for (const entry of readdirSync(root, { withFileTypes: true })) {
  if (!entry.isDirectory() || !existsSync(new URL(`${entry.name}/v1.avsc`, root))) continue
  for (const { version, type, header } of versionsOf(entry.name)) {
    const stem = `${entry.name}/v${version}`
    if (existsSync(new URL(`${stem}.sample.avro`, root))) continue
    const schema = JSON.parse(readFileSync(new URL(`${stem}.avsc`, root), 'utf8')) as AvroSchema
    const value = sample(schema, entry.name, new Map())
    writeFileSync(new URL(`${stem}.sample.avro`, root), Buffer.concat([header, type.toBuffer(value)]))
    const json = JSON.stringify(JSON.parse(type.toString(value)), undefined, 2)
    writeFileSync(new URL(`${stem}.sample.json`, root), `${json}\n`)
    process.stdout.write(`recorded schemas/${stem}.sample.{json,avro}\n`)
  }
}
