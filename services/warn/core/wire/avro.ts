/** Avro's binary encoding without objects: numbers and spans of bytes, read and written in place. Pure. */

/** Spans shorter than this are copied byte by byte: a call out of JavaScript costs more. */
const loopMax = 32
/** Stands for the byte behind the last one. */
const ended = 0x180

/**
 * Reads values one after the other. What does not fit, or is not written as Avro's own writers write it (a number with
 * needless bytes), sets `isOdd`; what is read after that means nothing. The caller then leaves the record to the codec.
 */
export class AvroReader {
  bytes: Buffer = Buffer.alloc(0)
  at = 0
  isOdd = false

  /** Begins at an offset of a value. */
  open(bytes: Buffer, at: number): void {
    this.bytes = bytes
    this.at = at
    this.isOdd = false
  }

  /** An int or long; magnitudes beyond 2^53 are odd. */
  long(): number {
    const byte = this.bytes[this.at++] ?? ended
    return byte < 0x80 ? (byte >>> 1) ^ -(byte & 1) : this.longFrom(byte)
  }

  /** The low 28 bits and the others are kept apart, so that no bit gets lost. */
  private longFrom(first: number): number {
    const { bytes } = this
    let low = first & 0x7f
    let high = 0
    let byte = first
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[this.at++] ?? ended
      if (byte === ended || shift > 49) {
        this.isOdd = true
        return 0
      }
      if (shift < 28) low |= (byte & 0x7f) << shift
      else high += (byte & 0x7f) * 2 ** (shift - 28)
    }
    // The last byte of a number is never 0, or it would not have been needed.
    if (byte === 0 || high >= 2 ** 26) this.isOdd = true
    const value = high * 2 ** 27 + (low >>> 1)
    return (low & 1) === 0 ? value : -value - 1
  }

  /** Length of a string or of bytes; `at` is then their first byte. Negative lengths and such beyond the end are odd: 0. */
  size(): number {
    const length = this.long()
    if (length >= 0 && this.at + length <= this.bytes.length) return length
    this.isOdd = true
    return 0
  }

  /** Passes over a string or bytes. */
  skip(): void {
    const length = this.size()
    this.at += length
  }

  /** Index of a symbol among `count`. */
  symbol(count: number): number {
    const index = this.long()
    if (index >= 0 && index < count) return index
    this.isOdd = true
    return 0
  }
}

/** Appends to memory that grows and is used again. */
export class AvroWriter {
  bytes: Buffer = Buffer.allocUnsafeSlow(8_192)
  at = 0

  /** Makes room for `count` more bytes. */
  room(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.bytes.length, this.at + count))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }

  /** An int, a long, or the index of a symbol; a safe integer of magnitude below 2^52. */
  long(value: number): void {
    this.room(8)
    let rest = value < 0 ? -2 * value - 1 : 2 * value
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.bytes[this.at++] = rest
  }

  text(value: string): void {
    const length = Buffer.byteLength(value, 'utf8')
    this.long(length)
    this.room(length)
    this.at += this.bytes.write(value, this.at, 'utf8')
  }

  raw(value: Uint8Array): void {
    this.long(value.length)
    this.room(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  /** Bytes as they are, without a length. */
  span(from: Buffer, start: number, end: number): void {
    const length = end - start
    this.room(length)
    const { bytes, at } = this
    if (length > loopMax) from.copy(bytes, at, start, end)
    else for (let index = 0; index < length; index += 1) bytes[at + index] = from[start + index] ?? 0
    this.at = at + length
  }

  /** A copy of what was written; the writer is empty again. */
  take(): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.at)
    this.bytes.copy(copy, 0, 0, this.at)
    this.at = 0
    return copy
  }
}
