/** Spreads work over time, so that replaying does not crowd out what arrives. Pure: the time is an argument. */

/** Batches of at most this many dead letters are published together. */
const lettersMax = 200
/** A limited rate is kept ten times a second, so that its work comes evenly. */
const batchesPerSecond = 10

/** So many letters per second, or as many as go. */
export class Pace {
  /** Letters published together. */
  readonly batchMax: number
  private readonly perSecond: number
  /** When the next batch is due, in ms of the caller's clock. */
  private due = Number.NEGATIVE_INFINITY

  /** @param perSecond more than 0; undefined = no limit */
  constructor(perSecond: number | undefined) {
    this.perSecond = perSecond ?? Number.POSITIVE_INFINITY
    const share = Math.floor(this.perSecond / batchesPerSecond)
    this.batchMax = Math.max(1, Math.min(lettersMax, share))
  }

  /** Milliseconds to wait before the next batch. */
  wait(now: number): number {
    return Math.max(0, this.due - now)
  }

  /** A batch went out. What was not used while something else was slow is not caught up. */
  sent(letters: number, now: number): void {
    this.due = Math.max(this.due, now) + (letters / this.perSecond) * 1000
  }
}
