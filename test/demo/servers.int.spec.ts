/** The demo on Kafka and PostgreSQL: the same district, on servers that it shares with others. */
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DemoSummary } from '../../services/cli/demo/summary.ts'
import { withKafkaAdmin } from '../../services/platform/log/kafka/admin.ts'
import { removeTopics } from '../../services/platform/log/kafka/topics/remove.ts'
import { temporaryPostgres } from '../support/database.ts'
import type { TemporaryPostgres } from '../support/database.ts'
import { describeWithKafka, sharedKafka } from '../support/kafka.ts'
import { until } from '../support/until.ts'
import { weir } from '../support/weir.ts'
import type { Command } from '../support/weir.ts'
import { demoArguments, firstDay, stateFile, summaryOf } from './run.ts'

const size = { transactions: 1200, days: 12, seed: 4711 }
const dayMs = 86_400_000

let root = ''
let brokers: string[] = []
let postgres: TemporaryPostgres

/** What does not depend on how long it took, and on which of two warnings of one moment came first. */
function told({ transactions, flows, warnings, leads, dead_letters, late_or_unscored }: DemoSummary) {
  return { transactions, flows, warnings, leads, dead_letters, late_or_unscored }
}

function onServers(directory: string, ...more: readonly string[]): Command {
  const servers = ['--kafka', brokers.join(','), '--postgres', postgres.url]
  return weir([...demoArguments({ ...size, directory }), ...servers, ...more])
}

async function topicsOf(prefix: string): Promise<string[]> {
  return withKafkaAdmin({ brokers, clientId: 'test' }, async (admin) =>
    (await admin.listTopics()).filter((name) => name.startsWith(`${prefix}.`)),
  )
}

async function ask<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: postgres.url })
  await client.connect()
  try {
    return (await client.query<Row>(sql)).rows
  } finally {
    await client.end()
  }
}

async function schemas(): Promise<string[]> {
  const rows = await ask<{ name: string }>(
    `select nspname as name from pg_namespace where nspname !~ '^pg_|^information' order by 1`,
  )
  return rows.map(({ name }) => name)
}

interface State {
  readonly now: number
  readonly servers: { readonly id: string }
}

async function stateIn(directory: string): Promise<State> {
  return JSON.parse(await readFile(stateFile(directory), 'utf8')) as State
}

await describeWithKafka('the demo on Kafka and PostgreSQL', () => {
  let alone: DemoSummary
  let directory = ''

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'weir-demo-servers-'))
    brokers = (await sharedKafka()).bootstrap.slice()
    postgres = await temporaryPostgres()
    const folder = join(root, 'alone')
    alone = summaryOf(await weir(demoArguments({ ...size, directory: folder })).ended)
    directory = join(root, 'servers')
    await mkdir(directory)
    // The same keys: subjects have the same names, so they meet in the same partitions.
    await copyFile(join(folder, 'keys.json'), join(directory, 'keys.json'))
  })

  afterAll(async () => {
    const { id } = (await stateIn(directory)).servers
    await withKafkaAdmin({ brokers, clientId: 'test' }, (admin) => removeTopics(admin, `weir-demo-${id}`))
    await postgres.drop()
    await rm(root, { recursive: true, force: true })
  })

  it('tells the same story as in its folder, also when it is killed on the way', async () => {
    const half = Date.parse(`${firstDay}T00:00:00+08:00`) + (size.days / 2) * dayMs
    const first = onServers(directory)
    const isHalf = async () => (await stateIn(directory).catch(() => ({ now: 0 }))).now > half
    await until(async () => first.child.exitCode !== null || (await isHalf()), 10)
    first.child.kill('SIGKILL')
    expect((await first.ended).signal).toBe('SIGKILL')
    const summary = summaryOf(await onServers(directory).ended)
    expect(told(summary)).toEqual(told(alone))
    expect(summary.cases).toEqual({ closed: summary.leads })
  })

  it('finds everything again at the next start', async () => {
    expect(told(summaryOf(await onServers(directory).ended))).toEqual(told(alone))
  })

  it('does not go on without its servers, nor in a folder of another demo', async () => {
    const without = await weir(demoArguments({ ...size, directory })).ended
    expect([without.code, without.stderr]).toEqual([2, expect.stringContaining('--kafka')])
    const reset = await weir([...demoArguments({ ...size, directory }), '--reset']).ended
    expect([reset.code, reset.stderr]).toEqual([2, expect.stringContaining('--kafka')])
    const other = await onServers(join(root, 'alone')).ended
    expect([other.code, other.stderr]).toEqual([2, expect.stringContaining('--data')])
    const half = await weir([...demoArguments({ ...size, directory }), '--kafka', brokers.join(',')]).ended
    expect([half.code, half.stderr]).toEqual([2, expect.stringContaining('--postgres')])
  })

  it('leaves a database alone that holds another demo, even when that second demo is thrown away', async () => {
    const second = join(root, 'second')
    const before = await ask(`select count(*) from casework.case_events`)
    for (const flags of [[], ['--reset']]) {
      const end = await onServers(second, ...flags).ended
      expect(end.code).toBe(1)
      expect(end.stderr).toContain(`weir demo ${(await stateIn(directory)).servers.id}`)
    }
    expect(await ask(`select count(*) from casework.case_events`)).toEqual(before)
  })

  it('deletes with --reset its own topics and schemas, and nothing else', async () => {
    const { id } = (await stateIn(directory)).servers
    const other = `other-${id}`
    await withKafkaAdmin({ brokers, clientId: 'test' }, (admin) =>
      admin.createTopics({ topics: [{ topic: `${other}.kept`, numPartitions: 1 }] }),
    )
    await ask('create schema kept')
    expect(await topicsOf(`weir-demo-${id}`)).not.toEqual([])
    const end = await onServers(directory, '--reset').ended
    expect(summaryOf(end).transactions).toBe(size.transactions)
    const fresh = (await stateIn(directory)).servers.id
    expect(fresh).not.toBe(id)
    expect(await topicsOf(`weir-demo-${id}`)).toEqual([])
    expect(await topicsOf(`weir-demo-${fresh}`)).not.toEqual([])
    expect(await topicsOf(other)).toEqual([`${other}.kept`])
    expect(await schemas()).toEqual(['casework', 'kept', 'platform', 'public', 'supervise'])
    await withKafkaAdmin({ brokers, clientId: 'test' }, (admin) =>
      admin.deleteTopics({ topics: [`${other}.kept`] }),
    )
  })
})
