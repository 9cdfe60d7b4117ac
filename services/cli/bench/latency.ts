/**
 * Open loop: payments are due at fixed times, whether the pipeline keeps up or not; measured is from the time a payment was due
 * to the time its warning can be read by a reader of committed records (so waiting in the sender counts too).
 */
import { EventEmitter, once } from 'node:events'
import { join } from 'node:path'
import { createHistogram } from 'node:perf_hooks'
import type { RecordableHistogram } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { topics } from '../../../schemas/topics.ts'
import { kafkaOptions } from '../../platform/log/kafka/connection.ts'
import { openKafkaLog } from '../../platform/log/kafka/open.ts'
import { WireClient } from '../../platform/log/kafka/wire/client.ts'
import { storedTopicName } from '../../platform/log/names.ts'
import { openBed } from './bed.ts'
import type { Bed } from './bed.ts'
import { firstTopics, orFailed, startStage, Standing } from './stages.ts'
import type { Stage } from './stages.ts'
import { asError, Supply } from './supply.ts'
import type { Telling } from './pipeline.ts'
import type { ReaderEnd, ReaderOrder, ReaderResult, ReaderSchedule } from './reader-worker.ts'
import { CpuMeter, peakMemoryMb, rounded, sum } from './usage.ts'
import { startWorker, unlessAborted } from './worker.ts'
import type { Worker } from './worker.ts'
import { Workload } from './workload.ts'

/** What to measure. */
export interface LatencyOptions {
  /** Payments a second. */
  readonly rate: number
  /** Measured seconds. */
  readonly seconds: number
  /** Seconds at the same rate before, which are not measured. */
  readonly warmUp: number
  readonly subjects: number
  readonly partitions: number
}

/** Milliseconds from due to readable, and what it took; snake_case because it is printed as it is. */
export interface LatencyReport {
  readonly p50_ms: number
  readonly p90_ms: number
  readonly p99_ms: number
  readonly p999_ms: number
  readonly max_ms: number
  readonly mean_ms: number
  readonly rate: number
  readonly seconds: number
  readonly warm_up_s: number
  readonly partitions: number
  readonly subjects: number
  readonly transactions: number
  readonly warnings: number
  readonly missing: number
  readonly doubled: number
  /** How late payments left the sender, and when the broker had them, from the time they were due. */
  readonly sent_p99_ms: number
  readonly sent_max_ms: number
  readonly stored_p50_ms: number
  readonly stored_p99_ms: number
  readonly rss_mb: number | null
  readonly cpu_split_s: number | null
  readonly cpu_score_s: number | null
  readonly cpu_broker_s: number | null
  readonly cpu_sender_s: number | null
}

/** One payment in fifty is of a million or more: enough warnings to tell the 999th of a thousand. */
const largeShare = 0.02
/** What is due within so long goes out in one request, as producers do by default since Kafka 4 (`linger.ms`). */
const lingerMs = 5
const patienceMs = 30_000
const readyMsMax = 60_000

/** Sends payments when they are due. */
class Sender {
  private readonly supply: Supply
  private readonly workload: Workload
  private readonly rate: number
  private readonly underWay = new Set<Promise<void>>()
  private failure: Error | undefined
  /** Milliseconds from due to sent, and from due to stored, of what is measured. */
  readonly sent = createHistogram({ figures: 4 })
  readonly stored = createHistogram({ figures: 4 })
  /** Warnings of R01 to be expected from what is measured. */
  expected = 0

  constructor(supply: Supply, workload: Workload, rate: number) {
    this.supply = supply
    this.workload = workload
    this.rate = rate
  }

  /** @param start when the first one is due @param from when the first measured one is @param to none is due from here on */
  async run(start: number, from: number, to: number, signal: AbortSignal, told: () => void): Promise<void> {
    const count = Math.floor(((to - start) * this.rate) / 1000)
    const due = (index: number): number => start + (index * 1000) / this.rate
    for (let index = 0; index < count && this.failure === undefined;) {
      const now = Date.now()
      const payments = []
      const firstDue = due(index)
      for (; index < count && due(index) <= now; index += 1) {
        const at = Math.floor(due(index))
        const payment = this.workload.next(at)
        if (at >= from) this.expected += payment.warnings
        payments.push(payment)
      }
      if (payments.length > 0) this.send(payments, firstDue, firstDue >= from)
      told()
      await delay(Math.max(1, due(index) + lingerMs - Date.now()), undefined, { signal })
    }
    await Promise.all(this.underWay)
    if (this.failure !== undefined) throw this.failure
  }

  private send(payments: Parameters<Supply['write']>[0], firstDue: number, isMeasured: boolean): void {
    const note = (histogram: RecordableHistogram): void => {
      if (isMeasured) histogram.record(Math.max(1, Math.round(Date.now() - firstDue)))
    }
    note(this.sent)
    const request = this.supply
      .write(payments)
      .then(() => note(this.stored))
      .catch((error: unknown) => {
        this.failure = asError(error)
      })
      .finally(() => this.underWay.delete(request))
    this.underWay.add(request)
  }
}

