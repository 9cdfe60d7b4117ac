/** Deleting what is old, and what is superseded on compacted topics – but nothing that a known reader has not passed. */
import { setImmediate as turn } from 'node:timers/promises'
import type { LogRecord } from '../port.ts'
import { decodeBlock } from './block.ts'
import type { Environment } from './environment.ts'
import { blockBase, blockKey } from './environment.ts'
import type { Storage, StoredTopic } from './storage.ts'

/** What was done to one partition. */
export interface Pruned {
  readonly topic: string
  readonly partition: number
  readonly records: number
  /** The reader that kept more from being deleted: the one furthest behind, if its position decided. */
  readonly heldBackBy: string | undefined
}

interface Floor {
  readonly offset: number
  readonly reader: string | undefined
}

const blocksPerTransaction = 200

/** Prunes every topic as of `now` (ms since 1970, the clock of the records' timestamps). Short transactions; may be stopped and repeated at any time. */
export async function prune(
  environment: Environment,
  storage: Storage,
  now: number,
): Promise<readonly Pruned[]> {
  const done: Pruned[] = []
  for (const topic of storage.allTopics()) {
    for (const [partition, id] of topic.partitionIds.entries()) {
      // Asked again in each transaction: a reader may come while pruning goes on.
      const floor = (): Floor => floorOf(environment, storage, topic, partition, id)
      const result =
        topic.cleanup === 'compact'
          ? { records: await compact(environment, storage, id, floor().offset), heldBackBy: undefined }
          : await deleteOld(
              environment,
              storage,
              id,
              topic.retentionMs > 0 ? now - topic.retentionMs : -Infinity,
              floor,
            )
      done.push({ topic: topic.name, partition, ...result })
    }
  }
  return done
}

/** Lowest position (for tasks: checkpoint) of any reader of the partition; its end when nobody reads it. */
function floorOf(
  environment: Environment,
  storage: Storage,
  topic: StoredTopic,
  partition: number,
  id: number,
): Floor {
  let floor: Floor = { offset: storage.bounds(id).next, reader: undefined }
  const suffix = `/${topic.name}/${partition}`
  for (const kind of ['task', 'cursor']) {
    for (const { key, value } of environment.meta.getRange({ start: `${kind}:`, end: `${kind};` })) {
      if (!key.endsWith(suffix)) continue
      const stored = value as { readonly position: number; readonly checkpoint?: number }
      const offset = stored.checkpoint ?? stored.position
      if (offset < floor.offset) floor = { offset, reader: key.slice(kind.length + 1, -suffix.length) }
    }
  }
  return floor
}

/** Whole blocks from the beginning, as long as all their records are older than `before` and lie below the floor. */
async function deleteOld(
  environment: Environment,
  storage: Storage,
  id: number,
  before: number,
  floor: () => Floor,
): Promise<{ readonly records: number; readonly heldBackBy: string | undefined }> {
  let records = 0
  for (;;) {
    const step = environment.transact(() => deleteSome(environment, storage, id, before, floor()), 'frees')
    records += step.records
    if (step.end !== 'more') return { records, heldBackBy: step.end === 'held' ? floor().reader : undefined }
    await turn()
  }
}

function deleteSome(
  environment: Environment,
  storage: Storage,
  id: number,
  before: number,
  floor: Floor,
): { readonly records: number; readonly end: 'more' | 'held' | 'done' } {
  const { next, first } = storage.bounds(id)
  const old: Buffer[] = []
  let records = 0
  let end: 'more' | 'held' | 'done' = 'done'
  let kept = next
  for (const { key, value } of storage.blocks(id, first, next)) {
    const content = decodeBlock(blockBase(key), value)
    const isOld = content.every(({ timestamp }) => timestamp < before)
    const isPassed = (content.at(-1)?.offset ?? 0) < floor.offset
    if (!isOld || !isPassed || old.length === blocksPerTransaction) {
      end = old.length === blocksPerTransaction ? 'more' : isOld ? 'held' : 'done'
      kept = blockBase(key)
      break
    }
    old.push(key)
    records += content.length
  }
  for (const key of old) environment.records.removeSync(key)
  if (old.length > 0) environment.meta.putSync(`bounds:${id}`, { first: kept, next })
  return { records, end }
}

/** Below the floor: records with a later one of the same key go, and so do tombstones. Offsets stay as they are. */
async function compact(
  environment: Environment,
  storage: Storage,
  id: number,
  floor: number,
): Promise<number> {
  const { first, next } = storage.bounds(id)
  const newest = new Map<string, number>()
  for (const { key, value } of storage.blocks(id, first, next)) {
    for (const record of decodeBlock(blockBase(key), value)) newest.set(record.key, record.offset)
  }
  const stays = (record: LogRecord): boolean =>
    record.offset >= floor || (newest.get(record.key) === record.offset && record.value !== null)
  let dropped = 0
  const keys = [...storage.blocks(id, first, next)].map(({ key }) => key)
  for (const key of keys) {
    dropped += environment.transact(() => rewrite(environment, storage, id, key, stays), 'frees')
    await turn()
  }
  return dropped
}

function rewrite(
  environment: Environment,
  storage: Storage,
  id: number,
  key: Buffer,
  stays: (record: LogRecord) => boolean,
): number {
  const bytes = environment.records.get(key)
  if (!bytes) return 0
  const content = decodeBlock(blockBase(key), bytes)
  const kept = content.filter(stays)
  if (kept.length === content.length) return 0
  environment.records.removeSync(blockKey(id, blockBase(key)))
  storage.putBlock(id, kept)
  return content.length - kept.length
}

/** Forgets a reader for good: its positions and its state. What it held back can be pruned then. Returns how many partitions it had. */
export function forgetGroup(environment: Environment, group: string): number {
  return environment.transact(() => {
    let partitions = 0
    for (const kind of ['task', 'cursor']) {
      const range = { start: `${kind}:${group}/`, end: `${kind}:${group}0` }
      for (const { key, value } of [...environment.meta.getRange(range)]) {
        const { id } = value as { readonly id?: number }
        if (id !== undefined) removeState(environment, id)
        environment.meta.removeSync(key)
        partitions += 1
      }
    }
    return partitions
  })
}

function removeState(environment: Environment, taskId: number): void {
  for (const database of [environment.state, environment.staged]) {
    for (const key of [...database.getKeys({ start: blockKey(taskId, 0), end: blockKey(taskId + 1, 0) })])
      database.removeSync(key)
  }
}
