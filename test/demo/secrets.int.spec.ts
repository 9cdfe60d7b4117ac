/**
 * G10, pseudonyms on topics: a demo is lived through at the finest log level, looked at through its API, given a file with
 * faults, and stopped. Then everything that left ingestion is searched for every account number, id and name that went in.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import type { Identity } from '../../schemas/http/casework.ts'
import { topics } from '../../schemas/topics.ts'
import { ingestDeadLetters } from '../../services/ingest/app.ts'
import { loadOrCreateDemoKeys } from '../../services/platform/identity/keys.ts'
import type { IdentityKeysConfig } from '../../services/platform/identity/keys.ts'
import { createIdentityVault } from '../../services/platform/identity/vault.ts'
import type { LogRecord } from '../../services/platform/log/port.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import { defaultSimulation, simulate } from '../../services/simulate/app.ts'
import type { SimulatedTransaction } from '../../services/simulate/app.ts'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'
import { finderOf, formsOf } from './finder.ts'
import type { Finder, Secret } from './finder.ts'
import { allTopics, recordsOf, tablesOf } from './holdings.ts'
import { liveDemo, Visitor } from './live.ts'
import { firstDay } from './run.ts'

const size = { transactions: 1500, days: 15, seed: 20_260_302 }
const start = Date.parse(`${firstDay}T00:00:00+08:00`)

/** People who occur nowhere else, in rows of which some cannot be taken. */
const guests = { payer: '演示访客甲有限公司', payee: '测试访客乙', account: '9990009900000000017' }
const guestRows = [
  'txn_id,booked_at,amount,currency,payer_account,payer_id,payer_name,payer_kind,payer_region,payee_account,payee_id,payee_name,payee_kind,payee_region,channel,country,remark,source_id',
  `g1,2026-03-10T10:00:00+08:00,100.00,CNY,${guests.account},,${guests.payer},enterprise,331004,9990009900000000025,,${guests.payee},person,331004,transfer,,付${guests.payee}账户9990009900000000025货款,guest_bank`,
  `g2,2026-03-10T10:00:00+08:00,minus,CNY,${guests.account},,${guests.payer},enterprise,331004,9990009900000000025,,${guests.payee},person,331004,transfer,,给${guests.payee},guest_bank`,
  `g3,yesterday,100.00,CNY,${guests.account},,${guests.payer},enterprise,331004,9990009900000000025,,${guests.payee},person,331004,transfer,,,guest_bank`,
  `g4,2026-03-10T10:00:00+08:00,100.00,CNY,${guests.account},,${guests.payer}`,
]

/** Something that left ingestion, by where it was found. */
interface Exhibit {
  readonly place: string
  readonly bytes: Uint8Array
}

let root = ''
let directory = ''
let demo: Ended
let ingest: Ended
let metrics = ''
let revealed: Identity
let secrets: readonly Secret[]
let finder: Finder
let records: ReadonlyMap<string, readonly LogRecord[]>

function* partiesOf(row: SimulatedTransaction): Generator<Secret> {
  for (const side of ['payer', 'payee'] as const) {
    for (const field of ['account', 'id', 'name'] as const) {
      yield { name: `${side} ${field}`, value: Buffer.from(row[`${side}_${field}`]) }
    }
  }
}

/** Whatever the simulator and the file told of people and firms, once each. */
function clearFacts(): Secret[] {
  const rows = [...simulate({ ...defaultSimulation, ...size, start })]
  const guest = [guests.payer, guests.payee, guests.account, '9990009900000000025']
  const all = [
    ...rows.flatMap((row) => [...partiesOf(row)]),
    ...guest.map((text) => ({ name: 'guest', value: Buffer.from(text) })),
  ]
  const distinct = new Map(all.map((secret) => [secret.value.toString(), secret]))
  distinct.delete('')
  return [...distinct.values()]
}

