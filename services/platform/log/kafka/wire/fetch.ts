/** The Fetch request (version 11), with an answer that is read by record-batch.ts. */
import type { WireRequest, WireResponse } from '../kafkajs/internals.ts'
import { requestFrame } from './frame.ts'
import type { AbortedSpan, RecordSet } from './record-batch.ts'
import { readRecordSet } from './record-batch.ts'
import type { WireWriter } from './varint.ts'

/** Which transactions a reader sees. */
export type Isolation = 'uncommitted' | 'committed'

/** One partition to read from. */
export interface FetchPartition {
  readonly partition: number
  readonly offset: number
}

/** What to fetch from one broker. */
export interface FetchRequest {
  readonly topic: string
  readonly partitions: readonly FetchPartition[]
  readonly isolation: Isolation
  /** The broker answers when it has anything, at the latest after this. */
  readonly maxWaitMs: number
  /** Per partition; one batch always comes whole. */
  readonly maxBytes: number
}

/** What came of one partition. */
export interface FetchedPartition extends RecordSet {
  readonly partition: number
  /** Number of the broker's error, 0 = none. */
  readonly errorCode: number
  /** End of the partition, transactions under way included. */
  readonly endOffset: number
  /** First offset that is kept. */
  readonly firstOffset: number
  /** Size of what came. */
  readonly bytes: number
}

const kind = { apiKey: 1, apiVersion: 11 } as const
const responseBytesMax = 64 * 1024 * 1024

/** The request as kafkajs' connection sends it. */
export function fetchExchange(request: FetchRequest): {
  readonly request: WireRequest
  readonly response: WireResponse<readonly FetchedPartition[]>
} {
  return {
    request: {
      ...kind,
      apiName: 'Fetch',
      frame: (correlationId, clientId) =>
        requestFrame(kind, correlationId, clientId, (body) => writeFetch(body, request)),
    },
    response: {
      decode: async (bytes) => decodeFetch(bytes, request),
      parse: async (answer) => answer,
    },
  }
}

function writeFetch(writer: WireWriter, request: FetchRequest): void {
  writer.int32(-1)
  writer.int32(request.maxWaitMs)
  writer.int32(1)
  writer.int32(responseBytesMax)
  writer.byte(request.isolation === 'committed' ? 1 : 0)
  // No fetch session: an id of 0 and an epoch of -1.
  writer.int32(0)
  writer.int32(-1)
  writer.int32(1)
  writer.shortText(request.topic)
  writer.int32(request.partitions.length)
  for (const { partition, offset } of request.partitions) {
    writer.int32(partition)
    writer.int32(-1)
    writer.int64(BigInt(offset))
    writer.int64(-1n)
    writer.int32(request.maxBytes)
  }
  writer.int32(0)
  writer.shortText('')
}

function decodeFetch(bytes: Buffer, request: FetchRequest): readonly FetchedPartition[] {
  const fetched: FetchedPartition[] = []
  // Throttle time 4, error 2, session 4.
  let at = 10
  const topics = bytes.readInt32BE(at)
  at += 4
  for (let topic = 0; topic < topics; topic += 1) {
    at += 2 + bytes.readInt16BE(at)
    const partitions = bytes.readInt32BE(at)
    at += 4
    for (let index = 0; index < partitions; index += 1) {
      const one = decodePartition(bytes, at, request)
      fetched.push(one.fetched)
      at = one.end
    }
  }
  return fetched
}

function decodePartition(
  bytes: Buffer,
  start: number,
  request: FetchRequest,
): { readonly fetched: FetchedPartition; readonly end: number } {
  const partition = bytes.readInt32BE(start)
  const errorCode = bytes.readInt16BE(start + 4)
  const endOffset = Number(bytes.readBigInt64BE(start + 6))
  const firstOffset = Number(bytes.readBigInt64BE(start + 22))
  const aborted: AbortedSpan[] = []
  const count = bytes.readInt32BE(start + 30)
  let at = start + 34
  for (let index = 0; index < count; index += 1) {
    aborted.push({
      producerId: bytes.readBigInt64BE(at),
      firstOffset: Number(bytes.readBigInt64BE(at + 8)),
    })
    at += 16
  }
  // Preferred replica 4, then the records with their length.
  at += 4
  const length = Math.max(0, bytes.readInt32BE(at))
  at += 4
  const from = request.partitions.find((one) => one.partition === partition)?.offset ?? 0
  const set =
    errorCode === 0
      ? readRecordSet(bytes.subarray(at, at + length), from, aborted)
      : { records: [], nextOffset: from }
  return {
    fetched: { partition, errorCode, endOffset, firstOffset, bytes: length, ...set },
    end: at + length,
  }
}
