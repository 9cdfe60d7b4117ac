/**
 * The bytes in front of a message, in two framings that every reader takes:
 * Avro single-object encoding (C3 01, the writer's fingerprint) and Confluent's (00, the id a schema registry gave the writer's schema).
 */

/** Length of marker plus fingerprint in front of a body. */
export const headerLength = 10

/** Length of marker plus id in front of a body in Confluent framing. */
export const confluentHeaderLength = 5

/** CRC-64-AVRO of a writer's schema, as the two little-endian halves it has on the wire: compared without building a string. */
export interface Fingerprint {
  readonly low: number
  readonly high: number
}

/** What a registry's ids stand for, process-wide: filled by services/platform/registry, read by every codec. */
const registered = new Map<number, Fingerprint>()

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** True when the value starts with an Avro single-object header. */
export function isSingleObject(bytes: Uint8Array): boolean {
  return bytes.length >= headerLength && bytes[0] === 0xc3 && bytes[1] === 0x01
}

/** True when the value starts with a Confluent header. */
export function isConfluent(bytes: Uint8Array): boolean {
  return bytes.length >= confluentHeaderLength && bytes[0] === 0
}

/** The fingerprint in a single-object header, or in 8 bytes of its own with `at` 0. */
export function fingerprintIn(bytes: Buffer, at = 2): Fingerprint {
  return { low: bytes.readInt32LE(at), high: bytes.readInt32LE(at + 4) }
}

/** The schema id in a Confluent header: 0 to 2³² − 1. */
export function schemaIdIn(bytes: Uint8Array): number {
  return asBuffer(bytes).readUInt32BE(1)
}

/** The schema an id stands for; undefined while the registry was not asked, or does not know it. */
export function schemaOfId(id: number): Fingerprint | undefined {
  return registered.get(id)
}

/**
 * Makes an id known to every codec of this process.
 * @returns false when the id already stands for another schema: two registries, or one that was emptied; nothing is changed then
 */
export function learnSchemaId(id: number, print: Fingerprint): boolean {
  const known = registered.get(id)
  if (known === undefined) registered.set(id, print)
  return known === undefined || (known.low === print.low && known.high === print.high)
}

/**
 * The message with a single-object header, for whoever keeps it where no registry is asked (a database).
 * A value in Confluent framing with a known id is copied; every other one comes back as it is.
 */
export function asSingleObject(bytes: Uint8Array): Uint8Array {
  if (!isConfluent(bytes)) return bytes
  const print = registered.get(schemaIdIn(bytes))
  if (print === undefined) return bytes
  const value = Buffer.allocUnsafeSlow(headerLength + bytes.length - confluentHeaderLength)
  value.writeUInt16BE(0xc301)
  value.writeInt32LE(print.low, 2)
  value.writeInt32LE(print.high, 6)
  value.set(bytes.subarray(confluentHeaderLength), headerLength)
  return value
}
