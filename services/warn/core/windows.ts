/** Windows that move over the flows of a subject and keep their totals. Pure. */
import type { Subject } from './subject.ts'

/** Running totals of the flows inside a window. Adding and removing must undo each other exactly. */
export interface WindowAggregate {
  add(subject: Subject, index: number): void
  remove(subject: Subject, index: number): void
}

/** A kind of window that all subjects share: which flows, how far back, what is totalled. */
export interface WindowShape<Totals extends WindowAggregate = WindowAggregate> {
  /** Index into a subject's windows. */
  readonly slot: number
  /** By `bits`. */
  readonly accepts: Uint8Array
  /** What flows are asked beyond their bits. */
  readonly detail: ((subject: Subject, index: number) => boolean) | undefined
  /** A window ending at `time` holds the flows with start < event time ≤ time. */
  start(time: number): number
  create(): Totals
}

/** Whether a window holds a flow when that is within its time. */
export function takes({ accepts, detail }: WindowShape, subject: Subject, index: number): boolean {
  return accepts[subject.bitsAt(index)] === 1 && (detail === undefined || detail(subject, index))
}

/** One window of one subject: always totals exactly the flows from `from` (inclusive) to `to` (exclusive). */
export class MovingWindow {
  private from = 0
  private to = 0
  private readonly shape: WindowShape
  readonly aggregate: WindowAggregate

  constructor(shape: WindowShape) {
    this.shape = shape
    this.aggregate = shape.create()
  }

  /** Makes the window end with the flow at `index`, wherever it was before. */
  align(subject: Subject, index: number): void {
    const end = index + 1
    while (this.to > end && this.to > this.from) this.remove(subject, --this.to)
    if (this.to > end) {
      this.from = end
      this.to = end
    }
    while (this.to < end) this.add(subject, this.to++)
    this.alignStart(subject, end, this.shape.start(subject.timeAt(index)))
  }

  private alignStart(subject: Subject, end: number, start: number): void {
    while (this.from > 0 && subject.timeAt(this.from - 1) > start) {
      this.from -= 1
      this.add(subject, this.from)
    }
    while (this.from < end && subject.timeAt(this.from) <= start) {
      this.remove(subject, this.from)
      this.from += 1
    }
  }

  /** A flow was put in at `index`. */
  inserted(subject: Subject, index: number): void {
    if (index >= this.to) return
    this.to += 1
    if (index < this.from) this.from += 1
    else this.add(subject, index)
  }

  /** The first `count` flows are about to go. */
  dropping(subject: Subject, count: number): void {
    while (this.from < count && this.from < this.to) {
      this.remove(subject, this.from)
      this.from += 1
    }
    this.from = Math.max(0, this.from - count)
    this.to = Math.max(this.from, this.to - count)
  }

  private add(subject: Subject, index: number): void {
    if (takes(this.shape, subject, index)) this.aggregate.add(subject, index)
  }

  private remove(subject: Subject, index: number): void {
    if (takes(this.shape, subject, index)) this.aggregate.remove(subject, index)
  }
}
