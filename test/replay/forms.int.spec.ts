/** `weir replay` says the same about the same payments, in whatever form and encoding its user holds them. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { transactionColumns } from '../../schemas/transaction-csv.ts'
import type { TransactionFields } from '../../schemas/transaction-csv.ts'
import { defaultSimulation, simulate } from '../../services/simulate/app.ts'
import { weir } from '../support/weir.ts'

let root = ''

/** Simulated payments of people whose ids are their names: what is decoded wrongly then has another subject. */
const rows: readonly TransactionFields[] = [
  ...simulate({ ...defaultSimulation, transactions: 1500, days: 15 }),
].map(({ label: _label, ...row }) => ({ ...row, payer_id: row.payer_name, payee_id: row.payee_name }))

function csv(lineEnd: string): string {
  const lines = rows.map((row) =>
    transactionColumns.map((column) => `"${row[column].replaceAll('"', '""')}"`).join(','),
  )
  return [transactionColumns.join(','), ...lines, ''].join(lineEnd)
}

function jsonLines(): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('')
}

/** No encoder for GB18030 comes with Node: every two-byte character it has, decoded once and turned round. */
function inGb18030(text: string): Buffer {
  const decoder = new TextDecoder('gb18030')
  const codes = new Map<string, readonly number[]>()
  for (let first = 0x81; first <= 0xfe; first += 1) {
    for (let second = 0x40; second <= 0xfe; second += 1) {
      const character = second === 0x7f ? '' : decoder.decode(Uint8Array.of(first, second))
      if (character.length === 1) codes.set(character, [first, second])
    }
  }
  return Buffer.from([...text].flatMap((character) => codes.get(character) ?? [character.charCodeAt(0)]))
}

const forms: Readonly<Record<string, readonly [content: () => Uint8Array | string, ...options: string[]]>> = {
  'plain.csv': [() => csv('\n')],
  'with a byte order mark and CRLF.csv': [() => `\uFEFF${csv('\r\n')}`],
  'GB18030.csv': [() => inGb18030(csv('\r\n'))],
  'GB18030, said so.csv': [() => inGb18030(csv('\n')), '--encoding', 'gb18030'],
  'UTF-16.csv': [() => Buffer.from(`\uFEFF${csv('\n')}`, 'utf16le')],
  'gzip of GB18030.csv.gz': [() => gzipSync(inGb18030(csv('\n')))],
  'JSON lines.jsonl': [jsonLines],
}

async function warningsOf(name: string): Promise<string> {
  const [content = jsonLines, ...options] = forms[name] ?? []
  const [file, out] = [join(root, name), join(root, `${name} out`)]
  await writeFile(file, content())
  const { code, stderr } = await weir(['replay', file, '--out', out, ...options]).ended
  expect(code, stderr).toBe(0)
  return readFile(join(out, 'warnings.ndjson'), 'utf8')
}

let plain = ''

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-forms-'))
  plain = await warningsOf('plain.csv')
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

it('warns of people by the ids their file has', () => {
  const subjects = plain
    .trimEnd()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly subject_id: string }).subject_id)
  expect(subjects.length).toBeGreaterThan(10)
  const names = new Set(rows.flatMap(({ payer_name: payer, payee_name: payee }) => [payer, payee]))
  expect(subjects.filter((subject) => !names.has(subject))).toEqual([])
})

it.concurrent.each(Object.keys(forms).slice(1))('gives the same warnings from %s', async (name) => {
  expect(await warningsOf(name)).toBe(plain)
})
