/** The Produce request (version 7): batches of records for partitions that one broker leads. */
import type { WireRequest, WireResponse } from '../kafkajs/internals.ts'
import type { BatchAuthor, WireRecordIn } from './record-batch.ts'
import { requestFrame } from './frame.ts'
import { writeBatch } from './record-batch.ts'
import type { WireWriter } from './varint.ts'

/** Records of one partition, in order; at least one. */
export interface ProducePartition {
  readonly topic: string
  readonly partition: number
  readonly author: BatchAuthor
  readonly records: readonly WireRecordIn[]
}

/** What became of the records of one partition. */
export interface ProducedPartition {
  readonly topic: string
  readonly partition: number
  /** Number of the broker's error, 0 = none. */
  readonly errorCode: number
  readonly baseOffset: number
}

const kind = { apiKey: 0, apiVersion: 7 } as const
const timeoutMs = 30_000

/** The request as kafkajs' connection sends it. `transactionalId` undefined: no transaction. */
export function produceExchange(
  transactionalId: string | undefined,
  partitions: readonly ProducePartition[],
): { readonly request: WireRequest; readonly response: WireResponse<readonly ProducedPartition[]> } {
  return {
    request: {
      ...kind,
      apiName: 'Produce',
      frame: (correlationId, clientId) =>
        requestFrame(kind, correlationId, clientId, (body) =>
          writeProduce(body, transactionalId, partitions),
        ),
    },
    response: { decode: async (bytes) => decodeProduce(bytes), parse: async (answer) => answer },
  }
}

function writeProduce(
  writer: WireWriter,
  transactionalId: string | undefined,
  partitions: readonly ProducePartition[],
): void {
  if (transactionalId === undefined) writer.int16(-1)
  else writer.shortText(transactionalId)
  // Every in-sync replica has it before the broker answers.
  writer.int16(-1)
  writer.int32(timeoutMs)
  const topics = Map.groupBy(partitions, ({ topic }) => topic)
  writer.int32(topics.size)
  for (const [topic, own] of topics) {
    writer.shortText(topic)
    writer.int32(own.length)
    for (const one of own) {
      writer.int32(one.partition)
      const lengthAt = writer.at
      writer.int32(0)
      writeBatch(writer, one.records, one.author, transactionalId !== undefined)
      writer.bytes.writeInt32BE(writer.at - lengthAt - 4, lengthAt)
    }
  }
}

function decodeProduce(bytes: Buffer): readonly ProducedPartition[] {
  const produced: ProducedPartition[] = []
  const topics = bytes.readInt32BE(0)
  let at = 4
  for (let index = 0; index < topics; index += 1) {
    const length = bytes.readInt16BE(at)
    const topic = bytes.toString('utf8', at + 2, at + 2 + length)
    at += 2 + length
    const partitions = bytes.readInt32BE(at)
    at += 4
    for (let one = 0; one < partitions; one += 1) {
      produced.push({
        topic,
        partition: bytes.readInt32BE(at),
        errorCode: bytes.readInt16BE(at + 4),
        baseOffset: Number(bytes.readBigInt64BE(at + 6)),
      })
      // Partition 4, error 2, base offset 8, append time 8, first offset 8.
      at += 30
    }
  }
  return produced
}
