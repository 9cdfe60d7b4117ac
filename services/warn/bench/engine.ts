/** Measures the two stages of warn on one core, without log and broker: what a transaction costs, and what a subject takes. */
import { PerformanceObserver } from 'node:perf_hooks'
import { setTimeout as delay } from 'node:timers/promises'
import { codecs } from '../../../schemas/codec.ts'
import { partitionOf, partitionOfBytes } from '../../platform/log/partitioner.ts'
import type { Scorer } from '../core/fold.ts'
import { activationOf } from '../core/control.ts'
import { createScorer } from '../core/fold.ts'
import type { RuleSetContent } from '../core/rules/rule-file.ts'
import type { Splitter } from '../core/split.ts'
import { createSplitter } from '../core/split.ts'
import { noState } from '../core/state.ts'
import { bodyAt } from '../core/wire/header.ts'
import { TransactionView } from '../core/wire/transaction.ts'
import { loadRuleSet } from '../shell/rule-files.ts'
import { headerOf } from '../shell/schema-header.ts'
import type { Workload } from './workload.ts'
import { payments } from './workload.ts'

/** What to measure. */
export interface EngineBench {
  readonly subjects: number
  /** Default: twice the subjects, at least a million. */
  readonly transactions?: number
  /** Partitions of the flows, all folded by this process. Default 4. */
  readonly partitions?: number
  /** Default: the set shipped with the product. */
  readonly ruleSet?: RuleSetContent
  /** Flows per partition from checkpoint to checkpoint. Default 500,000. */
  readonly checkpointFlows?: number
  /** Told now and then how many transactions are done, of how many. */
  readonly onProgress?: (done: number, of: number) => void
}

/** What came out. Times are CPU times of the thread, so that others on the machine weigh less. */
export interface EngineFigures {
  /** Transactions a core folds in a second: blocks read, rules, checkpoints encoded. */
  readonly tx_per_s: number
  readonly rules: number
  readonly subjects: number
  readonly transactions: number
  readonly warnings: number
  /** Path tokens told from subject to subject. */
  readonly path_tokens: number
  readonly bytes_per_subject_p50: number
  readonly bytes_per_subject_p99: number
  readonly gc_ms: number
  readonly rss_mb: number
  /** Nanoseconds per transaction. */
  readonly ns: { readonly split: number; readonly fold: number; readonly checkpoint: number }
  /** The longest one of a block, and of a part of a checkpoint, milliseconds by the clock. */
  readonly longest_ms: { readonly block: number; readonly checkpoint: number }
}

const chunk = 20_000
const batch = 2_000
const storedAtOnce = 20_000

/** Adds up what is spent on one kind of work. */
class Stopwatch {
  cpuMs = 0
  longestMs = 0

  time<T>(work: () => T): T {
    const cpu = process.threadCpuUsage()
    const begun = performance.now()
    const result = work()
    this.longestMs = Math.max(this.longestMs, performance.now() - begun)
    const spent = process.threadCpuUsage(cpu)
    this.cpuMs += (spent.user + spent.system) / 1_000
    return result
  }
}

interface Packed {
  readonly partition: number
  readonly value: Buffer
  readonly body: number
}

class Run {
  readonly split = new Stopwatch()
  readonly fold = new Stopwatch()
  readonly store = new Stopwatch()
  readonly scorers: readonly Scorer[]
  warnings = 0
  taken = 0
  /** Path tokens told. */
  tokens = 0
  private readonly view = new TransactionView()
  private readonly splitter: Splitter
  private readonly header = headerOf('transaction')
  private readonly checkpointFlows: number
  private readonly flows: number[]
  private blocks = 0

  constructor(partitions: number, checkpointFlows: number, set: RuleSetContent) {
    this.checkpointFlows = checkpointFlows
    this.flows = Array.from({ length: partitions }, () => 0)
    const header = headerOf('flow-block')
    this.splitter = createSplitter({
      source: 0,
      partitions,
      partitionOf: partitionOfBytes,
      state: noState,
      header,
    })
    this.scorers = Array.from({ length: partitions }, () => createScorer(noState))
    for (const scorer of this.scorers) scorer.control(activationOf(set))
  }

