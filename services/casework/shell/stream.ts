/** Live changes as server-sent events. The event id is the global id of the case event, so a browser resumes where it was. */
import { createSession } from 'better-sse'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { sql } from 'kysely'
import type { Kysely } from 'kysely'
import { auditTime, exhaustMap, interval, merge, of, takeUntil } from 'rxjs'
import type { Observable } from 'rxjs'
import type { CaseChanged } from '../../../schemas/http/casework.ts'
import type { Actor } from '../core/case.ts'
import { sightOf } from '../core/permissions.ts'
import type { Tables } from './tables.ts'

/** Milliseconds: wait of a browser before it comes back, sign of life, gathering of changes, look for other processes' work. */
const retryMs = 2_000
const heartbeatMs = 15_000
const gatherMs = 100
const pollMs = 2_000
/** Events per query; a client that cannot take more bytes than this is sent away and resumes later. */
const batchMax = 500
const bufferedBytesMax = 1_000_000

/** One change with its place in the global order. */
export interface NumberedChange {
  readonly id: number
  readonly change: CaseChanged
}

/** Changes after `afterId` that an actor may see, in order, at most `batchMax`. */
export async function changesAfter(
  db: Kysely<Tables>,
  actor: Actor,
  afterId: number,
): Promise<readonly NumberedChange[]> {
  let query = db
    .selectFrom('case_events')
    .select(['id', 'case_id', 'sequence', 'type', 'state', 'department'])
    .where('id', '>', afterId)
  if (sightOf(actor) !== 'all') {
    query = query.where((where) =>
      where.exists(
        where
          .selectFrom('dispatches')
          .select('dispatch_id')
          .whereRef('dispatches.case_id', '=', 'case_events.case_id')
          .where('dispatches.department', '=', actor.department),
      ),
    )
  }
  const rows = await query.orderBy('id').limit(batchMax).execute()
  return rows.map(({ id, ...change }) => ({ id, change }))
}

/** Id of the newest event, or 0. */
export async function newestEventId(db: Kysely<Tables>): Promise<number> {
  const result = await sql<{ id: number }>`select coalesce(max(id), 0) as id from case_events`.execute(db)
  return result.rows[0]?.id ?? 0
}

function resumeFrom(request: FastifyRequest): number | undefined {
  const given = request.headers['last-event-id']
  return typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : undefined
}

/** What a stream needs. */
export interface StreamParts {
  readonly db: Kysely<Tables>
  /** Something was committed in this process. */
  readonly committed: Observable<unknown>
  /** The service stops. */
  readonly stopped: Observable<unknown>
}

/** Answers with `event: case` for every change the actor may see, until the browser, the server or the service ends it. */
export async function streamChanges(
  request: FastifyRequest,
  reply: FastifyReply,
  actor: Actor,
  { db, committed, stopped }: StreamParts,
): Promise<void> {
  let lastId = resumeFrom(request) ?? (await newestEventId(db))
  reply.hijack()
  // A hijacked reply sends what is on the raw response only; security headers must not get lost.
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  const session = await createSession(request.raw, reply.raw, { retry: retryMs, keepAlive: heartbeatMs })
  const sendNew = async (): Promise<void> => {
    for (;;) {
      const changes = await changesAfter(db, actor, lastId)
      for (const { id, change } of changes) {
        if (!session.isConnected) return
        session.push(change, 'case', String(id))
        lastId = id
      }
      if (reply.raw.writableLength > bufferedBytesMax) {
        reply.raw.end()
        return
      }
      if (changes.length < batchMax) return
    }
  }
  const looks = merge(of(0), committed.pipe(auditTime(gatherMs)), interval(pollMs))
  const subscription = looks.pipe(exhaustMap(sendNew), takeUntil(stopped)).subscribe({
    error: () => reply.raw.end(),
    complete: () => reply.raw.end(),
  })
  session.once('disconnected', () => {
    subscription.unsubscribe()
  })
}
