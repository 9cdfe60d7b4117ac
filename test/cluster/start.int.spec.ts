/** `weir start`: every service a process of its own, on the embedded log of one machine and on Kafka, PostgreSQL beneath both. */
import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import { transactionColumns } from '../../schemas/transaction-csv.ts'
import type { TransactionFields } from '../../schemas/transaction-csv.ts'
import type { Warning } from '../../schemas/types.ts'
import { loadConfig } from '../../services/platform/config/config.ts'
import type { Config } from '../../services/platform/config/config.ts'
import { withKafkaAdmin } from '../../services/platform/log/kafka/admin.ts'
import { kafkaConnection } from '../../services/platform/log/kafka/connection.ts'
import { removeTopics } from '../../services/platform/log/kafka/topics/remove.ts'
import { processParts } from '../../services/platform/process/parts.ts'
import type { ProcessParts } from '../../services/platform/process/parts.ts'
import { temporaryPostgres } from '../support/database.ts'
import type { TemporaryPostgres } from '../support/database.ts'
import { describeWithKafka, sharedKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'
import { weir } from '../support/weir.ts'
import { isAlive, startWeir } from './running.ts'
import type { RunningWeir } from './running.ts'
import { peopleAt } from './site.ts'
import type { People } from './site.ts'

/** Where the log of a run lies: settings for all its processes, and which of them there are. */
interface Ground {
  readonly settings: () => Promise<Readonly<Record<string, string>>>
  /** Stages beside ingest, casework, supervise and web. */
  readonly stages: readonly string[]
  /** Takes away what the run left where others are. */
  readonly cleanUp: (config: Config) => Promise<unknown>
}

/** One machine without Kafka: all processes share the log in the data directory. */
const embedded: Ground = {
  settings: async () => ({ WEIR_MODE: 'embedded' }),
  stages: ['warn-split', 'warn-score'],
  cleanUp: async () => undefined,
}

const key = (): string => randomBytes(32).toString('base64')

/** Kafka, with topics of the run's own, and two processes that share the partitions of the second stage. */
const kafka: Ground = {
  settings: async () => ({
    WEIR_MODE: 'cluster',
    WEIR_KAFKA_BROKERS: (await sharedKafka()).bootstrap.join(','),
    WEIR_TOPIC_PREFIX: `start-${randomBytes(4).toString('hex')}`,
    WEIR_PSEUDONYM_KEY: key(),
    WEIR_IDENTITY_KEYS: `test:${key()}`,
  }),
  stages: ['warn-split', 'warn-score', 'warn-score'],
  cleanUp: (config) =>
    withKafkaAdmin(kafkaConnection(config), (admin) => removeTopics(admin, config.topicPrefix)),
}

const dayMs = 86_400_000
/** A story that ended yesterday. */
const story = { transactions: 8_000, days: 20 }
/**
 * So long a source is waited for: it lets the last warnings of a file out soon after its end. The file must begin to come
 * within it, or its sources are taken for idle ones, which nobody waits for.
 */
const idleMs = 10_000

function dateOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}

/** One payment so large that it is a lead by itself, booked now. */
function largePayment(): Partial<TransactionFields> {
  return {
    txn_id: 'large-1',
    booked_at: new Date().toISOString(),
    amount: '3200000.00',
    currency: 'CNY',
    payer_account: '6222000000000001',
    payer_name: '测试甲',
    payer_kind: 'person',
    payer_region: '331004',
    payee_account: '6222000000000002',
    payee_name: '测试乙',
    payee_kind: 'person',
    payee_region: '331004',
    channel: 'transfer',
  }
}

function csvOf(rows: readonly Partial<TransactionFields>[]): string {
  const lines = rows.map((row) => transactionColumns.map((column) => row[column] ?? '').join(','))
  return [transactionColumns.join(','), ...lines, ''].join('\n')
}

