/** How far a source has come in event time, not taken in by a single wrong date. Pure. */
import { dayMs } from '../../platform/calendar/day.ts'

/** A step of more than this is believed only when a second transaction bears it out. */
const leapMs = dayMs

/**
 * Highest event time that a source has shown. One transaction dated far ahead – a typing error, a wrong century – would
 * otherwise make everything that follows late. Being behind is harmless: the watermark is a lower bound.
 */
export class SourceProgress {
  private current: number
  /** The lowest time far ahead that nothing has borne out yet; 0 when there is none. */
  private doubtful: number

  private constructor(current: number, doubtful: number) {
    this.current = current
    this.doubtful = doubtful
  }

  /** Milliseconds since 1970; 0 before anything was believed. */
  get time(): number {
    return this.current
  }

  /** A transaction with this event time came. */
  saw(time: number): void {
    if (time <= this.current + leapMs) {
      this.current = Math.max(this.current, time)
      return
    }
    if (this.doubtful === 0 || time < this.doubtful - leapMs) {
      this.doubtful = time
      return
    }
    this.current = Math.min(time, this.doubtful)
    const ahead = Math.max(time, this.doubtful)
    this.doubtful = 0
    this.saw(ahead)
  }

  /** As stored. */
  text(): string {
    return `${this.current} ${this.doubtful}`
  }

  /** From what was stored, or anew from an empty text. */
  static from(text: string): SourceProgress {
    const [current = 0, doubtful = 0] = text === '' ? [] : text.split(' ').map(Number)
    return new SourceProgress(current, doubtful)
  }
}
