/** `weir bench engine|pipeline|latency`: how fast this machine is; the last two are measured on a real broker. */
import { benchEngine } from '../../warn/app.ts'
import type { EngineFigures } from '../../warn/app.ts'
import { benchLatency } from '../bench/latency.ts'
import type { LatencyReport } from '../bench/latency.ts'
import { benchPipeline } from '../bench/pipeline.ts'
import type { PipelineReport, Telling } from '../bench/pipeline.ts'
import { ownTimeLines, readOwnTimes } from '../bench/profile.ts'
import { stopSignal } from '../stop-signal.ts'
import { count, printJson, progressLine, say } from '../terminal.ts'

/** Options of `weir bench engine`. */
export interface BenchEngineOptions {
  readonly subjects: number
  readonly transactions?: number
  readonly json?: boolean
}

/** Options of `weir bench pipeline`. */
export interface BenchPipelineOptions {
  readonly transactions: number
  readonly subjects: number
  readonly partitions: number
  readonly days: number
  readonly runs: number
  readonly secondsMax: number
  readonly profile?: string
  readonly json?: boolean
}

/** Options of `weir bench latency`. */
export interface BenchLatencyOptions {
  readonly rate: number
  readonly seconds: number
  readonly warmUp: number
  readonly subjects: number
  readonly partitions: number
  readonly json?: boolean
}

async function telling<T>(work: (to: Telling) => Promise<T>): Promise<T> {
  const progress = progressLine()
  try {
    return await work({
      say: (line) => {
        progress.done()
        say(line)
      },
      update: (line) => progress.update(line),
    })
  } finally {
    progress.done()
  }
}

/** Measures the engine by itself and prints what it costs. */
export async function benchEngineCommand(options: BenchEngineOptions): Promise<void> {
  const { subjects, transactions } = options
  const figures = await telling(async (to) =>
    benchEngine({
      subjects,
      ...(transactions !== undefined && { transactions }),
      onProgress: (done, of) => to.update(`${count(done)} of ${count(of)} transactions`),
    }),
  )
  if (options.json === true) printJson(figures)
  else process.stdout.write(engineLines(figures))
}

function engineLines(figures: EngineFigures): string {
  const { ns, longest_ms } = figures
  return [
    `transactions/s on one core     ${count(figures.tx_per_s)} (folded, with checkpoints)`,
    `ns: split, fold, checkpoint    ${ns.split}, ${ns.fold}, ${ns.checkpoint}`,
    `bytes of a subject, p50, p99   ${count(figures.bytes_per_subject_p50)}, ${count(figures.bytes_per_subject_p99)}`,
    `rules, subjects, warnings      ${figures.rules}, ${count(figures.subjects)}, ${count(figures.warnings)}`,
    `longest: block, checkpoint, ms ${longest_ms.block}, ${longest_ms.checkpoint}`,
    `garbage collection, ms         ${figures.gc_ms}; memory ${count(figures.rss_mb)} MB`,
    '',
  ].join('\n')
}

/** Measures the throughput and prints it. */
export async function benchPipelineCommand(options: BenchPipelineOptions): Promise<void> {
  const signal = stopSignal('stopping')
  const report = await telling(async (to) => benchPipeline(options, signal, to))
  for (const file of report.profiles ?? []) {
    const lines = ownTimeLines(await readOwnTimes(file))
    say(`\n${file}\n${lines.join('\n')}`)
  }
  if (options.json === true) printJson(report)
  else process.stdout.write(linesOf(report))
}

/** Measures how soon a warning can be read, and prints it. */
export async function benchLatencyCommand(options: BenchLatencyOptions): Promise<void> {
  const signal = stopSignal('stopping')
  const report = await telling(async (to) => benchLatency(options, signal, to))
  if (options.json === true) printJson(report)
  else process.stdout.write(latencyLines(report))
}

function latencyLines(report: LatencyReport): string {
  const { p50_ms, p99_ms, p999_ms, max_ms, missing, doubled } = report
  return [
    `payments/s                     ${count(report.rate)} for ${report.seconds} s, after ${report.warm_up_s} s that do not count`,
    `due to readable, ms            p50 ${p50_ms}, p99 ${p99_ms}, p99.9 ${p999_ms}, max ${max_ms}`,
    `warnings timed                 ${count(report.warnings)} (missing ${missing}, doubled ${doubled})`,
    `CPU s: split, score, broker    ${report.cpu_split_s ?? '?'}, ${report.cpu_score_s ?? '?'}, ${report.cpu_broker_s ?? '?'}`,
    '',
  ].join('\n')
}

function linesOf(report: PipelineReport): string {
  return [
    `transactions/s, exactly once   ${count(report.tx_per_s)}`,
    `raw kafkajs + avsc             ${count(report.raw_consume_per_s)} (ratio ${report.ratio})`,
    `rules, partitions              ${report.rules}, ${report.partitions}`,
    `CPU s: split, score, broker    ${report.cpu_split_s ?? '?'}, ${report.cpu_score_s ?? '?'}, ${report.cpu_broker_s ?? '?'}`,
    `memory of both stages, MB      ${report.rss_mb ?? '?'}`,
    `warnings                       ${count(report.warnings)}`,
    '',
  ].join('\n')
}
