/**
 * The stored state of one task on this machine's disk: quick to come back from, never the truth. The truth is the log; what
 * lies here is as of some committed position, and is thrown away whenever it could be anything else.
 *
 * It is written after the commit at the broker, so after a kill it lies behind, never ahead; the gap is folded again. One
 * LMDB environment per task, so that a partition can be dropped by itself.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { StateWrite, TaskState } from '../port.ts'
import { LogError } from '../port.ts'
import type { Environment } from '../embedded/environment.ts'
import { openEnvironment, stateKey } from '../embedded/environment.ts'
import { enter, forget, inspectPresence } from '../embedded/presence.ts'
import type { Presence } from '../embedded/presence.ts'

/** Stored under `task`. */
interface StoredMark {
  /** Names the positions partition that the state belongs to. */
  readonly birth: string
  /** Input offset up to which writes were stored. */
  readonly writtenTo: number
  /** A replay from here makes the state whole; at most `writtenTo`. */
  readonly replayFrom: number
  /** Drawn by whoever opened it last: an opener from before may not write any more. */
  readonly owner: string
}

const taskId = 1
const markKey = 'task'

/** Stored state at one moment, unmoved by what is stored later. */
export interface StateView {
  readonly writtenTo: number
  readonly replayFrom: number
  entries(): Iterable<readonly [string, Uint8Array]>
  release(): void
}

/** Partitions of a group's topic whose state lies in the folder. */
export function warmPartitions(directory: string): readonly number[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .map(Number)
    .filter((partition) => Number.isInteger(partition))
}

/** Stored state, open. */
export class LocalState {
  private readonly environment: Environment
  private readonly presence: Presence
  private readonly owner = randomUUID()
  private readonly where: string
  private mark: StoredMark

  private constructor(directory: string, birth: string) {
    mkdirSync(directory, { recursive: true })
    this.where = directory
    this.presence = enter(directory, 'interval')
    try {
      this.environment = openEnvironment({ directory, sync: 'interval' })
      this.mark = this.environment.transact(() => this.takeOver(birth))
    } catch (error) {
      this.presence.leave()
      throw error
    }
  }

  /**
   * Opens the state of one partition below `directory`, empty when there is none that belongs to this `birth`.
   * After a stop of the whole machine it is thrown away first: the file may hold a mixture of old and new.
   */
  static open(directory: string, partition: number, birth: string): LocalState {
    const own = join(directory, String(partition))
    const found = inspectPresence(own)
    if (found.machineStopped) rmSync(own, { recursive: true, force: true })
    else forget(found)
    return new LocalState(own, birth)
  }

  private takeOver(birth: string): StoredMark {
    const old = this.environment.meta.get(markKey) as StoredMark | undefined
    const isOurs = old?.birth === birth
    if (old !== undefined && !isOurs) this.environment.state.clearSync()
    const mark = isOurs
      ? { ...old, owner: this.owner }
      : { birth, writtenTo: 0, replayFrom: 0, owner: this.owner }
    this.environment.meta.putSync(markKey, mark)
    return mark
  }

  /** Where the replay starts that makes this state whole; 0 when nothing is stored. */
  get replayFrom(): number {
    return this.mark.replayFrom
  }

  /** Up to which input offset it was written. */
  get writtenTo(): number {
    return this.mark.writtenTo
  }

  /** Forgets everything: it is ahead of what was committed, or somebody else's. @param from where reading begins then */
  clear(from: number): void {
    this.environment.transact(() => {
      this.held()
      this.environment.state.clearSync()
      this.keep({ ...this.mark, writtenTo: from, replayFrom: from })
    })
  }

  /** Puts entries of a snapshot back; they count once `loaded` says so. */
  load(writes: readonly StateWrite[]): void {
    this.environment.transact(() => {
      this.held()
      this.put(writes)
    })
  }

  /** A snapshot is whole again. */
  loaded(writtenTo: number, replayFrom: number): void {
    this.environment.transact(() => {
      this.held()
      this.keep({ ...this.mark, writtenTo, replayFrom })
    })
  }

  /** Everything as it is now, however long it takes to read; to be released. */
  view(): StateView {
    this.environment.refresh()
    const { state } = this.environment
    const transaction = state.useReadTransaction()
    const { writtenTo, replayFrom } = this.mark
    let isOpen = true
    return {
      writtenTo,
      replayFrom,
      *entries() {
        for (const { key, value } of state.getRange({ transaction }))
          yield [key.toString('utf8', 4), value] as const
      },
      release: () => {
        if (isOpen) transaction.done()
        isOpen = false
      },
    }
  }

  /** Stores what a committed batch changed. @throws LogError `fenced` when somebody opened the state after this one */
  store(writes: readonly StateWrite[], writtenTo: number, replayFrom: number): void {
    this.environment.transact(() => {
      this.held()
      this.put(writes)
      // What is stored while folding again does not take back what was stored before.
      this.keep({ ...this.mark, writtenTo: Math.max(writtenTo, this.mark.writtenTo), replayFrom })
    })
  }

  private put(writes: readonly StateWrite[]): void {
    for (const { key, value } of writes) {
      const at = stateKey(taskId, key)
      if (value === null) this.environment.state.removeSync(at)
      else this.environment.state.putSync(at, Buffer.from(value.buffer, value.byteOffset, value.byteLength))
    }
  }

  private held(): void {
    const stored = this.environment.meta.get(markKey) as StoredMark | undefined
    if (stored?.owner === this.owner) return
    throw new LogError('fenced', `the state in ${this.where} was opened by somebody younger: this one stops`)
  }

  private keep(mark: StoredMark): void {
    this.environment.meta.putSync(markKey, mark)
    this.mark = mark
  }

  /** What the processor reads. */
  reader(): TaskState {
    const { state } = this.environment
    return {
      get: (key) => state.get(stateKey(taskId, key)),
      *entries(from, to) {
        const range = { start: stateKey(taskId, from), end: stateKey(taskId, to) }
        for (const { key, value } of state.getRange(range)) yield [key.toString('utf8', 4), value] as const
      },
    }
  }

  /** Forces it to disk, off the main thread. */
  async flush(): Promise<void> {
    await this.environment.flush()
  }

  async close(): Promise<void> {
    await this.environment.flush().catch(() => undefined)
    await this.environment.close()
    this.presence.leave()
  }
}
