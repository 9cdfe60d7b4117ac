/** CRC-32C (Castagnoli), which Kafka's record batches carry; eight bytes at a time (Intel's slicing-by-8). */

const polynomial = 0x82f63b78
const slices = 8

function tablesOf(): readonly Int32Array[] {
  const tables = Array.from({ length: slices }, () => new Int32Array(256))
  const [first = new Int32Array(256)] = tables
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    first[byte] = crc
  }
  for (let slice = 1; slice < slices; slice += 1) {
    const before = tables[slice - 1] ?? first
    const table = tables[slice] ?? first
    for (let byte = 0; byte < 256; byte += 1) {
      const crc = before[byte] ?? 0
      table[byte] = (crc >>> 8) ^ (first[crc & 0xff] ?? 0)
    }
  }
  return tables
}

const [t0, t1, t2, t3, t4, t5, t6, t7] = tablesOf() as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/** The checksum of `bytes[from … to)`, as an unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  let crc = -1
  let at = from
  // The indices below are masked to the tables' length and `at` stays below `to`.
  for (; at + slices <= to; at += slices) {
    const low =
      crc ^
      (at0(bytes, at) | (at0(bytes, at + 1) << 8) | (at0(bytes, at + 2) << 16) | (at0(bytes, at + 3) << 24))
    crc =
      (t7[low & 0xff] as number) ^
      (t6[(low >>> 8) & 0xff] as number) ^
      (t5[(low >>> 16) & 0xff] as number) ^
      (t4[low >>> 24] as number) ^
      (t3[at0(bytes, at + 4)] as number) ^
      (t2[at0(bytes, at + 5)] as number) ^
      (t1[at0(bytes, at + 6)] as number) ^
      (t0[at0(bytes, at + 7)] as number)
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ (t0[(crc ^ at0(bytes, at)) & 0xff] as number)
  return (crc ^ -1) >>> 0
}

function at0(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}
