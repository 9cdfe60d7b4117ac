/** What reading any file has in common: opened once, inspected whole, read as often as asked. */
import type { CsvLimits } from '../../core/csv.ts'
import { FileRefusedError } from '../../core/reasons.ts'
import type { FileRefusal, Note } from '../../core/reasons.ts'
import type { ClearTransaction } from '../../core/transaction.ts'
import { utf16AsUtf8 } from './encoding.ts'
import type { EncodingChoice, TextEncoding } from './encoding.ts'
import { inspect } from './inspect.ts'
import type { Inspection } from './inspect.ts'
import { readLines } from './lines.ts'
import type { Lines } from './lines.ts'
import type { ReadBatch } from './rows.ts'
import { openSource } from './source.ts'
import type { Source } from './source.ts'

/** How a file is to be read. */
export interface InputOptions {
  /** CSV and JSON lines only; otherwise found out from the whole file. */
  readonly encoding?: TextEncoding
  /** Who delivered the file: for CSV and JSON where a record names no source, for ISO 20022 always. */
  readonly sourceId?: string
  /** Bound of the decompressed content; default 64 GiB, for XML 4 GiB. */
  readonly maxBytes?: number
  /** Told during the first pass over the file. */
  readonly onInspected?: (bytes: number) => void
}

/** Formats that are read, told by content, not by file name. */
export type InputFormat = 'csv' | 'json' | 'iso20022'

/** A file that can be read. */
export interface Input<Clear = ClearTransaction> {
  readonly kind: 'input'
  /** Base name; never publish or log it, it may hold an account number. */
  readonly name: string
  /** Hex SHA-256 of the decompressed content. */
  readonly sha256: string
  /** Bytes after decompression. */
  readonly bytes: number
  readonly isGzip: boolean
  readonly format: InputFormat
  /** Of the text, e.g. `gb18030`; `''` for XML, which declares it. */
  readonly encoding: TextEncoding | ''
  /** Message types of an ISO 20022 file. */
  readonly messages: readonly string[]
  /** What the operator should know. */
  readonly notes: readonly Note[]
  /** Number of records where it is known beforehand. */
  readonly records: number | undefined
  /** Reads from the beginning; may be called again. @throws FileRefusedError `file_changed`, `corrupt_gzip`, `unreadable_file` */
  read(): AsyncGenerator<ReadBatch<Clear>, void, undefined>
  close(): Promise<void>
}

/** A file of which nothing is taken. */
export interface RefusedInput extends FileRefusal {
  readonly kind: 'refused'
  readonly name: string
  /** Empty when not even that could be read. */
  readonly sha256: string
  readonly bytes: number
}

/** Largest content when the caller names none. */
const contentBytesMax = 64 * 1024 ** 3
/** Bounds of a CSV record. */
export const csvLimits: CsvLimits = { recordCharacters: 64 * 1024, recordLines: 1000 }
/** No text of so many bytes has fewer characters than a record may have, so this bound never decides alone. */
const maxLineBytes = 4 * csvLimits.recordCharacters

/** What a file's content turned out to be. */
export type Shape<Clear = ClearTransaction> = Pick<
  Input<Clear>,
  'format' | 'encoding' | 'messages' | 'notes' | 'records' | 'read'
>

/** The lines of a text in the encoding that was chosen. */
export function linesOf(
  source: Source,
  { encoding, markBytes }: EncodingChoice,
): AsyncGenerator<Lines, void, undefined> {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    return readLines(utf16AsUtf8(source.chunks(), encoding), 'utf-8', maxLineBytes)
  }
  return readLines(source.chunks(), encoding, maxLineBytes, markBytes)
}

/** What the person should know of that choice. */
export function notesOn({ encoding, because }: EncodingChoice): readonly Note[] {
  if (because === 'likelier') return [{ code: 'encoding_doubtful', detail: encoding }]
  return because === 'valid' && encoding !== 'utf-8' ? [{ code: 'encoding_found', detail: encoding }] : []
}

/**
 * Opens a file and reads it through once, so that its hash is known before anything is used.
 * @param shapeOf finds out what it is; what it throws as FileRefusedError refuses the file
 */
export async function openWith<Clear>(
  path: string,
  options: InputOptions,
  shapeOf: (source: Source, inspection: Inspection) => Promise<Shape<Clear>>,
): Promise<Input<Clear> | RefusedInput> {
  let source: Source | undefined
  let inspection: Inspection | undefined
  try {
    source = await openSource(path, options.maxBytes ?? contentBytesMax)
    const opened = source
    inspection = await inspect(source, options.onInspected ?? (() => undefined))
    const shape = await shapeOf(source, inspection)
    const { name, isGzip } = source
    const { sha256, bytes } = inspection
    return { kind: 'input', name, isGzip, sha256, bytes, ...shape, close: () => opened.close() }
  } catch (error) {
    await source?.close()
    if (!(error instanceof FileRefusedError)) throw error
    const name = source?.name ?? path.slice(path.lastIndexOf('/') + 1)
    return {
      kind: 'refused',
      name,
      sha256: inspection?.sha256 ?? '',
      bytes: inspection?.bytes ?? 0,
      ...error.refusal,
    }
  }
}
