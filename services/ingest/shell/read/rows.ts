import { CsvCutter, fieldNamer } from '../../core/csv.ts'
import type { CsvHeader, CsvLimits } from '../../core/csv.ts'
import { fieldsFromJson } from '../../core/json.ts'
import { FileRefusedError } from '../../core/reasons.ts'
import type { FileRefusal, RecordRefusal } from '../../core/reasons.ts'
import type { ReadResult } from '../../core/read-result.ts'
import { checkFields } from '../../core/transaction.ts'
import type { ClearTransaction } from '../../core/transaction.ts'
import type { TransactionFields } from '../../../../schemas/transaction-csv.ts'
import type { FaultyLine, Lines } from './lines.ts'

/** Records of a file in order, as many as one step of reading gave. */
export interface ReadBatch<Clear = ClearTransaction> {
  readonly results: readonly ReadResult<Clear>[]
  /** Bytes of the decompressed content consumed up to here. */
  readonly bytes: number
}

/** Numbers records and turns what was cut out into results. */
export class ResultBuilder<
  Fields extends object = TransactionFields,
  Clear extends object = ClearTransaction,
> {
  readonly #check: (fields: Fields) => Clear | RecordRefusal
  /** Position of the record added last. */
  #position = 0
  #results: ReadResult<Clear>[] = []

  /** @param check what a record says, or the first reason against it */
  constructor(check: (fields: Fields) => Clear | RecordRefusal) {
    this.#check = check
  }

  /** Adds one record: its fields, or why there are none. */
  add(line: number, content: Fields | RecordRefusal, raw: () => string): void {
    const checked = isRefusal(content) ? content : this.#check(content)
    if (isRefusal(checked)) this.refuse(line, checked, Buffer.from(raw()))
    else this.#push({ kind: 'row', position: this.#next(), line, clear: checked })
  }

  /** Adds one record that is not to be read. */
  refuse(line: number, { reason, detail }: RecordRefusal, raw: Uint8Array): void {
    this.#push({ kind: 'refused', position: this.#next(), line, reason, detail, raw })
  }

  /** The results added since the last call. */
  take(): readonly ReadResult<Clear>[] {
    const results = this.#results
    this.#results = []
    return results
  }

  #next(): number {
    this.#position += 1
    return this.#position
  }

  #push(result: ReadResult<Clear>): void {
    this.#results.push(result)
  }
}

function isRefusal(content: object): content is RecordRefusal {
  return 'reason' in content
}

/** Calls `onLines` for the sound stretches of a batch and `onFault` for the lines between them, in order. */
function inOrder(
  batch: Lines,
  onLines: (lines: readonly string[], firstLine: number, isLast: boolean) => void,
  onFault: (fault: FaultyLine) => void,
): void {
  let from = 0
  for (const fault of batch.faulty) {
    const at = fault.line - batch.firstLine
    // Nothing continues across a line that cannot be read, wherever the chunks of the file happen to end.
    onLines(batch.lines.slice(from, at), batch.firstLine + from, true)
    onFault(fault)
    from = at + 1
  }
  onLines(from === 0 ? batch.lines : batch.lines.slice(from), batch.firstLine + from, batch.isLast)
}

function refuseFault<Fields extends object, Clear extends object>(
  builder: ResultBuilder<Fields, Clear>,
  fault: FaultyLine,
): void {
  builder.refuse(fault.line, { reason: fault.reason, detail: '' }, fault.bytes)
}

/** How the rows of a CSV file become records. */
export interface RowReading<Fields extends object, Clear extends object> {
  /** Number of fields of every row. */
  readonly columns: number
  /** Names the fields of a row. */
  readonly named: (row: readonly string[]) => Fields
  readonly check: (fields: Fields) => Clear | RecordRefusal
}

/** Payments: the columns of a header, and the contract of transactions. @param source stands in where a record names no source */
export function paymentRows(
  header: CsvHeader,
  source: string,
): RowReading<TransactionFields, ClearTransaction> {
  return {
    columns: header.columns,
    named: fieldNamer(header),
    check: (fields) => checkFields(fields, source),
  }
}

/** Reads the rows of a CSV file below its header. */
export async function* readCsv<Fields extends object, Clear extends object>(
  batches: AsyncIterable<Lines>,
  { columns, named, check }: RowReading<Fields, Clear>,
  limits: CsvLimits,
): AsyncGenerator<ReadBatch<Clear>, void, undefined> {
  const builder = new ResultBuilder(check)
  const cutter = new CsvCutter(columns, limits)
  let isHeader = true
  for await (const batch of batches) {
    inOrder(
      batch,
      (lines, firstLine, isLast) => {
        const skip = isHeader && lines.length > 0 ? 1 : 0
        if (skip === 1) isHeader = false
        for (const { line, text, content } of cutter.push(
          skip === 1 ? lines.slice(1) : lines,
          firstLine + skip,
          isLast,
        )) {
          builder.add(line, isRefusal(content) ? content : named(content.fields), () => text)
        }
      },
      (fault) => refuseFault(builder, fault),
    )
    yield { results: builder.take(), bytes: batch.bytes }
  }
}

function isFileRefusal(header: object): header is FileRefusal {
  return 'reason' in header
}

/** Reads one JSON object a line; empty lines do not count. */
export async function* readJsonLines(
  batches: AsyncIterable<Lines>,
  source: string,
): AsyncGenerator<ReadBatch, void, undefined> {
  const builder = new ResultBuilder((fields: TransactionFields) => checkFields(fields, source))
  for await (const batch of batches) {
    inOrder(
      batch,
      (lines, firstLine) =>
        lines.forEach((text, index) => {
          if (text.trim() !== '') builder.add(firstLine + index, fieldsFromJson(text), () => text)
        }),
      (fault) => refuseFault(builder, fault),
    )
    yield { results: builder.take(), bytes: batch.bytes }
  }
}

/**
 * Reads the header row, the first line of the file.
 * @param read what the line says, or why it is not one of ours
 * @throws FileRefusedError when it is not
 */
export async function csvHeader<Header extends object>(
  batches: AsyncIterable<Lines>,
  read: (line: string) => Header | FileRefusal,
): Promise<Header> {
  for await (const batch of batches) {
    if (batch.faulty[0]?.line === 1)
      throw new FileRefusedError('unknown_format', 'the first line is no header')
    if (batch.lines.length === 0) continue
    const header = read(batch.lines[0] ?? '')
    if (isFileRefusal(header)) throw new FileRefusedError(header.reason, header.detail)
    return header
  }
  throw new FileRefusedError('empty_file', '')
}
