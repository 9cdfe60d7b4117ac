/**
 * The relational store: PGlite in a worker (embedded) or PostgreSQL (`pg`). Both pass one contract suite.
 * Types are the same with both: int8 → number (refused beyond 2^53), numeric → string, bytea → Uint8Array, timestamptz → Date, date → 'YYYY-MM-DD', jsonb → parsed.
 * Times are stored as bigint milliseconds (`…_at bigint`), so that they are the same number everywhere.
 */
import type { Kysely, Transaction } from 'kysely'

/** A schema of its own per service (`casework`, `supervise`, `platform`); a service sees no other. */
export interface StoreOptions {
  /** PostgreSQL schema name; also search_path of every connection. */
  readonly schema: string
  /** `NNNN_name.sql` files, applied in order, each in a transaction, recorded with their hash. */
  readonly migrations: URL
}

/** Typed access to one service's schema. */
export interface Store<Tables> {
  readonly db: Kysely<Tables>
  /** Serializable; retried on serialization failure (40001) and deadlock (40P01) up to 5 times with jitter, so `work` must be free of effects outside the transaction. */
  transaction<T>(work: (trx: Transaction<Tables>) => Promise<T>): Promise<T>
}

/** The database behind all stores of one process. */
export interface Database {
  readonly kind: 'pglite' | 'postgres'
  /** Migrates the schema and opens it. @throws StoreError `migration_changed` when an applied file was edited */
  open<Tables>(options: StoreOptions): Promise<Store<Tables>>
  /** Resolves when a trivial query was answered. @throws StoreError `unavailable` */
  ping(): Promise<void>
  close(): Promise<void>
}

/** The store refused or failed. */
export class StoreError extends Error {
  readonly code:
    | 'locked'
    | 'unavailable'
    | 'migration_changed'
    | 'migration_failed'
    | 'conflict'
    | 'number_too_large'
  constructor(code: StoreError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}
