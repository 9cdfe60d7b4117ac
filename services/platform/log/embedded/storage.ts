/** Topics and their partitions in the environment: creating them, appending blocks, reading batches. No waiting, no tasks. */
import type { TopicSpec } from '../../../../schemas/topics.ts'
import { storedTopicName } from '../names.ts'
import { partitionOf } from '../partitioner.ts'
import type { LogRecord, NewRecord } from '../port.ts'
import { LogError } from '../port.ts'
import { decodeBlock, encodeBlock, recordBytes } from './block.ts'
import type { Environment } from './environment.ts'
import { blockBase, blockKey } from './environment.ts'

/** What is stored of a topic. */
export interface StoredTopic {
  /** Stored name, prefix included. */
  readonly name: string
  readonly cleanup: TopicSpec['cleanup']
  readonly retentionMs: number
  /** Ids of its partitions, by partition number. */
  readonly partitionIds: readonly number[]
}

/** First offset kept and next offset to be given, of one partition. */
export interface Bounds {
  readonly first: number
  readonly next: number
}

/** Records read, and the position after them. */
export interface Slice {
  readonly records: readonly LogRecord[]
  readonly nextOffset: number
}

/** Limits of what is read at once. */
export interface ReadLimits {
  readonly maxRecords: number
  readonly maxBytes: number
}

/** Where one block ends and the next begins: larger blocks do not write faster, smaller ones do not read slower (docs/measurements/log.md). */
const blockBytesMax = 32 * 1024

/** Partitions of one environment: appends blocks of records, reads them back in offset order. */
export class Storage {
  private readonly environment: Environment
  private readonly prefix: string
  private readonly recordBytesMax: number
  /** Topics never change once created, so they are read once. */
  private readonly topics = new Map<string, StoredTopic>()

  constructor(environment: Environment, prefix: string, recordBytesMax: number) {
    this.environment = environment
    this.prefix = prefix
    this.recordBytesMax = recordBytesMax
  }

  /** Creates what is missing, in one transaction. @throws LogError `partitions_differ` */
  ensure(specs: readonly TopicSpec[]): void {
    this.environment.transact(() => {
      for (const spec of specs) this.ensureOne(spec)
    })
  }

  private ensureOne(spec: TopicSpec): void {
    const name = storedTopicName(spec, this.prefix)
    const known = this.load(name)
    if (known && known.partitionIds.length !== spec.partitions) {
      throw new LogError(
        'partitions_differ',
        `topic ${name} has ${known.partitionIds.length} partitions, ${spec.partitions} are asked for: the number is fixed when a topic is created. Use the old number or another folder`,
      )
    }
    const partitionIds =
      known?.partitionIds ?? Array.from({ length: spec.partitions }, () => this.nextId('partition'))
    const topic: StoredTopic = { name, cleanup: spec.cleanup, retentionMs: spec.retentionMs, partitionIds }
    if (!known)
      for (const id of partitionIds) this.environment.meta.putSync(`bounds:${id}`, { first: 0, next: 0 })
    this.environment.meta.putSync(`topic:${name}`, topic)
  }

  /** A number never given before for this `kind`. Call inside a transaction. */
  nextId(kind: 'partition' | 'task'): number {
    const id = ((this.environment.meta.get(`last-id:${kind}`) as number | undefined) ?? 0) + 1
    this.environment.meta.putSync(`last-id:${kind}`, id)
    return id
  }

  private load(name: string): StoredTopic | undefined {
    return this.environment.meta.get(`topic:${name}`) as StoredTopic | undefined
  }

  /** @throws LogError `unknown_topic`, `partitions_differ` */
  topic(spec: TopicSpec): StoredTopic {
    const name = storedTopicName(spec, this.prefix)
    const topic = this.topics.get(name) ?? this.load(name)
    if (!topic) throw new LogError('unknown_topic', `topic ${name} does not exist: call ensureTopics first`)
    if (topic.partitionIds.length !== spec.partitions) {
      throw new LogError(
        'partitions_differ',
        `topic ${name} has ${topic.partitionIds.length} partitions, the caller believes ${spec.partitions}`,
      )
    }
    this.topics.set(name, topic)
    return topic
  }

  /** Every topic there is. */
  allTopics(): readonly StoredTopic[] {
    const found: StoredTopic[] = []
    for (const { value } of this.environment.meta.getRange({ start: 'topic:', end: 'topic;' }))
      found.push(value as StoredTopic)
    return found
  }

