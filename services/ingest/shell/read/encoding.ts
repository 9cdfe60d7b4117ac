import { isUtf8 } from 'node:buffer'
import { FileRefusedError } from '../../core/reasons.ts'
import type { Inspection } from './inspect.ts'
import type { Source } from './source.ts'

/** Encodings in which CSV and JSON lines are read. */
export type TextEncoding = 'utf-8' | 'gb18030' | 'utf-16le' | 'utf-16be'

/** What was decided, and why. */
export interface EncodingChoice {
  readonly encoding: TextEncoding
  /** `given` by the operator, `marked` by a byte order mark, `valid` for the whole file, or `likelier` of two that both have faults. */
  readonly because: 'given' | 'marked' | 'valid' | 'likelier'
  /** Bytes of the byte order mark. */
  readonly markBytes: number
}

function marked(head: Uint8Array): EncodingChoice | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf)
    return { encoding: 'utf-8', because: 'marked', markBytes: 3 }
  if (head[0] === 0xff && head[1] === 0xfe) return { encoding: 'utf-16le', because: 'marked', markBytes: 2 }
  if (head[0] === 0xfe && head[1] === 0xff) return { encoding: 'utf-16be', because: 'marked', markBytes: 2 }
  return undefined
}

/** Counts what a lenient decoder would replace. */
async function faults(source: Source, encoding: TextEncoding): Promise<number> {
  const decoder = new TextDecoder(encoding)
  let count = 0
  const countIn = (text: string): void => {
    for (let at = text.indexOf('\ufffd'); at >= 0; at = text.indexOf('\ufffd', at + 1)) count += 1
  }
  for await (const chunk of source.chunks()) countIn(decoder.decode(chunk, { stream: true }))
  countIn(decoder.decode())
  return count
}

/**
 * Decides on one encoding for the whole file, before anything of it is used: the operator's word, a byte order mark, UTF-8 if every
 * byte fits, else GB18030 if every byte fits, else the one with fewer faults (the records with faults are then refused one by one).
 */
export async function chooseEncoding(
  source: Source,
  inspection: Inspection,
  given: TextEncoding | undefined,
): Promise<EncodingChoice> {
  const mark = marked(inspection.head)
  if (given !== undefined)
    return { encoding: given, because: 'given', markBytes: mark?.encoding === given ? mark.markBytes : 0 }
  if (mark !== undefined) return mark
  if (inspection.isUtf8) return { encoding: 'utf-8', because: 'valid', markBytes: 0 }
  const gb18030 = await faults(source, 'gb18030')
  if (gb18030 === 0) return { encoding: 'gb18030', because: 'valid', markBytes: 0 }
  const utf8 = await faults(source, 'utf-8')
  return { encoding: utf8 < gb18030 ? 'utf-8' : 'gb18030', because: 'likelier', markBytes: 0 }
}

const strict = {
  'utf-8': new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }),
  gb18030: new TextDecoder('gb18030', { fatal: true, ignoreBOM: true }),
} as const

/** Decodes complete lines; undefined when a byte does not fit. */
export function decoded(bytes: Uint8Array, encoding: 'utf-8' | 'gb18030'): string | undefined {
  if (encoding === 'utf-8')
    return isUtf8(bytes)
      ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString()
      : undefined
  try {
    return strict[encoding].decode(bytes)
  } catch {
    return undefined
  }
}

/** Turns UTF-16 into UTF-8 chunk by chunk, because lines are cut in bytes. @throws FileRefusedError `undecodable_text` */
export async function* utf16AsUtf8(
  chunks: AsyncIterable<Buffer>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncGenerator<Buffer, void, undefined> {
  const decoder = new TextDecoder(encoding, { fatal: true })
  try {
    for await (const chunk of chunks) yield Buffer.from(decoder.decode(chunk, { stream: true }))
    yield Buffer.from(decoder.decode())
  } catch (cause) {
    if (cause instanceof FileRefusedError) throw cause
    throw new FileRefusedError('undecodable_text', encoding, { cause })
  }
}
