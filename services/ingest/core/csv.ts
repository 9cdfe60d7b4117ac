import { parse } from 'csv-parse/sync'
import type { FileRefusal } from './reasons.ts'
import type { CutRecord } from './read-result.ts'
import { transactionColumns } from '../../../schemas/transaction-csv.ts'
import type { TransactionColumn, TransactionFields } from '../../../schemas/transaction-csv.ts'

/** Bounds of one record. */
export interface CsvLimits {
  readonly recordCharacters: number
  readonly recordLines: number
}

/** Lines parsed together while their quoting is sound. */
const batchLines = 256

type Fields = readonly string[]

/**
 * Splits text into records; undefined when its quoting is broken.
 * @param isLenient quotes inside an unquoted field are ordinary characters. Only for one line: over several, such a quote would
 *   open a field that swallows the lines after it.
 */
function parseRecords(text: string, isLenient: boolean): readonly Fields[] | undefined {
  try {
    return parse(text, { relax_column_count: true, relax_quotes: isLenient, record_delimiter: '\n' })
  } catch {
    return undefined
  }
}

function hasOddQuotes(line: string): boolean {
  let odd = false
  for (let at = line.indexOf('"'); at >= 0; at = line.indexOf('"', at + 1)) odd = !odd
  return odd
}

/**
 * Cuts lines into CSV records (RFC 4180). A line without a quote is a record by itself; only what holds quotes goes through
 * csv-parse, in batches. A record whose quotes do not close is refused alone and cutting goes on at the very next line, so a stray
 * quote never swallows its neighbours.
 */
export class CsvCutter {
  readonly #columns: number
  readonly #limits: CsvLimits
  /** Lines not yet part of a record, and the number of the first of them. */
  #lines: readonly string[] = []
  #firstLine = 1

  /** @param columns fields a record should have; a record over several lines that has another number is taken for a stray quote */
  constructor(columns: number, limits: CsvLimits) {
    this.#columns = columns
    this.#limits = limits
  }

