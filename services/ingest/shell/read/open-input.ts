import { readHeader } from '../../core/csv.ts'
import { FileRefusedError } from '../../core/reasons.ts'
import { chooseEncoding } from './encoding.ts'
import { csvLimits, linesOf, notesOn, openWith } from './input.ts'
import type { Input, InputFormat, InputOptions, RefusedInput, Shape } from './input.ts'
import type { Inspection } from './inspect.ts'
import { readIso20022 } from './iso20022.ts'
import { csvHeader, paymentRows, readCsv, readJsonLines } from './rows.ts'
import type { Source } from './source.ts'

const messageBytesMax = 4 * 1024 ** 3

function formatOf({ head }: Inspection): InputFormat {
  const text = head
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/^(\u00ef\u00bb\u00bf|\u00ff\u00fe|\u00fe\u00ff)/, '')
  const start = text.trimStart()
  if (start.startsWith('<')) return 'iso20022'
  if (start.startsWith('PK\u0003\u0004')) throw new FileRefusedError('unknown_format', 'zip | xlsx')
  if (!start.startsWith('{') && !start.startsWith('[')) return 'csv'
  if (/"(GrpHdr|XMLName|Xmlns)"/.test(text)) throw new FileRefusedError('iso20022_as_json', '')
  const [first = ''] = start.split('\n')
  if (start.startsWith('[') || !/\}\s*$/.test(first)) {
    // A first object longer than the head is judged when its line is read.
    if (start.startsWith('[') || first.length < start.length) throw new FileRefusedError('not_json_lines', '')
  }
  return 'json'
}

async function textShape(
  format: 'csv' | 'json',
  source: Source,
  inspection: Inspection,
  options: InputOptions,
): Promise<Shape> {
  const choice = await chooseEncoding(source, inspection, options.encoding)
  const sourceId = options.sourceId ?? ''
  const notes = notesOn(choice)
  const common = { format, encoding: choice.encoding, messages: [], records: undefined, notes }
  if (format === 'json') return { ...common, read: () => readJsonLines(linesOf(source, choice), sourceId) }
  const header = await csvHeader(linesOf(source, choice), readHeader)
  const { ignored } = header
  return {
    ...common,
    notes: ignored.length === 0 ? notes : [...notes, { code: 'columns_ignored', detail: ignored.join(', ') }],
    read: () => readCsv(linesOf(source, choice), paymentRows(header, sourceId), csvLimits),
  }
}

/** A message stands or falls as a whole, so it is read through before any of it is used. */
async function messageShape(source: Source, inspection: Inspection, options: InputOptions): Promise<Shape> {
  const start = (): ReturnType<typeof readIso20022> =>
    readIso20022(source.chunks(), inspection.head, options.sourceId ?? '')
  const trial = start()
  let records = 0
  for await (const batch of trial.batches) records += batch.results.length
  return {
    format: 'iso20022',
    encoding: '',
    messages: trial.types(),
    notes: trial.miscounts().map((detail) => ({ code: 'count_differs', detail })),
    records,
    read: () => start().batches,
  }
}

/**
 * Opens a file and finds out what it is: plain or gzip, CSV, JSON lines or ISO 20022, in which encoding. Reads it through at least
 * once, so that its hash is known and an encoding or a broken message is decided before anything is used.
 * @returns the file to read, or why nothing of it is taken
 */
export async function openInput(path: string, options: InputOptions = {}): Promise<Input | RefusedInput> {
  return openWith(path, options, async (source, inspection) => {
    const format = formatOf(inspection)
    if (format === 'iso20022' && inspection.bytes > (options.maxBytes ?? messageBytesMax)) {
      throw new FileRefusedError('file_too_large', `${options.maxBytes ?? messageBytesMax} bytes`)
    }
    return format === 'iso20022'
      ? messageShape(source, inspection, options)
      : textShape(format, source, inspection, options)
  })
}
