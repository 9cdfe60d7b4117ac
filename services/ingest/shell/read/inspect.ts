import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { FileRefusedError } from '../../core/reasons.ts'
import type { Source } from './source.ts'

/** What the first pass over a whole file finds out. */
export interface Inspection {
  /** Hex SHA-256 of the decompressed content: the identity of the file, whatever it is called and whether it is compressed. */
  readonly sha256: string
  readonly bytes: number
  /** The first bytes, at most 4 KiB. */
  readonly head: Buffer
  /** Whether all of it is well-formed UTF-8. */
  readonly isUtf8: boolean
}

const headBytes = 4096

/** Number of bytes at the end that begin a UTF-8 sequence which goes on in the next chunk. */
function unfinished(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2
      return needed > back ? back : 0
    }
  }
  return 0
}

/** Reads the whole file once. @throws FileRefusedError as `Source.chunks`, or `empty_file` */
export async function inspect(source: Source, onBytes: (bytes: number) => void): Promise<Inspection> {
  const hash = createHash('sha256')
  let head = Buffer.alloc(0)
  let bytes = 0
  let utf8 = true
  let tail = Buffer.alloc(0)
  for await (const chunk of source.chunks()) {
    hash.update(chunk)
    bytes += chunk.length
    if (head.length < headBytes) head = Buffer.concat([head, chunk.subarray(0, headBytes - head.length)])
    if (utf8) {
      const text = tail.length === 0 ? chunk : Buffer.concat([tail, chunk])
      const cut = text.length - unfinished(text)
      utf8 = isUtf8(text.subarray(0, cut))
      tail = Buffer.from(text.subarray(cut))
    }
    onBytes(bytes)
  }
  if (bytes === 0) throw new FileRefusedError('empty_file', '')
  return { sha256: hash.digest('hex'), bytes, head, isUtf8: utf8 && tail.length === 0 }
}
