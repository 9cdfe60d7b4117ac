/** What only the embedded log has to do itself: retention, metrics, full disks, machine stops, formats. */
import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  all,
  caughtUp,
  gate,
  newTopic,
  publish,
  record,
  start,
  texts,
  until,
} from '../../../../test/log/contract/harness.ts'
import type { Batch, BatchResult, TaskOptions } from '../port.ts'
import { openEnvironment } from './environment.ts'
import type { EmbeddedLog, EmbeddedLogOptions } from './open.ts'
import { openEmbeddedLog } from './open.ts'

const checkpoint = ({ nextOffset }: Batch): BatchResult => ({
  outputs: [],
  state: { writes: [], replayFrom: nextOffset },
})
const between: BatchResult = { outputs: [], state: { writes: [] } }

let directory = ''
let opened: EmbeddedLog[] = []

async function open(options: Partial<EmbeddedLogOptions> = {}): Promise<EmbeddedLog> {
  const log = await openEmbeddedLog({ directory, sync: 'none', ...options })
  opened.push(log)
  return log
}

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'weir-log-'))
  opened = []
})

afterEach(async () => {
  await Promise.all(opened.map((log) => log.close()))
  await rm(directory, { recursive: true, force: true })
})

describe('G9: pruning', () => {
  const day = 86_400_000
  const dated = { ...newTopic(), retentionMs: 10 * day }
  const run = async (log: EmbeddedLog, options: Pick<TaskOptions, 'group' | 'open'>): Promise<void> => {
    const started = start(log.task({ topic: dated, ...options }))
    await caughtUp(log, options.group, dated, started)
    started.stop()
  }

  test('deletes records older than the retention once every reader has passed them', async () => {
    const log = await open()
    await log.ensureTopics([dated])
    for (const age of [30, 20, 11, 9, 1]) await publish(log, [record(dated, 'a', (100 - age) * day)])
    await run(log, { group: 'one', open: () => ({ process: checkpoint }) })
    expect(await log.prune(100 * day)).toEqual([
      { topic: `weir.${dated.name}`, partition: 0, records: 3, heldBackBy: undefined },
    ])
    expect((await all(log, dated, 0)).map(({ timestamp }) => timestamp)).toEqual([91 * day, 99 * day])
    expect(await log.offsets(dated)).toEqual([{ first: 3, next: 5 }])
  })

  test('keeps what a task would need to fold again since its checkpoint, and says who holds it back', async () => {
    const log = await open()
    await log.ensureTopics([dated])
    for (const n of [1, 2, 3]) await publish(log, [record(dated, 'a', n)])
    let batches = 0
    await run(log, {
      group: 'slow',
      open: () => ({ process: (batch) => ((batches += 1) === 1 ? checkpoint(batch) : between) }),
    })
    await publish(log, [record(dated, 'a', 4)])
    await run(log, { group: 'quick', open: () => ({ process: checkpoint }) })
    expect(await log.prune(100 * day)).toMatchObject([{ records: 3, heldBackBy: 'slow' }])
    expect(await log.forgetGroup('slow')).toBe(1)
    expect(await log.prune(100 * day)).toMatchObject([{ records: 1, heldBackBy: undefined }])
    expect(await log.offsets(dated)).toEqual([{ first: 4, next: 4 }])
  })

  test('never deletes what a follower has not handled', async () => {
    const log = await open()
    await log.ensureTopics([dated])
    for (const n of [1, 2, 3]) await publish(log, [record(dated, 'a', n)])
    const seen: number[] = []
    const handle = async ({
      records,
    }: {
      readonly records: readonly { readonly timestamp: number }[]
    }): Promise<void> => {
      seen.push(...records.map(({ timestamp }) => timestamp))
      if (seen.length >= 2) throw new Error('stuck')
    }
    const following = start(
      log.follow({
        group: 'ledger',
        topic: dated,
        maxRecords: 1,
        position: async () => Math.min(1, seen.length),
        handle,
      }),
    )
    await until(() => seen.length >= 3)
    following.stop()
    expect(await log.prune(100 * day)).toMatchObject([{ records: 1, heldBackBy: 'ledger' }])
  })

  test('happens by itself, by the clock that was given', async () => {
    const log = await open({ pruneEveryMs: 5, clock: { now: () => 100 * day } })
    await log.ensureTopics([dated])
    for (const age of [30, 1]) await publish(log, [record(dated, 'a', (100 - age) * day)])
    await until(async () => (await log.offsets(dated))[0]?.first === 1)
  })

  test('leaves a topic without retention alone', async () => {
    const log = await open()
    const forever = newTopic()
    await log.ensureTopics([forever])
    await publish(log, [record(forever, 'a', 1)])
    expect(await log.prune(Number.MAX_SAFE_INTEGER)).toMatchObject([{ records: 0 }])
  })

  test('leaves of a compacted topic the newest record of every key, at its offset, and readers skip the rest', async () => {
    const log = await open()
    const compacted = newTopic(1, 'compact')
    await log.ensureTopics([compacted])
    await publish(
      log,
      ['a', 'b', 'a', 'c', 'b', 'a'].map((key, n) => record(compacted, key, n)),
    )
    await publish(log, [record(compacted, 'c', 6, { value: null }), record(compacted, 'd', 7)])
    await log.prune(0)
    expect((await all(log, compacted, 0)).map(({ key, offset }) => `${key}${offset}`)).toEqual([
      'b4',
      'a5',
      'd7',
    ])
    await publish(log, [record(compacted, 'b', 8)])
    const seen: number[] = []
    const read = start(
      log.task({
        group: 'late',
        topic: compacted,
        maxRecords: 2,
        open: () => ({
          process: (batch) => {
            seen.push(...batch.records.map(({ offset }) => offset))
            return checkpoint(batch)
          },
        }),
      }),
    )
    await caughtUp(log, 'late', compacted, read)
    expect(seen).toEqual([4, 5, 7, 8])
  })
})

