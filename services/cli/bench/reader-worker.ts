/**
 * Reads the warnings as a regulator does – committed ones only – and measures from the moment a payment was due to the moment
 * its warning could be read. A process of its own, so that nothing else keeps it waiting. Only warnings of R01 are timed:
 * they are due at once, and their event time is that of the payment.
 */
import { createHistogram } from 'node:perf_hooks'
import { codecs } from '../../../schemas/codec.ts'
import type { ConnectionOptions } from '../../platform/log/kafka/kafkajs/internals.ts'
import { WireClient } from '../../platform/log/kafka/wire/client.ts'

/** What to read. */
export interface ReaderOrder {
  readonly options: ConnectionOptions
  readonly topic: string
  readonly partitions: number
}

/** The schedule is known: payments due from `from` on are measured, and so many warnings of them will come. */
export interface ReaderSchedule {
  /** Milliseconds since 1970. */
  readonly from: number
}

/** Everything was sent. */
export interface ReaderEnd {
  /** Warnings of R01 that payments due from `from` on give rise to. */
  readonly expected: number
  /** How long to wait for them, ms. */
  readonly patienceMs: number
}

/** What the reader saw. Milliseconds. */
export interface ReaderResult {
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
  readonly max: number
  readonly mean: number
  /** Different warnings that were measured. */
  readonly warnings: number
  /** Warnings that came again. */
  readonly doubled: number
}

/** Doubled ones would follow at once. */
const afterMs = 1_000
const fetchWaitMs = 100
const fetchBytes = 1024 * 1024

class Reader {
  private readonly order: ReaderOrder
  private readonly wire: WireClient
  private readonly offsets: number[]
  private readonly histogram = createHistogram({ figures: 4 })
  private readonly seen = new Set<string>()
  private doubled = 0
  private from = Number.POSITIVE_INFINITY
  private end: { readonly expected: number; readonly until: number } | undefined

  constructor(order: ReaderOrder) {
    this.order = order
    this.wire = new WireClient(order.options)
    this.offsets = Array.from({ length: order.partitions }, () => 0)
  }

  schedule({ from }: ReaderSchedule): void {
    this.from = from
  }

  ending({ expected, patienceMs }: ReaderEnd): void {
    this.end = { expected, until: Date.now() + patienceMs }
  }

  async run(ready: () => void): Promise<ReaderResult> {
    let doneAt: number | undefined
    await this.fetch()
    ready()
    for (;;) {
      await this.fetch()
      const { end } = this
      if (end === undefined) continue
      const now = Date.now()
      if (this.seen.size >= end.expected) doneAt ??= now
      if (now > end.until || (doneAt !== undefined && now - doneAt > afterMs)) break
    }
    await this.wire.close()
    return this.result()
  }

  private async fetch(): Promise<void> {
    const fetched = await this.wire.fetch({
      topic: this.order.topic,
      partitions: this.offsets.map((offset, partition) => ({ partition, offset })),
      isolation: 'committed',
      maxWaitMs: fetchWaitMs,
      maxBytes: fetchBytes,
    })
    const now = Date.now()
    for (const { partition, records, nextOffset } of fetched) {
      for (const { value } of records) if (value !== null) this.take(value, now)
      this.offsets[partition] = nextOffset
    }
  }

  private take(value: Buffer, now: number): void {
    const { warning_id: id, rules, event_time: due } = codecs.warning.decode(value)
    if (rules[0]?.rule_id !== 'R01' || due < this.from) return
    if (this.seen.has(id)) {
      this.doubled += 1
      return
    }
    this.seen.add(id)
    // The histogram begins at 1.
    this.histogram.record(Math.max(1, now - due))
  }

  private result(): ReaderResult {
    const { histogram } = this
    const at = (share: number): number => histogram.percentile(share)
    const isEmpty = this.seen.size === 0
    return {
      p50: at(50),
      p90: at(90),
      p99: at(99),
      p999: at(99.9),
      max: isEmpty ? 0 : histogram.max,
      mean: isEmpty ? 0 : histogram.mean,
      warnings: this.seen.size,
      doubled: this.doubled,
    }
  }
}

process.once('message', (order: ReaderOrder) => {
  const reader = new Reader(order)
  process.on('message', (message: ReaderSchedule | ReaderEnd) => {
    if ('expected' in message) reader.ending(message)
    else reader.schedule(message)
  })
  void (async () => {
    process.send?.(await reader.run(() => process.send?.({ status: 'ready' })))
    process.disconnect()
  })()
})
// Whoever asked is gone.
process.once('disconnect', () => process.exit())
