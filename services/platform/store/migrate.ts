/** Numbered SQL files, each applied once, in order, in a transaction of its own, and never changed afterwards. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { StoreError } from './port.ts'

interface MigrationFile {
  readonly name: string
  readonly text: string
  readonly sha256: string
}

interface AppliedMigration {
  readonly name: string
  readonly sha256: string
}

const fileName = /^\d{4}_[a-z0-9_]+\.sql$/

function readMigrations(folder: URL): MigrationFile[] {
  const files = readdirSync(folder)
    .filter((name) => fileName.test(name))
    .toSorted()
    .map((name) => {
      const text = readFileSync(new URL(name, folder.href.endsWith('/') ? folder : `${folder.href}/`), 'utf8')
      return { name, text, sha256: createHash('sha256').update(text).digest('hex') }
    })
  const twice = files.find((file, index) => files[index + 1]?.name.slice(0, 4) === file.name.slice(0, 4))
  if (twice !== undefined)
    throw new StoreError(
      'migration_failed',
      `Two migrations have the number of ${twice.name}; give one the next free number.`,
    )
  return files
}

/** Files still to be applied. @throws StoreError `migration_changed` when history and files disagree */
function pendingOf(
  schema: string,
  files: readonly MigrationFile[],
  applied: readonly AppliedMigration[],
): readonly MigrationFile[] {
  for (const [index, done] of applied.entries()) {
    const file = files[index]
    if (file === undefined || file.name > done.name) {
      throw new StoreError(
        'migration_changed',
        `Schema ${schema} has the migration ${done.name}, which this version of Weir does not know: the database is newer. Run that newer version.`,
      )
    }
    if (file.name !== done.name) {
      throw new StoreError(
        'migration_changed',
        `Schema ${schema}: ${file.name} comes before ${done.name}, which is applied already. Give it a higher number.`,
      )
    }
    if (file.sha256 !== done.sha256) {
      throw new StoreError(
        'migration_changed',
        `Schema ${schema}: ${file.name} was edited after it was applied. Restore it and put the change into a new file.`,
      )
    }
  }
  return files.slice(applied.length)
}

async function applyAll(db: Kysely<unknown>, schema: string, files: readonly MigrationFile[]): Promise<void> {
  await sql`create schema if not exists ${sql.id(schema)}`.execute(db)
  await sql`create table if not exists weir_migrations (name text primary key, sha256 text not null, applied_at timestamptz not null default now())`.execute(
    db,
  )
  const applied = await sql<AppliedMigration>`select name, sha256 from weir_migrations order by name`.execute(
    db,
  )
  for (const file of pendingOf(schema, files, applied.rows)) {
    try {
      await db.transaction().execute(async (trx) => {
        await sql.raw(file.text).execute(trx)
        await sql`insert into weir_migrations (name, sha256) values (${file.name}, ${file.sha256})`.execute(
          trx,
        )
      })
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new StoreError(
        'migration_failed',
        `Schema ${schema}: ${file.name} failed and was rolled back: ${reason}`,
        { cause },
      )
    }
  }
}

/**
 * Brings one schema up to date. Of several processes that start together one works, the others wait and find it done.
 * @throws StoreError `migration_changed`, `migration_failed`
 */
export async function migrate(db: Kysely<unknown>, schema: string, folder: URL): Promise<void> {
  const files = readMigrations(folder)
  await db.connection().execute(async (connection) => {
    const key = sql`hashtextextended(${`weir migrations ${schema}`}, 0)`
    await sql`select pg_advisory_lock(${key})`.execute(connection)
    try {
      await applyAll(connection, schema, files)
    } finally {
      await sql`select pg_advisory_unlock(${key})`.execute(connection)
    }
  })
}
