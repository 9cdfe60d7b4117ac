/**
 * Avro types as they are read here, different from avsc's own in two ways:
 * lists and maps refuse a count which the bytes left cannot hold (else 16 bytes of a foreign record take all memory),
 * and short ASCII strings (currencies, regions, sources) are read without a call out of JavaScript, in half the time.
 */
import avro from 'avsc'
import type { Schema, Type } from 'avsc'

/** What of avsc's reader is used here (avsc 5.7.9, `lib/utils.js`). Behind the end it reads zeros; the value is found invalid afterwards. */
interface Tap {
  readonly buf: Buffer
  pos: number
  readLong(): number
  readString(): string
  skipString(): void
}

interface Reader {
  _read(tap: Tap): unknown
  _skip(tap: Tap): void
}

const readerOf = (type: Type): Reader => type as unknown as Reader

const shortMax = 8

/** Room for the characters of a short string, one array per length. */
const characters = Array.from({ length: shortMax + 1 }, (_, length) => Array.from({ length }, () => 0))

/** A string of up to eight ASCII characters; undefined when it is another. */
function shortString(bytes: Buffer, start: number, length: number): string | undefined {
  const codes = characters[length]
  if (codes === undefined) return undefined
  let bits = 0
  for (let index = 0; index < length; index += 1) {
    const code = bytes[start + index] ?? 0x80
    bits |= code
    codes[index] = code
  }
  return bits < 0x80 ? String.fromCharCode(...codes) : undefined
}

class FastString extends avro.types.StringType {
  _read(tap: Tap): string {
    const { pos } = tap
    const length = tap.readLong()
    const short = shortString(tap.buf, tap.pos, length)
    if (short !== undefined) {
      tap.pos += length
      return short
    }
    tap.pos = pos
    return tap.readString()
  }
}

/** Number of items in the next block; 0 at the end, and when there are more than bytes: the value is then invalid. */
function blockLength(tap: Tap): number {
  let count = tap.readLong()
  if (count < 0) {
    count = -count
    tap.readLong()
  }
  // An item takes at least one byte: no schema here has lists of null or of records without fields.
  if (count <= tap.buf.length - tap.pos) return count
  tap.pos = tap.buf.length + 1
  return 0
}

class BoundedArray extends avro.types.ArrayType {
  _read(tap: Tap): unknown[] {
    const items = readerOf(this.itemsType)
    const found: unknown[] = []
    for (let count = blockLength(tap); count > 0; count = blockLength(tap)) {
      for (let index = 0; index < count; index += 1) found.push(items._read(tap))
    }
    return found
  }

  _skip(tap: Tap): void {
    for (let count = blockLength(tap); count > 0; count = blockLength(tap)) {
      for (let index = 0; index < count; index += 1) readerOf(this.itemsType)._skip(tap)
    }
  }
}

class BoundedMap extends avro.types.MapType {
  _read(tap: Tap): Record<string, unknown> {
    const values = readerOf(this.valuesType as Type)
    const found: Record<string, unknown> = {}
    for (let count = blockLength(tap); count > 0; count = blockLength(tap)) {
      for (let index = 0; index < count; index += 1) found[tap.readString()] = values._read(tap)
    }
    return found
  }

  _skip(tap: Tap): void {
    for (let count = blockLength(tap); count > 0; count = blockLength(tap)) {
      for (let index = 0; index < count; index += 1) {
        tap.skipString()
        readerOf(this.valuesType as Type)._skip(tap)
      }
    }
  }
}

/** The Avro type of a schema. */
export function avroType(schema: Schema): Type {
  return avro.Type.forSchema(schema, {
    typeHook(nested, options) {
      const kind = typeof nested === 'object' && 'type' in nested ? nested.type : nested
      switch (kind) {
        case 'string':
          return new FastString()
        case 'array':
          return new BoundedArray(nested, options)
        case 'map':
          return new BoundedMap(nested, options)
        default:
          return undefined
      }
    },
  })
}
