import type { FastifyInstance } from 'fastify'
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CaseChanged, CaseDetail, LeadList, TaskList } from '../../schemas/http/casework.ts'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Casework } from '../../services/casework/app.ts'
import { authPlugin } from '../../services/platform/auth/plugin.ts'
import { createMemorySessions } from '../../services/platform/auth/sessions.ts'
import { systemClock } from '../../services/platform/clock.ts'
import type { Database } from '../../services/platform/store/port.ts'
import { buildWeb } from '../../services/web/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import type { TemporaryLog } from '../support/temporary-log.ts'
import {
  aWarning,
  command,
  member,
  monday,
  recordsOf,
  testCasework,
  visit,
  warningRecord,
} from './support.ts'

type Cookies = Record<string, string>

const write = { 'x-weir-request': '1' }
let temporary: TemporaryLog
let database: Database
let casework: Casework
let app: FastifyInstance
let registry: Registry
let caseId: string
const seats: Record<string, Cookies> = {}

beforeAll(async () => {
  temporary = await temporaryLog()
  database = await temporaryDatabase()
  registry = new Registry()
  const telemetry = { log: pino({ level: 'silent' }), registry }
  casework = await testCasework({ log: temporary.log, database, telemetry })
  const publisher = await temporary.log.publisher('test-warnings')
  const others = Array.from({ length: 7 }, (_, index) =>
    aWarning({ warning_id: `o${index}`, subject_id: `p_other${index}`, risk_type: 'T11', level: 'blue' }),
  )
  await publisher.publish([...others.map((one) => warningRecord(one)), warningRecord(aWarning())], 1)
  await casework.idle()
  caseId = (await casework.tasks('D01'))[0]?.lead.case_id ?? ''
  const sessions = createMemorySessions(systemClock)
  app = await buildWeb({
    auth: authPlugin({ sessions, demo: true, environment: 'test' }),
    plugins: [casework.routes],
    staticDirectory: undefined,
    telemetry: { log: telemetry.log, registry: new Registry() },
  })
  for (const seat of ['d16-prosecutor', 'd01-officer', 'd08-officer', 'd12-grid', 'auditor', 'operator']) {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/session',
      headers: write,
      payload: { seat_id: seat },
    })
    seats[seat] = Object.fromEntries(answer.cookies.map((cookie) => [cookie.name, cookie.value]))
  }
})
afterAll(async () => {
  await app.close()
  await casework.stop()
  await database.close()
  await temporary.remove()
})

async function get<T>(seat: string, url: string): Promise<{ status: number; body: T }> {
  const answer = await app.inject({ url, cookies: seats[seat] ?? {} })
  return { status: answer.statusCode, body: answer.json<T>() }
}

async function post<T>(seat: string, url: string, payload: object): Promise<{ status: number; body: T }> {
  const answer = await app.inject({
    method: 'POST',
    url,
    payload,
    headers: write,
    cookies: seats[seat] ?? {},
  })
  return { status: answer.statusCode, body: answer.json<T>() }
}

