/** The main thread's end of the PGlite worker: one session, used by one caller at a time. */
import { Worker } from 'node:worker_threads'
import { StatementError } from './errors.ts'
import type { Failure, QueryAnswer, Request, Response, WorkerOptions } from './pglite-protocol.ts'
import { StoreError } from './port.ts'

interface Waiting {
  readonly resolve: (answer: QueryAnswer) => void
  readonly reject: (error: Error) => void
}

function errorOf(failure: Failure): Error {
  switch (failure.kind) {
    case 'statement':
      return new StatementError(failure.facts)
    case 'store':
      return new StoreError(failure.code, failure.message)
    case 'bug':
      return new Error(`PGlite failed: ${failure.message}`, { cause: failure.stack })
  }
}

/** Modes: open, closing (only those already waiting are served), dead (`#death` says why). */
export class PgliteSession {
  readonly #worker: Worker
  /** Requests sent and not yet answered, by id. */
  readonly #waiting = new Map<number, Waiting>()
  /** Settles when the last of those who asked for the session gave it back. */
  #queue: Promise<void> = Promise.resolve()
  #nextId = 1
  #death: StoreError | undefined
  #closed: Promise<void> | undefined
  /** search_path the session has now; a dialect sets it when it differs from its own. */
  searchPath = ''

  private constructor(worker: Worker) {
    this.#worker = worker
  }

  /** Starts the worker and waits until the database answers. @throws StoreError `unavailable` */
  static async start(options: WorkerOptions): Promise<PgliteSession> {
    const worker = new Worker(new URL('./pglite-worker.ts', import.meta.url), {
      workerData: options,
      execArgv: [],
      name: 'pglite',
    })
    const session = new PgliteSession(worker)
    await new Promise<void>((resolve, reject) => {
      worker.on('message', (response: Response) => {
        if (response.kind === 'ready') resolve()
        else session.#settle(response)
      })
      worker.on('error', (cause: Error) => {
        session.#die(cause)
        reject(new StoreError('unavailable', `PGlite did not start: ${cause.message}`, { cause }))
      })
      worker.on('exit', () => {
        session.#die(new Error('the worker thread ended'))
        reject(new StoreError('unavailable', 'PGlite ended before it was ready.'))
      })
    })
    return session
  }

  #settle(response: Exclude<Response, { kind: 'ready' }>): void {
    const waiting = this.#waiting.get(response.id)
    this.#waiting.delete(response.id)
    if (response.kind === 'done') waiting?.resolve(response.answer)
    else waiting?.reject(errorOf(response.failure))
  }

  #die(cause: Error): void {
    this.#death ??= new StoreError(
      'unavailable',
      `The embedded database is gone (${cause.message}). Restart the process.`,
      { cause },
    )
    for (const waiting of this.#waiting.values()) waiting.reject(this.#death)
    this.#waiting.clear()
  }

  #send(
    request:
      | { readonly kind: 'query'; readonly sql: string; readonly parameters: readonly unknown[] }
      | { readonly kind: 'close' },
  ): Promise<QueryAnswer> {
    if (this.#death !== undefined) return Promise.reject(this.#death)
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#worker.postMessage({ ...request, id } satisfies Request, [])
    })
  }

  /** Waits for its turn; nobody else gets the session until the returned function was called. Served in order of asking. */
  async acquire(): Promise<() => void> {
    if (this.#closed !== undefined) throw new StoreError('unavailable', 'The database was closed.')
    const before = this.#queue
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#queue = promise
    await before
    return resolve
  }

  /** Runs one statement, or several without parameters; call it only while the session is acquired. */
  query(sql: string, parameters: readonly unknown[]): Promise<QueryAnswer> {
    return this.#send({ kind: 'query', sql, parameters })
  }

  /** Serves those who already wait, then shuts the database down cleanly. Idempotent. */
  close(): Promise<void> {
    this.#closed ??= this.#queue.then(async () => {
      if (this.#death === undefined) await this.#send({ kind: 'close' })
      await this.#worker.terminate()
    })
    return this.#closed
  }
}
