import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openInput } from '../../services/ingest/app.ts'

/*
 * Every ISO 20022 sample is read, or refused with a clear reason: iso20022.golden.json says which, by file name, and holds nothing of
 * the files' content. After a deliberate change write it anew with WEIR_TEST_GOLDEN=write and read the difference.
 */
const shared = process.env['WEIR_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname
const samples = join(shared, 'data', 'iso20022')
const golden = new URL('iso20022.golden.json', import.meta.url)
const isThere = existsSync(samples)

async function outcomeOf(path: string): Promise<string> {
  const input = await openInput(path)
  if (input.kind === 'refused')
    return `refused: ${input.reason}${input.detail === '' ? '' : `: ${input.detail}`}`
  let read = 0
  const refused = new Map<string, number>()
  for await (const { results } of input.read()) {
    for (const result of results) {
      if (result.kind === 'row') read += 1
      else refused.set(result.reason, (refused.get(result.reason) ?? 0) + 1)
    }
  }
  await input.close()
  const reasons = [...refused]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([reason, count]) => `${reason}: ${count}`)
  const total = [...refused.values()].reduce((sum, count) => sum + count, 0)
  const rest = total === 0 ? '' : `, ${total} refused {${reasons.join(', ')}}`
  return `${input.messages.join(' ')} read: ${read} transactions${rest}`
}

async function outcomes(): Promise<Readonly<Record<string, string>>> {
  const entries = await readdir(samples, { recursive: true, withFileTypes: true })
  const paths = entries
    .filter((entry) => entry.isFile() && entry.name !== 'LICENSE' && entry.name !== 'SOURCE.txt')
    .map((entry) => join(entry.parentPath, entry.name))
  const rows: [string, string][] = []
  for (const path of paths.toSorted()) rows.push([relative(samples, path), await outcomeOf(path)])
  return Object.fromEntries(rows)
}

if (!isThere) {
  process.stderr.write(
    `\nNOT TESTED: no ISO 20022 samples at ${samples}. Set WEIR_SHARED to the folder that holds data/iso20022.\n\n`,
  )
}

describe.skipIf(!isThere)('The ISO 20022 samples', () => {
  test('are each read or refused as the golden table says', async () => {
    const actual = await outcomes()
    if (process.env['WEIR_TEST_GOLDEN'] === 'write') {
      const { writeFile } = await import('node:fs/promises')
      await writeFile(golden, `${JSON.stringify(actual, undefined, 2)}\n`)
    }
    expect(actual).toEqual(JSON.parse(await readFile(golden, 'utf8')))
    expect(Object.keys(actual)).toHaveLength(189)
  })
})