function keysIn(file: string): Secret[] {
  const keys = JSON.parse(readFileSync(file, 'utf8')) as IdentityKeysConfig
  const texts = [keys.pseudonym_key, ...keys.sealing_keys.map(({ secret }) => secret)]
  return texts.map((text) => ({ name: 'key', value: Buffer.from(text, 'base64') }))
}

async function live(): Promise<void> {
  const running = await liveDemo({ ...size, directory })
  try {
    const prosecutor = new Visitor(running.url)
    await prosecutor.sit('d16-prosecutor')
    const [lead] = (await prosecutor.leads()).leads
    const caseId = lead?.case_id ?? 'none'
    await prosecutor.case(caseId)
    revealed = await prosecutor.reveal(caseId, '核对线索主体身份')
    const file = join(root, 'guests.csv')
    await writeFile(file, guestRows.join('\n'))
    const args = ['ingest', file, '--data', directory, '--json']
    ingest = await weir(args, { WEIR_LOG_LEVEL: 'trace' }).ended
    metrics = await (await fetch(`${running.operatorUrl}/metrics`)).text()
  } finally {
    demo = await running.stop()
  }
}

async function allRecords(): Promise<ReadonlyMap<string, readonly LogRecord[]>> {
  const log = await openEmbeddedLog({ directory, sync: 'none' })
  try {
    const found = new Map<string, readonly LogRecord[]>()
    for (const topic of allTopics) found.set(topic.name, await recordsOf(log, topic))
    return found
  } finally {
    await log.close()
  }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-secrets-'))
  directory = join(root, 'data')
  await mkdir(directory)
  await live()
  secrets = [...clearFacts(), ...keysIn(join(directory, 'keys.json'))]
  finder = finderOf(secrets)
  records = await allRecords()
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

function foundIn(exhibits: Iterable<Exhibit>): string[] {
  const finds = new Set<string>()
  for (const { place, bytes } of exhibits)
    for (const name of finder.find(bytes)) finds.add(`${name}, ${place}`)
  return [...finds]
}

function* partsOf(topic: string, { key, value, headers }: LogRecord): Generator<Exhibit> {
  yield { place: `key in ${topic}`, bytes: Buffer.from(key) }
  yield { place: `headers in ${topic}`, bytes: Buffer.from(JSON.stringify(headers)) }
  if (value !== null) yield { place: `value in ${topic}`, bytes: value }
}

/** Every file of the data directory but the keys themselves. */
function* filesBelow(folder: string): Generator<Exhibit> {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || entry.name === 'keys.json') continue
    const path = join(entry.parentPath, entry.name)
    yield { place: path.slice(folder.length), bytes: readFileSync(path) }
  }
}

describe('G10: after a demo, nothing that left ingestion tells who somebody is', () => {
  it('though there was a lot to tell, and somebody was told', () => {
    expect(demo.code, demo.stderr.slice(-2000)).toBe(0)
    expect(secrets.length).toBeGreaterThan(800)
    const known = new Set(secrets.map(({ value }) => value.toString()))
    expect(known.has(revealed.account) && known.has(revealed.name)).toBe(true)
    expect(demo.stderr).toContain('"level":"info"')
    for (const topic of [topics.transactions, topics.flows, topics.warnings, topics.caseEvents]) {
      expect(records.get(topic.name)?.length, topic.name).toBeGreaterThan(20)
    }
    expect(records.get(ingestDeadLetters.name)?.length).toBe(3)
  })

  it('no key, value or header of any topic', () => {
    const exhibits = [...records].flatMap(([topic, list]) =>
      list.flatMap((record) => [...partsOf(topic, record)]),
    )
    expect(foundIn(exhibits)).toEqual([])
  })

  it('no column of any table', async () => {
    const tables = await tablesOf(directory)
    expect(tables.get('casework.cases')?.length).toBeGreaterThan(5)
    const exhibits = [...tables].map(([place, rows]) => ({ place, bytes: Buffer.from(rows.join('\n')) }))
    expect(foundIn(exhibits)).toEqual([])
  })

  it('no file of log, database and demo', () => {
    expect(foundIn(filesBelow(directory))).toEqual([])
  })

  it('no log line, and nothing a command printed', () => {
    const said = { demo, ingest }
    const exhibits = Object.entries(said).flatMap(([place, { stdout, stderr }]) => [
      { place: `${place}'s output`, bytes: Buffer.from(stdout) },
      { place: `${place}'s log`, bytes: Buffer.from(stderr) },
    ])
    expect(foundIn(exhibits)).toEqual([])
  })

  it('no metric', () => {
    expect(metrics).toContain('weir_')
    expect(foundIn([{ place: 'metrics', bytes: Buffer.from(metrics) }])).toEqual([])
  })
})

