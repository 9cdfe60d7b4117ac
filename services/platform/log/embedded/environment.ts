/**
 * The LMDB environment under the embedded log: its databases, its keys, its transactions.
 *
 * `meta`    – JSON under text keys: format, topics, partitions, tasks, cursors, publishers, the change counter;
 * `records` – blocks (block.ts) under partition id + base offset, so that reading a partition is one sequential scan;
 * `state`   – keyed state of tasks under task id + key;
 * `staged`  – checkpoints that are too large for one transaction, before they are applied.
 */
import type { Database, RootDatabase } from 'lmdb'
import { open } from 'lmdb'
import { statfsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { LogError } from '../port.ts'

/** When what was committed reaches the disk: never forced, every second, or before a commit returns. */
export type SyncMode = 'none' | 'interval' | 'every-commit'

/** How an environment is opened. */
export interface EnvironmentOptions {
  /** Data folder; the environment lives in `log/` below it. */
  readonly directory: string
  readonly sync: SyncMode
  /** Nothing is written with less free space on the disk. Default 64 MiB. */
  readonly freeBytesMin?: number
}

/** Open environment. All methods are synchronous: LMDB reads are memory reads, commits are a few writes. */
export interface Environment {
  readonly directory: string
  readonly meta: Database<unknown, string>
  readonly records: Database<Buffer, Buffer>
  readonly state: Database<Buffer, Buffer>
  readonly staged: Database<Buffer, Buffer>
  /**
   * Runs `work` as one transaction: all or nothing. `frees` says that it makes room and may use the last of it.
   * @throws LogError `unavailable` (retriable) when the disk is nearly full or refuses; what `work` throws otherwise
   */
  transact<T>(work: () => T, use?: 'frees'): T
  /** Makes the reads that follow see what other processes committed. */
  refresh(): void
  /** Forces everything committed to disk, off the main thread. */
  flush(): Promise<void>
  close(): Promise<void>
}

const formatVersion = 1
const mapBytesInitial = 1024 ** 3
const freeBytesMinDefault = 64 * 1024 ** 2

/** Environments of this process by folder: LMDB must not be opened twice in one process (closing one would drop the other's file locks). */
const shared = new Map<string, { readonly environment: Environment; users: number }>()

/**
 * Opens (or creates) the environment in `<directory>/log`; a second opener in the same process shares the first one's,
 * with its sync mode. @throws LogError `unavailable` when it was written by a newer Weir or cannot be opened
 */
export function openEnvironment(options: EnvironmentOptions): Environment {
  const path = join(resolve(options.directory), 'log')
  const known = shared.get(path)
  const entry = known ?? { environment: openUnshared(path, options), users: 0 }
  entry.users += 1
  shared.set(path, entry)
  let isOpen = true
  const close = async (): Promise<void> => {
    if (!isOpen) return
    isOpen = false
    entry.users -= 1
    if (entry.users > 0) return
    shared.delete(path)
    await entry.environment.close()
  }
  return { ...entry.environment, close }
}

function openUnshared(
  path: string,
  { sync, freeBytesMin = freeBytesMinDefault }: EnvironmentOptions,
): Environment {
  const gate = openGate(join(path, 'gate'))
  const noSync = sync !== 'every-commit'
  const environment = guarded(() =>
    gate.exclusively(() => {
      const root = open({
        path,
        noSync,
        overlappingSync: false,
        mapSize: mapBytesInitial,
        maxDbs: 8,
        encoding: 'binary',
      })
      return assemble(root, gate, path, freeBytesMin)
    }),
  )
  try {
    checkFormat(environment)
  } catch (error) {
    void environment.close()
    throw error
  }
  return environment
}

/** Lets one process at a time open, write or close the environment. */
interface Gate {
  exclusively<T>(work: () => T): T
  close(): Promise<void>
}

/**
 * LMDB as built into lmdb 3.5 may lose another process's commit that happens while a process opens the environment
 * (OpenLDAP ITS#9496: `mdb_env_open2` sets the shared transaction number without the writer lock). So opening, writing and
 * closing take turns. The lock is the writer mutex of a second, always empty environment: it works between processes, is
 * released when its holder is killed, and costs a microsecond. Test: test/log/crash.int.spec.ts.
 */
function openGate(path: string): Gate {
  for (let attempt = 1; ; attempt += 1) {
    const root = guarded(() =>
      open({ path, noSync: true, overlappingSync: false, mapSize: 1024 ** 2, encoding: 'binary' }),
    )
    try {
      // Another process may have closed the gate, and with it the mutex, in the same instant: seen now or never.
      root.transactionSync(() => undefined)
      return { exclusively: (work) => root.transactionSync(work), close: () => root.close() }
    } catch (error) {
      void root.close()
      if (attempt === 5) throw error
    }
  }
}

function assemble(root: RootDatabase, gate: Gate, directory: string, freeBytesMin: number): Environment {
  const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
  return {
    directory,
    meta: root.openDB<unknown, string>('meta', { encoding: 'json' }),
    records: root.openDB<Buffer, Buffer>('records', binary),
    state: root.openDB<Buffer, Buffer>('state', binary),
    staged: root.openDB<Buffer, Buffer>('staged', binary),
    transact: (work, use) => {
      if (use !== 'frees') demandSpace(directory, freeBytesMin)
      return guarded(() => gate.exclusively(() => root.transactionSync(work)))
    },
    refresh: () => root.resetReadTxn(),
    flush: () => flush(root),
    close: async () => {
      // Closes at once, as nothing asynchronous is ever pending; handing out its promise would keep the gate shut meanwhile.
      gate.exclusively(() => {
        void root.close()
      })
      await gate.close()
    },
  }
}

/** The disk is never filled up: LMDB stays whole then, but lmdb 3.5 may overrun a buffer while it words the error, and end the process. */
function demandSpace(directory: string, freeBytesMin: number): void {
  const { bavail, bsize } = statfsSync(directory)
  if (bavail * bsize >= freeBytesMin) return
  throw new LogError(
    'unavailable',
    `the disk of ${directory} has ${Math.floor((bavail * bsize) / 1024 ** 2)} MiB left, less than the log keeps free: nothing was stored. Make room; Weir goes on by itself`,
    { retriable: true },
  )
}

/** LMDB's own errors (disk full, map full, I/O) become LogError `unavailable`: nothing of the transaction is stored and trying again may help. */
function guarded<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof LogError || !isStorageError(error)) throw error
    throw new LogError(
      'unavailable',
      `the log could not be written or read (${error.message}); nothing of it was stored. Check free space and rights of its folder`,
      {
        cause: error,
        retriable: true,
      },
    )
  }
}

