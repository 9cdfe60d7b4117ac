/** Writes many rows with one parameter: the same cost for one row and for a thousand. */
import { sql } from 'kysely'
import type { RawBuilder, Transaction } from 'kysely'
import type { Tables } from './tables.ts'

/** A value of a row: bytes, JSON or a scalar. */
export type Cell = string | number | boolean | null | Uint8Array | object

/** A row by column name; every row of one call has the same columns. */
export type RowOf<Table extends keyof Tables> = Readonly<Partial<Record<keyof Tables[Table], Cell>>>

/** Columns of a table with their types, in SQL's words; the order of insertion. */
export type Columns<Table extends keyof Tables> = { readonly [Column in keyof Tables[Table]]?: string }

// PostgreSQL's jsonb refuses both; people paste such things, and no batch may be stuck because of them.
function storable(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`
  if (typeof value !== 'string') return value
  return (value.includes('\0') ? value.replaceAll('\0', '') : value).toWellFormed()
}

/** JSON that PostgreSQL stores: without NUL and lone surrogates, bytes as `\x…`. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, storable)
}

function plain(row: Readonly<Record<string, Cell | undefined>>): Readonly<Record<string, unknown>> {
  // Buffer has a toJSON of its own, which would run before the replacer.
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      value instanceof Uint8Array ? `\\x${Buffer.from(value).toString('hex')}` : value,
    ]),
  )
}

/** What to do when a row is there already. */
export interface Conflict<Table extends keyof Tables> {
  readonly on: keyof Tables[Table] & string
  /** Columns that stay as they are. */
  readonly keep?: readonly (keyof Tables[Table] & string)[]
}

function updateClause(names: readonly string[], { on, keep = [] }: Conflict<never>): string {
  const fixed: readonly string[] = [on, ...keep]
  const changes = names.filter((name) => !fixed.includes(name)).map((name) => `${name} = excluded.${name}`)
  return `on conflict (${on}) do update set ${changes.join(', ')}`
}

/** The writes of one transaction, sent as one statement: a command costs one round trip, not seven. */
export class Writes {
  private readonly parts: RawBuilder<unknown>[] = []

  /**
   * Adds rows, to be inserted in the given order; identities rise in that order. Each table once per statement.
   * @param conflict column whose conflict turns the insert into an update of all other columns but those to keep
   */
  insert<Table extends keyof Tables>(
    table: Table,
    columns: Columns<Table>,
    rows: readonly RowOf<Table>[],
    conflict?: Conflict<Table>,
  ): void {
    if (rows.length === 0) return
    const names = Object.keys(columns)
    const types = Object.entries(columns).map(([name, type]) => `${name} ${String(type)}`)
    const text = jsonText(rows.map((row, n) => ({ ...plain(row as Record<string, Cell | undefined>), n })))
    this.parts.push(sql`
      insert into ${sql.table(table)} (${sql.raw(names.join(', '))})
      select ${sql.raw(names.join(', '))}
      from jsonb_to_recordset(${text}::jsonb) as r(${sql.raw([...types, 'n integer'].join(', '))})
      order by n ${sql.raw(conflict === undefined ? '' : updateClause(names, conflict))}`)
  }

  /** Sends everything added since the last time. */
  async send(trx: Transaction<Tables>): Promise<void> {
    const parts = this.parts.splice(0).map((part, index) => sql`${sql.raw(`w${index}`)} as (${part})`)
    if (parts.length > 0) await sql`with ${sql.join(parts)} select 1`.execute(trx)
  }
}
