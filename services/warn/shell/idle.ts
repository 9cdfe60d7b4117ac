/** Tells the fold which sources it need not wait for. The clock is here, in the shell; the fold only sees the control record. */
import { topics } from '../../../schemas/topics.ts'
import type { Log } from '../../platform/log/port.ts'
import { controlOf } from '../core/control.ts'
import { controlRecords, groups } from './records.ts'

/** Publishes that sources are idle, in one atomic write. */
export async function announceIdle(log: Log, sources: readonly number[], now: number): Promise<void> {
  if (sources.length === 0) return
  const partitions = (await log.offsets(topics.flows)).length
  const publisher = await log.publisher('warn-idle')
  try {
    const position = (await publisher.position()) + 1
    const records = sources.flatMap((source) =>
      controlRecords(
        controlOf('source_idle', { control_id: `idle/${position}/${source}`, issued_at: now, source }),
        partitions,
      ),
    )
    await publisher.publish(records, position)
  } finally {
    await publisher.close()
  }
}

/** Where the transactions of a source end, since when, and whether its silence was announced. */
interface Seen {
  readonly end: number
  readonly since: number
  readonly isAnnounced: boolean
}

/** Watches the transactions topic; a partition that is read to its end and got nothing new for a while is idle. */
export class IdleWatch {
  private readonly log: Log
  private readonly idleAfterMs: number
  private readonly seen = new Map<number, Seen>()

  constructor(log: Log, idleAfterMs: number) {
    this.log = log
    this.idleAfterMs = idleAfterMs
  }

  /** Looks once. @param now milliseconds of a clock that does not run backwards @returns the sources that became idle, announced */
  async look(now: number): Promise<readonly number[]> {
    const idle: number[] = []
    const bounds = await this.log.offsets(topics.transactions)
    this.wake(
      bounds.map(({ next }) => next),
      now,
    )
    for (const [source, { next: end }] of bounds.entries()) {
      const before = this.seen.get(source)
      if (before?.end !== end) {
        this.seen.set(source, { end, since: now, isAnnounced: false })
        continue
      }
      if (before.isAnnounced || now - before.since < this.idleAfterMs) continue
      const committed = await this.log.committed(groups.split, topics.transactions, source)
      if (committed < end) continue
      idle.push(source)
    }
    // The control record carries the time of day; `now` only measures how long it was quiet.
    await announceIdle(this.log, idle, Date.now())
    // Not before: what could not be announced is announced at the next look.
    for (const source of idle) {
      const before = this.seen.get(source)
      if (before !== undefined) this.seen.set(source, { ...before, isAnnounced: true })
    }
    return idle
  }

  /** When one speaks after all were silent, the fold waits for all of them again: those that stay silent are announced anew. */
  private wake(ends: readonly number[], now: number): void {
    const all = [...this.seen.values()]
    const wereSilent = all.length > 0 && all.every(({ isAnnounced }) => isAnnounced)
    if (!wereSilent || ends.every((end, source) => this.seen.get(source)?.end === end)) return
    for (const [source, { end }] of this.seen) this.seen.set(source, { end, since: now, isAnnounced: false })
  }
}
