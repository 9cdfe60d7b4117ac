/**
 * Directs the demo: lets the simulated district's time pass, publishes what is booked in it, and lets the crew work.
 * Every step can be repeated after a crash: rows are published with a position, commands carry ids of their own.
 */
import type { SimulatedTransaction } from '../../simulate/app.ts'
import type { DistrictClock } from './clock.ts'
import type { CrewDesk } from './crew-desk.ts'
import { saveDemoState } from './state.ts'
import type { DemoState } from './state.ts'

/** What the director moves. */
export interface Stage {
  readonly directory: string
  readonly clock: DistrictClock
  /** Rows published by this and earlier starts. */
  published(): Promise<number>
  publish(rows: readonly SimulatedTransaction[], position: number): Promise<void>
  /** Resolves when everything published has come through to the board. @returns whether anything changed on the desks */
  settle(): Promise<boolean>
  /** District time of the newest event in the life of any case; 0 before the first. */
  lastEventAt(): Promise<number>
  /** No more rows will come: what was waiting for later payments is decided. */
  endOfStory(): Promise<void>
  /** undefined: people play the departments. */
  readonly crew: CrewDesk | undefined
}

/** Where the demo stands. */
export interface DemoProgress {
  readonly now: number
  readonly rows: number
  readonly rowsTotal: number
}

/** A demo that can be moved forward. */
export interface Director {
  readonly state: () => DemoState
  readonly progress: () => DemoProgress
  /** All rows are published. */
  readonly isStoryOver: () => boolean
  /** Lets time pass until `until`. */
  advance(until: number): Promise<void>
  /** After the story: jumps from step to step of the crew until nothing is open or `until` is reached, then finishes the rest at once. */
  windUp(until: number): Promise<void>
}

/** Rows of a simulation by the time at which they arrive. */
class Arrivals {
  private readonly rows: Iterator<SimulatedTransaction, void>
  private next: SimulatedTransaction | undefined
  private arrival = 0
  taken = 0

  constructor(rows: Iterable<SimulatedTransaction, void>) {
    this.rows = rows[Symbol.iterator]()
    this.step()
  }

  private step(): void {
    const result = this.rows.next()
    this.next = result.done === true ? undefined : result.value
    // A row that comes late arrives after those before it, whatever its booking time.
    if (this.next !== undefined) this.arrival = Math.max(this.arrival, Date.parse(this.next.booked_at))
  }

  get isOver(): boolean {
    return this.next === undefined
  }

  skip(count: number): void {
    while (this.taken < count && this.next !== undefined) {
      this.taken += 1
      this.step()
    }
  }

  until(time: number, most: number): SimulatedTransaction[] {
    const rows: SimulatedTransaction[] = []
    while (this.next !== undefined && this.arrival <= time && rows.length < most) {
      rows.push(this.next)
      this.taken += 1
      this.step()
    }
    return rows
  }
}

/** Rows per publication; bounds memory whatever the pace. */
const rowsMax = 2000

/** Takes up the demo where it stands. */
export async function createDirector(
  stage: Stage,
  initial: DemoState,
  rows: Iterable<SimulatedTransaction, void>,
): Promise<Director> {
  let state = initial
  const arrivals = new Arrivals(rows)
  arrivals.skip(await stage.published())
  async function publishUntil(until: number): Promise<void> {
    for (;;) {
      const due = arrivals.until(until, rowsMax)
      if (due.length === 0) return
      await stage.publish(due, arrivals.taken)
    }
  }

  /** Nothing of what is done again after a crash depends on where it happened: each part of a step finds the clock as it was. */
  async function advance(until: number): Promise<void> {
    await stage.crew?.workUntil(until)
    stage.clock.advanceTo(until)
    // The crew thinks in fractions of a millisecond; clock and file know whole ones.
    state = { ...state, now: Math.max(state.now, Math.ceil(until)) }
    await saveDemoState(stage.directory, state)
    await publishUntil(until)
    if (await stage.settle()) stage.crew?.changed()
  }

  stage.clock.advanceTo(state.now)
  await publishUntil(state.now)
  await stage.settle()
  stage.clock.advanceTo(await stage.lastEventAt())

  return {
    state: () => state,
    progress: () => ({ now: stage.clock.now(), rows: arrivals.taken, rowsTotal: state.transactions }),
    isStoryOver: () => arrivals.isOver,
    advance,
    async windUp(until) {
      await stage.endOfStory()
      if (await stage.settle()) stage.crew?.changed()
      for (;;) {
        const next = await stage.crew?.nextAt()
        if (next === undefined || next > until) break
        await advance(Math.max(next, stage.clock.now()))
      }
      await stage.crew?.finish()
      await stage.settle()
    },
  }
}
