import type { RecordRefusal } from './reasons.ts'
import type { ClearTransaction } from './transaction.ts'

/** Where in its file a record stands. */
export interface Place {
  /** 1-based number of the record among all records of the file, refused ones included. Stable for one content. */
  readonly position: number
  /** 1-based line on which the record begins (after decompression). */
  readonly line: number
}

/** A record that can be used. */
export interface ReadRow<Clear = ClearTransaction> extends Place {
  readonly kind: 'row'
  readonly clear: Clear
}

/** A record that cannot. */
export interface RefusedRow extends Place, RecordRefusal {
  readonly kind: 'refused'
  /** The record as delivered: its text in UTF-8, or its bytes where they could not be decoded; XML is rebuilt from the record's elements. */
  readonly raw: Uint8Array
}

/** What became of one record. */
export type ReadResult<Clear = ClearTransaction> = ReadRow<Clear> | RefusedRow

/** A record cut out of a file and not yet checked: its fields in column order, or why it cannot be taken apart. */
export interface CutRecord {
  readonly line: number
  /** The record as it stands in the file, for the dead letter. */
  readonly text: string
  readonly content: { readonly fields: readonly string[] } | RecordRefusal
}