  /** Both stages over records of the transactions topic. */
  take(records: readonly Buffer[]): void {
    const blocks: Packed[] = []
    this.taken += records.length
    for (let from = 0; from < records.length; from += batch) {
      const some = records.slice(from, from + batch)
      for (const block of this.split.time(() => this.splitBatch(some))) blocks.push(block)
    }
    for (const block of blocks) this.foldBlock(block)
  }

  private splitBatch(records: readonly Buffer[]): readonly Packed[] {
    for (const record of records) {
      if (!this.view.read(record, bodyAt(record, this.header)))
        throw new RangeError('the bench made an odd record')
      this.splitter.take(this.view)
    }
    return this.splitter.blocks()
  }

  private foldBlock({ partition, value, body }: Packed): void {
    const scorer = this.scorers[partition]
    if (scorer === undefined) return
    this.blocks += 1
    const found = this.fold.time(() => scorer.packedBlock(value, body, this.blocks) ?? [])
    this.warnings += found.filter(({ type }) => type === 'warning').length
    this.tellPaths(scorer)
    const flows = (this.flows[partition] ?? 0) + scorer.flowsOfBlock
    this.flows[partition] = flows
    if (flows >= this.checkpointFlows && !scorer.isStoring) {
      this.flows[partition] = 0
      scorer.beginCheckpoint(this.blocks)
    }
    if (scorer.isStoring) this.store.time(() => scorer.store(this.blocks, storedAtOnce))
  }

  /** Tokens go to whoever holds their subjects, as the log would bring them: encoded, decoded, folded, until nothing new comes. */
  private tellPaths(from: Scorer): void {
    for (const token of from.takeTokens()) {
      this.tokens += 1
      const partition = partitionOf(token.subject_id, this.scorers.length)
      const scorer = this.scorers[partition]
      if (scorer === undefined) continue
      this.blocks += 1
      const found = this.fold.time(() => {
        const block = codecs.pathBlock.decode(codecs.pathBlock.encode({ tokens: [token] }))
        return scorer.paths(block, this.blocks)
      })
      this.warnings += found.filter(({ type }) => type === 'warning').length
      this.tellPaths(scorer)
    }
  }
}

function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
}

function sizesOf(scorers: readonly Scorer[]): Float64Array {
  return Float64Array.from(scorers.flatMap((scorer) => scorer.bytesPerSubject())).toSorted()
}

/** Seeded payments through both stages of warn, in this process. Takes about 12 s per million transactions. */
export async function benchEngine(options: EngineBench): Promise<EngineFigures> {
  const { subjects, partitions = 4, checkpointFlows = 500_000 } = options
  const transactions = options.transactions ?? Math.max(1_000_000, 2 * subjects)
  const set = options.ruleSet ?? (await loadRuleSet())
  const run = new Run(partitions, checkpointFlows, set)
  let gcMs = 0
  const collector = new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) gcMs += duration
  })
  collector.observe({ entryTypes: ['gc'] })
  const workload: Workload = { transactions, subjects }
  let records: Buffer[] = []
  for (const transaction of payments(workload)) {
    records.push(codecs.transaction.encode(transaction))
    if (records.length < chunk) continue
    run.take(records)
    records = []
    options.onProgress?.(run.taken, transactions)
    await delay(0)
  }
  run.take(records)
  // What the collector did is told a moment later.
  await delay(20)
  collector.disconnect()
  const perTransaction = (ms: number): number => Math.round((ms * 1e6) / transactions)
  const sizes = sizesOf(run.scorers)
  return {
    tx_per_s: Math.round(transactions / ((run.fold.cpuMs + run.store.cpuMs) / 1_000)),
    rules: set.file.rules.length,
    subjects: sizes.length,
    transactions,
    warnings: run.warnings,
    path_tokens: run.tokens,
    bytes_per_subject_p50: percentile(sizes, 0.5),
    bytes_per_subject_p99: percentile(sizes, 0.99),
    gc_ms: Math.round(gcMs),
    rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
    ns: {
      split: perTransaction(run.split.cpuMs),
      fold: perTransaction(run.fold.cpuMs),
      checkpoint: perTransaction(run.store.cpuMs),
    },
    longest_ms: { block: Math.round(run.fold.longestMs), checkpoint: Math.round(run.store.longestMs) },
  }
}