describe('G7: reading', () => {
  test('needs a session', async () => {
    for (const url of ['/api/leads', `/api/cases/${caseId}`, '/api/tasks', '/api/stream']) {
      expect((await get('nobody', url)).status).toBe(401)
    }
  })

  test('pages through the leads newest first, each once, with the total and the counts', async () => {
    const found: string[] = []
    let cursor = ''
    for (;;) {
      const { body } = await get<LeadList>('d16-prosecutor', `/api/leads?limit=3${cursor}`)
      expect(body).toMatchObject({ total: 8, counts: { alerted: 8 }, now: monday })
      found.push(...body.leads.map((lead) => lead.case_id))
      if (body.next_cursor === null) break
      cursor = `&cursor=${body.next_cursor}`
    }
    expect(found).toHaveLength(8)
    expect(new Set(found).size).toBe(8)
  })

  test.each([
    ['risk_type=T11', 7],
    ['level=yellow', 1],
    ['state=closed', 0],
    ['department=D08', 7],
    ['q=p_other3', 1],
    ['q=R12', 8],
    ['q=R1', 0],
    ['level=yellow&risk_type=T11', 0],
  ])('filters by %s', async (query, total) => {
    expect((await get<LeadList>('d16-prosecutor', `/api/leads?${query}`)).body.total).toBe(total)
  })

  test.each(['cursor=nonsense', 'limit=0', 'limit=1000', 'level=purple'])('refuses %s', async (query) => {
    const { status, body } = await get<{ code: string }>('d16-prosecutor', `/api/leads?${query}`)
    expect([status, body.code]).toEqual([
      400,
      query.startsWith('cursor') ? 'invalid_cursor' : 'invalid_request',
    ])
  })

  test.each([
    ['d16-prosecutor', 8],
    ['auditor', 8],
    ['d01-officer', 1],
    ['d12-grid', 1],
    ['d08-officer', 7],
    ['operator', 0],
  ])('%s sees %i leads, and no case page of the others', async (seat, total) => {
    expect((await get<LeadList>(seat, '/api/leads')).body.total).toBe(total)
    const expected = ['d08-officer', 'operator'].includes(seat) ? 404 : 200
    expect((await get(seat, `/api/cases/${caseId}`)).status).toBe(expected)
  })

  test('shows on the case page why it was raised, who has it, until when, and what this person can do', async () => {
    const { body } = await get<CaseDetail>('d01-officer', `/api/cases/${caseId}`)
    expect(body.lead).toMatchObject({
      owner: 'D01',
      risk_type_name: { en: 'Illegal fund-raising' },
      level: 'yellow',
    })
    expect(body.warnings).toMatchObject([
      {
        explanation: { zh: '31名个人汇入' },
        rules: [{ rule_id: 'R12', values: { payers: '31' } }],
        evidence: [{ txn_id: 't1' }],
      },
    ])
    expect(body.promises).toMatchObject([
      { node: 'acknowledge', overdue: false, basis: 'domain 4.3 acknowledge/yellow = 1 wd' },
    ])
    expect(body.dispatches[0]).toMatchObject({
      department: 'D01',
      department_name: { zh: '处非办(地方金融管理部门)' },
    })
    const actions = new Map(body.actions.map((action) => [action.type, action]))
    expect(actions.get('acknowledge')).toMatchObject({ enabled: true, dispatch_id: `${caseId}-d1` })
    expect(actions.get('close')).toMatchObject({ enabled: false, reason: { zh: '尚未定级。' } })
    expect(actions.get('remind')?.reason.en).toBe('Your role may not do this.')
    // Sealed bytes and the fold's inside stay inside.
    expect(JSON.stringify(body)).not.toMatch(/identity|snapshot|gradedBy/)
  })

  test('lists the tasks of the signed-in department only', async () => {
    const { body } = await get<TaskList>('d12-grid', '/api/tasks')
    expect(body.tasks.map((task) => [task.lead.case_id, task.next])).toEqual([[caseId, 'acknowledge']])
    expect((await get<TaskList>('d16-prosecutor', '/api/tasks')).body.tasks).toEqual([])
  })
})

describe('writing', () => {
  const url = () => `/api/cases/${caseId}/commands`
  const sent = (change: Parameters<typeof command>[0]) => ({ expected_sequence: 5, ...command(change) })

  test('answers with the case as it then is, and the same answer for the same command', async () => {
    const first = sent({ type: 'acknowledge' })
    const once = await post<CaseDetail>('d01-officer', url(), first)
    expect([once.status, once.body.lead.state, once.body.sequence]).toEqual([200, 'acknowledged', 6])
    const again = await post<CaseDetail>('d01-officer', url(), first)
    expect(again).toEqual(once)
  })

  test('says why not: stale, refused, not theirs, malformed', async () => {
    const problem = async (seat: string, body: object) => {
      const answer = await post<{ code: string; detail: string }>(seat, url(), body)
      return [answer.status, answer.body.code]
    }
    expect(await problem('d01-officer', sent({ type: 'start_verification' }))).toEqual([
      409,
      'stale_sequence',
    ])
    const refused = { ...sent({ type: 'grade', card: 'red', reason: 'x' }), expected_sequence: 6 }
    expect(await problem('d01-officer', refused)).toEqual([422, 'refused'])
    expect(await problem('d16-prosecutor', { ...refused, command_id: 'other-command' })).toEqual([
      422,
      'refused',
    ])
    expect(await problem('d08-officer', sent({ type: 'acknowledge' }))).toEqual([404, 'unknown_case'])
    expect(await problem('d01-officer', { type: 'acknowledge' })).toEqual([400, 'invalid_request'])
    expect(await problem('d01-officer', sent({ type: 'shout' as 'comment' }))).toEqual([
      400,
      'invalid_request',
    ])
    expect(await problem('nobody', sent({ type: 'acknowledge' }))).toEqual([401, 'not_signed_in'])
    const detail = await post<{ detail: string }>('d01-officer', url(), {
      ...refused,
      command_id: 'another-command',
    })
    expect(detail.body.detail).toBe('请先开始核查。 Start the verification first.')
  })
})

