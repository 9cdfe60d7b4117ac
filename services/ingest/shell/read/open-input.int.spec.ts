import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { csvOf, fieldsWith, temporaryFolder } from '../../../../test/ingest/support.ts'
import type { ReadResult } from '../../core/read-result.ts'
import { openInput } from './open-input.ts'
import type { Input, InputOptions } from './input.ts'

interface Opened {
  readonly input: Input
  readonly results: readonly ReadResult[]
}

async function opened(content: string | Uint8Array, options?: InputOptions): Promise<Opened> {
  await using folder = await temporaryFolder()
  const input = await openInput(await folder.file('any.name', content), options)
  if (input.kind === 'refused') throw new Error(`${input.reason}: ${input.detail}`)
  const results: ReadResult[] = []
  for await (const batch of input.read()) results.push(...batch.results)
  await input.close()
  return { input, results }
}

async function refusal(content: string | Uint8Array, options?: InputOptions): Promise<string> {
  await using folder = await temporaryFolder()
  const input = await openInput(await folder.file('any.name', content), options)
  if (input.kind === 'input') {
    await input.close()
    return 'read'
  }
  return `${input.reason}: ${input.detail}`
}

const names = ({ results }: Opened): readonly string[] =>
  results.map((result) => (result.kind === 'row' ? result.clear.payer_name : result.reason))

const csv = csvOf([fieldsWith({ payer_name: '测试甲' })])
/** `测试甲` in GB18030. */
const gbName = Buffer.from([0xb2, 0xe2, 0xca, 0xd4, 0xbc, 0xd7])
const inGb = (text: string): Buffer => {
  const [before = '', after = ''] = text.split('测试甲')
  return Buffer.concat([Buffer.from(before), gbName, Buffer.from(after)])
}

describe('The encoding is decided from the whole file', () => {
  test('UTF-8, with and without a mark', async () => {
    expect(names(await opened(csv))).toEqual(['测试甲'])
    const marked = await opened(`\ufeff${csv}`)
    expect(names(marked)).toEqual(['测试甲'])
    expect(marked.input).toMatchObject({ encoding: 'utf-8', notes: [] })
  })

  test('GB18030, and the operator is told', async () => {
    const read = await opened(inGb(csv))
    expect(names(read)).toEqual(['测试甲'])
    expect(read.input.notes).toEqual([{ code: 'encoding_found', detail: 'gb18030' }])
  })

  test('the only Chinese character may come after megabytes of ASCII', async () => {
    const many = csvOf([
      ...Array.from({ length: 30_000 }, () => fieldsWith()),
      fieldsWith({ payer_name: '测试甲' }),
    ])
    expect(names(await opened(inGb(many))).at(-1)).toBe('测试甲')
    expect(names(await opened(many)).at(-1)).toBe('测试甲')
  })

  test('UTF-16 by its mark, as spreadsheets write it', async () => {
    expect(names(await opened(Buffer.from(`\ufeff${csv}`, 'utf16le')))).toEqual(['测试甲'])
  })

  test('one broken byte in UTF-8 refuses its own line and turns nothing else into garbage', async () => {
    const rows = ['测试甲', '测试甲', '坏X字', '测试甲'].map((payer_name) => fieldsWith({ payer_name }))
    const bytes = Buffer.from(csvOf(rows))
    bytes[bytes.indexOf('X')] = 0xff
    const read = await opened(bytes)
    expect(names(read)).toEqual(['测试甲', '测试甲', 'undecodable_text', '测试甲'])
    expect(read.input.notes).toEqual([{ code: 'encoding_doubtful', detail: 'utf-8' }])
    const refused = read.results[2]
    expect(refused?.kind === 'refused' && Buffer.from(refused.raw).includes(0xff)).toBe(true)
  })

  test('the operator’s word counts more', async () => {
    expect(names(await opened(inGb(csv), { encoding: 'utf-8' }))).toEqual(['undecodable_text'])
    expect(names(await opened(inGb(csv), { encoding: 'gb18030' }))).toEqual(['测试甲'])
  })
})

describe('Any delivery of the same content is the same file', () => {
  test('gzip is known by its bytes, and the hash is that of the content', async () => {
    const plain = await opened(csv)
    const packed = await opened(gzipSync(csv))
    expect(packed.input).toMatchObject({ isGzip: true, sha256: plain.input.sha256, bytes: plain.input.bytes })
    expect(packed.results).toEqual(plain.results)
  })

  test('line ends of Windows and a missing last line end change nothing', async () => {
    const { results } = await opened(csv)
    expect((await opened(csv.replaceAll('\n', '\r\n'))).results).toEqual(results)
    expect((await opened(csv.trimEnd())).results).toEqual(results)
  })
})

