import type { FactKind } from '../../../../schemas/fact.ts'
import type { FactFields } from '../../../../schemas/fact-csv.ts'
import { checkFact } from '../../core/facts/fact.ts'
import type { ClearFact, FactDefaults } from '../../core/facts/fact.ts'
import { factNamer, readFactHeader } from '../../core/facts/header.ts'
import { FileRefusedError } from '../../core/reasons.ts'
import { chooseEncoding } from './encoding.ts'
import { csvLimits, linesOf, notesOn, openWith } from './input.ts'
import type { Input, InputOptions, RefusedInput } from './input.ts'
import { csvHeader, readCsv } from './rows.ts'

/** How a file of facts is to be read. */
export interface FactsOptions extends InputOptions, Omit<FactDefaults, 'sourceId'> {}

/** Opens a file of facts of one kind: CSV, plain or gzip, in any of the encodings of transactions. */
export async function openFacts(
  path: string,
  kind: FactKind,
  options: FactsOptions = {},
): Promise<Input<ClearFact> | RefusedInput> {
  return openWith(path, options, async (source, inspection) => {
    if (/^\s*[<{[]/.test(inspection.head.toString('latin1')))
      throw new FileRefusedError('unknown_format', 'facts are read from CSV')
    const choice = await chooseEncoding(source, inspection, options.encoding)
    const header = await csvHeader(linesOf(source, choice), (line) => readFactHeader(line, kind))
    const { ignored, columns } = header
    const rows = {
      columns,
      named: factNamer(header),
      check: (fields: FactFields) => checkFact(kind, fields, options),
    }
    return {
      format: 'csv',
      encoding: choice.encoding,
      messages: [],
      records: undefined,
      notes: [
        ...notesOn(choice),
        ...(ignored.length === 0 ? [] : [{ code: 'columns_ignored' as const, detail: ignored.join(', ') }]),
      ],
      read: () => readCsv(linesOf(source, choice), rows, csvLimits),
    }
  })
}
