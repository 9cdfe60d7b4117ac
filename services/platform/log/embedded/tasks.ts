/** What the environment keeps of a task's partition: who may run it, how far it is, and its keyed state. */
import { setImmediate as turn } from 'node:timers/promises'
import type { NewRecord, StateWrite, TaskState } from '../port.ts'
import { LogError } from '../port.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Environment } from './environment.ts'
import { stagedKey, stateKey } from './environment.ts'
import type { Storage } from './storage.ts'

/** Stored under `task:<group>/<topic>/<partition>`. */
export interface StoredTask {
  /** Prefix of its state keys. */
  readonly id: number
  /** Rises with every take-over; only the holder of the newest one may commit. */
  readonly fence: number
  /** Outputs of everything before it are written. */
  readonly position: number
  /** The stored state is as of here; at most `position`. */
  readonly checkpoint: number
  /** Chunks of a committed checkpoint that are still to be applied to the state. */
  readonly stagedChunks: number
}

/** One commit of a task. */
export interface TaskCommit {
  readonly outputs: readonly NewRecord[]
  readonly position: number
  readonly checkpoint: number
  readonly writes: readonly StateWrite[]
}

/**
 * Up to this many writes go into the one transaction of the commit. A larger checkpoint is staged first, in chunks, each
 * in a short transaction of its own; the commit then only says that the chunks count, and they are applied after it, again
 * in short transactions. So a checkpoint of a million keys neither holds the writer lock nor blocks the process for seconds.
 */
const writesPerTransaction = 2_000

const chunkWriter = new ByteWriter()

/** Key of a task in the environment's `meta`. */
export function taskKey(group: string, topicName: string, partition: number): string {
  return `task:${group}/${topicName}/${partition}`
}

/** Key of what is remembered of a follower's position. */
export function cursorKey(group: string, topicName: string, partition: number): string {
  return `cursor:${group}/${topicName}/${partition}`
}

/** One partition of one task, held by this opener until somebody younger takes it over. */
export class TaskHold {
  private readonly key: string
  private readonly id: number
  private readonly fence: number
  private readonly environment: Environment
  private readonly storage: Storage
  /** Where this opener left the task; undefined before it recovered. */
  private position: number | undefined

  constructor(environment: Environment, storage: Storage, key: string, partitionId: number) {
    this.environment = environment
    this.storage = storage
    this.key = key
    const { id, fence } = environment.transact(() => this.takeOver(partitionId))
    this.id = id
    this.fence = fence
  }

  private takeOver(partitionId: number): StoredTask {
    const old = this.environment.meta.get(this.key) as StoredTask | undefined
    const { first } = this.storage.bounds(partitionId)
    const task = old
      ? { ...old, fence: old.fence + 1 }
      : { id: this.storage.nextId('task'), fence: 1, position: first, checkpoint: first, stagedChunks: 0 }
    this.environment.meta.putSync(this.key, task)
    this.storage.touch()
    return task
  }

  /** The task as stored. @throws LogError `fenced` when somebody younger runs it */
  load(): StoredTask {
    const stored = this.environment.meta.get(this.key) as StoredTask | undefined
    if (stored?.fence !== this.fence) {
      throw new LogError(
        'fenced',
        `${this.key} is run by somebody younger (fence ${stored?.fence ?? 'gone'}, ours ${this.fence}): this one stops`,
      )
    }
    return stored
  }

  /** Finishes what a stop may have left half done, and says where the task stands. @throws LogError `fenced`, `unavailable` */
  async recover(): Promise<StoredTask> {
    const stored = this.load()
    if (stored.stagedChunks > 0) await this.applyStaged(stored.stagedChunks)
    this.environment.transact(() => {
      this.load()
      const leftOver = this.environment.staged.getKeys({
        start: stagedKey(this.id, 0),
        end: stagedKey(this.id + 1, 0),
      })
      for (const key of [...leftOver]) this.environment.staged.removeSync(key)
    })
    const recovered = this.load()
    this.position = recovered.position
    return recovered
  }

  /** Outputs, state and position: all or nothing, whatever happens in between. @throws LogError `fenced`, `record_too_large`, `unavailable` */
  async commit(commit: TaskCommit): Promise<void> {
    const { writes, outputs, position, checkpoint } = commit
    const stagedChunks = writes.length > writesPerTransaction ? await this.stage(writes) : 0
    this.environment.transact(() => {
      const stored = this.load()
      if (stored.position !== this.position) throw wentBack(this.key, stored.position, this.position)
      if (outputs.length > 0) this.storage.append(outputs)
      if (stagedChunks === 0) for (const write of writes) this.write(write)
      this.environment.meta.putSync(this.key, { ...stored, position, checkpoint, stagedChunks })
    })
    this.position = position
    if (stagedChunks > 0) await this.applyStaged(stagedChunks)
  }

  private async stage(writes: readonly StateWrite[]): Promise<number> {
    let chunk = 0
    for (let from = 0; from < writes.length; from += writesPerTransaction) {
      const bytes = encodeWrites(writes.slice(from, from + writesPerTransaction))
      const key = stagedKey(this.id, chunk)
      this.environment.transact(() => {
        this.load()
        this.environment.staged.putSync(key, bytes)
      })
      chunk += 1
      await turn()
    }
    return chunk
  }

  private async applyStaged(chunks: number): Promise<void> {
    for (let chunk = 0; chunk < chunks; chunk += 1) {
      const key = stagedKey(this.id, chunk)
      this.environment.transact(() => {
        const stored = this.load()
        const bytes = this.environment.staged.get(key)
        if (bytes) for (const write of decodeWrites(bytes)) this.write(write)
        this.environment.staged.removeSync(key)
        if (chunk === chunks - 1) this.environment.meta.putSync(this.key, { ...stored, stagedChunks: 0 })
      })
      await turn()
    }
  }

  private write(write: StateWrite): void {
    const key = stateKey(this.id, write.key)
    if (write.value === null) this.environment.state.removeSync(key)
    else this.environment.state.putSync(key, asBuffer(write.value))
  }

  /** State as of the last checkpoint. */
  state(): TaskState {
    const { state } = this.environment
    const { id } = this
    return {
      get: (key) => state.get(stateKey(id, key)),
      *entries(from, to) {
        for (const { key, value } of state.getRange({ start: stateKey(id, from), end: stateKey(id, to) })) {
          yield [key.toString('utf8', 4), value] as const
        }
      },
    }
  }
}

/** A commit that is gone, or one too many: this never happens as long as LMDB and the fence do what they promise. */
export function wentBack(key: string, stored: number, known: number | undefined): LogError {
  return new LogError(
    'gap',
    `${key} is stored at position ${stored}, but this process left it at ${known}: the log lost or gained a commit. Stop, keep a copy of the folder, and restore log and database from the same moment`,
  )
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function encodeWrites(writes: readonly StateWrite[]): Buffer {
  chunkWriter.at = 0
  chunkWriter.varint(writes.length)
  for (const { key, value } of writes) {
    chunkWriter.text(key)
    chunkWriter.varint(value === null ? 0 : value.length + 1)
    if (value !== null) chunkWriter.raw(value)
  }
  return Buffer.from(chunkWriter.bytes.subarray(0, chunkWriter.at))
}

function* decodeWrites(bytes: Buffer): Iterable<StateWrite> {
  const reader = new ByteReader(bytes, 0)
  for (let left = reader.varint(); left > 0; left -= 1) {
    const key = reader.text()
    const length = reader.varint()
    yield { key, value: length === 0 ? null : reader.raw(length - 1) }
  }
}
