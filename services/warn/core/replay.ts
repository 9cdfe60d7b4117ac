/** Both stages in memory, with one source: what `weir replay`, back-tests and the oracle run. Pure; the same input gives the same output. */
import { contentOf } from '../../../schemas/fact.ts'
import type { FactKind } from '../../../schemas/fact.ts'
import type { Fact, Transaction } from '../../../schemas/types.ts'
import { activationOf } from './control.ts'
import type { Emission } from './fold.ts'
import { FactGate, seenFromBothEnds } from './facts/gate.ts'
import { createScorer } from './fold.ts'
import type { RuleSetContent } from './rules/rule-file.ts'
import type { Refusal } from './split.ts'
import { noState } from './state.ts'
import { createSplitter } from './split.ts'
import { decodeFlowBlock } from './wire/flow-block.ts'

/** How a replay runs. */
export interface ReplayOptions {
  /** Transactions per block: how finely lateness is judged. Default 256. */
  readonly blockSize?: number
}

/** What a replay has seen so far. */
export interface ReplayCounts {
  readonly transactions: number
  readonly flows: number
  readonly duplicates: number
  readonly refused: Readonly<Record<Refusal, number>>
}

/** Scores transactions as the live stages would with one source. */
export class Replay {
  private readonly splitter = createSplitter({
    source: 0,
    partitions: 1,
    partitionOf: () => 0,
    state: noState,
    blockBytesMax: Number.POSITIVE_INFINITY,
  })
  private readonly scorer = createScorer(noState)
  private readonly gate = new FactGate(noState, 0)
  private readonly fed = new Set<FactKind>()
  private readonly factsRefused: Record<string, number> = {}
  private readonly blockSize: number
  private waiting: Transaction[] = []
  private readonly refused: Record<Refusal, number> = { conflicting_duplicate: 0, invalid_transaction: 0 }
  private transactions = 0
  private flows = 0
  private duplicates = 0

  constructor(ruleSet: RuleSetContent, options: ReplayOptions = {}) {
    this.blockSize = options.blockSize ?? 256
    this.scorer.control(activationOf(ruleSet))
  }

  /** Takes facts, before or between transactions, as they arrive. A contradiction of an earlier one is refused, a repeat dropped. */
  facts(facts: Iterable<Fact>): Emission[] {
    const emissions = this.block()
    for (const fact of facts) {
      const sighting = this.gate.take(fact, fact.event_time)
      if (sighting === 'new') {
        this.fed.add(contentOf(fact).kind)
        for (const seen of seenFromBothEnds(fact)) append(emissions, this.scorer.fact(seen))
      } else this.factsRefused[sighting] = (this.factsRefused[sighting] ?? 0) + 1
    }
    return emissions
  }

  /** Kinds of facts that came, and what became of those that count for nothing. */
  factCounts(): { readonly fed: readonly FactKind[]; readonly refused: Readonly<Record<string, number>> } {
    return { fed: [...this.fed].toSorted(), refused: { ...this.factsRefused } }
  }

  /** Takes transactions in order of arrival; says what is decided so far. Where calls are cut does not matter. */
  push(transactions: Iterable<Transaction>): Emission[] {
    const emissions: Emission[] = []
    for (const transaction of transactions) {
      this.waiting.push(transaction)
      if (this.waiting.length >= this.blockSize) append(emissions, this.block())
    }
    return emissions
  }

  /** The input is over: everything that was still open is decided. */
  finish(): Emission[] {
    const emissions = this.block()
    append(emissions, this.scorer.finish())
    return emissions
  }

  /** Figures so far. */
  counts(): ReplayCounts {
    const { transactions, flows, duplicates, refused } = this
    return { transactions, flows, duplicates, refused: { ...refused } }
  }

  /** What the log would bring back: the fold tells itself of paths until nothing new comes of it. */
  private paths(): Emission[] {
    const emissions: Emission[] = []
    for (let tokens = this.scorer.takeTokens(); tokens.length > 0; tokens = this.scorer.takeTokens())
      append(emissions, this.scorer.paths({ tokens }))
    return emissions
  }

  private block(): Emission[] {
    const batch = this.waiting
    this.waiting = []
    for (const transaction of batch) {
      const verdict = this.splitter.takeObject(transaction)
      if (verdict === 'same') this.duplicates += 1
      else if (verdict !== 'new') this.refused[verdict] += 1
    }
    this.transactions += batch.length
    const emissions: Emission[] = []
    for (const { value, body, flows } of this.splitter.blocks()) {
      this.flows += flows
      append(
        emissions,
        this.scorer.packedBlock(value, body) ?? this.scorer.block(decodeFlowBlock(value, body)),
      )
      append(emissions, this.paths())
    }
    return emissions
  }
}

function append(list: Emission[], more: readonly Emission[]): void {
  for (const one of more) list.push(one)
}

/** A replay that transactions are pushed into; for input that arrives asynchronously. */
export function createReplay(ruleSet: RuleSetContent, options?: ReplayOptions): Replay {
  return new Replay(ruleSet, options)
}

/** Warnings and outcomes for transactions in order of arrival, exactly as the live stages would give them with one source. */
export function* scoreTransactions(
  transactions: Iterable<Transaction>,
  ruleSet: RuleSetContent,
  options?: ReplayOptions,
): Generator<Emission, void, undefined> {
  const replay = createReplay(ruleSet, options)
  for (const transaction of transactions) yield* replay.push([transaction])
  yield* replay.finish()
}
