/** A folder of transactions to judge a detector by: our CSV with labels, or the tables of the Berka bank. */
import { createReadStream } from 'node:fs'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import { parse } from 'csv-parse'
import type { Transaction } from '../../../schemas/types.ts'
import { openInput, plainTransaction } from '../../ingest/app.ts'
import { openRefusal } from '../input.ts'
import { CommandError, exitCodes } from '../terminal.ts'
import { readBerka } from './berka.ts'
import type { LaunderingLabel } from './truth.ts'

/** Some transactions of the data, in order, and how much of it has been read. */
export interface DataBatch {
  readonly transactions: readonly Transaction[]
  /** Records that could not be read. */
  readonly refused: number
  /** Share of the data read so far, 0 to 1. */
  readonly share: number
}

/** Data to judge by. It is read twice: for the truth, then for the engine. */
export interface DetectionData {
  readonly kind: 'labelled' | 'unlabelled'
  /** Labels of laundering transactions by txn_id; memory holds no others. */
  labels(): Promise<Map<string, LaunderingLabel>>
  read(): AsyncGenerator<DataBatch, void, undefined>
}

/**
 * Opens a folder: `transactions.csv` and `labels.csv` (either may be gzip), or `trans.asc` of the Berka bank.
 * @throws CommandError when it holds neither
 */
export async function openData(directory: string): Promise<DetectionData> {
  const transactions = await firstOf(directory, ['transactions.csv', 'transactions.csv.gz'])
  const labels = await firstOf(directory, ['labels.csv', 'labels.csv.gz'])
  if (transactions !== undefined) {
    return {
      kind: labels === undefined ? 'unlabelled' : 'labelled',
      labels: async () => (labels === undefined ? new Map() : readLabels(labels)),
      read: () => readTransactions(transactions),
    }
  }
  const berka = await firstOf(directory, ['trans.asc'])
  if (berka !== undefined) {
    return { kind: 'unlabelled', labels: async () => new Map(), read: () => readBerka(berka) }
  }
  throw new CommandError(
    `${directory} has no transactions.csv(.gz) and no trans.asc: give a folder with one of them`,
    exitCodes.notFound,
  )
}

async function firstOf(directory: string, names: readonly string[]): Promise<string | undefined> {
  for (const name of names) {
    const path = join(directory, name)
    try {
      await access(path)
      return path
    } catch {
      // the next name
    }
  }
  return undefined
}

interface LabelRow {
  readonly txn_id?: string
  readonly pattern_id?: string
  readonly typology?: string
  readonly is_laundering?: string
}

const yes = new Set(['1', 'true', 'True'])

/** Labels of laundering transactions in a file (`txn_id, is_laundering, typology, pattern_id`), by txn_id. @throws the file system's error */
export async function readLabels(path: string): Promise<Map<string, LaunderingLabel>> {
  const file = createReadStream(path)
  const text = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  file.on('error', (error) => text.destroy(error))
  const rows: AsyncIterable<LabelRow> = text.pipe(parse({ columns: true, bom: true }))
  const labels = new Map<string, LaunderingLabel>()
  for await (const { txn_id = '', pattern_id = '', typology = '', is_laundering = '' } of rows) {
    if (yes.has(is_laundering)) labels.set(txn_id, { pattern: pattern_id, typology })
  }
  return labels
}

async function* readTransactions(path: string): AsyncGenerator<DataBatch, void, undefined> {
  const input = await openInput(path, {})
  if (input.kind === 'refused') throw openRefusal(path, input)
  try {
    for await (const { results, bytes } of input.read()) {
      const transactions = results.flatMap((result) =>
        result.kind === 'row' ? [plainTransaction(result.clear)] : [],
      )
      const refused = results.length - transactions.length
      yield { transactions, refused, share: bytes / Math.max(1, input.bytes) }
    }
  } finally {
    await input.close()
  }
}
