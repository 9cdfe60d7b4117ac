/** What browsers are told: that the board changed, never what is on it. One source, many listeners. */
import { asyncScheduler, Subject, throttleTime } from 'rxjs'
import type { Observable } from 'rxjs'
import type { BoardChanged } from '../../../schemas/http/supervise.ts'

/** A change and its place in the stream, for Last-Event-ID. */
export interface Change {
  readonly id: string
  readonly data: BoardChanged
}

/** At most four a second reach one listener; the last of a burst always does. */
const changeMsMin = 250

/** Numbers changes in the order they were committed. Ids mean something to this process only; another one's are simply different. */
export class Changes {
  readonly #subject = new Subject<Change>()
  readonly #epoch: string
  #count = 0
  #last: Change

  /** @param epoch tells this process from the one before, at random */
  constructor(epoch: string, asOf: number) {
    this.#epoch = epoch
    this.#last = { id: `${epoch}-0`, data: { case_id: '', type: 'started', as_of: asOf } }
  }

  /** The newest change. */
  get last(): Change {
    return this.#last
  }

  /** Tells everybody. Call it after the commit. */
  publish(data: BoardChanged): void {
    this.#count += 1
    this.#last = { id: `${this.#epoch}-${this.#count}`, data }
    this.#subject.next(this.#last)
  }

  /** Changes from now on, bursts drawn together; completes when supervision stops. */
  listen(): Observable<Change> {
    return this.#subject.pipe(throttleTime(changeMsMin, asyncScheduler, { leading: true, trailing: true }))
  }

  /** Ends every listener. */
  close(): void {
    this.#subject.complete()
  }
}
