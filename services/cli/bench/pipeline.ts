/**
 * Closed loop: how fast the stages of warn, as processes of their own, get through a backlog, everything scored and committed
 * exactly once; and in the same run, how fast kafkajs' own consumer with avsc reads the same backlog and does nothing with it.
 */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { topics } from '../../../schemas/topics.ts'
import { kafkaOptions } from '../../platform/log/kafka/connection.ts'
import { openKafkaLog } from '../../platform/log/kafka/open.ts'
import { WireClient } from '../../platform/log/kafka/wire/client.ts'
import { storedTopicName } from '../../platform/log/names.ts'
import type { Log } from '../../platform/log/port.ts'
import { loadRuleSet } from '../../warn/app.ts'
import { openBed } from './bed.ts'
import type { Bed } from './bed.ts'
import type { RawOrder, RawResult } from './raw-worker.ts'
import { firstTopics, orFailed, startStage, Standing } from './stages.ts'
import type { Stage } from './stages.ts'
import { Supply, supplyAll } from './supply.ts'
import { CpuMeter, median, peakMemoryMb, rounded, sum } from './usage.ts'
import { startWorker, unlessAborted } from './worker.ts'
import { Workload } from './workload.ts'

/** What to measure. */
export interface PipelineOptions {
  readonly transactions: number
  readonly subjects: number
  readonly partitions: number
  /** Event time that the payments are spread over. */
  readonly days: number
  readonly runs: number
  /** No further run is begun that would end later than this. */
  readonly secondsMax: number
  /** Where the stages leave their profiles. */
  readonly profile?: string
}

/** One run; snake_case because it is printed as it is. */
export interface PipelineRun {
  readonly tx_per_s: number
  readonly raw_consume_per_s: number
  readonly seconds: number
  readonly warnings: number
  readonly rss_mb: number | null
  readonly cpu_split_s: number | null
  readonly cpu_score_s: number | null
  readonly cpu_broker_s: number | null
}

/** Medians over the runs, and the runs. */
export interface PipelineReport extends PipelineRun {
  readonly ratio: number
  readonly rules: number
  readonly partitions: number
  readonly transactions: number
  readonly subjects: number
  readonly days: number
  readonly cpu_client_s: number | null
  readonly runs: readonly PipelineRun[]
  readonly profiles?: readonly string[]
}

/** Whom a bench tells of its progress. */
export interface Telling {
  /** A line that stays. */
  readonly say: (line: string) => void
  /** A line that is replaced by the next. */
  readonly update: (line: string) => void
}

/** The share of payments of a million or more, as in the benches of others that docs/measurements compares with. */
const largeShare = 0.002
const dayMs = 86_400_000
/** Stages are ready for the backlog within this, or something is wrong. */
const readyMsMax = 60_000

class PipelineBench {
  private readonly options: PipelineOptions
  private readonly bed: Bed
  private readonly wire: WireClient
  private readonly log: Log
  private readonly signal: AbortSignal
  private readonly telling: Telling
  private readonly input: string

  constructor(options: PipelineOptions, bed: Bed, log: Log, signal: AbortSignal, telling: Telling) {
    this.options = options
    this.bed = bed
    this.log = log
    this.signal = signal
    this.telling = telling
    this.wire = new WireClient(kafkaOptions(bed.connection))
    this.input = storedTopicName(topics.transactions, bed.prefix)
  }

  async close(): Promise<void> {
    await this.wire.close()
  }

  /** Writes the backlog: event time ends now, so that no broker finds it too old or too new. */
  async fill(): Promise<void> {
    const { transactions, subjects, partitions, days } = this.options
    await this.log.ensureTopics([topics.transactions])
    const workload = new Workload({ subjects, partitions, largeShare })
    const supply = new Supply(this.wire, this.input)
    const begin = Date.now() - days * dayMs
    const stepMs = (days * dayMs) / transactions
    const make = (index: number) => {
      this.signal.throwIfAborted()
      return workload.next(Math.floor(begin + index * stepMs))
    }
    const began = performance.now()
    await supplyAll(supply, transactions, make, (done) =>
      this.telling.update(`writing the backlog: ${percent(done / transactions)}`),
    )
    const seconds = (performance.now() - began) / 1000
    this.telling.say(`${transactions} transactions written in ${seconds.toFixed(1)} s`)
  }

  async run(number: number): Promise<PipelineRun> {
    const raw = await this.raw(number)
    this.telling.say(`raw kafkajs + avsc: ${Math.round(raw.records / raw.seconds)} transactions/s`)
    await this.prepare()
    const stages: Stage[] = []
    try {
      const measured = await this.closedLoop(number, stages)
      const rate = Math.round(raw.records / raw.seconds)
      return { ...measured, raw_consume_per_s: rate, warnings: await this.warnings() }
    } finally {
      await Promise.all(stages.map(async (stage) => stage.stop()))
    }
  }

  private async raw(number: number): Promise<RawResult> {
    const { bed, input: topic, options } = this
    const group = `${bed.prefix}.raw.${number}`
    const order: RawOrder = {
      options: kafkaOptions(bed.connection),
      topic,
      group,
      records: options.transactions,
    }
    const worker = startWorker<RawResult>(new URL('raw-worker.ts', import.meta.url), order)
    try {
      return await unlessAborted(worker.answer, this.signal)
    } finally {
      worker.kill()
    }
  }

  /** Everything but the backlog as on the first day. */
  private async prepare(): Promise<void> {
    await this.bed.dropTopics([this.input])
    const wanted = firstTopics(this.bed)
    // A topic that is on its way out cannot be made anew yet.
    for (let tries = 1; ; tries += 1) {
      try {
        await this.log.ensureTopics(wanted)
        return
      } catch (error) {
        if (tries === 20) throw error
        await delay(250, undefined, { signal: this.signal })
      }
    }
  }

