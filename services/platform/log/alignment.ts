/**
 * Event-time alignment: a partition that is far ahead of the slowest one that still has something to read waits for it.
 * Partitions with unequal load are read at equal record rates in a catch-up, so their event times drift apart by days, and
 * whatever joins them must remember, or give up, that much (docs/adr/0014-alignment.md).
 */
import { setTimeout as delay } from 'node:timers/promises'

/** Where a partition stands. */
export interface AlignedPartition {
  /** How far it has come, ms since 1970; undefined before its first batch. */
  readonly eventTime: number | undefined
  /** It has more to read: only such a one is waited for. A source that is silent holds nobody back. */
  readonly isBehind: boolean
}

/** What an aligner needs. */
export interface AlignerParts {
  readonly limitMs: number
  readonly partitions: readonly number[]
  /** Where a partition stands that somebody else runs; undefined when nobody has run it yet. */
  readonly look?: (partition: number) => Promise<AlignedPartition | undefined>
}

const waitMs = 5
const lookEveryMs = 100

/**
 * Whether a partition at `eventTime` is more than the limit ahead of the slowest other one that is behind. One that is
 * behind and has not begun is the slowest of all. Pure.
 */
export function isAhead(
  eventTime: number | undefined,
  others: Iterable<AlignedPartition>,
  limitMs: number,
): boolean {
  if (eventTime === undefined) return false
  for (const other of others) {
    if (other.isBehind && eventTime - (other.eventTime ?? Number.NEGATIVE_INFINITY) > limitMs) return true
  }
  return false
}

/** The partitions of one topic as one group reads them. */
export class Aligner {
  private readonly parts: AlignerParts
  private readonly known = new Map<number, AlignedPartition>()
  /** Partitions that this process runs: what they say is newer than what can be looked up. */
  private readonly own = new Set<number>()
  private lookedAt = Number.NEGATIVE_INFINITY
  private looking: Promise<void> | undefined

  constructor(parts: AlignerParts) {
    this.parts = parts
  }

  /** A partition of this process stands here. A batch that says nothing of event time leaves it where it was. */
  stands(partition: number, eventTime: number | undefined, isBehind: boolean): void {
    this.own.add(partition)
    this.known.set(partition, { eventTime: eventTime ?? this.known.get(partition)?.eventTime, isBehind })
  }

  /** A partition is somebody else's from now on. */
  left(partition: number): void {
    this.own.delete(partition)
    this.known.delete(partition)
  }

  /** Resolves with true when the partition may read on, with false when the signal aborts. */
  async mayRead(partition: number, signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      const eventTime = this.known.get(partition)?.eventTime
      // Alone, or not begun: nothing to wait for.
      if (eventTime === undefined || this.parts.partitions.length === 1) return true
      await this.look()
      if (!isAhead(eventTime, this.others(partition), this.parts.limitMs)) return true
      await delay(waitMs, undefined, { signal }).catch(() => undefined)
    }
    return false
  }

  private *others(partition: number): Iterable<AlignedPartition> {
    for (const one of this.parts.partitions)
      if (one !== partition) yield this.known.get(one) ?? { eventTime: undefined, isBehind: true }
  }

  private async look(): Promise<void> {
    const { look } = this.parts
    if (look === undefined || this.own.size === this.parts.partitions.length) return
    if (performance.now() - this.lookedAt < lookEveryMs) return
    this.looking ??= this.lookAtOthers(look).finally(() => {
      this.looking = undefined
      this.lookedAt = performance.now()
    })
    await this.looking
  }

  private async lookAtOthers(look: NonNullable<AlignerParts['look']>): Promise<void> {
    for (const partition of this.parts.partitions) {
      if (this.own.has(partition)) continue
      const found = await look(partition)
      if (!this.own.has(partition))
        this.known.set(partition, found ?? { eventTime: undefined, isBehind: true })
    }
  }
}
