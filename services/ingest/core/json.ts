import type { RecordRefusal } from './reasons.ts'
import { transactionColumns } from '../../../schemas/transaction-csv.ts'
import type { TransactionColumn, TransactionFields } from '../../../schemas/transaction-csv.ts'

/**
 * Reads one JSON line with the fields of the CSV contract; unknown members are ignored, absent and null ones are empty.
 * Every value must be a string: a JSON number is a float to most programs, and an amount must not pass through one.
 */
export function fieldsFromJson(line: string): TransactionFields | RecordRefusal {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch {
    return { reason: 'not_json', detail: '' }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { reason: 'not_an_object', detail: '' }
  const members = value as Readonly<Record<string, unknown>>
  const fields: Partial<Record<TransactionColumn, string>> = {}
  for (const column of transactionColumns) {
    const member = Object.hasOwn(members, column) ? members[column] : undefined
    if (typeof member !== 'string' && member !== undefined && member !== null)
      return { reason: 'not_a_string', detail: column }
    fields[column] = member ?? ''
  }
  return fields as TransactionFields
}
