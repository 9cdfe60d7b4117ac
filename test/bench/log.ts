/** Measures the embedded log: `node test/bench/log.ts [runs]` prints a table of medians (docs/measurements/log.md). */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { SyncMode } from '../../services/platform/log/embedded/environment.ts'
import type { EmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import type { NewRecord, StateWrite, TaskOptions } from '../../services/platform/log/port.ts'

const topic: TopicSpec = { name: 'bench.input.v1', partitions: 4, cleanup: 'delete', retentionMs: 0 }
const output: TopicSpec = { name: 'bench.output.v1', partitions: 4, cleanup: 'delete', retentionMs: 0 }
const single: TopicSpec = { name: 'bench.single.v1', partitions: 1, cleanup: 'delete', retentionMs: 0 }
const value = Buffer.alloc(200, 7)

type Row = readonly [what: string, figure: number, unit: string]

/** A record as Weir writes them: 200 bytes, seven headers, one of them different in each. */
function example(to: TopicSpec, n: number): NewRecord {
  const headers = {
    ce_id: `01J${n.toString(36).padStart(12, '0')}`,
    ce_source: '/weir/ingest/bank',
    ce_type: 'weir.transaction.v1',
    ce_specversion: '1.0',
    ce_time: '2026-11-22T10:00:00Z',
    'content-type': 'application/avro',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  }
  return { topic: to, key: `subject-${n % 5_000}`, value, headers, timestamp: 1_700_000_000_000 + n }
}

async function withLog<T>(
  sync: SyncMode,
  work: (log: EmbeddedLog, directory: string) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-bench-'))
  const log = await openEmbeddedLog({ directory, sync })
  await log.ensureTopics([topic, output, single])
  try {
    return await work(log, directory)
  } finally {
    await log.close()
    await rm(directory, { recursive: true, force: true })
  }
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / 1_000
}

async function fill(log: EmbeddedLog, to: TopicSpec, batches: number, size: number): Promise<void> {
  const publisher = await log.publisher('bench')
  const from = await publisher.position()
  for (let batch = 1; batch <= batches; batch += 1) {
    const base = (from + batch) * size
    await publisher.publish(
      Array.from({ length: size }, (_, n) => example(to, base + n)),
      from + batch,
    )
  }
}

/** Runs a task until it has read `records`. */
function runTask(log: EmbeddedLog, options: TaskOptions, records: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let read = 0
    const subscription = log.task(options).subscribe({
      next: (progress) => {
        read += progress.records
        if (read < records) return
        subscription.unsubscribe()
        resolve()
      },
      error: reject,
    })
  })
}

async function appends(): Promise<Row[]> {
  const rows: Row[] = []
  for (const sync of ['none', 'interval', 'every-commit'] as const) {
    for (const size of [1, 100, 1_000]) {
      const batches = Math.max(50, Math.min(3_000, 200_000 / size / (sync === 'every-commit' ? 10 : 1)))
      const took = await withLog(sync, (log) => seconds(() => fill(log, topic, batches, size)))
      rows.push([`publish ${size} per commit, ${sync}`, batches / took, 'commits/s'])
      rows.push([`publish ${size} per commit, ${sync}`, (batches * size) / took, 'records/s'])
    }
  }
  return rows
}

async function passing(): Promise<Row[]> {
  const count = 200_000
  return withLog('interval', async (log, directory) => {
    await fill(log, topic, count / 1_000, 1_000)
    const { size } = await stat(join(directory, 'log', 'data.mdb'))
    const copy: TaskOptions['open'] = () => ({
      process: ({ records, nextOffset }) => ({
        outputs: records.map((one) => ({ topic: output, ...one })),
        state: { writes: [{ key: 'position', value }], replayFrom: nextOffset },
      }),
    })
    const copying = await seconds(() => runTask(log, { group: 'copy', topic, open: copy }, count))
    const reading = await seconds(async () => {
      for (let partition = 0; partition < 4; partition += 1) {
        for await (const { key } of log.read(topic, partition, 0)) if (key === '') throw new Error('no key')
      }
    })
    return [
      ['task: read 1,000, write 1,000 and one state entry per commit', count / copying, 'records/s'],
      ['read', count / reading, 'records/s'],
      ['size on disk per record (200 B value, 250 B of headers)', size / count, 'B'],
    ]
  })
}

