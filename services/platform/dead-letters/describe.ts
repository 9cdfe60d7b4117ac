/** What a dead letter's value says, for people who mend things: pseudonyms as they are, never the bytes of an identity. Pure. */
import { createHash } from 'node:crypto'
import { codecs, UndecodableError } from '../../../schemas/codec.ts'
import { confluentHeaderLength, headerLength, isConfluent, isSingleObject } from '../../../schemas/header.ts'
import { messagesOn } from '../../../schemas/messages.ts'
import type { MessageName } from '../../../schemas/messages.ts'
import type { DeadLetter } from './letter.ts'

/** Entries shown of a list. */
const entriesMax = 20

/** A value: its size and hash, and its content as far as it can be read. */
export interface DescribedValue {
  readonly bytes: number
  readonly sha256: string
  /** The schema it was decoded with, and the content; bytes inside are given by their number. */
  readonly message?: { readonly subject: string; readonly content: unknown }
  /** Its first bytes in hexadecimal, where no schema fits. */
  readonly begins?: string
}

function shown(value: unknown): unknown {
  if (value instanceof Uint8Array) return { bytes: value.length }
  if (Array.isArray(value)) {
    const entries: unknown[] = value.slice(0, entriesMax).map(shown)
    return value.length > entriesMax ? [...entries, { more: value.length - entriesMax }] : entries
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shown(inner)]))
}

/** The head that names encoding and schema; of a value that is none of ours hardly anything, for it may hold clear numbers. */
function headOf(value: Uint8Array): string {
  const bytes = isSingleObject(value) ? headerLength : isConfluent(value) ? confluentHeaderLength : 2
  return Buffer.from(value.subarray(0, bytes)).toString('hex')
}

function decoded(value: Uint8Array, known: readonly MessageName[]): DescribedValue['message'] {
  for (const name of known) {
    const codec = codecs[name]
    try {
      return { subject: codec.subject, content: shown(codec.decode(value)) }
    } catch (error) {
      if (!(error instanceof UndecodableError)) throw error
    }
  }
  return undefined
}

/** Describes the value of a letter, or the one left at its origin; null for a tombstone. Sealed values (ingestion) stay sealed. */
export function describeValue(letter: DeadLetter, value: Uint8Array | null): DescribedValue | null {
  if (value === null) return null
  const sha256 = createHash('sha256').update(value).digest('hex')
  const described = { bytes: value.length, sha256 }
  if (letter.obstacle === 'never_published') return described
  const message = decoded(value, messagesOn(letter.topic.origin))
  if (message !== undefined) return { ...described, message }
  return { ...described, begins: headOf(value) }
}
