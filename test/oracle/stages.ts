/** Both stages of warn over partitioned logs in memory: any number of partitions, read in any order, killed and opened anew anywhere. */
import { codecs } from '../../schemas/codec.ts'
import type { Control, FlowBlock, PathBlock, PathToken, Transaction } from '../../schemas/types.ts'
import { partitionOf, partitionOfBytes } from '../../services/platform/log/partitioner.ts'
import type { Emission, RuleSetContent } from '../../services/warn/app.ts'
import { activationOf, controlOf, createScorer, createSplitter } from '../../services/warn/app.ts'

type FlowRecord =
  | { readonly block: FlowBlock }
  | { readonly control: Control }
  | { readonly paths: PathBlock }

type Scorer = ReturnType<typeof createScorer>

const nothing = { get: () => undefined, entries: () => [] }

/** How the stages run. */
export interface StagesOptions {
  readonly ruleSet: RuleSetContent
  /** Partitions of the transactions, by payer. */
  readonly sources: number
  /** Partitions of the flows. */
  readonly partitions: number
  /** Decide what is done next, one after the other, again from the first after the last. */
  readonly picks: readonly number[]
  /** Every so many steps a partition of stage two is killed and opened anew; 0: never. */
  readonly killEvery: number
  readonly blockSize?: number
}

/** What one partition of stage two keeps over a kill. */
class Partition {
  readonly records: FlowRecord[] = []
  private readonly state = new Map<string, Uint8Array>()
  private replayFrom = 0
  /** Emissions before it are said, tokens before it are in the logs. */
  committed = 0
  private scorer: Scorer = createScorer(nothing)
  private batches = 0

  /** Folds some records and commits what came of them. */
  step(count: number): { readonly emissions: readonly Emission[]; readonly tokens: readonly PathToken[] } {
    const next = Math.min(this.records.length, this.committed + count)
    const emissions = this.fold(this.committed, next)
    this.committed = next
    this.batches += 1
    if (this.batches % 3 === 0) this.scorer.beginCheckpoint(next)
    const { changes, replayFrom } = this.scorer.store(next, 20)
    for (const { key, value } of changes) {
      if (value === null) this.state.delete(key)
      else this.state.set(key, value)
    }
    this.replayFrom = replayFrom ?? this.replayFrom
    return { emissions, tokens: this.scorer.takeTokens() }
  }

  /** Begins anew from what was stored; what came since is folded again, silently. */
  kill(): void {
    const { state } = this
    this.scorer = createScorer({
      get: (key) => state.get(key),
      entries: (from, to) =>
        [...state].filter(([key]) => key >= from && key < to).toSorted(([a], [b]) => (a < b ? -1 : 1)),
    })
    this.fold(this.replayFrom, this.committed)
    this.scorer.takeTokens()
  }

  private fold(from: number, to: number): Emission[] {
    const emissions: Emission[] = []
    for (let offset = from; offset < to; offset += 1) {
      const record = this.records[offset]
      if (record === undefined) continue
      if ('block' in record) emissions.push(...this.scorer.block(record.block, offset))
      else if ('control' in record) emissions.push(...this.scorer.control(record.control, offset))
      else emissions.push(...this.scorer.paths(record.paths, offset))
    }
    return emissions
  }
}

/** Runs a history through both stages until nothing is on its way, then lets every source be idle. */
export function throughStages(history: readonly Transaction[], options: StagesOptions): Emission[] {
  const { ruleSet, sources, picks, killEvery, blockSize = 4 } = options
  const partitions = Array.from({ length: options.partitions }, () => new Partition())
  const everywhere = (record: FlowRecord): void => partitions.forEach(({ records }) => records.push(record))
  everywhere({ control: activationOf(ruleSet) })
  const inputs = Array.from({ length: sources }, (_, source) => {
    everywhere({ block: { source, source_event_time: 0, flows: [] } })
    const own = history.filter(({ payer_id }) => partitionOf(payer_id, sources) === source)
    const splitter = createSplitter({
      source,
      partitions: partitions.length,
      partitionOf: partitionOfBytes,
      state: nothing,
    })
    return { own, splitter }
  })
  const emissions: Emission[] = []
  const step = (partition: Partition, count: number): void => {
    const done = partition.step(count)
    emissions.push(...done.emissions)
    for (const token of done.tokens) {
      const paths = codecs.pathBlock.decode(codecs.pathBlock.encode({ tokens: [token] }))
      partitions[partitionOf(token.subject_id, partitions.length)]?.records.push({ paths })
    }
  }
  const isBehind = ({ committed, records }: Partition): boolean => committed < records.length
  for (let at = 0; inputs.some(({ own }) => own.length > 0) || partitions.some(isBehind); at += 1) {
    const pick = picks[at % picks.length] ?? 0
    const open = inputs.filter(({ own }) => own.length > 0)
    const behind = partitions.filter(isBehind)
    if (killEvery > 0 && at % killEvery === killEvery - 1) partitions[pick % partitions.length]?.kill()
    const chosen = pick % (open.length + behind.length)
    const input = open[chosen]
    const partition = behind[chosen - open.length]
    if (input !== undefined) {
      const { blocks } = input.splitter.split(input.own.splice(0, blockSize))
      for (const { partition: to, block } of blocks) partitions[to]?.records.push({ block })
    } else if (partition !== undefined) step(partition, 1 + (pick % 5))
  }
  for (let source = 0; source < sources; source += 1)
    everywhere({ control: controlOf('source_idle', { source }) })
  while (partitions.some(isBehind)) for (const partition of partitions) step(partition, 100)
  return emissions
}
