/** How large things may be on Kafka. */
import type { NewRecord } from '../port.ts'

/** Largest record (key, value and headers) in bytes; every adapter of the log has the same. */
export const recordBytesMax = 1_000_000

/** What `max.message.bytes` of every topic is set to: a batch may hold many records. */
export const messageBytesMax = 8 * 1024 * 1024

const headerOverhead = 4
const recordOverhead = 24

/** Bytes of a record, a little more than it takes. */
export function recordBytes({ key, value, headers }: Pick<NewRecord, 'key' | 'value' | 'headers'>): number {
  let bytes = recordOverhead + Buffer.byteLength(key) + (value?.length ?? 0)
  for (const name of Object.keys(headers))
    bytes += headerOverhead + Buffer.byteLength(name) + Buffer.byteLength(headers[name] ?? '')
  return bytes
}
