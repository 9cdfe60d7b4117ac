import { decoded } from './encoding.ts'

/** Consecutive lines of a file, without terminators (LF or CR LF). */
export interface Lines {
  /** 1-based number of the first line. */
  readonly firstLine: number
  readonly lines: readonly string[]
  /** Lines that could not be decoded or were too long, by number; in `lines` an empty one stands in their place. */
  readonly faulty: readonly FaultyLine[]
  /** Bytes of the file consumed up to here. */
  readonly bytes: number
  readonly isLast: boolean
}

/** A line that is no text. */
export interface FaultyLine {
  readonly line: number
  readonly reason: 'undecodable_text' | 'record_too_large'
  /** What was delivered, cut at the limit. */
  readonly bytes: Uint8Array
}

const lineFeed = 0x0a

function split(text: string): string[] {
  const lines = text.split('\n')
  // A block ends with a line feed, so that the last piece is no line.
  if (lines.at(-1) === '') lines.pop()
  if (text.includes('\r')) return lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
  return lines
}

function decodeEach(
  block: Buffer,
  firstLine: number,
  encoding: 'utf-8' | 'gb18030',
): Pick<Lines, 'lines' | 'faulty'> {
  const lines: string[] = []
  const faulty: FaultyLine[] = []
  let start = 0
  while (start < block.length) {
    const feed = block.indexOf(lineFeed, start)
    const end = feed < 0 ? block.length : feed
    const bytes = block.subarray(start, end)
    const text = decoded(bytes, encoding)
    if (text === undefined)
      faulty.push({ line: firstLine + lines.length, reason: 'undecodable_text', bytes: Buffer.from(bytes) })
    lines.push(text?.endsWith('\r') === true ? text.slice(0, -1) : (text ?? ''))
    start = end + 1
  }
  return { lines, faulty }
}

function linesOf(
  block: Buffer,
  firstLine: number,
  encoding: 'utf-8' | 'gb18030',
): Pick<Lines, 'lines' | 'faulty'> {
  const text = decoded(block, encoding)
  return text === undefined ? decodeEach(block, firstLine, encoding) : { lines: split(text), faulty: [] }
}

/**
 * Cuts a byte stream into lines, chunk by chunk. Cutting happens in bytes: neither encoding uses the byte of a line feed inside a
 * character. A line longer than `maxLineBytes` is refused and skipped without being held.
 * @param skipBytes bytes at the start to leave out (byte order mark)
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  encoding: 'utf-8' | 'gb18030',
  maxLineBytes: number,
  skipBytes = 0,
): AsyncGenerator<Lines, void, undefined> {
  let rest = Buffer.alloc(0)
  let line = 1
  let bytes = 0
  let skip = skipBytes
  /** Head of an over-long line whose end has not come yet. */
  let tooLong: Buffer | undefined
  for await (const raw of chunks) {
    bytes += raw.length
    let chunk = skip > 0 ? raw.subarray(Math.min(skip, raw.length)) : raw
    skip = Math.max(0, skip - raw.length)
    if (tooLong !== undefined) {
      const feed = chunk.indexOf(lineFeed)
      if (feed < 0) continue
      yield {
        firstLine: line,
        lines: [''],
        faulty: [{ line, reason: 'record_too_large', bytes: tooLong }],
        bytes,
        isLast: false,
      }
      line += 1
      tooLong = undefined
      chunk = chunk.subarray(feed + 1)
    }
    const block = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = block.lastIndexOf(lineFeed) + 1
    if (end > 0) {
      const cut = linesOf(block.subarray(0, end), line, encoding)
      yield { firstLine: line, ...cut, bytes, isLast: false }
      line += cut.lines.length
    }
    rest = Buffer.from(block.subarray(end))
    if (rest.length > maxLineBytes) {
      tooLong = Buffer.from(rest.subarray(0, maxLineBytes))
      rest = Buffer.alloc(0)
    }
  }
  yield lastLines(rest, tooLong, line, encoding, bytes)
}

function lastLines(
  rest: Buffer,
  tooLong: Buffer | undefined,
  line: number,
  encoding: 'utf-8' | 'gb18030',
  bytes: number,
): Lines {
  if (tooLong !== undefined) {
    const faulty: readonly FaultyLine[] = [{ line, reason: 'record_too_large', bytes: tooLong }]
    return { firstLine: line, lines: [''], faulty, bytes, isLast: true }
  }
  return { firstLine: line, ...linesOf(rest, line, encoding), bytes, isLast: true }
}
