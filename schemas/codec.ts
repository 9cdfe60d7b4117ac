/**
 * The messages in this folder as bytes. Written in Avro single-object encoding (two marker bytes, the writer's fingerprint, the body),
 * read in that and in Confluent framing. Every retained writer version stays readable (test/schemas.spec.ts holds that gate).
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Schema, Type } from 'avsc'
import { avroType } from './avro.ts'
import { fingerprint } from './fingerprint.ts'
import {
  asBuffer,
  confluentHeaderLength,
  fingerprintIn,
  headerLength,
  isConfluent,
  isSingleObject,
  schemaIdIn,
  schemaOfId,
} from './header.ts'
import type { Fingerprint } from './header.ts'
import type {
  Acknowledgement,
  CaseEvent,
  Control,
  DeadLetterReplay,
  Dispatch,
  ExemptionRecord,
  Fact,
  FactsFed,
  FlowBlock,
  Label,
  Outcome,
  PathBlock,
  RuleSet,
  Transaction,
  Warning,
} from './types.ts'

export { headerLength } from './header.ts'

/** A record could not be decoded; `reason` is one of a small set that metrics and dead letters carry. */
export class UndecodableError extends Error {
  readonly reason: 'not_single_object' | 'unknown_schema' | 'corrupt_body'
  constructor(reason: UndecodableError['reason'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'UndecodableError'
    this.reason = reason
  }
}

/** Encodes with the newest version of one subject, decodes every retained version of it. */
export interface Codec<T> {
  readonly subject: string
  /** Newest version's full schema, for registries and documents. */
  readonly schema: string
  /** @returns a buffer of its own, safe to keep */
  encode(value: T): Buffer
  /** @throws UndecodableError */
  decode(bytes: Uint8Array): T
}

/** One retained version of a subject. */
export interface SchemaVersion {
  readonly version: number
  readonly type: Type
  /** Single-object header of its messages. */
  readonly header: Buffer
  /** The file's text on one line: names, logical types and documentation as written. */
  readonly text: string
}

type Resolver = ReturnType<Type['createResolver']>

/** How messages of one retained version are read; the newest version needs no resolver. */
interface Reader extends Fingerprint {
  readonly resolver: Resolver | undefined
}

const folder = new URL('./', import.meta.url)

/** Every retained version of a subject, oldest first. */
export function versionsOf(subject: string): SchemaVersion[] {
  const files = readdirSync(new URL(`${subject}/`, folder))
  return files
    .map((file) => Number(/^v(\d+)\.avsc$/.exec(file)?.[1] ?? Number.NaN))
    .filter((version) => !Number.isNaN(version))
    .toSorted((a, b) => a - b)
    .map((version) => {
      const schema = JSON.parse(
        readFileSync(new URL(`${subject}/v${version}.avsc`, folder), 'utf8'),
      ) as Schema
      const type = avroType(schema)
      const header = Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(type)])
      return { version, type, header, text: JSON.stringify(schema) }
    })
}

function refuse(subject: string, buffer: Buffer): UndecodableError {
  if (isSingleObject(buffer)) {
    const print = buffer.toString('hex', 2, headerLength)
    return new UndecodableError('unknown_schema', `${subject}: no retained schema has fingerprint ${print}`)
  }
  if (!isConfluent(buffer)) {
    return new UndecodableError(
      'not_single_object',
      `${subject}: the value starts neither with an Avro single-object header nor with a Confluent one`,
    )
  }
  const id = schemaIdIn(buffer)
  return new UndecodableError(
    'unknown_schema',
    schemaOfId(id) === undefined
      ? `${subject}: no schema registry told what schema id ${id} is`
      : `${subject}: schema id ${id} is none of the retained schemas`,
  )
}

/** Finds how a message is read by its header; undefined when it cannot be. Runs for every message: no strings, no copies. */
function readerFor(readers: readonly Reader[], buffer: Buffer): Reader | undefined {
  let low: number
  let high: number
  if (isSingleObject(buffer)) {
    low = buffer.readInt32LE(2)
    high = buffer.readInt32LE(6)
  } else {
    const print = isConfluent(buffer) ? schemaOfId(schemaIdIn(buffer)) : undefined
    if (print === undefined) return undefined
    ;({ low, high } = print)
  }
  for (const reader of readers) if (reader.low === low && reader.high === high) return reader
  return undefined
}

interface Decoded<T> {
  readonly value: T
  readonly offset: number
}

/** Builds the codec of one subject; do it once, at start. */
export function codecOf<T>(subject: string): Codec<T> {
  const versions = versionsOf(subject)
  const newest = versions.at(-1)
  if (newest === undefined) throw new Error(`schemas/${subject} holds no version`)
  // The newest first: nearly every message is its.
  const readers = versions.toReversed().map((writer): Reader => ({
    ...fingerprintIn(writer.header),
    resolver: writer === newest ? undefined : newest.type.createResolver(writer.type),
  }))
  let scratch = Buffer.alloc(64 * 1024)
  return {
    subject,
    schema: newest.text,
    encode(value) {
      let end = newest.type.encode(value, scratch, headerLength)
      if (end < 0) {
        scratch = Buffer.alloc(2 * (scratch.length - end))
        end = newest.type.encode(value, scratch, headerLength)
      }
      const bytes = Buffer.allocUnsafeSlow(end)
      scratch.copy(bytes, headerLength, headerLength, end)
      newest.header.copy(bytes)
      return bytes
    },
    decode(bytes) {
      const buffer = asBuffer(bytes)
      const reader = readerFor(readers, buffer)
      if (reader === undefined) throw refuse(subject, buffer)
      let cause: unknown
      try {
        const start = buffer[0] === 0 ? confluentHeaderLength : headerLength
        const { value, offset } = newest.type.decode(buffer, start, reader.resolver) as Decoded<T>
        if (offset === buffer.length) return value
        cause = new Error(offset < 0 ? 'truncated' : `${buffer.length - offset} bytes behind the body`)
      } catch (error) {
        cause = error
      }
      throw new UndecodableError('corrupt_body', `${subject}: the body does not fit its schema`, { cause })
    },
  }
}

/** The codecs of all messages Weir reads or writes. */
export const codecs = {
  acknowledgement: codecOf<Acknowledgement>('acknowledgement'),
  caseEvent: codecOf<CaseEvent>('case-event'),
  control: codecOf<Control>('control'),
  deadLetterReplay: codecOf<DeadLetterReplay>('dead-letter-replay'),
  dispatch: codecOf<Dispatch>('dispatch'),
  exemption: codecOf<ExemptionRecord>('exemption'),
  fact: codecOf<Fact>('fact'),
  factsFed: codecOf<FactsFed>('facts-fed'),
  flowBlock: codecOf<FlowBlock>('flow-block'),
  label: codecOf<Label>('label'),
  outcome: codecOf<Outcome>('outcome'),
  pathBlock: codecOf<PathBlock>('path-block'),
  ruleSet: codecOf<RuleSet>('rule-set'),
  transaction: codecOf<Transaction>('transaction'),
  warning: codecOf<Warning>('warning'),
} as const
