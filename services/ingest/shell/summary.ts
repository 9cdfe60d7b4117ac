import type { FileRefusal, Note } from '../core/reasons.ts'
import type { FilePublished } from './publish/publish-file.ts'
import type { Published } from './publish/parts.ts'
import type { Input, InputFormat, RefusedInput } from './read/input.ts'

/** What became of a file. For the person who delivered it: `name` may hold an account number and is never logged or published. */
export interface IngestSummary extends Published {
  readonly name: string
  /** Hex SHA-256 of the decompressed content, or empty when it could not be read. */
  readonly sha256: string
  /** Bytes after decompression. */
  readonly bytes: number
  /** Empty when the file was refused. */
  readonly format: InputFormat | ''
  /** Encoding of CSV and JSON lines, else empty. */
  readonly encoding: string
  readonly isGzip: boolean
  /** ISO 20022 message types in it. */
  readonly messages: readonly string[]
  readonly notes: readonly Note[]
  /** `unchanged`: all of it was taken in before. `refused`: nothing is taken in, `refusal` says why. */
  readonly status: FilePublished['status'] | 'refused'
  readonly refusal: FileRefusal | undefined
  readonly durationMs: number
}

/** Nothing was published. */
export const nothingPublished: Published = { published: 0, refused: 0, refusedBy: {}, alreadyTaken: 0 }

type Outcome = Published & Pick<IngestSummary, 'status'> & { readonly refusal?: FileRefusal }

/** Puts together what is known of a file and what was done with it. */
export function summaryOf(
  input: Input<unknown> | RefusedInput,
  { refusal, ...outcome }: Outcome,
): IngestSummary {
  const { name, sha256, bytes } = input
  const facts =
    input.kind === 'input'
      ? {
          format: input.format,
          encoding: input.encoding,
          isGzip: input.isGzip,
          messages: input.messages,
          notes: input.notes,
        }
      : { format: '' as const, encoding: '', isGzip: false, messages: [], notes: [] }
  return { name, sha256, bytes, ...facts, ...outcome, refusal, durationMs: 0 }
}