async function checkpoints(writesEach: number, batches: number): Promise<Row[]> {
  return withLog('interval', async (log) => {
    await fill(log, single, batches, 1)
    let next = 1
    const writes = (): StateWrite[] =>
      Array.from({ length: writesEach }, () => {
        next = (next * 48_271) % 2_147_483_647
        return { key: `subject-${next % 1_000_000}`, value }
      })
    const open: TaskOptions['open'] = () => ({
      process: ({ nextOffset }) => ({ outputs: [], state: { writes: writes(), replayFrom: nextOffset } }),
    })
    const blocked = monitorEventLoopDelay({ resolution: 1 })
    blocked.enable()
    const took = await seconds(() =>
      runTask(log, { group: 'state', topic: single, maxRecords: 1, open }, batches),
    )
    const label = `checkpoints of ${writesEach.toLocaleString('en')} writes (200 B, random among 1 M keys)`
    return [
      [label, (batches * writesEach) / took, 'writes/s'],
      [`${label}: longest pause of the event loop`, blocked.max / 1e6, 'ms'],
    ]
  })
}

async function restart(): Promise<Row[]> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-bench-'))
  const keys = 1_000_000
  const first = await openEmbeddedLog({ directory })
  await first.ensureTopics([single])
  await fill(first, single, 1, 1)
  const writes = Array.from({ length: keys }, (_, n): StateWrite => ({ key: `subject-${n}`, value }))
  const store: TaskOptions['open'] = () => ({
    process: ({ nextOffset }) => ({ outputs: [], state: { writes, replayFrom: nextOffset } }),
  })
  const storing = await seconds(() => runTask(first, { group: 'large', topic: single, open: store }, 1))
  await fill(first, single, 1, 1)
  await first.close()
  let scanned = 0
  let scanning = 0
  const opening = performance.now()
  const log = await openEmbeddedLog({ directory })
  const open: TaskOptions['open'] = (_partition, state) => {
    const begun = performance.now()
    for (const [, one] of state.entries('', '~')) scanned += one.length > 0 ? 1 : 0
    scanning = (performance.now() - begun) / 1_000
    return { process: () => ({ outputs: [], state: { writes: [] } }) }
  }
  await runTask(log, { group: 'large', topic: single, open }, 1)
  const took = (performance.now() - opening) / 1_000
  await log.close()
  await rm(directory, { recursive: true, force: true })
  if (scanned !== keys) throw new Error(`${scanned} of ${keys} state entries came back`)
  return [
    ['one checkpoint of 1,000,000 writes', storing, 's'],
    ['restart with 1 M state keys, all of them read', took, 's'],
    ['restart with 1 M state keys, without reading them', took - scanning, 's'],
  ]
}

async function latency(isOther: boolean): Promise<Row[]> {
  return withLog('interval', async (log, directory) => {
    const writer = isOther ? await openEmbeddedLog({ directory }) : log
    const waits: number[] = []
    let sent = 0
    const subscription = log
      .task({
        group: 'latency',
        topic: single,
        open: () => ({
          process: () => {
            waits.push(performance.now() - sent)
            return { outputs: [], state: { writes: [] } }
          },
        }),
      })
      .subscribe()
    const publisher = await writer.publisher('latency')
    for (let n = 1; n <= 60; n += 1) {
      await delay(40 + (n % 7) * 3)
      sent = performance.now()
      await publisher.publish([example(single, n)], n)
    }
    await delay(100)
    subscription.unsubscribe()
    if (isOther) await writer.close()
    return [[`from publish to the task, ${isOther ? 'another' : 'the same'} opener`, median(waits), 'ms']]
  })
}

function median(figures: readonly number[]): number {
  return figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN
}

const runs = Number(process.argv[2] ?? 3)
const table = new Map<string, number[]>()
for (let run = 1; run <= runs; run += 1) {
  process.stderr.write(
    `run ${run} of ${runs}, load ${loadavg()[0]?.toFixed(1)} on ${availableParallelism()} cores\n`,
  )
  const parts = [
    await appends(),
    await passing(),
    await checkpoints(1_000, 100),
    await checkpoints(20_000, 10),
    await restart(),
    await latency(false),
    await latency(true),
  ]
  for (const [what, figure, unit] of parts.flat())
    table.set(`${what} | ${unit}`, [...(table.get(`${what} | ${unit}`) ?? []), figure])
}
const shown = (figure: number): string =>
  figure >= 100 ? Math.round(figure).toLocaleString('en') : figure.toPrecision(2)
console.log(`| what | unit | median | lowest | highest |\n|---|---|---:|---:|---:|`)
for (const [label, figures] of table) {
  console.log(
    `| ${label} | ${[median(figures), Math.min(...figures), Math.max(...figures)].map(shown).join(' | ')} |`,
  )
}
