/** Writes the facts of a story as files that `weir ingest --facts` reads: one per kind. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { factColumns, factKindColumns } from '../../../schemas/fact-csv.ts'
import type { FactKind } from '../../../schemas/fact.ts'
import { csvField } from '../core/csv.ts'
import type { StoryFact } from '../core/rule-stories/scene.ts'

/**
 * Writes `KIND.csv` into a folder, which is made where it is missing. UTF-8, LF, header line first.
 * @returns what was written, by kind
 */
export async function writeFacts(
  folder: string,
  facts: readonly StoryFact[],
): Promise<{ readonly kind: FactKind; readonly file: string; readonly rows: number }[]> {
  await mkdir(folder, { recursive: true })
  const kinds = [...new Set(facts.map(({ kind }) => kind))]
  return Promise.all(
    kinds.map(async (kind) => {
      const file = join(folder, `${kind}.csv`)
      const rows = facts.filter((fact) => fact.kind === kind)
      await writeFile(file, linesOf(kind, rows))
      return { kind, file, rows: rows.length }
    }),
  )
}

function linesOf(kind: FactKind, facts: readonly StoryFact[]): string {
  const columns = [...factColumns, ...factKindColumns[kind]]
  const rows = facts.map(({ fields }) => columns.map((column) => csvField(fields[column] ?? '')).join(','))
  return [columns.join(','), ...rows, ''].join('\n')
}
