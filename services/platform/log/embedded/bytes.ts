/** Compact binary framing shared by everything the embedded log stores. */

/** A growing byte buffer that is used again and again: set `at` to 0 and write. Texts and numbers as described in block.ts. */
export class ByteWriter {
  bytes: Buffer = Buffer.allocUnsafe(128 * 1024)
  at = 0

  reserve(count: number): void {
    if (this.at + count <= this.bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.at + count))
    this.bytes.copy(grown, 0, 0, this.at)
    this.bytes = grown
  }

  varint(value: number): void {
    this.reserve(8)
    let rest = value
    while (rest >= 0x80) {
      this.bytes[this.at++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    this.bytes[this.at++] = rest
  }

  float64(value: number): void {
    this.reserve(8)
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  raw(value: Uint8Array): void {
    this.reserve(value.length)
    this.bytes.set(value, this.at)
    this.at += value.length
  }

  text(value: string): void {
    // A UTF-16 unit takes at most three bytes in UTF-8; the length comes first, so short texts are written one byte later.
    this.reserve(value.length * 3 + 8)
    const written = this.bytes.write(value, this.at + 1, 'utf8')
    if (written < 0x80) {
      this.bytes[this.at] = written
      this.at += written + 1
      return
    }
    const from = this.at + 1
    this.varint(written)
    this.bytes.copyWithin(this.at, from, from + written)
    this.bytes.write(value, this.at, 'utf8')
    this.at += written
  }
}

/** Reads what ByteWriter wrote. Views, not copies. @throws RangeError when the bytes end too early */
export class ByteReader {
  private readonly bytes: Buffer
  private at: number

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes
    this.at = at
  }

  varint(): number {
    let value = 0
    let scale = 1
    for (;;) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) throw new RangeError('block ends inside a number')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 0x80
    }
  }

  float64(): number {
    const value = this.bytes.readDoubleLE(this.at)
    this.at += 8
    return value
  }

  raw(length: number): Uint8Array {
    this.at += length
    if (this.at > this.bytes.length) throw new RangeError('block ends inside a value')
    return this.bytes.subarray(this.at - length, this.at)
  }

  get isAtEnd(): boolean {
    return this.at >= this.bytes.length
  }

  text(): string {
    const length = this.varint()
    this.at += length
    return this.bytes.toString('utf8', this.at - length, this.at)
  }
}
