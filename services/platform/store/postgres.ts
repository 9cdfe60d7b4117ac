/** PostgreSQL 15 or newer through `pg`: a pool per schema. */
import { PostgresDialect } from 'kysely'
import pg from 'pg'
import { createDatabase } from './database.ts'
import { StoreError } from './port.ts'
import type { Database } from './port.ts'
import { parsers } from './types.ts'

const versionMin = 150_000

const types: pg.CustomTypesConfig = {
  getTypeParser: (oid, format): ((text: string) => unknown) => {
    const parser = format === 'binary' ? undefined : parsers[oid]
    return parser ?? (pg.types.getTypeParser(oid, format) as (text: string) => unknown)
  },
}

async function checkServer(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  // A server that goes away while we ask is reported by the query; without a listener it would end the process.
  client.on('error', () => undefined)
  try {
    await client.connect()
    const { rows } = await client.query<{ server_version_num: string }>('show server_version_num')
    const version = Number(rows[0]?.server_version_num)
    if (version < versionMin) {
      throw new StoreError(
        'unavailable',
        `PostgreSQL ${Math.floor(version / 10_000)} is too old; Weir needs 15 or newer.`,
      )
    }
  } catch (cause) {
    if (cause instanceof StoreError) throw cause
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError(
      'unavailable',
      `PostgreSQL does not answer (${reason}). Check the address, the server and the password.`,
      { cause },
    )
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * Connects to a server. `poolSize` counts connections per schema, default 10.
 * @throws StoreError `unavailable` when it does not answer or is older than 15
 */
export async function openPostgres(url: string, poolSize = 10): Promise<Database> {
  await checkServer(url)
  return createDatabase({
    kind: 'postgres',
    dialect: (schema) => {
      const pool = new pg.Pool({
        connectionString: url,
        max: poolSize,
        types,
        options: `-c search_path=${schema}`,
        application_name: `weir-${schema}`,
        connectionTimeoutMillis: 10_000,
      })
      // An idle connection that breaks is replaced on next use; without a listener it would end the process.
      pool.on('error', () => undefined)
      return new PostgresDialect({ pool })
    },
    close: () => Promise.resolve(),
  })
}
