/** Runs rules.sql in a PostgreSQL that lives in this process. */
import { readFileSync } from 'node:fs'
import { PGlite } from '@electric-sql/pglite'
import type { Row } from './row.ts'

const columns = [
  'txn_id',
  'booked_at',
  'amount',
  'currency',
  'payer_account',
  'payer_id',
  'payer_kind',
  'payee_account',
  'payee_id',
  'payee_kind',
  'channel',
  'country',
  'source_id',
] as const

const sql = readFileSync(new URL('rules.sql', import.meta.url), 'utf8')

interface Verdict {
  readonly rule: string
  readonly subject: string
  readonly period: string
  readonly level: string
}

/** The rules recomputed in SQL. */
export class SqlOracle {
  private readonly database: PGlite

  private constructor(database: PGlite) {
    this.database = database
  }

  /** @param rates CNY for one unit of a foreign currency */
  static async open(rates: Readonly<Record<string, string>>): Promise<SqlOracle> {
    const database = await PGlite.create()
    await database.exec(`set timezone = 'UTC';
      create table payments (${columns.map((name) => `${name} text not null`).join(', ')});
      create table rates (currency text primary key, cny numeric not null);`)
    for (const [currency, cny] of Object.entries(rates)) {
      await database.query('insert into rates values ($1, $2)', [currency, cny])
    }
    return new SqlOracle(database)
  }

  /** One line per rule, subject and period: `rule subject period level`, ascending. */
  async verdicts(rows: readonly Row[]): Promise<string[]> {
    await this.database.exec('truncate payments')
    const lines = rows.map((row) => columns.map((name) => `"${row[name].replaceAll('"', '""')}"`).join(','))
    await this.database.query(`copy payments from '/dev/blob' with (format csv)`, [], {
      blob: new Blob([lines.join('\n')]),
    })
    await this.database.exec('analyze payments')
    const { rows: found } = await this.database.query<Verdict>(sql)
    return found
      .map(({ rule, subject, period, level }) => [rule, subject, period, level].join(' '))
      .toSorted()
  }

  close(): Promise<void> {
    return this.database.close()
  }
}
