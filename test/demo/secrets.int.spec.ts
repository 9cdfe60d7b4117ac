/**
 * G10: account numbers, ids and names leave ingestion only as pseudonyms and sealed identities. Everything that a running
 * demo writes down – topics, database, files, log lines, metrics – is searched for every one of them, and for the keys.
 */
import { once } from 'node:events'
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { topics } from '../../schemas/topics.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import { defaultSimulation, simulate } from '../../services/simulate/app.ts'
import { weir } from '../support/weir.ts'
import { allTopics, recordsOf, tablesOf } from './holdings.ts'
import { Needles, formsOf } from './needles.ts'
import type { Needle } from './needles.ts'

const size = { transactions: 2500, days: 40, seed: 331_004 }
const firstDay = '2026-03-02'

let directory = ''
let logLines = ''
let metrics = ''
let needles: Needles
let traces: readonly { readonly topic: string; readonly trace: string | undefined }[] = []

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Lives through the whole story with a browser's server beside it, as chatty as it can be, and looks at the metrics at its end. */
async function live(): Promise<void> {
  const [port, metricsPort] = [await freePort(), await freePort()]
  const { transactions, days, seed } = size
  const story = ['--transactions', String(transactions), '--days', String(days), '--seed', String(seed)]
  const { child, ended } = weir(
    ['demo', ...story, '--start', firstDay, '--history', '100', '--data', directory, '--port', String(port)],
    { WEIR_LOG_LEVEL: 'trace', WEIR_METRICS_PORT: String(metricsPort) },
  )
  const isTold = (): boolean =>
    new RegExp(`weir_ingest_records_total\\{[^}]*\\} ${transactions}\\n`).test(metrics)
  while (!isTold() && child.exitCode === null) {
    await delay(200)
    metrics = await fetch(`http://127.0.0.1:${metricsPort}/metrics`).then(
      async (answer) => answer.text(),
      () => '',
    )
  }
  child.kill('SIGINT')
  const { code, stdout, stderr } = await ended
  expect(code, stderr).toBe(0)
  logLines = stdout + stderr
}

/** Everything about a person or firm in the story, and the keys. */
async function secrets(): Promise<Needle[]> {
  const clear = new Map<string, string>()
  for (const row of simulate({
    ...defaultSimulation,
    ...size,
    start: Date.parse(`${firstDay}T00:00:00+08:00`),
  })) {
    for (const side of ['payer', 'payee'] as const) {
      for (const field of ['account', 'id', 'name'] as const) {
        const text = row[`${side}_${field}`]
        if (text !== '') clear.set(text, field)
      }
    }
  }
  const keys = JSON.parse(await readFile(join(directory, 'keys.json'), 'utf8')) as {
    readonly pseudonym_key: string
    readonly sealing_keys: readonly { readonly secret: string }[]
  }
  const secretTexts = [keys.pseudonym_key, ...keys.sealing_keys.map(({ secret }) => secret)]
  return [
    ...[...clear].flatMap(([text, field]) => formsOf(field, text)),
    ...secretTexts.flatMap((text) => [
      { what: 'key', bytes: Buffer.from(text) },
      { what: 'key, raw', bytes: Buffer.from(text, 'base64') },
      { what: 'key, hex', bytes: Buffer.from(Buffer.from(text, 'base64').toString('hex')) },
    ]),
  ]
}

async function traceOf(topic: (typeof allTopics)[number]): Promise<typeof traces> {
  const log = await openEmbeddedLog({ directory, sync: 'none' })
  try {
    const records = await recordsOf(log, topic)
    return records.map(({ headers }) => ({ topic: topic.name, trace: headers['traceparent']?.split('-')[1] }))
  } finally {
    await log.close()
  }
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-secrets-'))
  await live()
  needles = new Needles(await secrets())
  traces = [
    ...(await traceOf(topics.transactions)),
    ...(await traceOf(topics.warnings)),
    ...(await traceOf(topics.caseEvents)),
  ]
})

afterAll(async () => {
  await rm(directory, { recursive: true, force: true })
})

describe('nothing that a demo writes down holds an account number, an id, a name or a key (G10)', () => {
  it('finds what it looks for, if it is there', async () => {
    const [planted] = await secrets()
    const hay = Buffer.concat([Buffer.alloc(3, 'x'), planted?.bytes ?? Buffer.alloc(0), Buffer.alloc(3, 'x')])
    expect([...needles.find(hay)]).toContain(planted?.what)
    expect([...needles.find(await readFile(join(directory, 'keys.json')))]).toContain('key')
  })

  it('not in the log lines, nor in the metrics', () => {
    expect(logLines).toContain('"level":')
    expect([...needles.find(Buffer.from(logLines))]).toEqual([])
    expect(metrics).toContain('weir_warnings_total{')
    expect([...needles.find(Buffer.from(metrics))]).toEqual([])
  })

  it('not in any record of any topic: keys, values, headers', async () => {
    const log = await openEmbeddedLog({ directory, sync: 'none' })
    try {
      for (const topic of allTopics) {
        for (const { key, value, headers } of await recordsOf(log, topic)) {
          const parts = [Buffer.from(key), value ?? Buffer.alloc(0), Buffer.from(JSON.stringify(headers))]
          expect([...needles.find(Buffer.concat(parts))], topic.name).toEqual([])
        }
      }
      expect((await recordsOf(log, topics.transactions)).length).toBe(size.transactions)
    } finally {
      await log.close()
    }
  })

  it('not in any row of any table', async () => {
    for (const [table, rows] of await tablesOf(directory)) {
      expect([...needles.find(Buffer.from(rows.join('\n')))], table).toEqual([])
    }
  })

  it('not in any byte of any file but the key file', async () => {
    const leaks = new Map<string, readonly string[]>()
    for (const file of await filesBelow(directory)) {
      const name = relative(directory, file)
      const found = [...needles.find(await readFile(file))]
      if (found.length > 0 && name !== 'keys.json') leaks.set(name, found)
    }
    expect(leaks).toEqual(new Map())
  })
})

describe('a trace goes from ingestion to the case', () => {
  it('every case event carries the trace of a transaction, through its warning', () => {
    const of = (topic: string): Set<string | undefined> =>
      new Set(traces.filter((record) => record.topic === topic).map(({ trace }) => trace))
    const begun = of(topics.transactions.name)
    expect(begun.has(undefined)).toBe(false)
    for (const topic of [topics.warnings, topics.caseEvents]) {
      const carried = of(topic.name)
      expect(carried.size, topic.name).toBeGreaterThan(0)
      expect(carried.difference(begun), topic.name).toEqual(new Set())
    }
  })
})
