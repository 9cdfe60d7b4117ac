/**
 * Avro single-object encoding of the messages in this folder: two marker bytes, the writer's fingerprint, the body.
 * Every retained writer version stays readable (test/schemas.spec.ts holds that gate).
 */
import { readdirSync, readFileSync } from 'node:fs'
import avro from 'avsc'
import type { Type } from 'avsc'
import { fingerprint } from './fingerprint.ts'
import type {
  Acknowledgement,
  CaseEvent,
  Control,
  Dispatch,
  FlowBlock,
  Outcome,
  RuleSet,
  Transaction,
  Warning,
} from './types.ts'

/** Length of marker plus fingerprint in front of every body. */
export const headerLength = 10

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

interface Writer {
  readonly version: number
  readonly type: Type
  readonly header: Buffer
}

const folder = new URL('./', import.meta.url)

/** Every retained version of a subject, oldest first. */
export function versionsOf(subject: string): Writer[] {
  const files = readdirSync(new URL(`${subject}/`, folder))
  return files
    .map((file) => Number(/^v(\d+)\.avsc$/.exec(file)?.[1] ?? Number.NaN))
    .filter((version) => !Number.isNaN(version))
    .toSorted((a, b) => a - b)
    .map((version) => {
      const json = readFileSync(new URL(`${subject}/v${version}.avsc`, folder), 'utf8')
      const type = avro.Type.forSchema(JSON.parse(json) as avro.Schema)
      return { version, type, header: Buffer.concat([Buffer.from([0xc3, 0x01]), fingerprint(type)]) }
    })
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Builds the codec of one subject; do it once, at start. */
export function codecOf<T>(subject: string): Codec<T> {
  const writers = versionsOf(subject)
  const newest = writers.at(-1)
  if (newest === undefined) throw new Error(`schemas/${subject} holds no version`)
  const resolvers = new Map(
    writers.map((writer) => [
      writer.header.toString('hex', 2),
      writer === newest ? undefined : newest.type.createResolver(writer.type),
    ]),
  )
  let scratch = Buffer.alloc(64 * 1024)
  return {
    subject,
    schema: JSON.stringify(newest.type.schema({ exportAttrs: true })),
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
      if (buffer.length < headerLength || buffer[0] !== 0xc3 || buffer[1] !== 0x01) {
        throw new UndecodableError(
          'not_single_object',
          `${subject}: the value does not start with an Avro single-object header`,
        )
      }
      const print = buffer.toString('hex', 2, headerLength)
      if (!resolvers.has(print)) {
        throw new UndecodableError(
          'unknown_schema',
          `${subject}: no retained schema has fingerprint ${print}`,
        )
      }
      try {
        return newest.type.fromBuffer(buffer.subarray(headerLength), resolvers.get(print)) as T
      } catch (cause) {
        throw new UndecodableError('corrupt_body', `${subject}: the body does not fit its schema`, { cause })
      }
    },
  }
}

/** The codecs of all messages Weir reads or writes. */
export const codecs = {
  acknowledgement: codecOf<Acknowledgement>('acknowledgement'),
  caseEvent: codecOf<CaseEvent>('case-event'),
  control: codecOf<Control>('control'),
  dispatch: codecOf<Dispatch>('dispatch'),
  flowBlock: codecOf<FlowBlock>('flow-block'),
  outcome: codecOf<Outcome>('outcome'),
  ruleSet: codecOf<RuleSet>('rule-set'),
  transaction: codecOf<Transaction>('transaction'),
  warning: codecOf<Warning>('warning'),
} as const