  /**
   * Takes the next lines, without terminators, and returns the records now complete, in order.
   * @param isLast no line follows: whatever is left must be a record or is refused
   */
  push(lines: readonly string[], firstLine: number, isLast: boolean): CutRecord[] {
    if (this.#lines.length === 0) this.#firstLine = firstLine
    const all = this.#lines.length === 0 ? lines : [...this.#lines, ...lines]
    const records: CutRecord[] = []
    let at = 0
    while (at < all.length) {
      const text = all[at] ?? ''
      if (!text.includes('"')) {
        if (text !== '') records.push(this.#record(text, this.#firstLine + at, text.split(',')))
        at += 1
        continue
      }
      const ends = this.#blockEnds(all, at, isLast)
      if (ends.length === 0) break
      at = this.#parseBlocks(all, at, ends, records)
    }
    this.#lines = all.slice(at)
    this.#firstLine += at
    return records
  }

  /** Ends (exclusive) of the consecutive quoted blocks from `start`; empty when the first one may still go on in lines to come. */
  #blockEnds(all: readonly string[], start: number, isLast: boolean): readonly number[] {
    const ends: number[] = []
    let at = start
    while (at < all.length && at - start < batchLines && (all[at] ?? '').includes('"')) {
      const end = this.#blockEnd(all, at)
      if (end === undefined && !isLast && all.length - at < this.#limits.recordLines) {
        if (!this.#isTooLong(all, at)) break
      }
      // What does not end within the bounds is tried line by line.
      at = end ?? at + 1
      ends.push(at)
    }
    return ends
  }

  #isTooLong(all: readonly string[], start: number): boolean {
    let characters = 0
    for (let at = start; at < all.length; at += 1) characters += (all[at] ?? '').length
    return characters > this.#limits.recordCharacters
  }

  /** The line after which every quote opened since `start` is closed, if it comes within the bounds. */
  #blockEnd(all: readonly string[], start: number): number | undefined {
    let isOpen = false
    let characters = 0
    const last = Math.min(all.length, start + this.#limits.recordLines)
    for (let at = start; at < last; at += 1) {
      const text = all[at] ?? ''
      characters += text.length
      if (hasOddQuotes(text)) isOpen = !isOpen
      if (!isOpen) return at + 1
      if (characters > this.#limits.recordCharacters) return undefined
    }
    return undefined
  }

  /** Parses the blocks together, or as much of the first as holds; returns the next line to go on with. */
  #parseBlocks(all: readonly string[], start: number, ends: readonly number[], records: CutRecord[]): number {
    const last = ends.at(-1) ?? start
    const parsed = parseRecords(all.slice(start, last).join('\n'), false)
    const starts = [start, ...ends]
    const isSound = (fields: Fields, index: number): boolean =>
      this.#isSound(fields, all, starts[index] ?? start, ends[index] ?? start)
    if (parsed?.length === ends.length && parsed.every(isSound)) {
      parsed.forEach((fields, index) => {
        const from = starts[index] ?? start
        records.push(this.#record(all.slice(from, ends[index]).join('\n'), this.#firstLine + from, fields))
      })
      return last
    }
    return this.#parseFirst(all, start, ends[0] ?? start + 1, records)
  }

  /**
   * Whether a record over several lines is what its writer meant: with as many fields as the header, and without a line in its midst
   * that is a whole record by itself. Such a line was swallowed by two stray quotes.
   */
  #isSound(fields: Fields, all: readonly string[], start: number, end: number): boolean {
    if (end - start === 1) return true
    if (fields.length !== this.#columns) return false
    return !all
      .slice(start + 1, end - 1)
      .some((line) => !line.includes('"') && line.split(',').length === this.#columns)
  }

  #parseFirst(all: readonly string[], start: number, end: number, records: CutRecord[]): number {
    const block = all.slice(start, end).join('\n')
    const parsed = parseRecords(block, end - start === 1)
    const [fields] = parsed ?? []
    if (parsed?.length === 1 && fields !== undefined && this.#isSound(fields, all, start, end)) {
      records.push(this.#record(block, this.#firstLine + start, fields))
      return end
    }
    const line = all[start] ?? ''
    records.push(this.#record(line, this.#firstLine + start, parseRecords(line, true)?.[0]))
    return start + 1
  }

  #record(text: string, line: number, fields: Fields | undefined): CutRecord {
    if (text.length > this.#limits.recordCharacters) {
      return {
        line,
        text,
        content: { reason: 'record_too_large', detail: `${this.#limits.recordCharacters} characters` },
      }
    }
    if (fields === undefined) return { line, text, content: { reason: 'bad_quoting', detail: '"' } }
    if (fields.length !== this.#columns) {
      return {
        line,
        text,
        content: { reason: 'wrong_column_count', detail: `${fields.length} instead of ${this.#columns}` },
      }
    }
    return { line, text, content: { fields } }
  }
}

/** What the header row says: which field of a row holds which column. */
export interface CsvHeader {
  /** Number of fields of every row. */
  readonly columns: number
  /** Field index by column; missing columns are absent. */
  readonly indexOf: ReadonlyMap<TransactionColumn, number>
  /** Columns that are not part of the contract and are not read. */
  readonly ignored: readonly string[]
}

const required = ['txn_id', 'booked_at', 'amount', 'currency'] as const
const known: ReadonlySet<string> = new Set(transactionColumns)

function missingColumns(names: ReadonlySet<string>): readonly string[] {
  const missing: string[] = required.filter((name) => !names.has(name))
  for (const side of ['payer', 'payee']) {
    if (!names.has(`${side}_account`) && !names.has(`${side}_id`))
      missing.push(`${side}_account | ${side}_id`)
  }
  return missing
}

/** Names in a header row, in lower case; undefined when its quoting is broken. */
export function headerNames(line: string): readonly string[] | undefined {
  return parseRecords(line, false)?.[0]?.map((name) => name.trim().toLowerCase())
}

/** Reads the header row: columns by name in any order, names without case. */
export function readHeader(line: string): CsvHeader | FileRefusal {
  const names = headerNames(line)
  if (names === undefined) return { reason: 'bad_header', detail: '"' }
  if (!names.some((name) => known.has(name)))
    return { reason: 'unknown_format', detail: 'no known column in the first line' }
  const doubled = names.find((name, index) => known.has(name) && names.indexOf(name) !== index)
  if (doubled !== undefined) return { reason: 'duplicate_column', detail: doubled }
  const missing = missingColumns(new Set(names))
  if (missing.length > 0) return { reason: 'missing_columns', detail: missing.join(', ') }
  const indexOf = new Map<TransactionColumn, number>()
  for (const column of transactionColumns) {
    const index = names.indexOf(column)
    if (index >= 0) indexOf.set(column, index)
  }
  return { columns: names.length, indexOf, ignored: names.filter((name) => !known.has(name)) }
}

/** Builds the function that names the fields of one row; columns the header lacks are empty. */
export function fieldNamer(header: CsvHeader): (row: readonly string[]) => TransactionFields {
  const at = (column: TransactionColumn): number => header.indexOf.get(column) ?? -1
  const [txnId, bookedAt, amount, currency] = [at('txn_id'), at('booked_at'), at('amount'), at('currency')]
  const payer = sideAt('payer', at)
  const payee = sideAt('payee', at)
  const [channel, country, remark, source] = [at('channel'), at('country'), at('remark'), at('source_id')]
  return (row) => ({
    txn_id: row[txnId] ?? '',
    booked_at: row[bookedAt] ?? '',
    amount: row[amount] ?? '',
    currency: row[currency] ?? '',
    payer_account: row[payer.account] ?? '',
    payer_id: row[payer.id] ?? '',
    payer_name: row[payer.name] ?? '',
    payer_kind: row[payer.kind] ?? '',
    payer_region: row[payer.region] ?? '',
    payee_account: row[payee.account] ?? '',
    payee_id: row[payee.id] ?? '',
    payee_name: row[payee.name] ?? '',
    payee_kind: row[payee.kind] ?? '',
    payee_region: row[payee.region] ?? '',
    channel: row[channel] ?? '',
    country: row[country] ?? '',
    remark: row[remark] ?? '',
    source_id: row[source] ?? '',
  })
}

type SidePart = 'account' | 'id' | 'name' | 'kind' | 'region'

function sideAt(
  side: 'payer' | 'payee',
  at: (column: TransactionColumn) => number,
): Readonly<Record<SidePart, number>> {
  return {
    account: at(`${side}_account`),
    id: at(`${side}_id`),
    name: at(`${side}_name`),
    kind: at(`${side}_kind`),
    region: at(`${side}_region`),
  }
}
