/** Sign-ins, kept in the store so that they can be revoked and survive a restart. */
import { createHash, randomBytes } from 'node:crypto'
import type { Seat, Session } from '../../../schemas/http/common.ts'
import type { Clock } from '../clock.ts'
import type { Store, StoreOptions } from '../store/port.ts'

/** Row of `platform.session`; times in ms. */
export interface SessionTable {
  id_hash: Uint8Array
  user_name: string
  /** JSON text on the way in, parsed on the way out. */
  seat: unknown
  demo: boolean
  created_at: number
  seen_at: number
  revoked_at: number | null
}

/** Tables of the auth part of the schema `platform`. */
export interface SessionTables {
  session: SessionTable
}

/** How to open the store: `database.open<SessionTables>(sessionStore)`. */
export const sessionStore: StoreOptions = {
  schema: 'platform',
  migrations: new URL('./migrations/', import.meta.url),
}

/** A session ends after this much silence, and at the latest after the absolute limit. */
export const sessionLimits = { idleMs: 30 * 60_000, absoluteMs: 12 * 3_600_000 } as const

/** Writing `seen_at` more often than this would cost a write per request and gain nothing. */
const touchEveryMs = 60_000

/** Where sign-ins are kept. */
export interface Sessions {
  /** Begins a session under a new random id; the id is the cookie's value and is not stored. */
  begin(user: string, seat: Seat, demo: boolean): Promise<{ readonly id: string; readonly session: Session }>
  /** The live session of an id, and marks it as seen; undefined when unknown, revoked or run out. */
  find(id: string): Promise<Session | undefined>
  /** Ends a session at once. Idempotent. */
  revoke(id: string): Promise<void>
}

function hashOf(id: string): Uint8Array {
  return createHash('sha256').update(id, 'utf8').digest()
}

function expiresAt(createdAt: number, seenAt: number): number {
  return Math.min(createdAt + sessionLimits.absoluteMs, seenAt + sessionLimits.idleMs)
}

/**
 * Sessions in the store.
 * @param clock the machine's clock, also in the demo: a session's length is the person's time, not the district's
 */
export function createSessions(store: Store<SessionTables>, clock: Clock): Sessions {
  const { db } = store
  return {
    async begin(user, seat, demo) {
      const id = randomBytes(32).toString('base64url')
      const now = clock.now()
      await db
        .deleteFrom('session')
        .where('seen_at', '<', now - sessionLimits.absoluteMs)
        .execute()
      await db
        .insertInto('session')
        .values({
          id_hash: hashOf(id),
          user_name: user,
          seat: JSON.stringify(seat),
          demo,
          created_at: now,
          seen_at: now,
          revoked_at: null,
        })
        .execute()
      return { id, session: { user, seat, demo, expires_at: expiresAt(now, now) } }
    },
    async find(id) {
      const now = clock.now()
      const row = await db
        .selectFrom('session')
        .selectAll()
        .where('id_hash', '=', hashOf(id))
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
      if (row === undefined || now >= expiresAt(row.created_at, row.seen_at)) return undefined
      if (now - row.seen_at >= touchEveryMs) {
        await db.updateTable('session').set({ seen_at: now }).where('id_hash', '=', hashOf(id)).execute()
      }
      return {
        user: row.user_name,
        // Written by `begin` alone, from a checked seat.
        seat: row.seat as Seat,
        demo: row.demo,
        expires_at: expiresAt(row.created_at, now),
      }
    },
    async revoke(id) {
      await db
        .updateTable('session')
        .set({ revoked_at: clock.now() })
        .where('id_hash', '=', hashOf(id))
        .where('revoked_at', 'is', null)
        .execute()
    },
  }
}

/** Sessions in memory, with the same limits: for a process without a store, and for tests of routes. Gone at restart. */
export function createMemorySessions(clock: Clock): Sessions {
  const rows = new Map<
    string,
    { user: string; seat: Seat; demo: boolean; createdAt: number; seenAt: number }
  >()
  return {
    async begin(user, seat, demo) {
      const id = randomBytes(32).toString('base64url')
      const now = clock.now()
      rows.set(id, { user, seat, demo, createdAt: now, seenAt: now })
      return { id, session: { user, seat, demo, expires_at: expiresAt(now, now) } }
    },
    async find(id) {
      const now = clock.now()
      const row = rows.get(id)
      if (row === undefined || now >= expiresAt(row.createdAt, row.seenAt)) return undefined
      row.seenAt = now
      return { user: row.user, seat: row.seat, demo: row.demo, expires_at: expiresAt(row.createdAt, now) }
    },
    async revoke(id) {
      rows.delete(id)
    },
  }
}
