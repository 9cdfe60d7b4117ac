/** Growing writer and bounded reader of Kafka's zigzag variable-length integers and texts. Pure. */

/** Bytes that grow as they are written. Reusable: set `at` back to 0. */
export class WireWriter {
  bytes: Buffer
  at = 0

  constructor(size = 64 * 1024) {
    this.bytes = Buffer.allocUnsafe(size)
  }

  private room(length: number): void {
    if (this.at + length <= this.bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + length))
    this.bytes.copy(larger, 0, 0, this.at)
    this.bytes = larger
  }

  /** Leaves room to be filled in later. */
  skip(length: number): void {
    this.room(length)
    this.at += length
  }

  byte(value: number): void {
    this.room(1)
    this.bytes[this.at] = value
    this.at += 1
  }

  int16(value: number): void {
    this.room(2)
    this.at = this.bytes.writeInt16BE(value, this.at)
  }

  int32(value: number): void {
    this.room(4)
    this.at = this.bytes.writeInt32BE(value, this.at)
  }

  int64(value: bigint): void {
    this.room(8)
    this.at = this.bytes.writeBigInt64BE(value, this.at)
  }

  /** Text with its length in two bytes, as outside of record batches. */
  shortText(value: string): void {
    const length = Buffer.byteLength(value)
    this.int16(length)
    this.room(length)
    this.at += this.bytes.write(value, this.at, 'utf8')
  }

  raw(value: Uint8Array): void {
    this.room(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  /** A 32-bit integer, zigzag. */
  varint(value: number): void {
    this.room(5)
    let rest = ((value << 1) ^ (value >> 31)) >>> 0
    while (rest > 0x7f) {
      this.bytes[this.at] = (rest & 0x7f) | 0x80
      this.at += 1
      rest >>>= 7
    }
    this.bytes[this.at] = rest
    this.at += 1
  }

  /** A safe integer, zigzag. */
  varlong(value: number): void {
    if (value >= -0x40000000 && value < 0x40000000) {
      this.varint(value)
      return
    }
    this.room(10)
    let rest = value < 0 ? BigInt(value) * -2n - 1n : BigInt(value) * 2n
    while (rest > 0x7fn) {
      this.bytes[this.at] = Number(rest & 0x7fn) | 0x80
      this.at += 1
      rest >>= 7n
    }
    this.bytes[this.at] = Number(rest)
    this.at += 1
  }

  /** Text with its length in front. */
  text(value: string): void {
    const length = Buffer.byteLength(value)
    this.varint(length)
    this.room(length)
    this.at += this.bytes.write(value, this.at, 'utf8')
  }

  /** Puts the length of what was written since `start + room` in front of it, closing the gap that is left. */
  closeLength(start: number, room: number): void {
    const bodyAt = start + room
    const end = this.at
    this.at = start
    this.varint(end - bodyAt)
    this.bytes.copyWithin(this.at, bodyAt, end)
    this.at += end - bodyAt
  }

  /** A copy of what was written from `from` on. */
  taken(from = 0): Buffer {
    return Buffer.from(this.bytes.subarray(from, this.at))
  }
}

/** Reads within bounds. */
export class WireReader {
  readonly bytes: Buffer
  at: number
  private readonly end: number

  constructor(bytes: Buffer, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  skip(length: number): void {
    this.at += length
  }

  private next(): number {
    if (this.at >= this.end) throw new RangeError('the bytes end in the middle of a number')
    const byte = this.bytes[this.at] as number
    this.at += 1
    return byte
  }

  /** A 32-bit integer, zigzag. */
  varint(): number {
    let value = 0
    let shift = 0
    for (;;) {
      const byte = this.next()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1)
      shift += 7
    }
  }

  /** A 64-bit integer, zigzag, within the safe ones. */
  varlong(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.next()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2
      scale *= 128
    }
  }

  /** Bytes, not copied. */
  raw(length: number): Buffer {
    if (length < 0 || this.at + length > this.end)
      throw new RangeError('the bytes end in the middle of a value')
    const bytes = this.bytes.subarray(this.at, this.at + length)
    this.at += length
    return bytes
  }

  /** Text with its length in front; no text (length −1) reads as empty. */
  textOrEmpty(): string {
    const length = this.varint()
    if (length <= 0) return ''
    if (this.at + length > this.end) throw new RangeError('the bytes end in the middle of a text')
    const text = this.bytes.toString('utf8', this.at, this.at + length)
    this.at += length
    return text
  }
}