describe('a task that a younger opener takes over', () => {
  test('ends as fenced even when it has nothing to do', async () => {
    const [older, younger, topic] = [await open(), await open(), newTopic()]
    await older.ensureTopics([topic])
    const idle = start(older.task({ group: 'g', topic, open: () => ({ process: checkpoint }) }))
    const heir = start(younger.task({ group: 'g', topic, open: () => ({ process: checkpoint }) }))
    await expect(idle.ended).rejects.toMatchObject({ code: 'fenced' })
    heir.stop()
  })
})

describe('G9: when the disk is full', () => {
  test('nothing is written any more, the caller may try again, and reading goes on', async () => {
    const topic = newTopic()
    const before = await open()
    await before.ensureTopics([topic])
    await publish(before, [record(topic, 'a', 1)])
    const publisher = await before.publisher('p')
    await before.close()
    await expect(publisher.publish([], 1)).rejects.toMatchObject({ code: 'unavailable' })
    const log = await open({ freeBytesMin: Number.MAX_SAFE_INTEGER })
    await expect(publish(log, [record(topic, 'a', 2)])).rejects.toMatchObject({
      code: 'unavailable',
      retriable: true,
    })
    expect(await texts(log, topic, 0)).toEqual(['1'])
  })

  test('and the file cannot grow, no commit is half written', async () => {
    const script = fileURLToPath(new URL('../../../../test/log/full-child.ts', import.meta.url))
    // A limit on the size of files, in blocks of 512 bytes or more: writing beyond it fails like a full disk does.
    const command = `ulimit -f 4096; exec "$0" "$1" "$2"`
    const { stdout } = await promisify(execFile)('sh', ['-c', command, process.execPath, script, directory])
    const { accepted, refused } = JSON.parse(stdout) as { accepted: number; refused: string[] }
    expect(refused).toEqual(['unavailable', 'unavailable', 'unavailable'])
    const log = await open()
    const topic = { name: 'full.v1', partitions: 2, cleanup: 'delete', retentionMs: 0 } as const
    const found = [...(await all(log, topic, 0)), ...(await all(log, topic, 1))].map(
      ({ timestamp }) => timestamp,
    )
    expect(found.toSorted((a, b) => a - b)).toEqual(Array.from({ length: accepted * 10 }, (_, n) => n))
    expect(await (await log.publisher('full')).position()).toBe(accepted)
  })
})

