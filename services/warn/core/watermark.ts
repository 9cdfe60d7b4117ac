/** Event-time progress of the sources (partitions of the transactions topic), and what it makes late. Pure. */

interface Source {
  time: number
  isIdle: boolean
}

/** As stored. */
export interface WatermarkState {
  readonly watermark: number | null
  readonly sources: readonly (readonly [source: number, time: number, isIdle: boolean])[]
}

/**
 * The least event time over the sources that are not idle; never falls back.
 * Sources are announced before the first flow (a block without flows at time 0), so that one that has not been read yet
 * holds the watermark instead of making everything it brings late.
 */
export class Watermark {
  private readonly sources = new Map<number, Source>()
  private current = Number.NEGATIVE_INFINITY

  /** Milliseconds since 1970; −∞ before any source got anywhere. */
  get value(): number {
    return this.current
  }

  /** True when every source is idle. */
  get isIdle(): boolean {
    return this.sources.size > 0 && [...this.sources.values()].every((source) => source.isIdle)
  }

  /** A block of a source was folded. `time` 0 only announces the source. */
  advance(source: number, time: number): void {
    const known = this.sources.get(source)
    // After a time when nothing came from anywhere, whatever comes first must not make late what the others bring with it: a file
    // is read partition by partition.
    if (time > 0 && this.isIdle) this.waitForAll()
    if (known === undefined)
      this.sources.set(source, { time: time > 0 ? time : Number.NEGATIVE_INFINITY, isIdle: false })
    else if (time > 0) {
      known.time = Math.max(known.time, time)
      known.isIdle = false
    }
    this.recompute()
  }

  private waitForAll(): void {
    for (const source of this.sources.values()) source.isIdle = false
  }

  /** A source is no longer waited for, until its next block or, when all were idle, the next block of any. */
  leaveOut(source: number): void {
    const known = this.sources.get(source)
    if (known !== undefined) known.isIdle = true
    else this.sources.set(source, { time: Number.NEGATIVE_INFINITY, isIdle: true })
    this.recompute()
  }

  private recompute(): void {
    let least = Number.POSITIVE_INFINITY
    for (const source of this.sources.values()) if (!source.isIdle) least = Math.min(least, source.time)
    if (Number.isFinite(least)) this.current = Math.max(this.current, least)
  }

  /** For storing. */
  state(): WatermarkState {
    return {
      watermark: Number.isFinite(this.current) ? this.current : null,
      sources: [...this.sources].map(([source, { time, isIdle }]) => [
        source,
        Number.isFinite(time) ? time : 0,
        isIdle,
      ]),
    }
  }

  /** From what was stored. */
  static from(state: WatermarkState): Watermark {
    const watermark = new Watermark()
    for (const [source, time, isIdle] of state.sources) {
      watermark.sources.set(source, { time: time > 0 ? time : Number.NEGATIVE_INFINITY, isIdle })
    }
    if (state.watermark !== null) watermark.current = state.watermark
    return watermark
  }
}
