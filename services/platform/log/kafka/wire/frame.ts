/** What goes to the socket for one request: length, header (version 1), body. */
import { WireWriter } from './varint.ts'

/** Kafka's number of a request, and in which version it is written. */
export interface RequestKind {
  readonly apiKey: number
  readonly apiVersion: number
}

/** Written over and over; what goes out is copied out of it. */
const writer = new WireWriter(1024 * 1024)
const kept = 8 * 1024 * 1024

/** A frame of its own. @param write writes the body */
export function requestFrame(
  { apiKey, apiVersion }: RequestKind,
  correlationId: number,
  clientId: string,
  write: (body: WireWriter) => void,
): Buffer {
  writer.at = 0
  writer.int32(0)
  writer.int16(apiKey)
  writer.int16(apiVersion)
  writer.int32(correlationId)
  writer.shortText(clientId)
  write(writer)
  writer.bytes.writeInt32BE(writer.at - lengthBytes, 0)
  const frame = writer.taken()
  if (writer.bytes.length > kept) writer.bytes = Buffer.allocUnsafe(kept)
  return frame
}

const lengthBytes = 4
