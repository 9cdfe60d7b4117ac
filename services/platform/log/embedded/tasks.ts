/** What the environment keeps of a task's partition: who may run it, how far it is, and its keyed state. */
import type { NewRecord, StateWrite, TaskState } from '../port.ts'
import { LogError } from '../port.ts'
import type { Environment } from './environment.ts'
import { stateKey } from './environment.ts'
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
}

/** One commit of a task. */
export interface TaskCommit {
  readonly outputs: readonly NewRecord[]
  readonly position: number
  /** Undefined between checkpoints. */
  readonly writes: readonly StateWrite[] | undefined
  readonly checkpoint: number
}

/** One partition of one task, held by this opener until somebody younger takes it over. */
export class TaskHold {
  readonly name: string
  readonly task: StoredTask
  private readonly environment: Environment
  private readonly storage: Storage

  constructor(environment: Environment, storage: Storage, name: string, partitionId: number) {
    this.environment = environment
    this.storage = storage
    this.name = name
    this.task = environment.transact(() => this.takeOver(partitionId))
  }

  private takeOver(partitionId: number): StoredTask {
    const old = this.environment.meta.get(this.key) as StoredTask | undefined
    const { first } = this.storage.bounds(partitionId)
    const task = old
      ? { ...old, fence: old.fence + 1 }
      : { id: this.storage.nextId('task'), fence: 1, position: first, checkpoint: first }
    this.environment.meta.putSync(this.key, task)
    this.storage.touch()
    return task
  }

  private get key(): string {
    return `task:${this.name}`
  }

  /** Position and checkpoint as stored. @throws LogError `fenced` when somebody younger runs the task */
  load(): StoredTask {
    const stored = this.environment.meta.get(this.key) as StoredTask | undefined
    if (stored?.fence !== this.task.fence) {
      throw new LogError(
        'fenced',
        `task ${this.name} is run by somebody younger (fence ${stored?.fence ?? 'gone'}, ours ${this.task.fence}): this one stops`,
      )
    }
    return stored
  }

  /** Outputs, state and position in one transaction. @throws LogError `fenced`, `record_too_large`, `unavailable` */
  commit(commit: TaskCommit): void {
    this.environment.transact(() => {
      const stored = this.load()
      if (commit.writes) for (const write of commit.writes) this.write(write)
      if (commit.outputs.length > 0) this.storage.append(commit.outputs)
      this.environment.meta.putSync(this.key, {
        ...stored,
        position: commit.position,
        checkpoint: commit.checkpoint,
      })
    })
  }

  private write(write: StateWrite): void {
    const key = stateKey(this.task.id, write.key)
    if (write.value === null) this.environment.state.removeSync(key)
    else this.environment.state.putSync(key, asBuffer(write.value))
  }

  /** State as of the last checkpoint. */
  state(): TaskState {
    const { state } = this.environment
    const { id } = this.task
    return {
      get: (key) => state.get(stateKey(id, key)),
      entries: function* (from, to) {
        for (const { key, value } of state.getRange({ start: stateKey(id, from), end: stateKey(id, to) })) {
          yield [key.toString('utf8', 4), value] as const
        }
      },
    }
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
