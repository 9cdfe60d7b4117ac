/** Runs a reader on every partition that the group gives this process: starts what is new, stops what is somebody else's. */
import { Observable } from 'rxjs'
import type { Progress } from '../port.ts'
import { LogError } from '../port.ts'
import type { RestartParts, RestartedReader } from '../restart-loop.ts'
import { runRestarting } from '../restart-loop.ts'
import type { RestartPolicy } from '../restart.ts'
import { isOutage, restartDelayMs } from '../restart.ts'
import type { Membership, MembershipParts } from './membership.ts'

/** One attempt at one partition. Resolves when the signal aborts. */
export type Attempt = (
  partition: number,
  signal: AbortSignal,
  tell: (progress: Progress) => void,
) => Promise<void>

/** What a group of readers stands on. */
export interface GroupParts extends RestartParts {
  readonly reader: Omit<RestartedReader, 'partition'>
  readonly attempt: Attempt
  /** Joins with what is given besides what the group itself fills in. */
  readonly join: (told: Pick<MembershipParts, 'assigned'>) => Membership
  /** Told when a partition is not run here any more. */
  readonly left: (partition: number) => void
}

interface Running {
  readonly stop: AbortController
  readonly ended: Promise<void>
}

const showEveryMs = 5_000

/** Modes: running, stopping. One per subscription. */
class ReaderGroup {
  private readonly parts: GroupParts
  private readonly signal: AbortSignal
  private readonly tell: (progress: Progress) => void
  private readonly fail: (error: unknown) => void
  private readonly running = new Map<number, Running>()
  /** Those that were stopped and have not ended. */
  private readonly ending = new Map<number, Promise<void>>()
  private readonly reached = new Map<number, number>()
  private readonly membership: Membership

  constructor(
    parts: GroupParts,
    signal: AbortSignal,
    tell: (progress: Progress) => void,
    fail: (error: unknown) => void,
  ) {
    this.parts = parts
    this.signal = signal
    this.tell = tell
    this.fail = fail
    this.membership = parts.join({ assigned: (partitions) => this.assigned(partitions) })
  }

  async run(): Promise<void> {
    const timer = setInterval(() => void this.show(), showEveryMs).unref()
    try {
      await this.membership.run(this.signal)
    } finally {
      clearInterval(timer)
      for (const partition of this.running.keys()) this.stop(partition)
      await Promise.allSettled(this.ending.values())
      await this.show()
      await this.membership.leave()
    }
  }

  private async show(): Promise<void> {
    const own = [...this.reached].filter(([partition]) => this.running.has(partition))
    await this.membership.show(new Map(own))
  }

  private assigned(partitions: readonly number[]): void {
    if (this.signal.aborted) return
    const wanted = new Set(partitions)
    for (const partition of this.running.keys()) if (!wanted.has(partition)) this.stop(partition)
    for (const partition of wanted) if (!this.running.has(partition)) this.start(partition)
  }

  private start(partition: number): void {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, this.signal])
    const before = this.ending.get(partition)
    const ended = (async () => {
      await before
      await this.attempts(partition, signal)
    })().catch((error: unknown) => this.fail(error))
    this.running.set(partition, { stop, ended })
  }

  private async attempts(partition: number, signal: AbortSignal): Promise<void> {
    let isFirst = true
    await runRestarting(this.parts, { ...this.parts.reader, partition }, signal, async (advance) => {
      // After an error the group says first whether the partition is still this process's: else two would fence each other.
      if (!isFirst) await this.membership.confirmed(signal)
      isFirst = false
      if (signal.aborted) return
      try {
        await this.parts.attempt(partition, signal, (progress) => {
          advance(progress)
          this.reached.set(partition, progress.nextOffset)
          this.tell(progress)
        })
      } catch (error) {
        throw retriableWhenFenced(error)
      }
    })
  }

  private stop(partition: number): void {
    const running = this.running.get(partition)
    if (running === undefined) return
    running.stop.abort()
    this.running.delete(partition)
    this.reached.delete(partition)
    const ended = running.ended.finally(() => {
      this.parts.left(partition)
      if (this.ending.get(partition) === ended) this.ending.delete(partition)
    })
    this.ending.set(partition, ended)
  }
}

/** Being fenced is the end of an attempt, not of the reader: whether the partition is still its own, the group says. */
function retriableWhenFenced(error: unknown): unknown {
  if (!(error instanceof LogError) || error.code !== 'fenced') return error
  return new LogError('fenced', error.message, { cause: error, retriable: true })
}

/** Brokers that are not there yet are waited for. @returns undefined when the signal aborts first */
async function patiently(
  open: () => Promise<GroupParts>,
  policy: RestartPolicy,
  signal: AbortSignal,
): Promise<GroupParts | undefined> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await open()
    } catch (error) {
      if (!isOutage(error)) throw error
      if (signal.aborted) return undefined
      await policy.sleep(restartDelayMs(attempts, policy), signal)
    }
  }
}

/** Runs the group while subscribed; the stream ends with the first error that is not worth another try. */
export function readersOf(
  track: (run: Promise<void>) => void,
  closing: AbortSignal,
  policy: RestartPolicy,
  open: () => Promise<GroupParts>,
): Observable<Progress> {
  return new Observable((subscriber) => {
    const stopping = new AbortController()
    const signal = AbortSignal.any([stopping.signal, closing])
    const fail = (error: unknown): void => {
      subscriber.error(error)
      stopping.abort()
    }
    const run = (async () => {
      const parts = await patiently(open, policy, signal)
      if (parts !== undefined && !signal.aborted)
        await new ReaderGroup(parts, signal, (progress) => subscriber.next(progress), fail).run()
      subscriber.complete()
    })().catch(fail)
    track(run)
    return () => stopping.abort()
  })
}
