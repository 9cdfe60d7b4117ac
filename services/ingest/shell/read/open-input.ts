import type { CsvLimits } from '../../core/csv.ts'
import { FileRefusedError } from '../../core/reasons.ts'
import type { FileRefusal, Note } from '../../core/reasons.ts'
import { chooseEncoding, utf16AsUtf8 } from './encoding.ts'
import type { EncodingChoice, TextEncoding } from './encoding.ts'
import { inspect } from './inspect.ts'
import type { Inspection } from './inspect.ts'
import { readIso20022 } from './iso20022.ts'
import { readLines } from './lines.ts'
import type { Lines } from './lines.ts'
import { csvHeader, readCsv, readJsonLines } from './rows.ts'
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
export interface Input {
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
  read(): AsyncGenerator<ReadBatch, void, undefined>
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

const gibibyte = 1024 ** 3
const csvLimits: CsvLimits = { recordCharacters: 64 * 1024, recordLines: 1000 }
/** No text of so many bytes has fewer characters than a record may have, so this bound never decides alone. */
const maxLineBytes = 4 * csvLimits.recordCharacters

function formatOf({ head }: Inspection): InputFormat {
  const text = head
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/^(\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/, '')
  const start = text.trimStart()
  if (start.startsWith('<')) return 'iso20022'
  if (start.startsWith('PK\u0003\u0004')) throw new FileRefusedError('unknown_format', 'zip | xlsx')
  if (!start.startsWith('{') && !start.startsWith('[')) return 'csv'
  if (/"(GrpHdr|XMLName|Xmlns)"/.test(text)) throw new FileRefusedError('iso20022_as_json', '')
  const [first = ''] = start.split('\n')
  if (start.startsWith('[') || !/\}\s*$/.test(first)) {
    // A first object longer than the head is judged when its line is read.
    if (start.startsWith('[') || first.length < start.length) throw new FileRefusedError('not_json_lines', '')
  }
  return 'json'
}

type Shape = Pick<Input, 'format' | 'encoding' | 'messages' | 'notes' | 'records' | 'read'>

function linesOf(
  source: Source,
  { encoding, markBytes }: EncodingChoice,
): AsyncGenerator<Lines, void, undefined> {
  if (encoding === 'utf-16le' || encoding === 'utf-16be') {
    return readLines(utf16AsUtf8(source.chunks(), encoding), 'utf-8', maxLineBytes)
  }
  return readLines(source.chunks(), encoding, maxLineBytes, markBytes)
}

function notesOn({ encoding, because }: EncodingChoice): readonly Note[] {
  if (because === 'likelier') return [{ code: 'encoding_doubtful', detail: encoding }]
  return because === 'valid' && encoding !== 'utf-8' ? [{ code: 'encoding_found', detail: encoding }] : []
}

async function textShape(
  format: 'csv' | 'json',
  source: Source,
  inspection: Inspection,
  options: InputOptions,
): Promise<Shape> {
  const choice = await chooseEncoding(source, inspection, options.encoding)
  const sourceId = options.sourceId ?? ''
  const notes = notesOn(choice)
  const common = { format, encoding: choice.encoding, messages: [], records: undefined, notes }
  if (format === 'json') return { ...common, read: () => readJsonLines(linesOf(source, choice), sourceId) }
  const header = await csvHeader(linesOf(source, choice))
  const { ignored } = header
  return {
    ...common,
    notes: ignored.length === 0 ? notes : [...notes, { code: 'columns_ignored', detail: ignored.join(', ') }],
    read: () => readCsv(linesOf(source, choice), header, csvLimits, sourceId),
  }
}

/** A message stands or falls as a whole, so it is read through before any of it is used. */
async function messageShape(source: Source, inspection: Inspection, options: InputOptions): Promise<Shape> {
  const start = (): ReturnType<typeof readIso20022> =>
    readIso20022(source.chunks(), inspection.head, options.sourceId ?? '')
  const trial = start()
  let records = 0
  for await (const batch of trial.batches) records += batch.results.length
  return {
    format: 'iso20022',
    encoding: '',
    messages: trial.types(),
    notes: trial.miscounts().map((detail) => ({ code: 'count_differs', detail })),
    records,
    read: () => start().batches,
  }
}

/**
 * Opens a file and finds out what it is: plain or gzip, CSV, JSON lines or ISO 20022, in which encoding. Reads it through at least
 * once, so that its hash is known and an encoding or a broken message is decided before anything is used.
 * @returns the file to read, or why nothing of it is taken
 */
export async function openInput(path: string, options: InputOptions = {}): Promise<Input | RefusedInput> {
  let source: Source | undefined
  let inspection: Inspection | undefined
  try {
    source = await openSource(path, options.maxBytes ?? 64 * gibibyte)
    const opened = source
    inspection = await inspect(source, options.onInspected ?? (() => undefined))
    const format = formatOf(inspection)
    if (format === 'iso20022' && inspection.bytes > (options.maxBytes ?? 4 * gibibyte)) {
      throw new FileRefusedError('file_too_large', `${options.maxBytes ?? 4 * gibibyte} bytes`)
    }
    const shape =
      format === 'iso20022'
        ? await messageShape(source, inspection, options)
        : await textShape(format, source, inspection, options)
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
