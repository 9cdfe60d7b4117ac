/** Compact binary: variable-length integers, UTF-8 strings. Used for the state of subjects; readers check every bound. */

/** Spans shorter than this are copied byte by byte: a call out of JavaScript costs more. */
const loopMax = 32
const wordMax = 2 ** 31

/** Copies are cut from slabs of this many bytes: memory of its own for each would cost more than what is written into it. */
const slabBytes = 1 << 18

/** Appends to a buffer that grows and is used again; `take` copies what was written. */
export class ByteWriter {
  private bytes = Buffer.allocUnsafe(4096)
  private at = 0
  private slab = new Uint8Array(0)
  private slabAt = 0

  private room(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.at + count))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }

  /** A safe integer ≥ 0. */
  count(value: number): void {
    this.room(8)
    const { bytes } = this
    let { at } = this
    let rest = value
    while (rest >= wordMax) {
      bytes[at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    // Numbers of 31 bits are shifted: several times as fast as division.
    while (rest >= 0x80) {
      bytes[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    bytes[at++] = rest
    this.at = at
  }

  /** A safe integer of either sign, magnitude below 2^52. */
  integer(value: number): void {
    this.count(value < 0 ? -2 * value - 1 : 2 * value)
  }

  text(value: string): void {
    const length = Buffer.byteLength(value, 'utf8')
    this.count(length)
    this.room(length)
    this.bytes.write(value, this.at, 'utf8')
    this.at += length
  }

  raw(value: Uint8Array): void {
    this.count(value.length)
    this.room(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  /** Bytes as they lie elsewhere, with their length. */
  span(from: Buffer, start: number, end: number): void {
    const length = end - start
    this.count(length)
    this.room(length)
    const { bytes, at } = this
    if (length > loopMax) from.copy(bytes, at, start, end)
    else for (let index = 0; index < length; index += 1) bytes[at + index] = from[start + index] ?? 0
    this.at = at + length
  }

  /** A copy of what was written; the writer is empty again. */
  take(): Uint8Array {
    const { at: size } = this
    if (this.slabAt + size > this.slab.length) {
      this.slab = new Uint8Array(Math.max(slabBytes, size))
      this.slabAt = 0
    }
    const copy = this.slab.subarray(this.slabAt, this.slabAt + size)
    if (size > loopMax) copy.set(this.bytes.subarray(0, size))
    else for (let index = 0; index < size; index += 1) copy[index] = this.bytes[index] ?? 0
    this.slabAt += size
    this.at = 0
    return copy
  }
}

/** Reads what ByteWriter wrote. @throws RangeError when the bytes end too early */
export class ByteReader {
  readonly bytes: Buffer
  at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  count(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new RangeError('the stored state ends inside a number')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
  }

  integer(): number {
    const value = this.count()
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  text(): string {
    const length = this.span()
    return this.bytes.toString('utf8', this.at - length, this.at)
  }

  /** Passes over bytes and their length. @returns the length; the bytes end at `at` */
  span(): number {
    const length = this.count()
    if (this.at + length > this.bytes.length) throw new RangeError('the stored state ends inside a value')
    this.at += length
    return length
  }
}