describe('One bad record', () => {
  test('is refused with its line, position, reason and text, and the others are read', async () => {
    const rows = [
      fieldsWith({ txn_id: 'A' }),
      fieldsWith({ txn_id: 'B', amount: 'much' }),
      fieldsWith({ txn_id: 'C' }),
    ]
    const { results } = await opened(csvOf([fieldsWith({ remark: 'two\nlines' }), ...rows]))
    const refused = results[2]
    expect(results.map(({ kind, line, position }) => [kind, line, position])).toEqual([
      ['row', 2, 1],
      ['row', 4, 2],
      ['refused', 5, 3],
      ['row', 6, 4],
    ])
    if (refused?.kind !== 'refused') throw new Error('not refused')
    expect(refused).toMatchObject({ reason: 'invalid_amount', detail: 'amount' })
    expect(Buffer.from(refused.raw).toString()).toBe(csvOf(rows).split('\n')[2])
  })

  test('longer than any record may be is skipped without being held', async () => {
    const rows = csvOf([fieldsWith({ remark: 'x'.repeat(2_000_000) }), fieldsWith({ txn_id: 'B' })])
    const { results } = await opened(rows)
    expect(results.map((result) => (result.kind === 'row' ? result.clear.txn_id : result.reason))).toEqual([
      'record_too_large',
      'B',
    ])
    const [refused] = results
    expect(refused?.kind === 'refused' && refused.raw.length).toBeLessThanOrEqual(256 * 1024)
  })
})

describe('JSON lines', () => {
  const line = (value: unknown): string => `${JSON.stringify(value)}\n`

  test('have the fields of the CSV; absent and null are empty, others are ignored', async () => {
    const { payer_name: _dropped, ...fields } = fieldsWith()
    const { input, results } = await opened(line({ ...fields, remark: null, more: { x: 1 } }))
    expect(input.format).toBe('json')
    expect(results).toMatchObject([{ kind: 'row', clear: { amount: 1250, payer_name: '', remark: '' } }])
  })

  test.each([
    ['an amount as a number', line({ ...fieldsWith(), amount: 12.5 }), 'not_a_string'],
    ['no JSON', '{"txn_id":}\n', 'not_json'],
    ['no object', '"x"\n', 'not_an_object'],
  ])('%s refuses its line', async (_, bad, reason) => {
    const { results } = await opened(line(fieldsWith()) + bad + line(fieldsWith({ txn_id: 'C' })))
    expect(results.map((result) => (result.kind === 'row' ? 'row' : result.reason))).toEqual([
      'row',
      reason,
      'row',
    ])
  })

  test('over several lines, or as an array, are refused as a file', async () => {
    expect(await refusal(JSON.stringify(fieldsWith(), undefined, 2))).toBe('not_json_lines: ')
    expect(await refusal(`[${JSON.stringify(fieldsWith())}]`)).toBe('not_json_lines: ')
  })
})

describe('A file is refused with a reason', () => {
  test.each([
    ['an empty one', '', 'empty_file: '],
    ['an empty one in gzip', gzipSync(''), 'empty_file: '],
    [
      'text of any kind',
      'Dear colleague,\nplease find attached\n',
      'unknown_format: no known column in the first line',
    ],
    ['a spreadsheet', Buffer.from('PK\u0003\u0004rest', 'latin1'), 'unknown_format: zip | xlsx'],
    [
      'random bytes',
      Buffer.from([0, 1, 2, 0xff, 0xfe, 3, 10, 4]),
      'unknown_format: the first line is no header',
    ],
    ['gzip cut short', gzipSync(csv.repeat(50)).subarray(0, 60), 'corrupt_gzip: Z_BUF_ERROR'],
    [
      'missing columns',
      'txn_id,amount\n1,2\n',
      'missing_columns: booked_at, currency, payer_account | payer_id, payee_account | payee_id',
    ],
  ])('%s', async (_, content, expected) => {
    expect(await refusal(content)).toBe(expected)
  })

  test('more than allowed after decompression', async () => {
    expect(await refusal(gzipSync(Buffer.alloc(1_000_000, 'a')), { maxBytes: 100_000 })).toBe(
      'file_too_large: 100000 bytes',
    )
  })

  test('one that is not there, a folder, a device', async () => {
    await using folder = await temporaryFolder()
    expect(await openInput(join(folder.path, 'missing.csv'))).toMatchObject({
      reason: 'unreadable_file',
      detail: 'ENOENT',
    })
    await mkdir(join(folder.path, 'sub'))
    expect(await openInput(join(folder.path, 'sub'))).toMatchObject({ reason: 'not_a_file' })
    expect(await openInput('/dev/null')).toMatchObject({ reason: 'not_a_file' })
  })
})

test('Growth while a file is read is not read; it is another file next time', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.file('growing.csv', csv)
  const input = await openInput(path)
  if (input.kind === 'refused') throw new Error(input.reason)
  await folder.file('growing.csv', (await readFile(path, 'utf8')) + csv.split('\n')[1] + '\n')
  let count = 0
  for await (const batch of input.read()) count += batch.results.length
  await input.close()
  expect(count).toBe(1)
})
