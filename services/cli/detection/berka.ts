/**
 * The transactions of the Berka bank (PKDD'99, a real Czech bank, anonymised; crowns, 1993 on; day resolution): table `trans.asc`.
 * Every account is a person's. Who is on the far side is known for one row in five; cash and the bank itself are institutions, which no rule is about.
 */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { parse } from 'csv-parse'
import type { Channel, Transaction } from '../../../schemas/types.ts'
import { minorUnits } from '../../platform/money/money.ts'
import type { DataBatch } from './data.ts'

interface BerkaRow {
  readonly trans_id: string
  readonly account_id: string
  /** yymmdd */
  readonly date: string
  /** PRIJEM = credit, VYDAJ and VYBER = debit. */
  readonly type: string
  readonly operation: string
  readonly amount: string
  readonly k_symbol: string
  readonly bank: string
  readonly account: string
}

/** VKLAD = paid in as cash, VYBER = cash withdrawn, VYBER KARTOU = by card. */
const channels: Readonly<Record<string, Channel>> = {
  VKLAD: 'cash',
  VYBER: 'cash',
  'VYBER KARTOU': 'card',
}

/** Household payments, insurance, pensions, loans, leasing: the far side is an office or a company, not a customer. */
const publicPurposes = new Set(['SIPO', 'POJISTNE', 'DUCHOD', 'UVER', 'LEASING'])

const nobody = new Uint8Array()
const batchRows = 2_000

/** Reads the table in order; the rows of a day are spread evenly over 08:00 to 20:00, since it knows no time of day. Holds one day. */
export async function* readBerka(path: string): AsyncGenerator<DataBatch, void, undefined> {
  const { size } = await stat(path)
  const file = createReadStream(path)
  const options = {
    delimiter: ';',
    columns: (names: readonly string[]) => names.map(bare),
    // Its quotes hold no separators, and the last one is never closed.
    quote: false,
    cast: bare,
    relax_column_count: true,
  } as const
  const rows: AsyncIterable<Partial<BerkaRow>> = file.pipe(parse(options))
  let day: BerkaRow[] = []
  let ready: Transaction[] = []
  let refused = 0
  for await (const row of rows) {
    // The file is cut in the middle of its last line where it was kept.
    if (!isWhole(row)) {
      refused += 1
      continue
    }
    if (day[0] !== undefined && day[0].date !== row.date) {
      ready.push(...spread(day))
      day = []
    }
    day.push(row)
    if (ready.length < batchRows) continue
    yield { transactions: ready, refused, share: file.bytesRead / Math.max(1, size) }
    ready = []
    refused = 0
  }
  yield { transactions: [...ready, ...spread(day)], refused, share: 1 }
}

function bare(text: string): string {
  return text.replaceAll('"', '').trim()
}

function isWhole(row: Partial<BerkaRow>): row is BerkaRow {
  return /^\d{6}$/.test(row.date ?? '') && row.account !== undefined && row.amount !== undefined
}

function spread(rows: readonly BerkaRow[]): Transaction[] {
  const [first] = rows
  if (first === undefined) return []
  const { date } = first
  const start = Date.parse(`19${date.slice(0, 2)}-${date.slice(2, 4)}-${date.slice(4)}T08:00:00+08:00`)
  const step = Math.floor((12 * 3600) / rows.length)
  return rows.flatMap((row, index) => transactionOf(row, start + index * step * 1000))
}

function transactionOf(row: BerkaRow, at: number): Transaction[] {
  const amount = minorUnits(row.amount, 'CZK')
  // Interest of nothing is booked as 0.00.
  if (typeof amount !== 'number' || amount <= 0) return []
  const isIncoming = row.type === 'PRIJEM'
  const other = otherSide(row)
  const owner = { account: `account-${row.account_id}`, kind: 'person' } as const
  const [payer, payee] = isIncoming ? [other, owner] : [owner, other]
  return [
    {
      txn_id: row.trans_id,
      booked_at: at,
      amount,
      currency: 'CZK',
      payer_account: payer.account,
      payer_id: '',
      payer_kind: payer.kind,
      payer_region: '',
      payer_identity: nobody,
      payee_account: payee.account,
      payee_id: '',
      payee_kind: payee.kind,
      payee_region: '',
      payee_identity: nobody,
      channel: channels[row.operation] ?? 'transfer',
      country: '',
      remark: '',
      source_id: 'berka',
    },
  ]
}

function otherSide({ bank, account, operation, k_symbol }: BerkaRow): {
  readonly account: string
  readonly kind: 'institution' | 'unknown'
} {
  if (operation in channels) return { account: 'cash', kind: 'institution' }
  if (account === '' || account === '0') return { account: 'bank', kind: 'institution' }
  return {
    account: `${bank}-${account}`,
    kind: publicPurposes.has(k_symbol) ? 'institution' : 'unknown',
  }
}
