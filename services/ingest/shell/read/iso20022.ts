import { SaxesParser } from 'saxes'
import type { SaxesAttributePlain, SaxesTagPlain } from 'saxes'
import { Iso20022Assembler } from '../../core/iso20022/assembler.ts'
import type { AssemblerLimits } from '../../core/iso20022/assembler.ts'
import { serialised } from '../../core/iso20022/element.ts'
import { FileRefusedError } from '../../core/reasons.ts'
import { checkFields } from '../../core/transaction.ts'
import { ResultBuilder } from './rows.ts'
import type { ReadBatch } from './rows.ts'

/** Bounds of an ISO 20022 file. */
export const iso20022Limits: AssemblerLimits = { depth: 64, elements: 20_000, textCharacters: 64 * 1024 }

/** Characters before the first element, comments included; a DOCTYPE is looked for in there before anything is parsed. */
const prologCharactersMax = 64 * 1024
/** Characters between two tags, comments included. */
const gapCharactersMax = 1024 * 1024

const supported = new Set([
  ...[
    'utf-8',
    'utf-16le',
    'utf-16be',
    'windows-1252',
    'iso-8859-2',
    'iso-8859-15',
    'windows-1250',
    'windows-1251',
  ],
  ...['windows-1257', 'gb18030', 'gbk', 'big5', 'shift_jis', 'euc-jp', 'euc-kr'],
])

/** Decodes XML by its byte order mark, its declaration, or as UTF-8. @throws FileRefusedError `unsupported_encoding` */
export function xmlDecoder(head: Buffer): TextDecoder {
  const declared = /^<\?xml[^>]*?\sencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(
    head.toString('latin1', 0, 256),
  )?.[1]
  let label = declared ?? 'utf-8'
  if (head[0] === 0xef && head[1] === 0xbb) label = 'utf-8'
  else if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0x3c && head[1] === 0)) label = 'utf-16le'
  else if ((head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0 && head[1] === 0x3c)) label = 'utf-16be'
  try {
    const decoder = new TextDecoder(label, { fatal: true })
    if (supported.has(decoder.encoding)) return decoder
  } catch {
    // Refused below, like an encoding that is known but not among ours.
  }
  throw new FileRefusedError('unsupported_encoding', label)
}

async function* decodedChunks(
  chunks: AsyncIterable<Buffer>,
  head: Buffer,
): AsyncGenerator<[string, number], void, undefined> {
  const decoder = xmlDecoder(head)
  let bytes = 0
  const decode = (chunk?: Buffer): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined })
    } catch (cause) {
      throw new FileRefusedError('undecodable_text', decoder.encoding, { cause })
    }
  }
  for await (const chunk of chunks) {
    bytes += chunk.length
    yield [decode(chunk), bytes]
  }
  yield [decode(), bytes]
}

/** Holds the text back until the first element has come, and refuses a DOCTYPE in what precedes it. */
class PrologGate {
  #held: string | undefined = ''

  /** @returns what may be parsed now. @throws FileRefusedError `doctype_refused`, `malformed_xml` */
  pass(text: string): string {
    if (this.#held === undefined) return text
    this.#held += text
    const bare = this.#held.replaceAll(/<!--[\s\S]*?-->|<\?[\s\S]*?\?>/g, '')
    if (/<!DOCTYPE/i.test(bare)) throw new FileRefusedError('doctype_refused', '')
    const hasElement = /<[^!?]/.test(bare)
    if (!hasElement && this.#held.length > prologCharactersMax)
      throw new FileRefusedError('malformed_xml', 'no element')
    if (!hasElement) return ''
    const passed = this.#held
    this.#held = undefined
    return passed
  }
}

function attributesOf(
  attributes: Readonly<Record<string, string | SaxesAttributePlain>>,
): Readonly<Record<string, string>> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(attributes))
    plain[name] = typeof value === 'string' ? value : value.value
  return plain
}

/** Counts the characters since the last tag. */
interface Gap {
  since: number
}

function connect(parser: SaxesParser, assembler: Iso20022Assembler, gap: Gap): void {
  const tagged = (): void => {
    gap.since = parser.position
  }
  parser.on('error', (error) => {
    // The message may quote the text; only the place is kept.
    throw new FileRefusedError('malformed_xml', `line ${parser.line}`, { cause: error })
  })
  parser.on('doctype', () => {
    throw new FileRefusedError('doctype_refused', '')
  })
  parser.on('opentag', (tag: SaxesTagPlain) => {
    tagged()
    assembler.open(tag.name, attributesOf(tag.attributes), parser.line)
  })
  parser.on('text', (text) => assembler.text(text))
  parser.on('cdata', (text) => assembler.text(text))
  parser.on('closetag', () => {
    tagged()
    assembler.close()
  })
}

/** What one pass over a message file found. */
export interface Iso20022Reading {
  readonly batches: AsyncGenerator<ReadBatch, void, undefined>
  /** Message types met so far, e.g. `camt.053`. */
  readonly types: () => readonly string[]
  /** Messages that announce another number of transfers than they hold. */
  readonly miscounts: () => readonly string[]
}

const remembered = 100_000

/** Banks repeat references within one file, for a batch or a charge: the second use gets `~2`, so that none is taken for a duplicate. */
function uniqueIds(): (id: string) => string {
  const seen = new Map<string, number>()
  return (id) => {
    if (seen.size >= remembered) seen.clear()
    const uses = (seen.get(id) ?? 0) + 1
    seen.set(id, uses)
    return uses === 1 || id === '' ? id : `${id}~${uses}`
  }
}

/**
 * Reads the transactions of ISO 20022 messages. A message stands or falls as a whole: read to the end once before using anything of it.
 * The iteration throws FileRefusedError for what refuses the file.
 * @param givenSource replaces what the message says of its source; `''` leaves it
 */
export function readIso20022(
  chunks: AsyncIterable<Buffer>,
  head: Buffer,
  givenSource: string,
): Iso20022Reading {
  const builder = new ResultBuilder(checkFields)
  const unique = uniqueIds()
  const assembler = new Iso20022Assembler(iso20022Limits, ({ element, content }) => {
    const named =
      'reason' in content
        ? content
        : { ...content, txn_id: unique(content.txn_id), source_id: givenSource || content.source_id }
    builder.add(element.line, named, () => serialised(element))
  })
  return {
    batches: parsed(chunks, head, assembler, builder),
    types: () => [...assembler.types].toSorted(),
    miscounts: () => assembler.miscounts,
  }
}

async function* parsed(
  chunks: AsyncIterable<Buffer>,
  head: Buffer,
  assembler: Iso20022Assembler,
  builder: ResultBuilder,
): AsyncGenerator<ReadBatch, void, undefined> {
  const parser = new SaxesParser({ position: true })
  const gate = new PrologGate()
  const gap: Gap = { since: 0 }
  connect(parser, assembler, gap)
  for await (const [text, bytes] of decodedChunks(chunks, head)) {
    parser.write(gate.pass(text))
    if (parser.position - gap.since > gapCharactersMax) {
      throw new FileRefusedError('text_too_long', `${gapCharactersMax} characters`)
    }
    yield { results: builder.take(), bytes }
  }
  parser.close()
  assembler.end()
  yield { results: builder.take(), bytes: 0 }
}
