/** Header row of a file of facts. Pure. */
import type { FactKind } from '../../../../schemas/fact.ts'
import { factColumns, factKindColumns, factRequired } from '../../../../schemas/fact-csv.ts'
import type { FactColumn, FactFields } from '../../../../schemas/fact-csv.ts'
import { headerNames } from '../csv.ts'
import type { FileRefusal } from '../reasons.ts'

/** What the header row says. */
export interface FactHeader {
  /** Number of fields of every row. */
  readonly columns: number
  /** Field index by column. */
  readonly indexOf: ReadonlyMap<FactColumn, number>
  /** Columns that are not part of the contract and are not read. */
  readonly ignored: readonly string[]
}

const alwaysRequired = ['fact_id', 'event_time', 'subject_id | subject_account'] as const

/** Reads the header row of one kind: columns by name in any order, names without case. */
export function readFactHeader(line: string, kind: FactKind): FactHeader | FileRefusal {
  const names = headerNames(line)
  if (names === undefined) return { reason: 'bad_header', detail: '"' }
  const known: readonly FactColumn[] = [...factColumns, ...factKindColumns[kind]]
  const isKnown = (name: string): boolean => known.some((column) => column === name)
  if (!names.some(isKnown))
    return { reason: 'unknown_format', detail: `no column of ${kind} in the first line` }
  const doubled = names.find((name, index) => isKnown(name) && names.indexOf(name) !== index)
  if (doubled !== undefined) return { reason: 'duplicate_column', detail: doubled }
  const missing = [...alwaysRequired, ...factRequired[kind]].filter(
    (choice) => !choice.split(' | ').some((name) => names.includes(name)),
  )
  if (missing.length > 0) return { reason: 'missing_columns', detail: missing.join(', ') }
  const indexOf = new Map(
    known.flatMap((column): [FactColumn, number][] => {
      const index = names.indexOf(column)
      return index < 0 ? [] : [[column, index]]
    }),
  )
  return { columns: names.length, indexOf, ignored: names.filter((name) => !isKnown(name)) }
}

/** Builds the function that names the fields of one row. */
export function factNamer({ indexOf }: FactHeader): (row: readonly string[]) => FactFields {
  const places = [...indexOf]
  return (row) => Object.fromEntries(places.map(([column, index]) => [column, row[index] ?? '']))
}
