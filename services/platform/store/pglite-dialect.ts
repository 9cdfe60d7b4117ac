/** Kysely over the PGlite worker. One session: a connection is a turn, and a transaction keeps its turn to the end. */
import {
  AbortedTransactionError,
  CompiledQuery,
  createQueryId,
  IdentifierNode,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  RawNode,
} from 'kysely'
import type {
  DatabaseConnection,
  Dialect,
  Driver,
  QueryCompiler,
  QueryResult,
  TransactionSettings,
} from 'kysely'
import type { QueryAnswer } from './pglite-protocol.ts'
import type { PgliteSession } from './pglite-session.ts'

const countingCommands = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

function savepointNode(command: string, name: string): RawNode {
  return RawNode.createWithChildren([RawNode.createWithSql(`${command} `), IdentifierNode.create(name)])
}

class Turn implements DatabaseConnection {
  readonly #session: PgliteSession
  readonly release: () => void

  constructor(session: PgliteSession, release: () => void) {
    this.#session = session
    this.release = release
  }

  run(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    return this.#session.query(sql, parameters)
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, command, affectedRows } = await this.run(query.sql, query.parameters)
    return {
      rows: rows as R[],
      ...(countingCommands.has(command) ? { numAffectedRows: BigInt(affectedRows) } : {}),
    }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('The embedded database does not stream; read by pages.')
  }
}

class TurnDriver implements Driver {
  readonly #session: PgliteSession
  readonly #schema: string

  constructor(session: PgliteSession, schema: string) {
    this.#session = session
    this.#schema = schema
  }

  init(): Promise<void> {
    return Promise.resolve()
  }

  async acquireConnection(): Promise<Turn> {
    const release = await this.#session.acquire()
    try {
      if (this.#session.searchPath !== this.#schema) {
        await this.#session.query(`set search_path to "${this.#schema}"`, [])
        this.#session.searchPath = this.#schema
      }
    } catch (error) {
      release()
      throw error
    }
    return new Turn(this.#session, release)
  }

  async beginTransaction(turn: Turn, settings: TransactionSettings): Promise<void> {
    const isolation =
      settings.isolationLevel === undefined ? '' : ` isolation level ${settings.isolationLevel}`
    const access = settings.accessMode === undefined ? '' : ` ${settings.accessMode}`
    await turn.executeQuery(CompiledQuery.raw(`start transaction${isolation}${access}`))
  }

  async commitTransaction(turn: Turn): Promise<void> {
    const { command } = await turn.run('commit', [])
    // PostgreSQL answers ROLLBACK when a statement had failed, even if the caller swallowed its error.
    if (command === 'ROLLBACK') throw new AbortedTransactionError()
  }

  async rollbackTransaction(turn: Turn): Promise<void> {
    await turn.executeQuery(CompiledQuery.raw('rollback'))
  }

  async savepoint(turn: Turn, name: string, compile: QueryCompiler['compileQuery']): Promise<void> {
    await turn.executeQuery(compile(savepointNode('savepoint', name), createQueryId()))
  }

  async rollbackToSavepoint(turn: Turn, name: string, compile: QueryCompiler['compileQuery']): Promise<void> {
    await turn.executeQuery(compile(savepointNode('rollback to', name), createQueryId()))
  }

  async releaseSavepoint(turn: Turn, name: string, compile: QueryCompiler['compileQuery']): Promise<void> {
    await turn.executeQuery(compile(savepointNode('release', name), createQueryId()))
  }

  releaseConnection(turn: Turn): Promise<void> {
    turn.release()
    return Promise.resolve()
  }

  destroy(): Promise<void> {
    return Promise.resolve()
  }
}

/** Dialect of one schema over the shared session; parameters and results as types.ts says. */
export function pgliteDialect(session: PgliteSession, schema: string): Dialect {
  return {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new TurnDriver(session, schema),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  }
}