describe('the search', () => {
  it('finds every secret in every form, wherever it stands', () => {
    for (const secret of secrets) {
      for (const { name, bytes } of formsOf(secret)) {
        const planted = Buffer.concat([Buffer.from('x9=='), bytes, Buffer.from([0, 255])])
        expect(finder.find(planted), name).toContain(name)
      }
    }
  })

  it('finds one account number planted in a copy of a real record', () => {
    const [record] = records.get(topics.transactions.name) ?? []
    const transaction = codecs.transaction.decode(record?.value ?? new Uint8Array(0))
    const remark = `账户${revealed.account}`
    const leaking = { key: '', headers: {}, value: codecs.transaction.encode({ ...transaction, remark }) }
    expect(foundIn(partsOf('a copy', { offset: 0, timestamp: 0, ...leaking }))).toEqual([
      expect.stringContaining('as it is, value in a copy'),
    ])
  })

  it('knows those who are sealed in the records', async () => {
    const vault = createIdentityVault(await loadOrCreateDemoKeys(join(directory, 'keys.json')))
    const [record] = records.get(topics.transactions.name) ?? []
    const { payer_identity: sealed } = codecs.transaction.decode(record?.value ?? new Uint8Array(0))
    expect(finder.find(Buffer.from(vault.open(sealed).account)).size).toBeGreaterThan(0)
  })
})

describe('the trace of a payment', () => {
  const traceOf = ({ headers }: LogRecord): string => headers['traceparent']?.split('-')[1] ?? ''

  /** Trace of every transaction by its id. */
  function ingested(): ReadonlyMap<string, string> {
    const list = records.get(topics.transactions.name) ?? []
    return new Map(
      list.map((record) => [
        codecs.transaction.decode(record.value ?? new Uint8Array(0)).txn_id,
        traceOf(record),
      ]),
    )
  }

  it('leads from ingestion to the warning', () => {
    const traces = ingested()
    const known = new Set(traces.values())
    // Decided at once with the payment; the other rules wait until nothing can undo what they found, and follow the payment that says so.
    const immediate = new Set(['R01', 'R02', 'R03', 'R12'])
    for (const record of records.get(topics.warnings.name) ?? []) {
      const { rules, last_txn_id: last } = codecs.warning.decode(record.value ?? new Uint8Array(0))
      expect(known).toContain(traceOf(record))
      if (immediate.has(rules[0]?.rule_id ?? '')) expect(traceOf(record), last).toBe(traces.get(last))
    }
  })

  it('goes on through every event of the case', () => {
    const warnings = new Map(
      (records.get(topics.warnings.name) ?? []).map((record) => [
        codecs.warning.decode(record.value ?? new Uint8Array(0)).warning_id,
        traceOf(record),
      ]),
    )
    const openedBy = new Map<string, string | undefined>()
    const events = records.get(topics.caseEvents.name) ?? []
    expect(events.length).toBeGreaterThan(50)
    for (const record of events) {
      const { type, case_id: caseId, details } = codecs.caseEvent.decode(record.value ?? new Uint8Array(0))
      if (type === 'lead_opened') openedBy.set(caseId, warnings.get(details['warning_id'] ?? ''))
      expect(traceOf(record), `${caseId} ${type}`).toBe(openedBy.get(caseId))
    }
  })
})
