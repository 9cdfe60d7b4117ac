/** The embedded database: PGlite in a worker thread, its directory held by this process alone. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDatabase } from './database.ts'
import { lockDirectory } from './directory-lock.ts'
import { pgliteDialect } from './pglite-dialect.ts'
import { PgliteSession } from './pglite-session.ts'
import type { Database } from './port.ts'

function databaseOver(session: PgliteSession, release: () => void): Database {
  return createDatabase({
    kind: 'pglite',
    dialect: (schema) => pgliteDialect(session, schema),
    close: () => session.close().finally(release),
  })
}

/** Opens a database that lives in memory and is gone when closed: for tests. */
export async function openPgliteInMemory(): Promise<Database> {
  return databaseOver(await PgliteSession.start({ dataDirectory: undefined, fresh: true }), () => undefined)
}

/**
 * Opens the database in a directory, which is made when missing.
 * A start that was cut short while the directory was first filled is begun anew: nobody can have written to it yet.
 * @throws StoreError `locked` when a living process has it open, `unavailable` when PGlite does not start
 */
export async function openPglite(directory: string): Promise<Database> {
  mkdirSync(directory, { recursive: true })
  const lock = lockDirectory(directory)
  try {
    const dataDirectory = join(directory, 'pglite')
    const unfinished = join(directory, 'filling')
    if (existsSync(unfinished)) rmSync(dataDirectory, { recursive: true, force: true })
    const fresh = !existsSync(dataDirectory)
    if (fresh) writeFileSync(unfinished, '')
    const session = await PgliteSession.start({ dataDirectory, fresh })
    rmSync(unfinished, { force: true })
    return databaseOver(session, () => {
      lock.release()
    })
  } catch (error) {
    lock.release()
    throw error
  }
}