  private async closedLoop(
    number: number,
    stages: Stage[],
  ): Promise<Omit<PipelineRun, 'raw_consume_per_s' | 'warnings'>> {
    const { bed, wire, options, telling } = this
    const run = `run-${number}`
    const start = (name: Stage['name']): Stage => {
      const stage = startStage(bed, name, run, options.profile)
      stages.push(stage)
      return stage
    }
    const standing = {
      split: new Standing(wire, bed, 'warn-split'),
      score: new Standing(wire, bed, 'warn-score'),
    }
    const soon = AbortSignal.any([this.signal, AbortSignal.timeout(readyMsMax)])
    // The second stage first: it waits for what the first one writes.
    const score = start('warn-score')
    await orFailed(standing.score.takenOver('all', soon), stages)
    const split = start('warn-split')
    await orFailed(standing.split.takenOver('any', soon), stages)
    const began = performance.now()
    const meter = new CpuMeter({ split: split.pid, score: score.pid, broker: bed.brokerPid })
    const told = (what: string) => (share: number) =>
      telling.update(`run ${number}: ${what} ${percent(share)}`)
    const isSplit = standing.split.reached(await this.ends(topics.transactions), this.signal, told('split'))
    await orFailed(isSplit, stages)
    await orFailed(this.untilScored(standing.score, told('scored')), stages)
    const seconds = (performance.now() - began) / 1000
    const used = meter.used()
    return {
      tx_per_s: Math.round(options.transactions / seconds),
      seconds: rounded(seconds, 2),
      rss_mb: sum([peakMemoryMb(split.pid), peakMemoryMb(score.pid)]),
      cpu_split_s: used['split'] ?? null,
      cpu_score_s: used['score'] ?? null,
      cpu_broker_s: used['broker'] ?? null,
    }
  }

  private async ends(topic: typeof topics.transactions | typeof topics.flows): Promise<number[]> {
    return (await this.log.offsets(topic)).map(({ next }) => next)
  }

  /** Stage two writes path tokens to its own input: it is done when nothing new has come. */
  private async untilScored(standing: Standing, told: (share: number) => void): Promise<void> {
    for (let aims = await this.ends(topics.flows); ;) {
      await standing.reached(aims, this.signal, told)
      const now = await this.ends(topics.flows)
      if (now.every((end, partition) => end === aims[partition])) return
      aims = now
    }
  }

  private async warnings(): Promise<number> {
    const bounds = await this.log.offsets(topics.warnings)
    let count = 0
    for (const [partition, { first }] of bounds.entries())
      for await (const _ of this.log.read(topics.warnings, partition, first)) count += 1
    return count
  }
}

function percent(share: number): string {
  return `${Math.floor(share * 100)} %`
}

function medianOf(runs: readonly PipelineRun[], name: keyof PipelineRun): number | null {
  const values = runs.map((run) => run[name]).filter((value) => value !== null)
  return values.length === 0 ? null : median(values)
}

/** Measures. @throws BrokerError when no broker can be started, LogError, or the signal's reason */
export async function benchPipeline(
  options: PipelineOptions,
  signal: AbortSignal,
  telling: Telling,
): Promise<PipelineReport> {
  const began = performance.now()
  const profile = options.profile === undefined ? undefined : resolve(options.profile)
  if (profile !== undefined) await mkdir(profile, { recursive: true })
  const settled = profile === undefined ? options : { ...options, profile }
  await using bed = await openBed({ partitions: options.partitions, say: telling.say })
  const log = await openKafkaLog({
    connection: bed.connection,
    directory: join(bed.directory, 'bench'),
    prefix: bed.prefix,
    partitions: bed.partitions,
  })
  const bench = new PipelineBench(settled, bed, log, signal, telling)
  try {
    await bench.fill()
    const runs: PipelineRun[] = []
    for (let number = 1; number <= options.runs; number += 1) {
      const from = performance.now()
      const run = await bench.run(number)
      runs.push(run)
      telling.say(`run ${number}: ${JSON.stringify(run)}`)
      const now = performance.now()
      if ((now - began + (now - from)) / 1000 > options.secondsMax) break
    }
    return reportOf(settled, runs, (await loadRuleSet()).file.rules.length)
  } finally {
    await bench.close()
    await log.close()
  }
}

function reportOf(options: PipelineOptions, runs: readonly PipelineRun[], rules: number): PipelineReport {
  const { transactions, subjects, partitions, days, profile } = options
  const [split, score] = [medianOf(runs, 'cpu_split_s'), medianOf(runs, 'cpu_score_s')]
  const rate = medianOf(runs, 'tx_per_s') ?? 0
  const raw = medianOf(runs, 'raw_consume_per_s') ?? 0
  return {
    tx_per_s: rate,
    raw_consume_per_s: raw,
    ratio: rounded(rate / raw, 3),
    rules,
    partitions,
    rss_mb: medianOf(runs, 'rss_mb'),
    cpu_client_s: sum([split, score]),
    cpu_split_s: split,
    cpu_score_s: score,
    cpu_broker_s: medianOf(runs, 'cpu_broker_s'),
    seconds: medianOf(runs, 'seconds') ?? 0,
    transactions,
    subjects,
    days,
    warnings: medianOf(runs, 'warnings') ?? 0,
    runs,
    ...(profile === undefined
      ? {}
      : {
          profiles: runs.flatMap((_, index) =>
            ['warn-split', 'warn-score'].map((name) => join(profile, `run-${index + 1}-${name}.cpuprofile`)),
          ),
        }),
  }
}
