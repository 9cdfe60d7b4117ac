import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDatabase, temporaryPostgres } from '../../../test/support/database.ts'
import { openDatabase } from '../store/open.ts'
import type { Database, Store } from '../store/port.ts'
import { demoSeats } from './seats.ts'
import { createSessions, sessionLimits, sessionStore } from './sessions.ts'
import type { SessionTables } from './sessions.ts'

interface Opened {
  readonly database: Database
  readonly drop: () => Promise<void>
}

const kinds: readonly (readonly [string, () => Promise<Opened>])[] = [
  ['PGlite', async () => ({ database: await temporaryDatabase(), drop: async () => undefined })],
  [
    'PostgreSQL',
    async () => {
      const server = await temporaryPostgres()
      const database = await openDatabase({ kind: 'postgres', url: server.url })
      return { database, drop: async () => server.drop() }
    },
  ],
]

const [seat] = demoSeats
if (seat === undefined) throw new Error('there are no demo seats')

describe.each(kinds)('sessions in %s', (_, open) => {
  let opened: Opened
  let store: Store<SessionTables>
  const clock = { time: 1_800_000_000_000, now: () => clock.time }

  beforeAll(async () => {
    opened = await open()
    store = await opened.database.open<SessionTables>(sessionStore)
  })

  afterAll(async () => {
    await opened.database.close()
    await opened.drop()
  })

  it('outlive the process that began them', async () => {
    const { id, session } = await createSessions(store, clock).begin('demo:d16', seat, true)
    const another = createSessions(await opened.database.open<SessionTables>(sessionStore), clock)
    expect(await another.find(id)).toEqual(session)
  })

  it('keep no cookie in the table, only its hash', async () => {
    const { id } = await createSessions(store, clock).begin('demo:d01', seat, true)
    const rows = await store.db.selectFrom('session').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(id)
    const hash = createHash('sha256').update(id).digest('hex')
    expect(rows.map((row) => Buffer.from(row.id_hash).toString('hex'))).toContain(hash)
  })

  it('end at once when revoked, and an unknown id is nobody', async () => {
    const sessions = createSessions(store, clock)
    const { id } = await sessions.begin('demo:d01', seat, true)
    await sessions.revoke(id)
    await sessions.revoke(id)
    expect(await sessions.find(id)).toBeUndefined()
    expect(await sessions.find('guess')).toBeUndefined()
  })

  it('live on while they are used, but no longer than the absolute limit', async () => {
    const sessions = createSessions(store, clock)
    const { id } = await sessions.begin('demo:d01', seat, true)
    const step = sessionLimits.idleMs - 60_000
    let lived = 0
    while (lived + step < sessionLimits.absoluteMs) {
      clock.time += step
      lived += step
      expect(await sessions.find(id)).toBeDefined()
    }
    clock.time += step
    expect(await sessions.find(id)).toBeUndefined()
  })
})