/** Both stages and the reader, ready. */
interface Scene {
  readonly stages: Stage[]
  readonly reader: Worker<ReaderResult>
}

async function setScene(bed: Bed, wire: WireClient, signal: AbortSignal, stages: Stage[]): Promise<Scene> {
  const soon = AbortSignal.any([signal, AbortSignal.timeout(readyMsMax)])
  for (const name of ['warn-score', 'warn-split'] as const) stages.push(startStage(bed, name, 'latency'))
  await orFailed(
    Promise.all(stages.map(async ({ name }) => new Standing(wire, bed, name).takenOver('all', soon))),
    stages,
  )
  const order: ReaderOrder = {
    options: kafkaOptions(bed.connection),
    topic: storedTopicName(topics.warnings, bed.prefix),
    partitions: bed.partitions,
  }
  const told = new EventEmitter()
  const reader = startWorker<ReaderResult>(
    new URL('reader-worker.ts', import.meta.url),
    order,
    (message) => 'p50' in message,
    () => told.emit('ready'),
  )
  await Promise.race([once(told, 'ready', { signal: soon }), reader.answer])
  return { stages, reader }
}

/** Measures. @throws BrokerError when no broker can be started, LogError, or the signal's reason */
export async function benchLatency(
  options: LatencyOptions,
  signal: AbortSignal,
  telling: Telling,
): Promise<LatencyReport> {
  await using bed = await openBed({ partitions: options.partitions, say: telling.say })
  const wire = new WireClient(kafkaOptions(bed.connection))
  const log = await openKafkaLog({
    connection: bed.connection,
    directory: join(bed.directory, 'bench'),
    prefix: bed.prefix,
    partitions: bed.partitions,
  })
  const stages: Stage[] = []
  let reader: Scene['reader'] | undefined
  try {
    await log.ensureTopics([topics.transactions, ...firstTopics(bed)])
    ;({ reader } = await setScene(bed, wire, signal, stages))
    return await measure(bed, wire, options, { stages, reader }, signal, telling)
  } finally {
    reader?.kill()
    await Promise.all(stages.map(async (stage) => stage.stop()))
    await wire.close()
    await log.close()
  }
}

async function measure(
  bed: Bed,
  wire: WireClient,
  options: LatencyOptions,
  { stages, reader }: Scene,
  signal: AbortSignal,
  telling: Telling,
): Promise<LatencyReport> {
  const { rate, seconds, warmUp, subjects, partitions } = options
  const workload = new Workload({ subjects, partitions, largeShare })
  const supply = new Supply(wire, storedTopicName(topics.transactions, bed.prefix))
  const sender = new Sender(supply, workload, rate)
  const start = Date.now() + 200
  const from = start + warmUp * 1000
  const to = from + seconds * 1000
  reader.tell({ from } satisfies ReaderSchedule)
  const [score, split] = stages
  let meter: CpuMeter | undefined
  await orFailed(
    Promise.race([
      sender.run(start, from, to, signal, () => {
        const now = Date.now()
        if (now >= from)
          meter ??= new CpuMeter({
            split: split?.pid,
            score: score?.pid,
            broker: bed.brokerPid,
            sender: process.pid,
          })
        const of = now < from ? 'warming up' : `${Math.floor((now - from) / 1000)} of ${seconds} s`
        telling.update(`${rate} payments/s: ${of}`)
      }),
      reader.answer,
    ]),
    stages,
  )
  const used = meter?.used() ?? {}
  reader.tell({ expected: sender.expected, patienceMs } satisfies ReaderEnd)
  const seen = await orFailed(unlessAborted(reader.answer, signal), stages)
  return {
    p50_ms: seen.p50,
    p90_ms: seen.p90,
    p99_ms: seen.p99,
    p999_ms: seen.p999,
    max_ms: seen.max,
    mean_ms: rounded(seen.mean, 1),
    rate,
    seconds,
    warm_up_s: warmUp,
    partitions,
    subjects,
    transactions: rate * seconds,
    warnings: seen.warnings,
    missing: sender.expected - seen.warnings,
    doubled: seen.doubled,
    sent_p99_ms: sender.sent.percentile(99),
    sent_max_ms: sender.sent.max,
    stored_p50_ms: sender.stored.percentile(50),
    stored_p99_ms: sender.stored.percentile(99),
    rss_mb: sum(stages.map(({ pid }) => peakMemoryMb(pid))),
    cpu_split_s: used['split'] ?? null,
    cpu_score_s: used['score'] ?? null,
    cpu_broker_s: used['broker'] ?? null,
    cpu_sender_s: used['sender'] ?? null,
  }
}
