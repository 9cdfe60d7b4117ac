/** Supervision on a real log and on both databases: events in, board out; restarts, crashes, downtime. */
import Fastify from 'fastify'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { Session } from '../../schemas/http/common.ts'
import type { Board, PromiseList, SupervisedCase } from '../../schemas/http/supervise.ts'
import type { CaseEvent } from '../../schemas/types.ts'
import { seed } from '../../test/support/seed.ts'
import type { Database, Store } from '../platform/store/port.ts'
import { openSuperviseStore } from './app.ts'
import { caseEvent, caseLives, casePromise, hour, life, monday, usualLife } from './case-events.fixture.ts'
import { boardOf, tally } from './core/board.ts'
import { evolve } from './core/history.ts'
import type { CaseHistory } from './core/history.ts'
import { api, boardWhen, get, pglite, postgres, scene, session } from './scene.fixture.ts'

function foldAll(events: readonly CaseEvent[]): CaseHistory[] {
  const histories = new Map<string, CaseHistory>()
  for (const event of events) {
    const result = evolve(histories.get(event.case_id), event)
    if (result.kind === 'evolved') histories.set(event.case_id, result.history)
  }
  return [...histories.values()]
}

/** A database whose stores fail as told: before the commit, or after it with the answer lost. */
function failing(database: Database, faults: ('before commit' | 'after commit')[]): Database {
  return {
    ...database,
    async open<Tables>(options: Parameters<Database['open']>[0]): Promise<Store<Tables>> {
      const store = await database.open<Tables>(options)
      return {
        db: store.db,
        async transaction(work) {
          const fault = faults.shift()
          const result = await store.transaction(async (trx) => {
            const made = await work(trx)
            if (fault === 'before commit') throw new Error('killed before the commit')
            return made
          })
          if (fault === 'after commit') throw new Error('killed after the commit')
          return result
        },
      }
    },
  }
}

