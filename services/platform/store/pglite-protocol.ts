/** Messages between the main thread and the worker that PGlite runs in. */
import type { StatementErrorFacts } from './errors.ts'
import type { StoreError } from './port.ts'

/** What the worker is started with. */
export interface WorkerOptions {
  /** Undefined = in memory, gone when closed. */
  readonly dataDirectory: string | undefined
  /** The directory is new: fill it from the seed. */
  readonly fresh: boolean
}

/** One statement, or several when there are no parameters; `close` ends the worker. */
export type Request =
  | {
      readonly id: number
      readonly kind: 'query'
      readonly sql: string
      readonly parameters: readonly unknown[]
    }
  | { readonly id: number; readonly kind: 'close' }

/** What a query came to. */
export interface QueryAnswer {
  readonly rows: readonly unknown[]
  /** Command tag's verb, e.g. INSERT. */
  readonly command: string
  readonly affectedRows: number
}

/** Why a query came to nothing. */
export type Failure =
  | { readonly kind: 'statement'; readonly facts: StatementErrorFacts }
  | { readonly kind: 'store'; readonly code: StoreError['code']; readonly message: string }
  | { readonly kind: 'bug'; readonly message: string; readonly stack: string | undefined }

/** Answers, one per request; `ready` comes once, unasked. */
export type Response =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly id: number; readonly answer: QueryAnswer }
  | { readonly kind: 'failed'; readonly id: number; readonly failure: Failure }
