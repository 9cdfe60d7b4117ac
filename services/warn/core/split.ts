/** Stage one: transactions of one source become flow blocks; repeats are dropped, contradictions set aside. Pure. */
import { hash } from 'node:crypto'
import type { Flow, FlowBlock, Transaction } from '../../../schemas/types.ts'
import { dayOf } from '../../platform/calendar/day.ts'
import { SourceProgress } from './source-progress.ts'
import { flowsOf, payeeOf, payerOf } from './flow.ts'
import type { StateChange, StateReader } from './state.ts'
import { stateKey } from './state.ts'

/** How long a transaction is remembered, in days of event time. */
export const dedupeHorizonDays = 400

/** Why a transaction does not become flows. */
export type Refusal = 'conflicting_duplicate' | 'invalid_transaction'

/** Where blocks go and what is remembered. */
export interface SplitterOptions {
  /** Partition of the transactions topic. */
  readonly source: number
  /** Partitions of the flows topic. */
  readonly partitions: number
  readonly partitionOf: (key: string, partitions: number) => number
  readonly state: StateReader
  /** Default 400. */
  readonly horizonDays?: number
  /** Rough limit of a block, in bytes. Default 400,000. */
  readonly blockBytesMax?: number
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
  /** State changes; to be stored together with the blocks. */
  readonly changes: readonly StateChange[]
}

const metaKey = 'm'
const digestBytes = 12

/** Everything of a transaction but the encrypted identities, whose ciphertext may differ each time. */
function digestOf(t: Transaction): Buffer {
  const text = [
    t.txn_id,
    t.booked_at,
    t.amount,
    t.currency,
    t.payer_account,
    t.payer_id,
    t.payer_kind,
    t.payer_region,
    t.payee_account,
    t.payee_id,
    t.payee_kind,
    t.payee_region,
    t.channel,
    t.country,
    t.remark,
    t.source_id,
  ].join('\u0000')
  return hash('sha1', text, 'buffer').subarray(0, digestBytes)
}

/** Whether a decoded transaction can be scored at all; ingest holds to the same rules. */
function isValid(t: Transaction): boolean {
  return (
    t.txn_id !== '' &&
    Number.isSafeInteger(t.amount) &&
    t.amount > 0 &&
    Number.isSafeInteger(t.booked_at) &&
    t.booked_at > 0 &&
    payerOf(t) !== '' &&
    payeeOf(t) !== ''
  )
}

/** The fold of one source partition. Every batch's changes must be stored before the next batch is split. */
export class Splitter {
  private readonly options: SplitterOptions
  private readonly horizonDays: number
  private readonly blockBytesMax: number
  private readonly progress: SourceProgress

  constructor(options: SplitterOptions) {
    this.options = options
    this.horizonDays = options.horizonDays ?? dedupeHorizonDays
    this.blockBytesMax = options.blockBytesMax ?? 400_000
    const stored = options.state.get(metaKey)
    this.progress = SourceProgress.from(stored === undefined ? '' : Buffer.from(stored).toString('utf8'))
  }

  /** Splits one batch, in its order. */
  split(batch: readonly Transaction[]): SplitResult {
    const seen = new Map<string, Buffer>()
    const flows: Flow[][] = Array.from({ length: this.options.partitions }, () => [])
    const refused: { index: number; reason: Refusal }[] = []
    let duplicates = 0
    for (const [index, transaction] of batch.entries()) {
      const verdict = isValid(transaction) ? this.remember(transaction, seen) : 'invalid_transaction'
      if (verdict === 'same') duplicates += 1
      else if (verdict === 'new') this.take(transaction, flows)
      else refused.push({ index, reason: verdict })
    }
    const changes: StateChange[] = [...seen].map(([key, value]) => ({ key, value }))
    changes.push({ key: metaKey, value: Buffer.from(this.progress.text()) })
    return {
      blocks: flows.flatMap((list, partition) => this.blocksOf(list).map((block) => ({ partition, block }))),
      refused,
      duplicates,
      flows: flows.reduce((sum, list) => sum + list.length, 0),
      changes,
    }
  }

  private remember(
    transaction: Transaction,
    seen: Map<string, Buffer>,
  ): 'new' | 'same' | 'conflicting_duplicate' {
    const key = stateKey('t', `${transaction.source_id}|${transaction.txn_id}`)
    const digest = digestOf(transaction)
    const known = seen.get(key) ?? this.options.state.get(key)
    if (known !== undefined && !this.isForgotten(known)) {
      return digest.equals(Buffer.from(known.buffer, known.byteOffset + 4, digestBytes))
        ? 'same'
        : 'conflicting_duplicate'
    }
    const entry = Buffer.allocUnsafe(4 + digestBytes)
    entry.writeInt32LE(dayOf(transaction.booked_at))
    digest.copy(entry, 4)
    seen.set(key, entry)
    return 'new'
  }

  /** Past the horizon it counts as not there, whether it was cleared away already or not. */
  private isForgotten(entry: Uint8Array): boolean {
    const day = Buffer.from(entry.buffer, entry.byteOffset, 4).readInt32LE()
    return day < dayOf(this.progress.time) - this.horizonDays
  }

  private take(transaction: Transaction, flows: Flow[][]): void {
    this.progress.saw(transaction.booked_at)
    const { partitions, partitionOf } = this.options
    for (const flow of flowsOf(transaction)) flows[partitionOf(flow.subject_id, partitions)]?.push(flow)
  }

  private blocksOf(flows: readonly Flow[]): FlowBlock[] {
    const blocks: FlowBlock[] = []
    let part: Flow[] = []
    let bytes = 0
    const close = (): void => {
      blocks.push({ source: this.options.source, source_event_time: this.progress.time, flows: part })
      part = []
      bytes = 0
    }
    for (const flow of flows) {
      part.push(flow)
      bytes += 150 + flow.identity.length + flow.txn_id.length + 3 * flow.remark.length
      if (bytes > this.blockBytesMax) close()
    }
    if (part.length > 0 || blocks.length === 0) close()
    return blocks
  }

  /**
   * Entries past the horizon among `count` entries from `cursor` on; called again and again it walks through everything.
   * @param entries keys and values of the stored state from a key on, ascending
   */
  expired(
    entries: (from: string) => Iterable<readonly [string, Uint8Array]>,
    cursor: string,
    count: number,
  ): { readonly changes: StateChange[]; readonly cursor: string } {
    const changes: StateChange[] = []
    let left = count
    for (const [key, value] of entries(cursor)) {
      if (left === 0) return { changes, cursor: key }
      left -= 1
      if (this.isForgotten(value)) changes.push({ key, value: null })
    }
    return { changes, cursor: 't' }
  }
}

/** The fold of one source partition. */
export function createSplitter(options: SplitterOptions): Splitter {
  return new Splitter(options)
}
