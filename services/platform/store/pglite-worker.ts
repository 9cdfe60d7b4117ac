/** The thread PGlite lives in: a long statement blocks this event loop and no other (ecosystem.md 1.5 measured half a second). */
import { parentPort, workerData } from 'node:worker_threads'
import { PGlite } from '@electric-sql/pglite'
import type { Results } from '@electric-sql/pglite'
import { sqlState } from './errors.ts'
import type { Failure, QueryAnswer, Request, Response, WorkerOptions } from './pglite-protocol.ts'
import { StoreError } from './port.ts'
import { readSeed } from './seed.ts'
import { parsers, serializers } from './types.ts'

function textOf(error: Error, name: string): string | undefined {
  const value: unknown = Reflect.get(error, name)
  return typeof value === 'string' ? value : undefined
}

function failureOf(error: unknown): Failure {
  if (error instanceof StoreError) return { kind: 'store', code: error.code, message: error.message }
  if (!(error instanceof Error)) return { kind: 'bug', message: String(error), stack: undefined }
  const code = sqlState(error)
  if (code === undefined) return { kind: 'bug', message: error.message, stack: error.stack }
  const facts = {
    message: error.message,
    code,
    constraint: textOf(error, 'constraint'),
    table: textOf(error, 'table'),
    detail: textOf(error, 'detail'),
  }
  return { kind: 'statement', facts }
}

async function answer(database: PGlite, request: Extract<Request, { kind: 'query' }>): Promise<QueryAnswer> {
  const result: Results | undefined =
    request.parameters.length === 0
      ? (await database.exec(request.sql)).at(-1)
      : await database.query(request.sql, [...request.parameters])
  const command: unknown = result === undefined ? '' : Reflect.get(result, 'command')
  return {
    rows: result?.rows ?? [],
    command: typeof command === 'string' ? command : '',
    affectedRows: result?.affectedRows ?? 0,
  }
}

async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const options = workerData as WorkerOptions
  const seed = options.fresh ? readSeed() : undefined
  const database = await PGlite.create({
    ...(options.dataDirectory === undefined ? {} : { dataDir: options.dataDirectory }),
    ...(seed === undefined ? {} : { loadDataDir: seed }),
    parsers,
    serializers,
  })
  const send = (response: Response): void => {
    port.postMessage(response)
  }
  port.on('message', (request: Request) => {
    const work =
      request.kind === 'close'
        ? database.close().then(() => ({ rows: [], command: '', affectedRows: 0 }))
        : answer(database, request)
    work.then(
      (result) => {
        send({ kind: 'done', id: request.id, answer: result })
        if (request.kind === 'close') port.close()
      },
      (error: unknown) => {
        send({ kind: 'failed', id: request.id, failure: failureOf(error) })
      },
    )
  })
  send({ kind: 'ready' })
}

if (parentPort !== null) await serve(parentPort)
