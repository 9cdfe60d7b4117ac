/** Writes payments to the log: in large requests, a few of them at once, without transactions; what is measured is whoever reads. */
import type { WireClient } from '../../platform/log/kafka/wire/client.ts'
import type { WireRecordIn } from '../../platform/log/kafka/wire/record-batch.ts'
import type { BenchPayment } from './workload.ts'

/** Nobody's: plain records, outside of transactions and sequences. */
const nobody = { producerId: -1n, producerEpoch: -1, firstSequence: -1 }

/** Writes payments to one topic. */
export class Supply {
  private readonly wire: WireClient
  private readonly topic: string

  /** @param topic name at the broker */
  constructor(wire: WireClient, topic: string) {
    this.wire = wire
    this.topic = topic
  }

  /** Writes them in one request; resolves when every in-sync replica has them. @throws LogError */
  async write(payments: readonly BenchPayment[]): Promise<void> {
    const byPartition = new Map<number, WireRecordIn[]>()
    for (const { partition, record } of payments) {
      const records = byPartition.get(partition)
      if (records === undefined) byPartition.set(partition, [record])
      else records.push(record)
    }
    await this.wire.produce(
      undefined,
      [...byPartition].map(([partition, records]) => ({
        topic: this.topic,
        partition,
        author: nobody,
        records,
      })),
    )
  }
}

/** As many as ingestion commits at once. */
const requestRecords = 1_000
const requestsAtOnce = 4

/** An error for what may be anything. */
export function asError(cause: unknown): Error {
  return cause instanceof Error ? cause : new Error(String(cause))
}

/** Writes so many payments as fast as it can, in the order they are made. @param told how many are made */
export async function supplyAll(
  supply: Supply,
  count: number,
  make: (index: number) => BenchPayment,
  told: (done: number) => void,
): Promise<void> {
  const underWay = new Set<Promise<void>>()
  let failure: Error | undefined
  for (let made = 0; made < count && failure === undefined;) {
    const size = Math.min(requestRecords, count - made)
    const payments = Array.from({ length: size }, (_, index) => make(made + index))
    made += size
    const request = supply
      .write(payments)
      .catch((error: unknown) => {
        failure = asError(error)
      })
      .finally(() => underWay.delete(request))
    underWay.add(request)
    if (underWay.size >= requestsAtOnce) await Promise.race(underWay)
    told(made)
  }
  await Promise.all(underWay)
  if (failure !== undefined) throw failure
}
