/** Our detection report says what the yardstick script says of the same warnings. */
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { detect } from '../../services/cli/commands/detection.ts'
import { run } from '../../services/platform/broker/run.ts'
import { weir } from '../support/weir.ts'

const shared = process.env['WEIR_SHARED'] ?? new URL('../../../shared', import.meta.url).pathname
const yardstick = join(shared, 'data', 'detection_score.py')
const template = join(shared, 'data', 'amlgentex_template_csv')
const python = process.env['PYTHON'] ?? 'python3'

const isThere = existsSync(yardstick) && (await run(python, ['-V']).catch(() => ({ code: 1 }))).code === 0
if (!isThere) process.stderr.write(`\n*** DETECTION IS NOT COMPARED: no python3, or no ${yardstick} ***\n\n`)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-detection-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
})

async function runWeir(args: readonly string[]): Promise<void> {
  const { code, stderr } = await weir(args).ended
  if (code !== 0) throw new Error(stderr)
}

async function plain(path: string, name: string): Promise<string> {
  const target = join(folder, name)
  await writeFile(target, gunzipSync(await readFile(path)))
  return target
}

/** What both say, in the yardstick's form. */
async function compared(directory: string): Promise<{ ours: unknown; theirs: unknown }> {
  const transactions = join(directory, 'transactions.csv.gz')
  await runWeir(['replay', transactions, '--out', join(folder, 'replay'), '--json'])
  const files = [
    await plain(transactions, 'transactions.csv'),
    await plain(join(directory, 'labels.csv.gz'), 'labels.csv'),
  ]
  const { code, output } = await run(python, [yardstick, ...files, join(folder, 'replay', 'warnings.ndjson')])
  if (code !== 0) throw new Error(output)
  const theirs = JSON.parse(output) as Record<string, unknown>
  const report = await detect({ data: directory })
  const byTypology = Object.fromEntries(
    Object.entries(report.by_typology).map(([name, { found, of }]) => [name, `${found}/${of}`]),
  )
  const ours = Object.fromEntries(
    Object.keys(theirs).map((name) => [
      name,
      name === 'by_typology' ? byTypology : report[name as keyof typeof report],
    ]),
  )
  return { ours, theirs }
}

describe.skipIf(!isThere)('the detection report and the yardstick script', () => {
  it('agree on a simulated district', async () => {
    const directory = join(folder, 'district')
    await runWeir([
      ...['simulate', '--transactions', '20000', '--out', join(directory, 'transactions.csv.gz')],
      ...['--labels', join(directory, 'labels.csv.gz')],
    ])
    const { ours, theirs } = await compared(directory)
    expect(ours).toEqual(theirs)
  })

  it.skipIf(!existsSync(template))('agree on data of a third party', async () => {
    const { ours, theirs } = await compared(template)
    expect(ours).toEqual(theirs)
  })
})
