/** Supervision on a real log and database, for its specs. */
import Fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { sql } from 'kysely'
import pino from 'pino'
import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import { afterAll, afterEach, expect, vi } from 'vitest'
import type { Role, Session } from '../../schemas/http/common.ts'
import type { Board } from '../../schemas/http/supervise.ts'
import { codecOf } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { CaseEvent } from '../../schemas/types.ts'
import { temporaryDatabase, temporaryPostgres } from '../../test/support/database.ts'
import { temporaryLog } from '../../test/support/temporary-log.ts'
import { openDatabase } from '../platform/store/open.ts'
import type { Database } from '../platform/store/port.ts'
import { openSuperviseStore, startSupervise } from './app.ts'
import type { Supervise } from './app.ts'
import { monday } from './case-events.fixture.ts'

const codec = codecOf<CaseEvent>('case-event')
const silent = pino({ level: 'silent' })

/** Undone in reverse after each test. */
export const undo: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step()
})

let shared: Promise<Database> | undefined
afterAll(async () => {
  await (await shared)?.close()
})

/** The file's PGlite; what a test left in it is dropped afterwards. */
export async function pglite(): Promise<Database> {
  shared ??= temporaryDatabase()
  const database = await shared
  undo.push(async () => {
    const { db } = await openSuperviseStore(database)
    await sql`drop schema supervise cascade`.execute(db)
  })
  return database
}

/** A database of the test's own on a real server. */
export async function postgres(): Promise<Database> {
  const server = await temporaryPostgres()
  undo.push(() => server.drop())
  const database = await openDatabase({ kind: 'postgres', url: server.url })
  undo.push(() => database.close())
  return database
}

/** What a test has in hand. */
export interface Scene {
  readonly database: Database
  readonly clock: { time: number; readonly now: () => number }
  readonly ticks: Subject<unknown>
  readonly registry: Registry
  readonly publish: (events: readonly CaseEvent[]) => Promise<void>
  /** Stops by itself at the end of the test. */
  readonly start: (database?: Database) => Promise<Supervise>
}

export async function scene(open: () => Promise<Database>): Promise<Scene> {
  const temporary = await temporaryLog()
  undo.push(() => temporary.remove())
  const { log } = temporary
  const database = await open()
  await log.ensureTopics([topics.caseEvents])
  const publisher = await log.publisher('casework')
  let position = 0
  const clock = { time: monday, now: (): number => clock.time }
  const ticks = new Subject<unknown>()
  const registry = new Registry()
  return {
    database,
    clock,
    ticks,
    registry,
    async publish(events) {
      const records = events.map((event) => ({
        topic: topics.caseEvents,
        key: event.case_id,
        value: codec.encode(event),
        headers: {},
        timestamp: event.occurred_at,
      }))
      await publisher.publish(records, (position += 1))
    },
    async start(instead = database) {
      registry.clear()
      const running = await startSupervise({
        log,
        database: instead,
        clock,
        ticks,
        telemetry: { log: silent, registry },
      })
      undo.push(() => running.stop())
      return running
    },
  }
}

export function session(role: Role, department: string): Session {
  const name = { zh: '测试', en: 'Test' }
  const seat = { seat_id: role, name, role, department, department_name: name, region: '331004' }
  return { user: `test:${role}`, seat, demo: true, expires_at: Number.MAX_SAFE_INTEGER }
}

/** The API as one person sees it; undefined = nobody is signed in. */
export async function api(
  running: Supervise,
  principal: Session | undefined = session('prosecutor', 'D16'),
): Promise<FastifyInstance> {
  const app = Fastify({ forceCloseConnections: true })
  app.decorateRequest('principal', undefined)
  app.addHook('onRequest', async (request) => {
    request.principal = principal
  })
  await app.register(running.routes)
  undo.push(() => app.close())
  return app
}

export async function get<T>(app: FastifyInstance, path: string): Promise<T> {
  const response = await app.inject({ url: `/api/supervision/${path}` })
  expect({ status: response.statusCode, body: response.body }).toMatchObject({ status: 200 })
  return response.json<T>()
}

export async function boardWhen(running: Supervise, isSo: (board: Board) => boolean): Promise<Board> {
  const app = await api(running)
  return vi.waitFor(
    async () => {
      const board = await get<Board>(app, 'board')
      if (!isSo(board)) throw new Error(`not yet: ${JSON.stringify(board.totals)}`)
      return board
    },
    { timeout: 60_000, interval: 10 },
  )
}
