/** Rows as CSV lines (RFC 4180, LF). Pure. */
import { transactionColumns } from '../../../schemas/transaction-csv.ts'
import type { SimulatedTransaction } from './transaction.ts'

/** Columns of the labels file: one line per row, in the same order. */
export const labelColumns = ['txn_id', 'pattern_id', 'typology', 'is_laundering'] as const

/** Header line of the transaction CSV. */
export const transactionHeader = `${transactionColumns.join(',')}\n`

/** Header line of the labels CSV. */
export const labelHeader = `${labelColumns.join(',')}\n`

/** One field of a CSV line, quoted where it must be. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** One line of the transaction CSV, line end included. */
export function transactionLine(row: SimulatedTransaction): string {
  // Only names and remarks are free text; the other fields have no character that needs quoting.
  return (
    `${row.txn_id},${row.booked_at},${row.amount},${row.currency},` +
    `${row.payer_account},${row.payer_id},${csvField(row.payer_name)},${row.payer_kind},${row.payer_region},` +
    `${row.payee_account},${row.payee_id},${csvField(row.payee_name)},${row.payee_kind},${row.payee_region},` +
    `${row.channel},${row.country},${csvField(row.remark)},${row.source_id}\n`
  )
}

/** One line of the labels CSV, line end included. */
export function labelLine({ txn_id, label }: SimulatedTransaction): string {
  return `${txn_id},${label.scheme_id},${label.typology},${label.is_laundering ? 1 : 0}\n`
}
