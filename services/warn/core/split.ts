/** Stage one: transactions of one source become flow blocks; repeats are dropped, contradictions set aside. Pure. */
import type { FlowBlock, Transaction } from '../../../schemas/types.ts'
import { dayOf } from '../../platform/calendar/day.ts'
import { SeenTransactions } from './seen.ts'
import type { SeenLimits, Sighting } from './seen.ts'
import { SourceProgress } from './source-progress.ts'
import { StateFormatError } from './state.ts'
import type { StateChange, StateReader } from './state.ts'
import { BlockWriter, decodeFlowBlock } from './wire/flow-block.ts'
import type { PackedBlock } from './wire/flow-block.ts'
import { TransactionView, encodeTransaction, field } from './wire/transaction.ts'

/** How long a transaction is remembered, in days of event time. */
export const dedupeHorizonDays = 400

/** Why a transaction does not become flows. */
export type Refusal = 'conflicting_duplicate' | 'invalid_transaction'

/** Where blocks go and what is remembered. */
export interface SplitterOptions extends SeenLimits {
  /** Partition of the transactions topic. */
  readonly source: number
  /** Partitions of the flows topic. */
  readonly partitions: number
  /** Partition of the subject whose id lies in `bytes` from `from` (inclusive) to `to` (exclusive). */
  readonly partitionOf: (bytes: Uint8Array, partitions: number, from: number, to: number) => number
  readonly state: StateReader
  /** Default 400. */
  readonly horizonDays?: number
  /** A block is closed when its flows have more bytes than this. Default 400,000. */
  readonly blockBytesMax?: number
  /** What goes in front of a block's body: header of its schema. Default none. */
  readonly header?: Uint8Array
}

/** A block and where it goes. */
export interface SplitBlock extends PackedBlock {
  readonly partition: number
}

/** What a batch of transactions came to. */
export interface SplitResult {
  /** At least one block for every partition, so that event time goes on everywhere. */
  readonly blocks: readonly { readonly partition: number; readonly block: FlowBlock }[]
  /** Index into the batch, and why. */
  readonly refused: readonly { readonly index: number; readonly reason: Refusal }[]
  /** Same transaction, same content: dropped. */
  readonly duplicates: number
  readonly flows: number
}

const metaKey = 'm'
const metaVersion = 'v2'
const noHeader = new Uint8Array(0)
const institution = 3

/** Whether a transaction can be scored at all; ingest holds to the same rules. */
function isValid(view: TransactionView): boolean {
  return (
    view.amount > 0 &&
    view.bookedAt > 0 &&
    !view.isEmpty(field.txnId) &&
    !view.isEmpty(view.payer) &&
    !view.isEmpty(view.payee)
  )
}

/**
 * The fold of one source partition. For each batch: `take` its transactions in their order, then `blocks`. What is known then
 * is stored by `checkpoint`; between checkpoints it lives in memory.
 */
export class Splitter {
  private readonly options: SplitterOptions
  private readonly horizonDays: number
  private readonly blockBytesMax: number
  private readonly header: Uint8Array
  private readonly progress: SourceProgress
  private readonly seen: SeenTransactions
  private readonly writers: readonly BlockWriter[]
  private closed: SplitBlock[] = []

  /** @throws StateFormatError when the stored state was made by an older version */
  constructor(options: SplitterOptions) {
    this.options = options
    this.horizonDays = options.horizonDays ?? dedupeHorizonDays
    this.blockBytesMax = options.blockBytesMax ?? 400_000
    this.header = options.header ?? noHeader
    this.progress = SourceProgress.from(readMeta(options.state))
    this.seen = new SeenTransactions(options.state, options)
    this.writers = Array.from({ length: options.partitions }, () => new BlockWriter())
  }

  /** Highest event time of the source that is believed, milliseconds since 1970; 0 at first. */
  get eventTime(): number {
    return this.progress.time
  }

  /** Takes one transaction. Its bytes are not kept. */
  take(view: TransactionView): Sighting | 'invalid_transaction' {
    if (!isValid(view)) return 'invalid_transaction'
    const oldestDay = dayOf(this.progress.time) - this.horizonDays
    const sighting = this.seen.note(view, dayOf(view.bookedAt), oldestDay)
    if (sighting !== 'new') return sighting
    this.progress.saw(view.bookedAt)
    // An institution is a counterparty, not a subject: no flow.
    if (view.payerKind !== institution) this.add(view, true)
    if (view.payeeKind !== institution) this.add(view, false)
    return sighting
  }

  private add(view: TransactionView, isPayer: boolean): void {
    const { partitions, partitionOf } = this.options
    const subject = isPayer ? view.payer : view.payee
    const to = view.start(subject + 1)
    const partition = partitions === 1 ? 0 : partitionOf(view.bytes, partitions, view.textStart(subject), to)
    const writer = this.writers[partition]
    if (writer === undefined) throw new RangeError(`partition ${partition} of ${partitions}`)
    writer.add(view, isPayer)
    if (writer.size > this.blockBytesMax) this.close(partition, writer)
  }

  private close(partition: number, writer: BlockWriter): void {
    const head = { source: this.options.source, eventTime: this.progress.time }
    this.closed.push({ partition, ...writer.take(this.header, head) })
  }

  /** Blocks of what was taken since the last call, at least one for every partition, so that event time goes on everywhere. */
  blocks(): SplitBlock[] {
    for (const [partition, writer] of this.writers.entries()) this.close(partition, writer)
    const blocks = this.closed
    this.closed = []
    return blocks
  }

  /** Splits a batch of transactions as objects; for tests and small uses. */
  split(batch: readonly Transaction[]): SplitResult {
    const refused: { index: number; reason: Refusal }[] = []
    let duplicates = 0
    for (const [index, transaction] of batch.entries()) {
      const verdict = this.takeObject(transaction)
      if (verdict === 'same') duplicates += 1
      else if (verdict !== 'new') refused.push({ index, reason: verdict })
    }
    const blocks = this.blocks()
    return {
      blocks: blocks.map(({ partition, value, body }) => ({
        partition,
        block: decodeFlowBlock(value, body),
      })),
      refused,
      duplicates,
      flows: blocks.reduce((sum, { flows }) => sum + flows, 0),
    }
  }

  /** Takes a transaction as an object. */
  takeObject(transaction: Transaction): Sighting | 'invalid_transaction' {
    const isWhole = Number.isSafeInteger(transaction.amount) && Number.isSafeInteger(transaction.booked_at)
    return isWhole && view.read(encodeTransaction(transaction), 0) ? this.take(view) : 'invalid_transaction'
  }

  /** Everything that became known since the last checkpoint; with it the stored state is the whole of what the splitter knows. */
  checkpoint(): StateChange[] {
    const changes = this.seen.checkpoint(dayOf(this.progress.time) - this.horizonDays)
    changes.push({ key: metaKey, value: Buffer.from(`${metaVersion} ${this.progress.text()}`) })
    return changes
  }
}

/** Used again for every object. */
const view = new TransactionView()

function readMeta(state: StateReader): string {
  const bytes = state.get(metaKey)
  if (bytes === undefined) return ''
  const text = Buffer.from(bytes).toString('utf8')
  if (text.startsWith(`${metaVersion} `)) return text.slice(metaVersion.length + 1)
  throw new StateFormatError(
    'the memory of transactions was stored by another version of Weir: start that one, or split the transactions anew',
  )
}

/** The fold of one source partition. */
export function createSplitter(options: SplitterOptions): Splitter {
  return new Splitter(options)
}