describe('after the machine stopped while the log was open', () => {
  const stopMachine = async (sync: string): Promise<void> => {
    const log = await open()
    const topic = { name: 'kept.v1', partitions: 1, cleanup: 'delete', retentionMs: 0 } as const
    await log.ensureTopics([topic])
    await publish(
      log,
      Array.from({ length: 300 }, (_, n) => record(topic, 'a', n, { value: Buffer.alloc(500, 'weir') })),
    )
    await log.close()
    const openers = join(directory, 'log', 'openers')
    mkdirSync(openers, { recursive: true })
    writeFileSync(join(openers, '1-x.json'), JSON.stringify({ pid: 1, bootId: randomUUID(), sync }))
  }
  const damage = (): void => {
    const path = join(directory, 'log', 'data.mdb')
    const bytes = readFileSync(path)
    const at = bytes.indexOf(Buffer.alloc(400, 'weir'))
    bytes.fill(0, at, at + 100)
    writeFileSync(path, bytes)
  }

  test('a sound log is read through and opened', async () => {
    await stopMachine('interval')
    const log = await open()
    expect(
      await all(log, { name: 'kept.v1', partitions: 1, cleanup: 'delete', retentionMs: 0 }, 0),
    ).toHaveLength(300)
    expect(await readdir(join(directory, 'log', 'openers'))).toHaveLength(1)
  })

  test('a damaged log is refused, every time, with what to do', async () => {
    await stopMachine('interval')
    damage()
    await expect(open()).rejects.toThrow(/damaged.*backup/s)
    await expect(open()).rejects.toMatchObject({ code: 'unavailable', retriable: false })
  })

  test('a log that flushed every commit is opened without reading it through', async () => {
    await stopMachine('every-commit')
    damage()
    await expect(open()).resolves.toBeDefined()
  })
})

describe('the folder', () => {
  test('of a newer Weir is refused, with what to do', async () => {
    const environment = openEnvironment({ directory, sync: 'none' })
    environment.transact(() => environment.meta.putSync('format', 99))
    await environment.close()
    await expect(open()).rejects.toThrow(/format 99.*newer/s)
  })

  test('has no marker left when its last opener closed it', async () => {
    const [one, two] = [await open(), await open()]
    await one.close()
    expect(await readdir(join(directory, 'log', 'openers'))).toHaveLength(1)
    await two.close()
    expect(await readdir(join(directory, 'log', 'openers'))).toEqual([])
  })
})

test('metrics tell lag, commits and restarts', async () => {
  const registry = new Registry()
  const log = await open({
    telemetry: { log: pino({ level: 'silent' }), registry },
    restart: { sleep: async () => undefined },
  })
  const topic = newTopic()
  await log.ensureTopics([topic])
  await publish(
    log,
    [1, 2, 3].map((n) => record(topic, 'a', Date.now() - 5_000 + n)),
  )
  const release = gate()
  let calls = 0
  const handle = async (): Promise<void> => {
    calls += 1
    if (calls === 1) throw new Error('once')
    if (calls === 3) await release.passed
  }
  start(
    log.follow({ group: 'g', topic, maxRecords: 1, position: async () => Math.max(0, calls - 1), handle }),
  )
  await until(() => calls === 3)
  const metrics = await registry.metrics()
  expect(metrics).toContain(`weir_consumer_lag_records{group="g",topic="${topic.name}",partition="0"} 2`)
  expect(metrics).toContain('weir_log_restarts_total{group="g"} 1')
  expect(metrics).toContain('weir_log_commits_total{kind="publish"} 1')
  expect(metrics).toMatch(/weir_consumer_event_time_lag_seconds\{[^}]*\} [56]\.?/)
  release.open()
})
