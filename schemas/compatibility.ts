/**
 * Whether two versions of a message can live side by side. Every reader must decode every retained writer, in both
 * directions: a service that was not updated yet reads what a newer one writes, and a newer one reads the log's past.
 */
import avro from 'avsc'

/** An Avro schema as JSON, as far as compatibility looks at it. */
export type AvroSchema =
  | string
  | readonly AvroSchema[]
  | {
      readonly type: AvroSchema
      readonly name?: string
      readonly namespace?: string
      readonly logicalType?: string
      readonly precision?: number
      readonly scale?: number
      readonly size?: number
      readonly symbols?: readonly string[]
      readonly default?: unknown
      readonly fields?: readonly AvroField[]
      readonly items?: AvroSchema
      readonly values?: AvroSchema
    }

/** A field of an Avro record. */
export interface AvroField {
  readonly name: string
  readonly type: AvroSchema
  readonly default?: unknown
}

type Named = Exclude<AvroSchema, string | readonly AvroSchema[]>
type Names = Map<string, Named>

interface Pair {
  readonly path: string
  readonly older: AvroSchema
  readonly newer: AvroSchema
}

interface Context {
  readonly olderNames: Names
  readonly newerNames: Names
  readonly problems: string[]
  readonly seen: Set<string>
}

/**
 * Everything that stands between two versions, in words; empty when each can read the other.
 * Beyond Avro's own rules: logical types, decimal precision and scale, and enum defaults must stay as they are, because
 * readers would silently take one number or symbol for another.
 */
export function incompatibilities(older: AvroSchema, newer: AvroSchema): string[] {
  const problems = [
    ...unreadable(newer, older, 'newer', 'older'),
    ...unreadable(older, newer, 'older', 'newer'),
  ]
  const context: Context = {
    olderNames: namesOf(older),
    newerNames: namesOf(newer),
    problems,
    seen: new Set(),
  }
  compare(context, { path: '', older, newer })
  return context.problems
}

function unreadable(
  reader: AvroSchema,
  writer: AvroSchema,
  readerName: string,
  writerName: string,
): string[] {
  try {
    const readerType = avro.Type.forSchema(reader as avro.Schema)
    readerType.createResolver(avro.Type.forSchema(writer as avro.Schema))
    return []
  } catch (error) {
    return [`the ${readerName} version cannot read the ${writerName} one: ${(error as Error).message}`]
  }
}

/** Unqualified names suffice: Weir's schemas keep one namespace per file. */
function namesOf(schema: AvroSchema, names: Names = new Map()): Names {
  if (typeof schema === 'string') return names
  if (isUnion(schema)) {
    for (const branch of schema) namesOf(branch, names)
    return names
  }
  if (schema.name !== undefined && (schema.fields ?? schema.symbols ?? schema.size) !== undefined) {
    names.set(schema.name, schema)
  }
  for (const field of schema.fields ?? []) namesOf(field.type, names)
  for (const inner of [schema.items, schema.values]) if (inner !== undefined) namesOf(inner, names)
  if (typeof schema.type !== 'string') namesOf(schema.type, names)
  return names
}

function isUnion(schema: AvroSchema): schema is readonly AvroSchema[] {
  return Array.isArray(schema)
}

/** Follows references and `{type: {…}}` wrappers to what is really described. */
function dereference(schema: AvroSchema, names: Names): Named | readonly AvroSchema[] {
  if (typeof schema === 'string') return names.get(schema.split('.').at(-1) ?? '') ?? { type: schema }
  if (isUnion(schema)) return schema
  const isPlain = typeof schema.type === 'string' && !names.has(schema.type)
  return isPlain || schema.fields !== undefined ? schema : dereference(schema.type, names)
}

function compare(context: Context, { path, older, newer }: Pair): void {
  const before = dereference(older, context.olderNames)
  const after = dereference(newer, context.newerNames)
  if (isUnion(before) || isUnion(after)) {
    compareUnions(context, path, isUnion(before) ? before : [before], isUnion(after) ? after : [after])
    return
  }
  const place = path === '' ? 'the message' : path
  if (before.logicalType !== after.logicalType) {
    context.problems.push(
      `${place}: logical type changes from ${before.logicalType ?? 'none'} to ${after.logicalType ?? 'none'}`,
    )
  }
  if (before.logicalType === 'decimal' || after.logicalType === 'decimal')
    compareDecimals(context, place, before, after)
  if (before.symbols !== undefined && after.symbols !== undefined) compareEnums(context, place, before, after)
  if (before.fields !== undefined && after.fields !== undefined) compareRecords(context, path, before, after)
  for (const part of ['items', 'values'] as const) {
    const [inner, other] = [before[part], after[part]]
    if (inner !== undefined && other !== undefined) {
      compare(context, { path: `${path}[]`, older: inner, newer: other })
    }
  }
}

/** Branches meet by position: a union is only ever appended to. */
function compareUnions(
  context: Context,
  path: string,
  before: readonly AvroSchema[],
  after: readonly AvroSchema[],
): void {
  before.forEach((branch, index) => {
    const other = after[index]
    if (other !== undefined) compare(context, { path: `${path}|${index}`, older: branch, newer: other })
  })
}

function compareDecimals(context: Context, place: string, before: Named, after: Named): void {
  if ((before.scale ?? 0) !== (after.scale ?? 0)) {
    context.problems.push(
      `${place}: decimal scale changes from ${before.scale ?? 0} to ${after.scale ?? 0}: readers would misplace the point`,
    )
  }
  if (before.precision !== after.precision) {
    context.problems.push(
      `${place}: decimal precision changes from ${before.precision ?? 'none'} to ${after.precision ?? 'none'}`,
    )
  }
}

function compareEnums(context: Context, place: string, before: Named, after: Named): void {
  const old = before.symbols ?? []
  const now = after.symbols ?? []
  if (before.default !== after.default) {
    context.problems.push(
      `${place}: the enum's default changes from ${text(before.default)} to ${text(after.default)}: old readers fall back to another meaning`,
    )
  }
  const removed = old.filter((symbol) => !now.includes(symbol))
  const added = now.filter((symbol) => !old.includes(symbol))
  if (removed.length > 0) {
    context.problems.push(`${place}: ${removed.join(', ')} left the enum: the log still holds it`)
  }
  if (added.length > 0 && before.default === undefined) {
    context.problems.push(
      `${place}: ${added.join(', ')} joined an enum without default: old readers cannot read it`,
    )
  }
}

function text(value: unknown): string {
  return value === undefined ? 'none' : JSON.stringify(value)
}

function compareRecords(context: Context, path: string, before: Named, after: Named): void {
  const pair = `${before.name ?? ''}/${after.name ?? ''}`
  if (context.seen.has(pair)) return
  context.seen.add(pair)
  const fields = new Map((after.fields ?? []).map((field) => [field.name, field]))
  for (const field of before.fields ?? []) {
    const other = fields.get(field.name)
    if (other === undefined) continue
    const place = path === '' ? field.name : `${path}.${field.name}`
    const hasBoth = field.default !== undefined && other.default !== undefined
    if (hasBoth && text(field.default) !== text(other.default)) {
      context.problems.push(
        `${place}: the field's default changes from ${text(field.default)} to ${text(other.default)}: a record without it would change its meaning`,
      )
    }
    compare(context, { path: place, older: field.type, newer: other.type })
  }
}
