/** Opens the database behind all stores of one process. */
import { openPglite, openPgliteInMemory } from './pglite.ts'
import { openPostgres } from './postgres.ts'
import type { Database } from './port.ts'

/** Which database: PGlite in a directory (without one: in memory, for tests), or a PostgreSQL server. */
export type DatabaseOptions =
  | { readonly kind: 'pglite'; readonly directory?: string }
  | {
      readonly kind: 'postgres'
      readonly url: string
      /** Connections per schema, default 10. */ readonly poolSize?: number
    }

/** @throws StoreError `locked` (PGlite: a living process has the directory open), `unavailable` */
export function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.kind === 'postgres') return openPostgres(options.url, options.poolSize)
  return options.directory === undefined ? openPgliteInMemory() : openPglite(options.directory)
}
