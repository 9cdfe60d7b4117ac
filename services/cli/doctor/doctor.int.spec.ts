import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { doctor } from './doctor.ts'
import { lookAtDatabase, lookAtDataDirectory } from './look.ts'

const folder = mkdtempSync(join(tmpdir(), 'weir-doctor-spec-'))
const taken = createServer()
const now = Date.parse('2026-11-22T12:00:00+08:00')

beforeAll(async () => {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  taken.listen(0, '127.0.0.1', () => {
    resolve(undefined)
  })
  await promise
})

afterAll(() => {
  taken.close()
  rmSync(folder, { recursive: true })
})

it('finds this machine fit, and leaves nothing behind', async () => {
  const dataDirectory = join(folder, 'not', 'yet', 'there')
  const report = await doctor(
    { WEIR_DATA_DIRECTORY: dataDirectory, WEIR_HTTP_PORT: '0', WEIR_METRICS_PORT: '0' },
    now,
  )
  expect(report.findings.filter(({ status }) => status === 'fail')).toEqual([])
  expect(report.findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      'node',
      'memory',
      'disk',
      'data_directory',
      'embedded_log',
      'database',
      'kafka',
      'calendar',
      'clock',
    ]),
  )
  expect(readdirSync(folder)).toEqual([])
})

it('goes on with the defaults when the configuration is wrong, and tells every mistake and every taken port', async () => {
  const { port } = taken.address() as AddressInfo
  const wrong = await doctor({ WEIR_MODE: 'cloud', WEIR_COLOUR: 'red' }, now)
  expect(wrong.findings.filter(({ check }) => check === 'configuration')).toHaveLength(2)
  expect(wrong.status).toBe('fail')
  const busy = await doctor(
    { WEIR_DATA_DIRECTORY: folder, WEIR_HTTP_PORT: String(port), WEIR_METRICS_PORT: '0' },
    now,
  )
  expect(busy.findings.find(({ check }) => check === 'http_port')).toMatchObject({ status: 'warn' })
})

it('says what keeps the data folder from being written, and the database from answering', async () => {
  const file = join(folder, 'a-file')
  writeFileSync(file, '')
  expect(lookAtDataDirectory(file)).toMatchObject({ check: 'data_directory', status: 'fail' })
  expect(await lookAtDatabase({ kind: 'postgres', url: 'postgres://nobody@127.0.0.1:1/none' })).toMatchObject(
    {
      status: 'fail',
      mend: { en: expect.stringContaining('WEIR_POSTGRES_URL') as string },
    },
  )
})
