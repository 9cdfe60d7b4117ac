/** What both adapters share: schemas, migrations, serializable transactions with retries. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { Kysely } from 'kysely'
import type { Dialect, Transaction } from 'kysely'
import { sqlState } from './errors.ts'
import { migrate } from './migrate.ts'
import { StoreError } from './port.ts'
import type { Database, Store, StoreOptions } from './port.ts'

/** What an adapter brings. */
export interface DatabaseParts {
  readonly kind: Database['kind']
  readonly dialect: (schema: string) => Dialect
  readonly close: () => Promise<void>
}

const retriesMax = 5
const backOffMs = 8
/** serialization_failure, deadlock_detected. */
const retriable: ReadonlySet<string | undefined> = new Set(['40001', '40P01'])

/** Set for everything that runs inside `work` of a transaction, until it ended. */
const running = new AsyncLocalStorage<{ readonly database: object; ended: boolean }>()

/**
 * With one session, asking for another connection inside a transaction waits for oneself for ever;
 * with a pool it does so under load. Refused with both, so that it is found in the first test.
 */
function guarded(dialect: Dialect, database: object): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createDriver: () => {
      const driver = dialect.createDriver()
      const acquire = driver.acquireConnection.bind(driver)
      driver.acquireConnection = async (options) => {
        const transaction = running.getStore()
        if (transaction?.database === database && !transaction.ended) {
          throw new Error(
            'Inside transaction(work) use the transaction given to work, not the store: it would wait for itself.',
          )
        }
        return acquire(options)
      }
      return driver
    },
  }
}

async function inTransaction<Tables, T>(
  database: object,
  db: Kysely<Tables>,
  work: (trx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  return db
    .transaction()
    .setIsolationLevel('serializable')
    .execute(async (trx) => {
      const mark = { database, ended: false }
      try {
        return await running.run(mark, () => work(trx))
      } finally {
        mark.ended = true
      }
    })
}

async function withRetries<T>(schema: string, attempt: () => Promise<T>): Promise<T> {
  for (let retries = 0; ; retries++) {
    try {
      return await attempt()
    } catch (cause) {
      if (!retriable.has(sqlState(cause))) throw cause
      if (retries === retriesMax) {
        throw new StoreError(
          'conflict',
          `Schema ${schema}: a transaction met others ${retriesMax + 1} times and was given up; try again.`,
          { cause },
        )
      }
      await sleep(Math.random() * backOffMs * 2 ** retries)
    }
  }
}

/** Makes the port's Database from what an adapter brings. `close` of the adapter runs after all stores were let go. */
export function createDatabase(parts: DatabaseParts): Database {
  const database = {}
  const opened: Kysely<unknown>[] = []
  let closed: Promise<void> | undefined
  const connect = <Tables>(schema: string): Kysely<Tables> => {
    const db = new Kysely<Tables>({ dialect: guarded(parts.dialect(schema), database) })
    opened.push(db as Kysely<unknown>)
    return db
  }
  const control = connect('pg_catalog')

  return {
    kind: parts.kind,
    async open<Tables>(options: StoreOptions): Promise<Store<Tables>> {
      if (!/^[a-z_][a-z0-9_]{0,62}$/.test(options.schema))
        throw new Error(`Schema name ${JSON.stringify(options.schema)} is not a plain lower-case name`)
      const db = connect<Tables>(options.schema)
      await migrate(db as Kysely<unknown>, options.schema, options.migrations)
      return {
        db,
        transaction: (work) => withRetries(options.schema, () => inTransaction(database, db, work)),
      }
    },
    async ping() {
      try {
        await control.selectNoFrom((builder) => builder.lit(1).as('one')).execute()
      } catch (cause) {
        if (cause instanceof StoreError && cause.code === 'unavailable') throw cause
        throw new StoreError(
          'unavailable',
          `The database does not answer: ${cause instanceof Error ? cause.message : String(cause)}`,
          { cause },
        )
      }
    },
    close() {
      closed ??= Promise.all(opened.map((db) => db.destroy())).then(parts.close)
      return closed
    },
  }
}
