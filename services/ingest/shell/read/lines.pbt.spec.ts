import fc from 'fast-check'
import { expect, test } from 'vitest'
import { csvOf, fieldsWith } from '../../../../test/ingest/support.ts'
import { checked } from '../../../../test/support/seed.ts'
import type { ReadResult } from '../../core/read-result.ts'
import { checkFields } from '../../core/transaction.ts'
import type { TransactionFields } from '../../../../schemas/transaction-csv.ts'
import { readLines } from './lines.ts'
import { readHeader } from '../../core/csv.ts'
import { csvHeader, paymentRows, readCsv } from './rows.ts'

const limits = { recordCharacters: 64 * 1024, recordLines: 1000 }

async function* chunksOf(bytes: Buffer, borders: readonly number[]): AsyncGenerator<Buffer, void, undefined> {
  const cuts = [...new Set(borders.map((border) => border % (bytes.length + 1)))].toSorted((a, b) => a - b)
  let from = 0
  for (const to of [...cuts, bytes.length]) {
    yield bytes.subarray(from, to)
    from = to
  }
}

async function readBack(
  bytes: Buffer,
  encoding: 'utf-8' | 'gb18030',
  borders: readonly number[],
): Promise<readonly ReadResult[]> {
  const lines = (): ReturnType<typeof readLines> => readLines(chunksOf(bytes, borders), encoding, 256 * 1024)
  const header = await csvHeader(lines(), readHeader)
  const results: ReadResult[] = []
  for await (const batch of readCsv(lines(), paymentRows(header, ''), limits)) results.push(...batch.results)
  return results
}

/** No encoder for GB18030 comes with Node: every two-byte character it has, decoded once and turned round. */
const gbkBytes = new Map<string, Buffer>()
for (let lead = 0xb0; lead <= 0xf7; lead += 1) {
  for (let trail = 0xa1; trail <= 0xfe; trail += 1) {
    const bytes = Buffer.from([lead, trail])
    const character = new TextDecoder('gb18030').decode(bytes)
    // What GB 2312 leaves open decodes to private-use characters.
    if (/^\p{Script=Han}$/u.test(character)) gbkBytes.set(character, bytes)
  }
}
const hanzi = [...gbkBytes.keys()]

function inGb18030(text: string): Buffer {
  return Buffer.concat(
    [...text].map((character) => gbkBytes.get(character) ?? Buffer.from(character, 'ascii')),
  )
}

const word = fc.array(fc.oneof(fc.constantFrom(...hanzi), fc.constantFrom('"', ',', '\n', ' ', 'a', "'")), {
  maxLength: 8,
})
const text = word.map((parts) => parts.join('').trim())
const digits = fc.stringMatching(/^[1-9][0-9]{5,18}$/)
const record: fc.Arbitrary<TransactionFields> = fc
  .record({
    txn_id: fc.stringMatching(/^[A-Z0-9]{1,12}$/),
    amount: fc
      .integer({ min: 1, max: 10 ** 12 })
      .map((minor) => `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`),
    payer_account: digits,
    payee_account: digits,
    payer_name: text,
    payee_name: text,
    remark: text,
    payer_kind: fc.constantFrom('', 'person', 'enterprise', 'institution', 'unknown'),
    channel: fc.constantFrom('', 'cash', 'transfer', 'third_party', 'card', 'unknown'),
  })
  .map(fieldsWith)
const records = fc.array(record, { minLength: 1, maxLength: 12 })
const borders = fc.array(fc.nat(), { maxLength: 8 })

for (const encoding of ['utf-8', 'gb18030'] as const) {
  test(`Random payments in ${encoding} are read back, wherever the chunks of the file end`, async () => {
    await checked(
      fc.asyncProperty(records, borders, fc.boolean(), async (rows, cuts, isWindows) => {
        const written = isWindows ? csvOf(rows).replaceAll('\n', '\r\n') : csvOf(rows)
        const bytes = encoding === 'utf-8' ? Buffer.from(written) : inGb18030(written)
        const read = await readBack(bytes, encoding, cuts)
        expect(read.map((result) => (result.kind === 'row' ? result.clear : result.reason))).toEqual(
          rows.map((row) => checkFields(row)),
        )
      }),
      150,
    )
  })
}

test('Random bytes give the same results wherever the chunks end: nothing is thrown, nothing depends on the cut', async () => {
  const noise = fc.array(fc.constantFrom(0x41, 0x22, 0x2c, 0x0a, 0x0d, 0x80, 0xff, 0xd6, 0xd0, 0xe6), {
    maxLength: 120,
  })
  await checked(
    fc.asyncProperty(noise, borders, fc.constantFrom('utf-8', 'gb18030'), async (bytes, cuts, encoding) => {
      const file = Buffer.concat([Buffer.from(csvOf([fieldsWith()])), Buffer.from(bytes)])
      const whole = await readBack(file, encoding, [])
      const cut = await readBack(file, encoding, cuts)
      expect(cut).toEqual(whole)
      expect(whole[0]?.kind).toBe('row')
    }),
    300,
  )
})
