/**
 * Publishing from outside the log: records and the publisher's position in one transaction. A publisher is a transactional id,
 * so the younger of two with one name fences the older; its position lies in a compacted topic that all publishers share.
 */
import { randomUUID } from 'node:crypto'
import type { NewRecord, Publisher } from '../port.ts'
import { LogError } from '../port.ts'
import { partitionOf } from '../partitioner.ts'
import type { CommitFaults } from '../faults.ts'
import type { PlacedRecord } from './transaction.ts'
import { TransactionalWriter } from './transaction.ts'
import type { WireClient } from './wire/client.ts'
import { offsetOutOfRange } from './wire/client.ts'

/** What the publishers' partitions say, read as far as somebody needed it. */
export class PublisherPositions {
  private readonly wire: WireClient
  readonly topic: string
  private readonly partitions: number
  private readonly next = new Map<number, number>()
  private readonly values = new Map<string, string>()
  private turn: Promise<unknown> = Promise.resolve()

  constructor(wire: WireClient, topic: string, partitions: number) {
    this.wire = wire
    this.topic = topic
    this.partitions = partitions
  }

  /** Where a name's records lie. */
  partitionOf(name: string): number {
    return partitionOf(name, this.partitions)
  }

  /** A record about a name. */
  record(name: string, kind: 'position' | 'barrier', text: string): PlacedRecord {
    return {
      topic: this.topic,
      partition: this.partitionOf(name),
      key: `${kind}/${name}`,
      value: Buffer.from(text),
      headers: {},
      timestamp: Date.now(),
    }
  }

  /** Newest value of a name, as of the committed record at `barrier`. One reads at a time. */
  async read(name: string, kind: 'position' | 'barrier', barrier: number): Promise<string | undefined> {
    const reading = this.turn.then(async () => this.advance(this.partitionOf(name), barrier))
    this.turn = reading.catch(() => undefined)
    await reading
    return this.values.get(`${kind}/${name}`)
  }

  private async advance(partition: number, barrier: number): Promise<void> {
    let at = this.next.get(partition) ?? 0
    while (at <= barrier) {
      const [fetched] = await this.wire.fetch({
        topic: this.topic,
        partitions: [{ partition, offset: at }],
        isolation: 'committed',
        maxWaitMs: 250,
        maxBytes: 1024 * 1024,
      })
      if (fetched === undefined) continue
      for (const { key, value } of fetched.records) if (value !== null) this.values.set(key, value.toString())
      at = fetched.errorCode === offsetOutOfRange ? fetched.firstOffset : fetched.nextOffset
      this.next.set(partition, at)
    }
  }
}

/** What a publisher stands on. */
export interface PublisherParts {
  readonly name: string
  readonly wire: WireClient
  readonly transactionalId: string
  readonly positions: PublisherPositions
  readonly faults: CommitFaults
  readonly closing: AbortSignal
  readonly place: (records: readonly NewRecord[]) => Promise<PlacedRecord[]>
  /** Told of every commit, in seconds. */
  readonly committed: (seconds: number) => void
  /** Told when it is closed. */
  readonly closed: () => void
}

/** Modes: open; broken (an answer was lost: the next use finds out what was written); fenced; closed. */
class KafkaPublisher implements Publisher {
  private readonly parts: PublisherParts
  private readonly writer: TransactionalWriter
  private known = 0
  /** What this one wrote when it last took the name, and what it has tried to write since: that may be there or not. */
  private readonly tokens = new Set<string>()
  private mode: 'open' | 'broken' | 'fenced' | 'closed' = 'broken'

  constructor(parts: PublisherParts) {
    this.parts = parts
    this.writer = new TransactionalWriter(parts.wire, parts.transactionalId)
  }

  /** Fences whoever held the name, and finds out what was written under it. */
  async take(): Promise<void> {
    const { name, positions } = this.parts
    await this.writer.fence()
    const token = randomUUID()
    this.tokens.add(token)
    const [barrier] = await this.writer.commit([positions.record(name, 'barrier', token)])
    const position = await positions.read(name, 'position', barrier?.baseOffset ?? 0)
    this.known = position === undefined ? 0 : Number(position)
    this.tokens.clear()
    this.tokens.add(token)
    this.mode = 'open'
  }

  /** A publisher that lost an answer goes on by itself, unless somebody younger has taken the name meanwhile. */
  private async ready(): Promise<void> {
    const { name, closing } = this.parts
    if (this.mode === 'closed' || closing.aborted)
      throw new LogError('unavailable', `publisher ${name} is closed`)
    if (this.mode === 'fenced') throw fenced(name)
    if (this.mode === 'broken') await this.recover()
  }

  private async recover(): Promise<void> {
    const { name, positions, wire } = this.parts
    await this.writer.release()
    const bounds = (await wire.bounds(positions.topic))[positions.partitionOf(name)]
    const newest = await positions.read(name, 'barrier', (bounds?.next ?? 0) - 1)
    if (newest === undefined || !this.tokens.has(newest)) {
      this.mode = 'fenced'
      throw fenced(name)
    }
    await this.take()
  }

  async position(): Promise<number> {
    await this.ready()
    return this.known
  }

  async publish(records: readonly NewRecord[], position: number): Promise<void> {
    await this.ready()
    const { name, positions, faults } = this.parts
    if (!(position > this.known)) {
      throw new LogError(
        'position_behind',
        `publisher ${name} is at ${this.known} already, ${position} was given: these records are written, go on behind them`,
      )
    }
    const placed = await this.parts.place(records)
    const began = performance.now()
    this.mode = 'broken'
    try {
      faults.before?.()
      await this.writer.commit([...placed, positions.record(name, 'position', String(position))])
      faults.after?.()
    } catch (error) {
      if (!(error instanceof LogError) || error.code !== 'fenced') throw error
      this.mode = 'fenced'
      throw fenced(name, error)
    }
    this.known = position
    this.mode = 'open'
    this.parts.committed((performance.now() - began) / 1000)
  }

  async close(): Promise<void> {
    if (this.mode === 'closed') return
    this.mode = 'closed'
    this.parts.closed()
    await this.parts.wire.close()
  }
}

function fenced(name: string, cause?: unknown): LogError {
  return new LogError('fenced', `publisher ${name} was taken over by somebody younger: this one stops`, {
    cause,
  })
}

/** Opens the publisher of a name and fences whoever held it before. @throws LogError */
export async function openPublisher(parts: PublisherParts): Promise<Publisher> {
  const publisher = new KafkaPublisher(parts)
  try {
    await publisher.take()
    return publisher
  } catch (error) {
    await publisher.close()
    throw error
  }
}
