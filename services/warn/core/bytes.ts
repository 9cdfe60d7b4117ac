/** Compact binary: variable-length integers, UTF-8 strings. Used for the state of subjects; readers check every bound. */

/** Appends to a buffer that grows and is used again; `take` copies what was written. */
export class ByteWriter {
  private bytes = Buffer.allocUnsafe(4096)
  private at = 0

  private room(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(2 * this.bytes.length, this.at + count))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }

  /** A safe integer ≥ 0. */
  count(value: number): void {
    this.room(8)
    let rest = value
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.bytes[this.at++] = rest
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

  /** A copy of what was written; the writer is empty again. */
  take(): Uint8Array {
    const copy = new Uint8Array(this.at)
    copy.set(this.bytes.subarray(0, this.at))
    this.at = 0
    return copy
  }
}

/** Reads what ByteWriter wrote. @throws RangeError when the bytes end too early */
export class ByteReader {
  private readonly bytes: Buffer
  private at = 0

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
    return this.slice().toString('utf8')
  }

  /** A copy. */
  raw(): Uint8Array {
    return Buffer.from(this.slice())
  }

  private slice(): Buffer {
    const length = this.count()
    const end = this.at + length
    if (end > this.bytes.length) throw new RangeError('the stored state ends inside a value')
    const part = this.bytes.subarray(this.at, end)
    this.at = end
    return part
  }
}
