/** Reads one partition of one topic in order, a fetch ahead of its reader. */
import type { LogRecord } from '../port.ts'
import { LogError } from '../port.ts'
import type { PartitionBounds, WireClient } from './wire/client.ts'
import { offsetOutOfRange } from './wire/client.ts'
import type { FetchedPartition } from './wire/fetch.ts'

/** Records with the position behind them. */
export interface SourceSlice {
  readonly records: readonly LogRecord[]
  readonly nextOffset: number
  readonly endOffset: number
}

/** Upper bounds of a slice. */
export interface SliceLimits {
  readonly maxRecords: number
  readonly maxBytes: number
}

/** How a source reads. */
export interface SourceOptions {
  /** How long the broker may hold a fetch that has nothing to say. */
  readonly maxWaitMs: number
  /** Makes sure that what values refer to (schemas) is known before they are handed over. */
  readonly prepare?: (values: readonly (Uint8Array | null)[]) => Promise<void> | undefined
}

/** Modes: idle, a fetch under way, records in hand. */
export class PartitionSource {
  private readonly wire: WireClient
  private readonly topic: string
  private readonly partition: number
  private readonly options: SourceOptions
  private fetching: Promise<FetchedPartition> | undefined
  private inHand: { readonly fetched: FetchedPartition; at: number } | undefined
  private next = 0
  /** Offsets without records were passed over since the last slice. */
  private passedTo = 0

  constructor(wire: WireClient, topic: string, partition: number, options: SourceOptions) {
    this.wire = wire
    this.topic = topic
    this.partition = partition
    this.options = options
  }

  /** First kept and next offset. @throws LogError */
  async bounds(): Promise<PartitionBounds> {
    const bounds = (await this.wire.bounds(this.topic))[this.partition]
    if (bounds === undefined)
      throw new LogError('unknown_topic', `topic ${this.topic} has no partition ${this.partition}`)
    return bounds
  }

  /** Goes on reading from an offset; what was read ahead is forgotten. */
  seek(offset: number): void {
    this.fetching?.catch(() => undefined)
    this.fetching = undefined
    this.inHand = undefined
    this.next = offset
    this.passedTo = offset
  }

  /**
   * The next slice, or undefined when nothing came for a while. A slice without records says that offsets without any (ends
   * of transactions) were passed and nothing follows them yet.
   * @param to no record at or behind this offset is taken
   * @throws LogError `gap` when the records are gone
   */
  async take(
    limits: SliceLimits,
    to: number | undefined,
    signal: AbortSignal,
  ): Promise<SourceSlice | undefined> {
    if (this.inHand === undefined) {
      const fetched = await this.arrived(limits.maxBytes, signal)
      if (fetched === undefined) return undefined
      await this.options.prepare?.(fetched.records.map(({ value }) => value))
      if (fetched.records.length === 0) return this.empty(fetched)
      this.inHand = { fetched, at: 0 }
    }
    return this.cut(this.inHand, limits, to)
  }

  private async arrived(maxBytes: number, signal: AbortSignal): Promise<FetchedPartition | undefined> {
    this.fetching ??= this.begin(maxBytes)
    const { fetching } = this
    const stopped = aborted(signal)
    try {
      const fetched = await Promise.race([fetching, stopped.promise])
      if (fetched === undefined) return undefined
      this.fetching = undefined
      this.next = fetched.nextOffset
      // In a backlog the next is on its way while this is worked on. Without one it would come back with the first record that
      // arrives, and all others would wait for the fetch after it.
      if (2 * fetched.bytes > maxBytes) this.fetching = this.begin(maxBytes)
      return fetched
    } catch (error) {
      this.fetching = undefined
      throw error
    } finally {
      stopped.forget()
    }
  }

  private begin(maxBytes: number): Promise<FetchedPartition> {
    const fetching = this.fetch(maxBytes)
    // Nobody may be waiting for it yet; who takes it hears of the error.
    fetching.catch(() => undefined)
    return fetching
  }

  private async fetch(maxBytes: number): Promise<FetchedPartition> {
    const [fetched] = await this.wire.fetch({
      topic: this.topic,
      partitions: [{ partition: this.partition, offset: this.next }],
      isolation: 'committed',
      maxWaitMs: this.options.maxWaitMs,
      maxBytes,
    })
    if (fetched === undefined || fetched.errorCode === offsetOutOfRange)
      throw new LogError(
        'gap',
        `${this.topic}/${this.partition} is read from ${this.next}, but the log holds ${fetched?.firstOffset ?? '?'} to ${fetched?.endOffset ?? '?'}: records are gone. Rebuild what this reader made of them, or restore the log`,
      )
    return fetched
  }

  private empty(fetched: FetchedPartition): SourceSlice | undefined {
    const { nextOffset, endOffset } = fetched
    if (nextOffset <= this.passedTo) return undefined
    // Once nothing more follows, the reader's position is moved behind what holds no records.
    if (nextOffset < endOffset) return undefined
    this.passedTo = nextOffset
    return { records: [], nextOffset, endOffset }
  }

  private cut(
    inHand: NonNullable<typeof this.inHand>,
    limits: SliceLimits,
    to: number | undefined,
  ): SourceSlice | undefined {
    const { fetched } = inHand
    const { records } = fetched
    const from = inHand.at
    let bytes = 0
    let at = from
    for (; at < records.length && at - from < limits.maxRecords; at += 1) {
      const record = records[at]
      if (record === undefined || (to !== undefined && record.offset >= to)) break
      bytes += (record.value?.length ?? 0) + record.key.length
      if (at > from && bytes > limits.maxBytes) break
    }
    inHand.at = at
    const following = records[at]?.offset
    if (following === undefined) this.inHand = undefined
    const reached = following ?? fetched.nextOffset
    const nextOffset = to === undefined ? reached : Math.min(reached, to)
    this.passedTo = nextOffset
    const endOffset = Math.max(fetched.endOffset, nextOffset)
    return { records: records.slice(from, at), nextOffset, endOffset }
  }
}

/** Resolves with undefined when the signal aborts. */
function aborted(signal: AbortSignal): { readonly promise: Promise<undefined>; forget(): void } {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const stop = (): void => resolve(undefined)
  if (signal.aborted) stop()
  else signal.addEventListener('abort', stop, { once: true })
  return { promise, forget: () => signal.removeEventListener('abort', stop) }
}