function startSuite({ settings, stages, cleanUp }: Ground): void {
  const services = ['ingest', ...stages, 'casework', 'supervise', 'web']
  const labels = services.map((name, index) => (services.indexOf(name) === index ? name : `${name}.2`))
  let root = ''
  let inbox = ''
  let postgres: TemporaryPostgres
  let running: RunningWeir
  let people: People
  let parts: ProcessParts
  /** Warnings that the simulated file must come to. */
  let expected = 0

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'weir-start-'))
    inbox = join(root, 'inbox')
    await mkdir(inbox)
    postgres = await temporaryPostgres()
    const all = {
      ...(await settings()),
      WEIR_DEMO: 'true',
      WEIR_DATA_DIRECTORY: join(root, 'data'),
      WEIR_INGEST_DIRECTORY: inbox,
      WEIR_POSTGRES_URL: postgres.url,
      WEIR_SOURCE_IDLE_MS: String(idleMs),
      WEIR_HTTP_PORT: '0',
      WEIR_CASEWORK_PORT: '0',
      WEIR_SUPERVISE_PORT: '0',
      WEIR_METRICS_PORT: '0',
    }
    expected = await tellStory()
    running = startWeir(services, all)
    parts = processParts(loadConfig(all), { log: pino({ level: 'silent' }), registry: new Registry() })
  })

  afterAll(async () => {
    running.signal('SIGTERM')
    await running.ended
    await parts.close()
    await cleanUp(parts.config)
    await postgres.drop()
    await rm(root, { recursive: true, force: true })
  })

  /** Writes the simulated file into the inbox. @returns how many warnings a replay of it gives */
  async function tellStory(): Promise<number> {
    const file = join(root, 'story.csv')
    const start = dateOf(Date.now() - (story.days + 1) * dayMs)
    const size = ['--transactions', String(story.transactions), '--days', String(story.days)]
    await weir(['simulate', ...size, '--start', start, '--out', file]).ended
    const { stdout } = await weir(['replay', file, '--out', join(root, 'replay'), '--json']).ended
    await drop('story.csv', file)
    const { warnings: levels } = JSON.parse(stdout) as { warnings: Record<string, number> }
    return Object.values(levels).reduce((sum, n) => sum + n, 0)
  }

  /** Puts a file into the followed folder, whole at once. */
  async function drop(name: string, path: string): Promise<void> {
    await rename(path, join(inbox, name))
    await writeFile(join(inbox, `${name}.done`), '')
  }

  async function warnings(): Promise<Warning[]> {
    const log = await parts.log()
    const found: Warning[] = []
    for (const [partition, { first }] of (await log.offsets(topics.warnings)).entries()) {
      for await (const { value } of log.read(topics.warnings, partition, first)) {
        if (value !== null) found.push(codecs.warning.decode(value))
      }
    }
    return found
  }

  it('loses nothing and doubles nothing when its processes are killed while a file comes through', async () => {
    expect(expected).toBeGreaterThan(50)
    for (const service of labels.filter((label) => label !== 'web')) {
      await until(() => running.readiness(service) > 0)
      process.kill(running.pid(service), 'SIGKILL')
      await until(() => running.readiness(service) > 1)
    }
    await running.ready()
    people = await peopleAt(running.url())
    await until(async () => (await warnings()).length >= expected, 500)
    const found = await warnings()
    expect(new Set(found.map(({ warning_id: id }) => id)).size).toBe(expected)
    expect(found).toHaveLength(expected)
    const inCases = async (): Promise<number> =>
      (await people.leads()).leads.reduce((sum, lead) => sum + lead.warnings, 0)
    await until(async () => (await inCases()) >= expected, 200)
    expect(await inCases()).toBe(expected)
  })

  it('runs each service as a process of its own, ready, with health and metrics of its own', async () => {
    const pids = labels.map((label) => running.pid(label))
    expect(new Set(pids).size).toBe(services.length)
    for (const label of labels) {
      const metricsUrl = running.metricsUrl(label)
      expect((await fetch(`${metricsUrl}/readyz`)).status, label).toBe(200)
      expect(await (await fetch(`${metricsUrl}/metrics`)).text(), label).toContain('weir_build_info')
    }
  })

  it('leads a payment in a file to a closed case and onto the board, live, all of it through the one site', async () => {
    const before = new Set((await people.leads()).leads.map(({ case_id: id }) => id))
    const { closed } = (await people.board()).totals
    const file = join(root, 'large.csv')
    await writeFile(file, csvOf([largePayment()]))
    await drop('large.csv', file)
    const fresh = async () => (await people.leads()).leads.filter(({ case_id: id }) => !before.has(id))
    await until(async () => (await fresh()).length > 0)
    const caseId = (await fresh())[0]?.case_id ?? ''
    await using cases = await people.listen('/api/stream')
    await using board = await people.listen('/api/supervision/stream')
    await people.playOut(caseId)
    expect((await people.case(caseId)).lead.state).toBe('closed')
    await until(async () => (await people.board()).totals.closed > closed)
    await until(() => cases.heard().includes(caseId) && board.heard().includes(caseId))
  })

  it('stops on SIGTERM one process after the other, the site first, and leaves none behind', async () => {
    const pids = labels.map((label) => running.pid(label))
    running.signal('SIGTERM')
    expect((await running.ended).code).toBe(0)
    const since = running.events().findLastIndex(({ event }) => event === 'ready')
    const ends = running
      .events()
      .slice(since)
      .flatMap((event) => (event.event === 'ended' ? [event.service] : []))
    expect(ends).toEqual(labels.toReversed())
    expect(pids.filter(isAlive)).toEqual([])
  })
}