describe('G7: revealing an identity', () => {
  test('is recorded in the case with the reason before anybody sees it, and published', async () => {
    const reveal = `/api/cases/${caseId}/reveal`
    const before = (await get<CaseDetail>('d01-officer', `/api/cases/${caseId}`)).body.sequence
    const { status, body } = await post('d01-officer', reveal, { reason: '现场核查需要' })
    expect([status, body]).toEqual([200, { account: 'account-3', id: 'id-1', name: '测试甲' }])
    await casework.idle()
    const records = await recordsOf(temporary.log, topics.caseEvents)
    const events = records.map((record) => codecs.caseEvent.decode(record.value ?? new Uint8Array()))
    expect(events.find((event) => event.type === 'identity_revealed')).toMatchObject({
      case_id: caseId,
      sequence: before + 1,
      actor: 'demo:d01-officer',
      actor_department: 'D01',
      reason: '现场核查需要',
    })
    expect(JSON.stringify(events)).not.toContain('测试甲')
  })

  test('is refused without a reason, without a session, and to those who may not read the case', async () => {
    const reveal = `/api/cases/${caseId}/reveal`
    expect((await post('d01-officer', reveal, { reason: 'x' })).status).toBe(400)
    expect((await post('nobody', reveal, { reason: '现场核查需要' })).status).toBe(401)
    expect((await post('d08-officer', reveal, { reason: '现场核查需要' })).status).toBe(404)
    expect((await post('auditor', reveal, { reason: '现场核查需要' })).status).toBe(403)
  })
})

describe('the live stream', () => {
  interface Received {
    readonly id: string
    readonly event: string
    readonly data: CaseChanged
  }

  function parse(text: string): Received[] {
    return text.split('\n\n').flatMap((block) => {
      const field = (name: string) => new RegExp(`^${name}:\\s?(.*)$`, 'm').exec(block)?.[1]
      const data = field('data')
      if (data === undefined) return []
      return [{ id: field('id') ?? '', event: field('event') ?? '', data: JSON.parse(data) as CaseChanged }]
    })
  }

  function origin(): string {
    const [address] = app.addresses()
    return `http://127.0.0.1:${typeof address === 'object' ? address.port : 0}`
  }

  /** An open stream; `take` reads until so many changes came, and hangs up. */
  async function connect(seat: string, lastEventId?: string) {
    const cookie = Object.entries(seats[seat] ?? {})
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const abort = new AbortController()
    const headers = { cookie, ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) }
    const answer = await fetch(`${origin()}/api/stream`, { headers, signal: abort.signal })
    expect(answer.headers.get('content-type')).toContain('text/event-stream')
    return {
      async take(count: number): Promise<Received[]> {
        let text = ''
        for await (const chunk of answer.body ?? []) {
          text += Buffer.from(chunk).toString()
          if (parse(text).length >= count) break
        }
        abort.abort()
        return parse(text)
      },
    }
  }

  async function listen(seat: string, lastEventId: string | undefined, count: number): Promise<Received[]> {
    const stream = await connect(seat, lastEventId)
    return stream.take(count)
  }

  test('resumes behind the last event id, tells each change once, and only of cases the person may see', async () => {
    await app.listen({ host: '127.0.0.1', port: 0 })
    const all = await listen('d16-prosecutor', '0', 20)
    expect(new Set(all.map((one) => one.id)).size).toBe(all.length)
    expect(all[0]).toMatchObject({ event: 'case', data: { type: 'lead_opened', sequence: 1 } })
    const [, , third] = all
    const rest = await listen('d16-prosecutor', third?.id, all.length - 3)
    expect(rest.slice(0, all.length - 3)).toEqual(all.slice(3))
    const own = await listen('d12-grid', '0', 5)
    expect(new Set(own.map((one) => one.data.case_id))).toEqual(new Set([caseId]))
    expect((await fetch(`${origin()}/api/stream`)).status).toBe(401)
  })

  test('tells what happens while it is open', async () => {
    const stream = await connect('d01-officer')
    const who = member('D01', 'officer', 'live')
    await casework.execute(command({ type: 'record_verification', verification: visit }), caseId, who)
    const [heard] = await stream.take(1)
    expect(heard?.data).toMatchObject({ case_id: caseId, type: 'verified', state: 'verifying' })
  })
})

test('what casework shows of itself: cases by state and level, outbox, commands, warnings', async () => {
  const text = await registry.metrics()
  expect(text).toContain('weir_cases{state="alerted",level="blue"} 7')
  expect(text).toContain('weir_outbox_depth')
  expect(text).toMatch(/weir_commands_total\{type="acknowledge",outcome="done"\} \d/)
  expect(text).toContain('weir_warnings_consumed_total{outcome="opened"} 8')
})

test('the API describes itself: every casework route with a summary and its answers', () => {
  const { paths } = app.swagger() as {
    paths: Record<string, Record<string, { summary?: string; tags?: string[] }>>
  }
  const own = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, route]) =>
      route.tags?.includes('casework') === true ? [`${method} ${path}: ${route.summary ?? ''}`] : [],
    ),
  )
  expect(own).toHaveLength(6)
  for (const line of own) expect(line).toMatch(/: .{10,}/)
})
