/** Waiting for new records: told at once by this process, found out by polling when another process wrote them. */
import type { Environment } from './environment.ts'
import type { Storage } from './storage.ts'

/** How often the change counter is read while somebody waits: one memory read, so that another process's records are seen soon. */
const pollMs = 25

/** Wakes whoever waits for records. Holds the waiting callbacks and, while there are any, one timer that polls. */
export class Changes {
  private readonly environment: Environment
  private readonly storage: Storage
  /** Called, and forgotten, on the next change. */
  private waiting = new Set<() => void>()
  private seen = -1
  private timer: NodeJS.Timeout | undefined

  constructor(environment: Environment, storage: Storage) {
    this.environment = environment
    this.storage = storage
  }

  /** Resolves when something changed after the call, or when the signal aborts. */
  async next(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done)
        this.waiting.delete(done)
        this.stopWhenIdle()
        resolve()
      }
      signal.addEventListener('abort', done, { once: true })
      if (this.waiting.size === 0) this.seen = this.storage.changes()
      this.waiting.add(done)
      this.timer ??= setInterval(() => this.poll(), pollMs)
    })
  }

  /** Wakes everybody who waits. */
  wake(): void {
    const { waiting } = this
    this.waiting = new Set()
    for (const resolve of waiting) resolve()
  }

  private poll(): void {
    let changes = -1
    try {
      this.environment.refresh()
      changes = this.storage.changes()
    } catch {
      // Whoever waits meets the error in his own reading, where it can be handled.
    }
    if (changes !== this.seen) this.wake()
  }

  private stopWhenIdle(): void {
    if (this.waiting.size > 0) return
    clearInterval(this.timer)
    this.timer = undefined
  }
}
