/** Databases for tests: PGlite in memory, quick; a database of its own on a real PostgreSQL server. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { openDatabase } from '../../services/platform/store/open.ts'
import type { Database } from '../../services/platform/store/port.ts'
import { startPostgres } from './postgres-server.ts'

/** An empty PGlite database in memory; `close()` it and it is gone. About half a second. */
export function temporaryDatabase(): Promise<Database> {
  return openDatabase({ kind: 'pglite' })
}

/** A database on a real server that only its maker knows. */
export interface TemporaryPostgres {
  readonly url: string
  /** Drops the database; connections still open are cut. */
  drop(): Promise<void>
}

let server: Promise<string> | undefined

async function run(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

/**
 * An empty database on PostgreSQL: the server of `WEIR_TEST_POSTGRES_URL`, else one started once per test process.
 * @throws when there is no server to be had; the message says what to do. Never skips.
 */
export async function temporaryPostgres(): Promise<TemporaryPostgres> {
  const given = process.env['WEIR_TEST_POSTGRES_URL']
  server ??= given === undefined || given === '' ? startPostgres() : Promise.resolve(given)
  const admin = await server
  const name = `weir_test_${randomBytes(6).toString('hex')}`
  await run(admin, `create database ${name}`)
  const url = new URL(admin)
  url.pathname = `/${name}`
  return { url: url.href, drop: () => run(admin, `drop database ${name} with (force)`) }
}
