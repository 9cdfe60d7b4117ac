/** Which partition a key belongs to: murmur2 as in Apache Kafka's default partitioner, so that both adapters and other Kafka clients agree. */

const seed = 0x9747b28c
const mixer = 0x5bd1e995
const utf8 = new TextEncoder()

/** 32-bit murmur2 of the bytes from `from` to `to` (default: all), as a signed integer, equal to Kafka's `Utils.murmur2`. */
export function murmur2(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let hash = seed ^ (to - from)
  let at = from
  for (; to - at >= 4; at += 4) {
    let word =
      byteAt(bytes, at) |
      (byteAt(bytes, at + 1) << 8) |
      (byteAt(bytes, at + 2) << 16) |
      (byteAt(bytes, at + 3) << 24)
    word = Math.imul(word, mixer)
    word ^= word >>> 24
    hash = Math.imul(hash, mixer) ^ Math.imul(word, mixer)
  }
  const rest = to - at
  if (rest === 3) hash ^= byteAt(bytes, at + 2) << 16
  if (rest >= 2) hash ^= byteAt(bytes, at + 1) << 8
  if (rest >= 1) hash = Math.imul(hash ^ byteAt(bytes, at), mixer)
  hash = Math.imul(hash ^ (hash >>> 13), mixer)
  return hash ^ (hash >>> 15)
}

function byteAt(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

/** Partition (0 … partitions - 1) of a key. Equal keys always give equal partitions; an empty key counts as the key of no bytes. */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(utf8.encode(key)) & 0x7fffffff) % partitions
}

/** Partition of a key given as its UTF-8 bytes, from `from` (inclusive) to `to` (exclusive). */
export function partitionOfBytes(bytes: Uint8Array, partitions: number, from: number, to: number): number {
  return (murmur2(bytes, from, to) & 0x7fffffff) % partitions
}
