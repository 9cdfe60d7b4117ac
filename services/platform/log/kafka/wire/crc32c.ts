/** CRC-32C (Castagnoli), which Kafka's record batches carry; sixteen bytes at a time (Intel's slicing, twice as far: a quarter faster here). */

const polynomial = 0x82f63b78
const slices = 16
const none = new Int32Array(256)

function tablesOf(): readonly Int32Array[] {
  const tables = Array.from({ length: slices }, () => new Int32Array(256))
  const [first = none] = tables
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

const [
  t0 = none,
  t1 = none,
  t2 = none,
  t3 = none,
  t4 = none,
  t5 = none,
  t6 = none,
  t7 = none,
  t8 = none,
  t9 = none,
  t10 = none,
  t11 = none,
  t12 = none,
  t13 = none,
  t14 = none,
  t15 = none,
] = tablesOf()

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
      (t15[low & 0xff] as number) ^
      (t14[(low >>> 8) & 0xff] as number) ^
      (t13[(low >>> 16) & 0xff] as number) ^
      (t12[low >>> 24] as number) ^
      (t11[at0(bytes, at + 4)] as number) ^
      (t10[at0(bytes, at + 5)] as number) ^
      (t9[at0(bytes, at + 6)] as number) ^
      (t8[at0(bytes, at + 7)] as number) ^
      (t7[at0(bytes, at + 8)] as number) ^
      (t6[at0(bytes, at + 9)] as number) ^
      (t5[at0(bytes, at + 10)] as number) ^
      (t4[at0(bytes, at + 11)] as number) ^
      (t3[at0(bytes, at + 12)] as number) ^
      (t2[at0(bytes, at + 13)] as number) ^
      (t1[at0(bytes, at + 14)] as number) ^
      (t0[at0(bytes, at + 15)] as number)
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ (t0[(crc ^ at0(bytes, at)) & 0xff] as number)
  return (crc ^ -1) >>> 0
}

function at0(bytes: Uint8Array, index: number): number {
  return bytes[index] as number
}