describe.each([
  ['PGlite', pglite],
  ['PostgreSQL', postgres],
])('supervision on %s', (_, open) => {
  it('shows on the board what the case events say', async () => {
    const { publish, start, clock } = await scene(open)
    await publish([
      ...usualLife('case-1'),
      ...usualLife('case-2').slice(0, 5),
      ...usualLife('case-3').slice(0, 2),
    ])
    clock.time = monday + 33 * hour
    const board = await boardWhen(
      await start(),
      (seen) => seen.totals.warnings === 3 && seen.totals.closed === 1,
    )
    const histories = [
      usualLife('case-1'),
      usualLife('case-2').slice(0, 5),
      usualLife('case-3').slice(0, 2),
    ].flatMap(foldAll)
    expect(board).toEqual(boardOf(tally(histories, clock.time), clock.time))
  })

  it('counts in SQL exactly what the core counts, for random lives, regions and risk types', async () => {
    const { publish, start, clock } = await scene(open)
    const [lives = []] = fc.sample(
      caseLives.filter((events) => events.length > 30),
      { seed, numRuns: 1 },
    )
    await publish(lives)
    const running = await start()
    const histories = foldAll(lives)
    await running.idle()
    const app = await api(running)
    for (const hours of [0, 3, 9, 40]) {
      clock.time = monday + hours * hour
      expect((await get<Board>(app, 'board')).totals).toEqual(
        boardOf(tally(histories, clock.time), clock.time).totals,
      )
      const inLuqiao = histories.filter(
        ({ record }) => record.region === '331004' && record.risk_type === 'T1',
      )
      const filtered = await get<Board>(app, 'board?region=331004&risk_type=T1')
      expect({ ...filtered, as_of: 0 }).toMatchObject({
        ...boardOf(tally(inLuqiao, clock.time), clock.time),
        as_of: 0,
      })
    }
    expect((await get<Board>(app, 'board?region=331000')).totals.leads).toBe(histories.length)
  })

  it('goes on after a restart in the middle, and after the whole topic is read again', async () => {
    const { publish, start, database, clock } = await scene(open)
    const events = ['case-1', 'case-2', 'case-3'].flatMap(usualLife)
    clock.time = monday + 1000 * hour
    await publish(events.slice(0, 16))
    const first = await start()
    await boardWhen(first, (board) => board.totals.leads === 2)
    await first.stop()
    await publish(events.slice(16))
    const second = await start()
    const board = await boardWhen(second, (seen) => seen.totals.closed === 3)
    await second.stop()
    const { db } = await openSuperviseStore(database)
    await db.updateTable('position').set({ next_offset: 0 }).execute()
    const third = await start()
    await vi.waitFor(async () => {
      const positions = await db.selectFrom('position').select('next_offset').execute()
      expect(positions.reduce((sum, row) => sum + row.next_offset, 0)).toBe(events.length)
    }, 60_000)
    expect(await boardWhen(third, () => true)).toEqual(board)
  })

  it('keeps event, promises and position together when it is killed between handling and commit', async () => {
    const { publish, start, database, clock } = await scene(open)
    clock.time = monday + 1000 * hour
    const faults: ('before commit' | 'after commit')[] = ['before commit', 'after commit', 'before commit']
    const running = await start(failing(database, faults))
    const events = ['case-1', 'case-2', 'case-3', 'case-4'].flatMap(usualLife)
    await publish(events.slice(0, 20))
    await publish(events.slice(20))
    const board = await boardWhen(running, (seen) => seen.totals.closed === 4)
    expect(faults).toEqual([])
    expect(board.totals).toEqual(boardOf(tally(foldAll(events), clock.time), clock.time).totals)
  })

  it('finds at start-up what became overdue while nothing ran', async () => {
    const { publish, start, registry, clock } = await scene(open)
    await publish(usualLife('case-1').slice(0, 2))
    const before = await start()
    await boardWhen(before, (board) => board.totals.leads === 1 && board.totals.overdue === 0)
    await before.stop()
    clock.time = monday + 3 * hour
    const after = await start()
    expect(await registry.getSingleMetricAsString('weir_promises_overdue')).toContain(
      'weir_promises_overdue{node="acknowledge"} 1',
    )
    const { promises, total } = await get<PromiseList>(await api(after), 'promises?overdue=true')
    expect([
      total,
      promises.map(({ promise_id, overdue, overdue_ms }) => [promise_id, overdue, overdue_ms]),
    ]).toEqual([1, [['case-1-p1', true, hour]]])
  })

  it('pages through open promises, the most overdue first, each once', async () => {
    const { publish, start, clock } = await scene(open)
    const lives = Array.from({ length: 7 }, (_unused, index) =>
      life(`case-${index}`, [
        {
          promises: [
            casePromise({
              promise_id: `p${index}`,
              due_at: monday + (index % 3) * hour,
              department: index < 2 ? 'D02' : 'D01',
            }),
          ],
        },
      ]),
    )
    await publish(lives.flat())
    clock.time = monday + hour + 1
    const running = await start()
    await boardWhen(running, (board) => board.totals.leads === 7)
    const app = await api(running)
    const seen: string[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: PromiseList = await get<PromiseList>(
        app,
        `promises?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      )
      expect(page.total).toBe(7)
      seen.push(...page.promises.map((promise) => promise.promise_id))
      cursor = page.next_cursor
    }
    expect(seen).toEqual(['p0', 'p3', 'p6', 'p1', 'p4', 'p2', 'p5'])
    const totals = [
      'overdue=true',
      'overdue=false',
      'department=D02',
      'node=verify',
      'overdue=true&department=D01',
    ]
    const counts = await Promise.all(
      totals.map(async (query) => (await get<PromiseList>(app, `promises?${query}`)).total),
    )
    expect(counts).toEqual([5, 2, 2, 0, 3])
  })
})

describe('G5: supervision', () => {
  it('shows a case with its promises and its whole history', async () => {
    const { publish, start } = await scene(pglite)
    await publish(usualLife('case-1'))
    const running = await start()
    await boardWhen(running, (board) => board.totals.closed === 1)
    const shown = await get<SupervisedCase>(await api(running), 'cases/case-1')
    expect(shown.events.map(({ sequence, type }) => [sequence, type])).toEqual(
      usualLife('case-1').map(({ sequence, type }) => [sequence, type]),
    )
    expect(shown.promises.map(({ node, kept_at }) => [node, kept_at])).toEqual([
      ['acknowledge', monday + hour],
      ['verify', monday + 26 * hour],
      ['grade', monday + 30 * hour],
      ['acknowledge', monday + 31 * hour],
      ['close', monday + 60 * hour],
    ])
  })

  it('tells its own process the board and when it caught up, and that waiting is in vain once it stopped', async () => {
    const { publish, start } = await scene(pglite)
    const running = await start()
    await publish(usualLife('case-1'))
    await running.idle()
    expect((await running.board()).totals).toMatchObject({ leads: 1, closed: 1 })
    await running.stop()
    await publish(usualLife('case-2'))
    await expect(running.idle()).rejects.toThrow('stopped')
  })

  it('lets prosecutors and auditors see everything, others only the promises of their department, strangers nothing', async () => {
    const { publish, start } = await scene(pglite)
    await publish([
      ...life('case-1', [{ promises: [casePromise({ promise_id: 'p1', department: 'D01' })] }]),
      ...life('case-2', [{ promises: [casePromise({ promise_id: 'p2', department: 'D02' })] }]),
    ])
    const running = await start()
    await boardWhen(running, (board) => board.totals.leads === 2)
    const paths = ['board', 'cases/case-1', 'promises', 'promises?department=D02']
    const answers = async (principal: Session | undefined): Promise<readonly (number | string)[]> => {
      const app = await api(running, principal)
      // A default parameter would sign somebody in.
      if (principal === undefined)
        app.addHook('preHandler', async (request) => void (request.principal = undefined))
      return Promise.all(
        paths.map(async (path) => {
          const response = await app.inject({ url: `/api/supervision/${path}` })
          if (response.statusCode !== 200) return response.statusCode
          const body = response.json<Partial<PromiseList>>()
          return body.promises?.map((promise) => promise.department).join(' ') ?? 200
        }),
      )
    }
    expect(await answers(session('prosecutor', 'D16'))).toEqual([200, 'D01', 'D01 D02', 'D02'])
    expect(await answers(session('auditor', 'D14'))).toEqual([200, 'D01', 'D01 D02', 'D02'])
    expect(await answers(session('officer', 'D01'))).toEqual([403, 403, 'D01', 'D01'])
    expect(await answers(session('rule_author', 'D16'))).toEqual([403, 403, 403, 403])
  })

  it('answers 401 to strangers, 404 to an unknown case and 400 to a foreign cursor', async () => {
    const { start } = await scene(pglite)
    const running = await start()
    const app = Fastify()
    app.decorateRequest('principal', undefined)
    await app.register(running.routes)
    const urls = ['board', 'promises', 'cases/x', 'stream']
    const strangers = await Promise.all(
      urls.map(async (url) => (await app.inject({ url: `/api/supervision/${url}` })).statusCode),
    )
    const signedIn = await api(running)
    const others = ['cases/x', 'promises?cursor=nonsense', 'promises?limit=0', 'board?region=x']
    const refused = await Promise.all(
      others.map(async (url) => (await signedIn.inject({ url: `/api/supervision/${url}` })).statusCode),
    )
    expect([strangers, refused]).toEqual([
      [401, 401, 401, 401],
      [404, 400, 400, 400],
    ])
  })

  it.each([
    ['a gap', [...life('case-1', [{}]), caseEvent({ sequence: 3 })], 'expected event 2, got 3'],
    [
      'two histories of one case',
      [...life('case-1', [{}]), caseEvent({ sequence: 1, event_id: 'another' })],
      'two different events 1',
    ],
  ])('stops loudly at %s, and shows nothing of that batch', async (_, events, message) => {
    const { publish, start, database } = await scene(pglite)
    const running = await start()
    await publish(events)
    expect(String(await running.failed)).toContain(message)
    const { db } = await openSuperviseStore(database)
    expect(await db.selectFrom('supervised_case').selectAll().execute()).toEqual([])
  })
})
