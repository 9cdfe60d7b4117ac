/**
 * The limit that benches compare with: kafkajs' own consumer reads a topic and avsc decodes every value, nothing else. A process
 * of its own. Told by its parent what to read; tells how long it took, from the first batch to the last.
 */
import { codecs } from '../../../schemas/codec.ts'
import { Kafka, logLevel } from '../../platform/log/kafka/kafkajs/door.ts'
import type { ConnectionOptions } from '../../platform/log/kafka/kafkajs/internals.ts'

/** What to read. */
export interface RawOrder {
  readonly options: ConnectionOptions
  readonly topic: string
  readonly group: string
  readonly records: number
}

/** What came of it. */
export interface RawResult {
  readonly seconds: number
  readonly records: number
  /** Sum of all amounts: nobody could do without decoding. */
  readonly amount: number
}

const fetchBytes = 4 * 1024 * 1024

async function read({ options, topic, group, records: wanted }: RawOrder): Promise<RawResult> {
  const kafka = new Kafka({ ...options, logLevel: logLevel.NOTHING })
  const consumer = kafka.consumer({
    groupId: group,
    maxBytesPerPartition: fetchBytes,
    maxBytes: 4 * fetchBytes,
    maxWaitTimeInMs: 100,
  })
  const { promise, resolve } = Promise.withResolvers<RawResult>()
  let began = 0
  let records = 0
  let amount = 0
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch }) => {
      if (began === 0) began = performance.now()
      for (const { value } of batch.messages)
        if (value !== null) amount += codecs.transaction.decode(value).amount
      records += batch.messages.length
      if (records >= wanted) resolve({ seconds: (performance.now() - began) / 1000, records, amount })
    },
  })
  const result = await promise
  await consumer.disconnect()
  return result
}

process.once('message', (order) => {
  void (async () => {
    process.send?.(await read(order as RawOrder))
    process.disconnect()
  })()
})
// Whoever asked is gone.
process.once('disconnect', () => process.exit())