  bounds(partitionId: number): Bounds {
    return (this.environment.meta.get(`bounds:${partitionId}`) as Bounds | undefined) ?? { first: 0, next: 0 }
  }

  /**
   * Appends records in their order. Call inside a transaction. Returns the partition ids that grew.
   * @throws LogError `record_too_large`, `unknown_topic`
   */
  append(records: readonly NewRecord[]): ReadonlySet<number> {
    const byPartition = new Map<number, NewRecord[]>()
    for (const record of records) {
      const id = this.partitionIdOf(record)
      const list = byPartition.get(id)
      if (list) list.push(record)
      else byPartition.set(id, [record])
    }
    for (const [id, list] of byPartition) this.appendTo(id, list)
    if (byPartition.size > 0) this.touch()
    return new Set(byPartition.keys())
  }

  private partitionIdOf(record: NewRecord): number {
    const bytes = recordBytes(record)
    if (bytes > this.recordBytesMax) {
      throw new LogError(
        'record_too_large',
        `a record for ${record.topic.name} has ${bytes} bytes, at most ${this.recordBytesMax} are allowed: split it`,
      )
    }
    const { partitionIds, name } = this.topic(record.topic)
    const partition = record.partition ?? partitionOf(record.key, partitionIds.length)
    const id = partitionIds[partition]
    if (id === undefined)
      throw new LogError(
        'unknown_topic',
        `topic ${name} has ${partitionIds.length} partitions, there is no partition ${partition}`,
      )
    return id
  }

  private appendTo(partitionId: number, records: readonly NewRecord[]): void {
    const { first, next } = this.bounds(partitionId)
    let offset = next
    let block: LogRecord[] = []
    let bytes = 0
    for (const record of records) {
      const { key, value, headers, timestamp } = record
      block.push({ offset, key, value, headers, timestamp })
      bytes += recordBytes(record)
      offset += 1
      if (bytes >= blockBytesMax) {
        this.putBlock(partitionId, block)
        block = []
        bytes = 0
      }
    }
    this.putBlock(partitionId, block)
    this.environment.meta.putSync(`bounds:${partitionId}`, { first, next: offset })
  }

  /** Stores one block under the offset of its first record; an empty one is left out. Call inside a transaction. */
  putBlock(partitionId: number, block: readonly LogRecord[]): void {
    const base = block[0]?.offset
    if (base !== undefined)
      this.environment.records.putSync(blockKey(partitionId, base), encodeBlock(base, block))
  }

  /** Number that rises whenever somebody (in any process) appended records or took over a task. */
  changes(): number {
    return (this.environment.meta.get('changes') as number | undefined) ?? 0
  }

  /** Call inside a transaction that readers should notice. */
  touch(): void {
    this.environment.meta.putSync('changes', this.changes() + 1)
  }

  /** Records from `from` (inclusive) to `to` (exclusive) within the limits, at least one if there is one. `nextOffset` is `to` when all of them were read. */
  read(partitionId: number, from: number, to: number, limits: ReadLimits): Slice {
    const records: LogRecord[] = []
    let bytes = 0
    if (from >= to) return { records, nextOffset: from }
    for (const { key, value } of this.blocks(partitionId, from, to)) {
      for (const record of decodeBlock(blockBase(key), value, from)) {
        if (record.offset >= to) return { records, nextOffset: to }
        const last = records.at(-1)
        const size = recordBytes(record)
        if (last && (records.length >= limits.maxRecords || bytes + size > limits.maxBytes))
          return { records, nextOffset: last.offset + 1 }
        records.push(record)
        bytes += size
      }
    }
    return { records, nextOffset: to }
  }

  /** Blocks that may hold offsets in [from, to), in order: the one that begins at or before `from` and all later ones. */
  blocks(partitionId: number, from: number, to: number): Iterable<{ key: Buffer; value: Buffer }> {
    const { records } = this.environment
    const below = {
      start: blockKey(partitionId, from),
      end: blockKey(partitionId, 0),
      inclusiveEnd: true,
      reverse: true,
      limit: 1,
    }
    const [start] = records.getKeys(below)
    return records.getRange({ start: start ?? blockKey(partitionId, from), end: blockKey(partitionId, to) })
  }
}
