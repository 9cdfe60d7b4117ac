/**
 * One transactional writer: all its records of one commit become visible together, or none. Whoever opens the same id later
 * fences this one for good.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { NewRecord } from '../port.ts'
import { LogError } from '../port.ts'
import { recordBytes } from './limits.ts'
import type { WireClient } from './wire/client.ts'
import { isPassing } from './wire/client.ts'
import type { ProducedPartition, ProducePartition } from './wire/produce.ts'

/** A record with its place. */
export interface PlacedRecord extends Pick<NewRecord, 'key' | 'value' | 'headers' | 'timestamp'> {
  /** Name at the broker. */
  readonly topic: string
  readonly partition: number
}

/** How long the broker keeps a transaction open that nobody ends: readers of its partitions wait so long. */
const transactionTimeoutMs = 10_000
/** The broker writes the end of the last transaction after it has answered; asked too early it says so. */
const passingDelayMs = 1
const passingDelayMsMax = 20
const passingMsMax = 30_000
/** A batch may not be larger than the topic allows (8 MiB). */
const batchBytesMax = 4 * 1024 * 1024
const sequences = 2 ** 31

/** Modes: fresh, fenced (may commit), and broken after any error: then `fence` again and find out what was committed. */
export class TransactionalWriter {
  readonly id: string
  private readonly wire: WireClient
  private producer: { readonly producerId: string; readonly producerEpoch: number } | undefined
  /** What it last wrote as: after an error a transaction of this one may still be open. */
  private last: typeof this.producer
  /** Next sequence number, by topic and partition. */
  private readonly next = new Map<string, number>()

  constructor(wire: WireClient, id: string) {
    this.wire = wire
    this.id = id
  }

  /** Takes the id: whoever held it before is fenced, and its open transaction is settled. @throws LogError */
  async fence(): Promise<void> {
    this.producer = undefined
    this.next.clear()
    this.wire.forgetCoordinators()
    this.producer = await this.patiently('InitProducerId', async () =>
      this.wire.atCoordinator(this.id, 'InitProducerId', async (broker) =>
        broker.initProducerId({ transactionalId: this.id, transactionTimeout: transactionTimeoutMs }),
      ),
    )
    this.last = this.producer
  }

  /**
   * Ends what an error left open, without fencing anybody: else whoever reads behind it waits until the broker gives it up.
   * Nothing happens when nothing is open, or when the id is somebody else's by now.
   * @throws LogError `unavailable` when the broker cannot be asked
   */
  async release(): Promise<void> {
    const { last } = this
    if (last === undefined) return
    try {
      await this.patiently('EndTxn', async () =>
        this.wire.atCoordinator(this.id, 'EndTxn', async (broker) =>
          broker.endTxn({ transactionalId: this.id, ...last, transactionResult: false }),
        ),
      )
    } catch (error) {
      if (!(error instanceof LogError && error.code === 'fenced')) throw error
    }
    this.last = undefined
  }

  /**
   * Writes the records in one transaction. After an error it is not known whether they were written.
   * @returns where each partition's first record lies
   * @throws LogError `fenced`, `record_too_large`, `unavailable`
   */
  async commit(records: readonly PlacedRecord[]): Promise<readonly ProducedPartition[]> {
    const { producer } = this
    if (producer === undefined)
      throw new LogError('unavailable', `transaction ${this.id} is not open: fence it first`, {
        retriable: true,
      })
    // Whatever goes wrong from here on, this producer is not used again.
    this.producer = undefined
    const written = await this.write(producer, records)
    this.producer = producer
    return written
  }

  private async write(
    producer: NonNullable<typeof this.producer>,
    records: readonly PlacedRecord[],
  ): Promise<readonly ProducedPartition[]> {
    if (records.length === 0) return []
    const partitions = groupByPartition(records)
    await this.patiently('AddPartitionsToTxn', async () =>
      this.wire.atCoordinator(this.id, 'AddPartitionsToTxn', async (broker) =>
        broker.addPartitionsToTxn({ transactionalId: this.id, ...producer, topics: topicsOf(partitions) }),
      ),
    )
    const written: ProducedPartition[] = []
    for (const round of roundsOf(partitions)) {
      const batches = round.map((one): ProducePartition => ({ ...one, author: this.author(producer, one) }))
      written.push(...(await this.wire.produce(this.id, batches)))
    }
    // While somebody fences this one, the broker says that a transaction is under way; asked again, it says by whom.
    await this.patiently('EndTxn', async () =>
      this.wire.atCoordinator(this.id, 'EndTxn', async (broker) =>
        broker.endTxn({ transactionalId: this.id, ...producer, transactionResult: true }),
      ),
    )
    return written
  }

  private author(
    producer: NonNullable<typeof this.producer>,
    { topic, partition, records }: PartitionRecords,
  ): ProducePartition['author'] {
    const key = `${topic}/${partition}`
    const firstSequence = this.next.get(key) ?? 0
    this.next.set(key, nextSequence(firstSequence, records.length))
    return { producerId: BigInt(producer.producerId), producerEpoch: producer.producerEpoch, firstSequence }
  }

  private async patiently<T>(what: string, work: () => Promise<T>): Promise<T> {
    const until = performance.now() + passingMsMax
    for (let waitMs = passingDelayMs; ; waitMs = Math.min(waitMs * 1.5, passingDelayMsMax)) {
      try {
        return await work()
      } catch (error) {
        if (!isPassing(error)) throw error
        if (performance.now() > until)
          throw new LogError(
            'unavailable',
            `transaction ${this.id}: the broker did not answer ${what} for ${passingMsMax / 1000} s; look at the broker's log`,
            { cause: error, retriable: true },
          )
        this.wire.forgetMoved(error)
        await delay(waitMs)
      }
    }
  }
}

/** The sequence number behind `count` records: it begins again at 0 behind 2^31 − 1 (Kafka's DefaultRecordBatch.incrementSequence). */
export function nextSequence(sequence: number, count: number): number {
  return (sequence + count) % sequences
}

interface PartitionRecords {
  readonly topic: string
  readonly partition: number
  readonly records: PlacedRecord[]
}

function groupByPartition(records: readonly PlacedRecord[]): PartitionRecords[] {
  const groups = new Map<string, PartitionRecords>()
  for (const record of records) {
    const key = `${record.topic}/${record.partition}`
    const group = groups.get(key)
    if (group === undefined)
      groups.set(key, { topic: record.topic, partition: record.partition, records: [record] })
    else group.records.push(record)
  }
  return [...groups.values()]
}

function topicsOf(
  partitions: readonly PartitionRecords[],
): { readonly topic: string; readonly partitions: number[] }[] {
  return [...Map.groupBy(partitions, ({ topic }) => topic)].map(([topic, own]) => ({
    topic,
    partitions: own.map(({ partition }) => partition),
  }))
}

/** Cuts what is too large for one batch: round n writes the n-th piece of every partition. */
export function roundsOf(partitions: readonly PartitionRecords[]): PartitionRecords[][] {
  const rounds: PartitionRecords[][] = []
  for (const { topic, partition, records } of partitions) {
    let round = 0
    let bytes = 0
    let piece: PlacedRecord[] = []
    const close = (): void => {
      ;(rounds[round] ??= []).push({ topic, partition, records: piece })
      round += 1
      piece = []
      bytes = 0
    }
    for (const record of records) {
      const size = recordBytes(record)
      if (piece.length > 0 && bytes + size > batchBytesMax) close()
      piece.push(record)
      bytes += size
    }
    close()
  }
  return rounds
}
