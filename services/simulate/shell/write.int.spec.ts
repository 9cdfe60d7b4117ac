import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { labelHeader, transactionHeader } from '../core/csv.ts'
import { defaultSimulation } from '../core/transaction.ts'
import { writeSimulation } from './write.ts'

const options = { ...defaultSimulation, transactions: 12_345, days: 20 }
let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-simulate-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

describe('writeSimulation', () => {
  it('writes one line per row and per label after the headers, and says how far it is', async () => {
    const progress: number[] = []
    const out = join(folder, 'deep/transactions.csv')
    const labels = join(folder, 'labels.csv')
    const rows = await writeSimulation({ options, out, labels, onProgress: (count) => progress.push(count) })
    const lines = (await readFile(out, 'utf8')).split('\n')
    const truths = (await readFile(labels, 'utf8')).split('\n')
    expect(rows).toBe(options.transactions)
    expect(lines).toHaveLength(rows + 2)
    expect(truths).toHaveLength(rows + 2)
    expect(`${lines[0]}\n`).toBe(transactionHeader)
    expect(`${truths[0]}\n`).toBe(labelHeader)
    expect(lines.map((line) => line.split(',')[0])).toEqual(truths.map((line) => line.split(',')[0]))
    expect(progress).toEqual([5_000, 10_000, 12_345])
  })

  it('compresses what is named .gz, to the same bytes every time', async () => {
    const [plain, first, second] = ['a.csv', 'a.csv.gz', 'b.csv.gz'].map((name) => join(folder, name))
    for (const out of [plain, first, second]) await writeSimulation({ options, out: out ?? '' })
    const packed = await readFile(first ?? '')
    expect(packed.equals(await readFile(second ?? ''))).toBe(true)
    expect(gunzipSync(packed).equals(await readFile(plain ?? ''))).toBe(true)
  })

  it('waits for a slow reader', async () => {
    let taken = ''
    let waitingMax = 0
    const slow = new Writable({
      highWaterMark: 1024,
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        waitingMax = Math.max(waitingMax, slow.writableLength)
        taken += chunk
        setImmediate(done)
      },
    })
    const few = { ...options, transactions: 3_000 }
    await writeSimulation({ options: few, out: slow })
    expect(taken.split('\n')).toHaveLength(3_002)
    expect(waitingMax).toBeLessThan(250_000)
  })

  it('stops with whole lines when asked to', async () => {
    const stop = new AbortController()
    const out = join(folder, 'a.csv')
    const rows = await writeSimulation({ options, out, signal: stop.signal, onProgress: () => stop.abort() })
    expect(rows).toBe(5_000)
    expect((await readFile(out, 'utf8')).endsWith('\n')).toBe(true)
  })

  it('fails where nothing can be written', async () => {
    const out = join(folder, 'file.csv')
    await writeSimulation({ options: { ...options, transactions: 1 }, out })
    await expect(writeSimulation({ options, out: join(out, 'below.csv') })).rejects.toThrow('file.csv')
    await expect(writeSimulation({ options, out: folder })).rejects.toThrow('EISDIR')
  })
})