function isStorageError(error: unknown): error is Error {
  return error instanceof Error && ('code' in error || /MDB_|No space|I\/O|database/i.test(error.message))
}

function checkFormat(environment: Environment): void {
  const found = environment.meta.get('format')
  if (found === undefined) {
    environment.transact(() => environment.meta.putSync('format', formatVersion))
    return
  }
  if (found !== formatVersion) {
    throw new LogError(
      'unavailable',
      `the log in ${environment.directory} has format ${JSON.stringify(found)}, this version of Weir knows ${formatVersion}: start it with the Weir that wrote it, or a newer one`,
    )
  }
}

function flush(root: RootDatabase): Promise<void> {
  return new Promise((done, reject) => {
    const env = root as unknown as { sync(callback: (error: Error | null) => void): void }
    env.sync((error) => {
      if (error)
        reject(
          new LogError('unavailable', 'the log could not be flushed to disk', {
            cause: error,
            retriable: true,
          }),
        )
      else done()
    })
  })
}

/** Key of a block: sorts by partition, then offset. */
export function blockKey(partitionId: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(12)
  key.writeUInt32BE(partitionId, 0)
  key.writeUInt32BE(Math.floor(offset / 0x1_0000_0000), 4)
  key.writeUInt32BE(offset >>> 0, 8)
  return key
}

/** Base offset in a block's key. */
export function blockBase(key: Buffer): number {
  return key.readUInt32BE(4) * 0x1_0000_0000 + key.readUInt32BE(8)
}

/** Key of one chunk of a checkpoint that is being staged. */
export function stagedKey(taskId: number, chunk: number): Buffer {
  return blockKey(taskId, chunk)
}

/** Largest state key, in bytes of UTF-8. */
export const stateKeyBytesMax = 1_024

/** Key of one task's state entry: sorts by task, then by the UTF-8 bytes of the key. @throws RangeError when the key is too long */
export function stateKey(taskId: number, key: string): Buffer {
  const bytes = Buffer.allocUnsafe(4 + key.length * 3)
  bytes.writeUInt32BE(taskId, 0)
  const length = bytes.write(key, 4, 'utf8')
  if (length > stateKeyBytesMax)
    throw new RangeError(
      `a state key has ${length} bytes, at most ${stateKeyBytesMax} are allowed: ${key.slice(0, 40)}…`,
    )
  return bytes.subarray(0, 4 + length)
}
