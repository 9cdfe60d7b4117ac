import type { Type } from 'avsc'

const empty = 0xc15d213aa4d7a795n

const table = BigUint64Array.from({ length: 256 }, (_, byte) => {
  let print = BigInt(byte)
  for (let bit = 0; bit < 8; bit += 1) print = (print >> 1n) ^ (empty & -(print & 1n))
  return print
})

/** CRC-64-AVRO of a schema's parsing canonical form, 8 bytes little-endian (Avro specification, "Schema Fingerprints"). */
export function fingerprint(type: Type): Buffer {
  let print = empty
  for (const byte of Buffer.from(JSON.stringify(type.schema()))) {
    print = (print >> 8n) ^ (table[Number((print ^ BigInt(byte)) & 0xffn)] ?? 0n)
  }
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(print)
  return bytes
}