describe('weir start on the embedded log', () => {
  startSuite(embedded)
})

await describeWithKafka('weir start on Kafka', () => {
  startSuite(kafka)
})

describe('weir start', () => {
  const settings = { WEIR_METRICS_PORT: '0', WEIR_SUPERVISE_PORT: '0' }

  it('runs all services in one process when the log is embedded and nobody is named', async () => {
    const root = await mkdtemp(join(tmpdir(), 'weir-start-all-'))
    const all = { WEIR_METRICS_PORT: '0', WEIR_HTTP_PORT: '0', WEIR_DATA_DIRECTORY: root, WEIR_DEMO: 'true' }
    const { child, ended, said } = weir(['start', '--json'], all)
    await until(() => said().stdout.includes('"ready"'))
    const ready = JSON.parse(said().stdout) as { pid: number; url: string }
    expect(ready).toMatchObject({ event: 'ready', pid: child.pid })
    expect((await fetch(`${ready.url}/readyz`)).status).toBe(200)
    await (await peopleAt(ready.url)).board()
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    await rm(root, { recursive: true, force: true })
  })

  it('runs one named service in its own process', async () => {
    const root = await mkdtemp(join(tmpdir(), 'weir-start-one-'))
    const postgres = await temporaryPostgres()
    const all = { ...settings, WEIR_DATA_DIRECTORY: root, WEIR_POSTGRES_URL: postgres.url }
    const { child, ended, said } = weir(['start', 'supervise', '--json'], all)
    await until(() => said().stdout.includes('"ready"'))
    const ready = JSON.parse(said().stdout.trim().split('\n').at(-1) ?? '') as { pid: number; url: string }
    expect(ready).toMatchObject({ event: 'ready', service: 'supervise', pid: child.pid })
    expect((await fetch(`${ready.url}/readyz`)).status).toBe(200)
    expect((await fetch(`${ready.url}/api/supervision/board`)).status).toBe(401)
    child.kill('SIGTERM')
    expect((await ended).code).toBe(0)
    await postgres.drop()
    await rm(root, { recursive: true, force: true })
  })

  it.each([
    ['services that there are not', ['web', 'kitchen'], {}, 'kitchen'],
    ['processes of their own on the built-in database', ['casework', 'web'], {}, 'WEIR_POSTGRES_URL'],
    ['two of what can be only one', ['web', 'web'], {}, 'web'],
    [
      'two processes for one stage of the embedded log',
      ['warn', 'warn-score'],
      { WEIR_POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/none' },
      'warn-score',
    ],
    [
      'ingest without a folder',
      ['ingest'],
      { WEIR_POSTGRES_URL: 'postgres://nobody@127.0.0.1:1/none' },
      'WEIR_INGEST_DIRECTORY',
    ],
  ])('refuses %s and says what to do', async (_, names, environment, hint) => {
    const root = await mkdtemp(join(tmpdir(), 'weir-start-no-'))
    const end = await weir(['start', ...names], { ...settings, ...environment, WEIR_DATA_DIRECTORY: root })
      .ended
    expect(end.code).toBe(2)
    expect(end.stderr).toContain(hint)
    await rm(root, { recursive: true, force: true })
  })
})
