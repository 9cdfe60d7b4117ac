import { pino } from 'pino'
import { Registry } from 'prom-client'
import Type from 'typebox'
import { describe, expect, it } from 'vitest'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { Problem } from '../../schemas/http/common.ts'
import { authPlugin } from '../platform/auth/plugin.ts'
import { requireRole } from '../platform/auth/port.ts'
import { createMemorySessions, sessionLimits } from '../platform/auth/sessions.ts'
import { buildWeb } from './app.ts'

const write = { 'x-weir-request': '1' }

/** A service's API: one guarded read, one write that knows its body, one that breaks. */
const plugin: FastifyPluginAsync = async (app) => {
  app.get('/api/secret', async (request) => ({
    department: requireRole(request, 'prosecutor').seat.department,
  }))
  const schema = {
    body: Type.Object({ amount: Type.Integer() }),
    response: { 200: Type.Object({ ok: Type.Boolean() }) },
  }
  app.post('/api/things', { schema }, async () => ({ ok: true, secret: 'not in the schema' }))
  app.get('/api/broken', async () => {
    throw new Error('password=hunter2 in /etc/weir')
  })
}

async function started(demo = true): Promise<{ app: FastifyInstance; clock: { time: number } }> {
  const clock = { time: 1_800_000_000_000 }
  const sessions = createMemorySessions({ now: () => clock.time })
  const telemetry = { log: pino({ level: 'silent' }), registry: new Registry() }
  const auth = authPlugin({ sessions, demo, environment: 'test' })
  const app = await buildWeb({ auth, plugins: [plugin], staticDirectory: undefined, telemetry })
  return { app, clock }
}

async function signedIn(app: FastifyInstance, seat = 'd16-prosecutor'): Promise<Record<string, string>> {
  const answer = await app.inject({
    method: 'POST',
    url: '/api/session',
    headers: write,
    payload: { seat_id: seat },
  })
  expect(answer.statusCode).toBe(200)
  const [cookie] = answer.cookies
  return { [cookie?.name ?? '']: cookie?.value ?? '' }
}

describe('sign-in', () => {
  it('gives the person of the seat until the session is ended, and not a moment longer', async () => {
    const { app } = await started()
    const cookies = await signedIn(app)
    expect((await app.inject({ url: '/api/session', cookies })).json()).toMatchObject({
      demo: true,
      seat: { department: 'D16' },
    })
    await app.inject({ method: 'DELETE', url: '/api/session', headers: write, cookies })
    const after = await app.inject({ url: '/api/session', cookies })
    expect(after.statusCode).toBe(401)
    expect(after.json<Problem>().code).toBe('not_signed_in')
  })

  it('sets a cookie that scripts cannot read and other sites cannot send', async () => {
    const { app } = await started()
    const answer = await app.inject({
      method: 'POST',
      url: '/api/session',
      headers: write,
      payload: { seat_id: 'auditor' },
    })
    expect(answer.headers['set-cookie']).toMatch(/HttpOnly; SameSite=Strict$/)
  })

  it('gives a new session id at every sign-in and ends the one before', async () => {
    const { app } = await started()
    const first = await signedIn(app)
    const again = await app.inject({
      method: 'POST',
      url: '/api/session',
      headers: write,
      cookies: first,
      payload: { seat_id: 'd01-officer' },
    })
    expect(again.cookies[0]?.value).not.toBe(first['weir_session'])
    expect((await app.inject({ url: '/api/session', cookies: first })).statusCode).toBe(401)
  })

  it('ends after half an hour of silence, and after twelve hours whatever happens', async () => {
    const { app, clock } = await started()
    const idle = await signedIn(app)
    clock.time += sessionLimits.idleMs
    expect((await app.inject({ url: '/api/session', cookies: idle })).statusCode).toBe(401)
    const busy = await signedIn(app)
    for (let waited = 0; waited + 600_000 < sessionLimits.absoluteMs; waited += 600_000) {
      clock.time += 600_000
      expect((await app.inject({ url: '/api/session', cookies: busy })).statusCode).toBe(200)
    }
    clock.time += 600_000
    expect((await app.inject({ url: '/api/session', cookies: busy })).statusCode).toBe(401)
  })

  it('has no seats and takes none when demo is off', async () => {
    const { app } = await started(false)
    expect((await app.inject({ url: '/api/seats' })).statusCode).toBe(404)
    const taken = await app.inject({
      method: 'POST',
      url: '/api/session',
      headers: write,
      payload: { seat_id: 'auditor' },
    })
    expect(taken.statusCode).toBe(404)
    expect(taken.headers['set-cookie']).toBeUndefined()
  })

  it('cannot be put into demo mode in production', () => {
    const sessions = createMemorySessions({ now: () => 0 })
    expect(() => authPlugin({ sessions, demo: true, environment: 'production' })).toThrow(
      /NODE_ENV=production/,
    )
  })
})

describe('every answer', () => {
  it('refuses a write without the header that a foreign page cannot send', async () => {
    const { app } = await started()
    const cookies = await signedIn(app)
    const answer = await app.inject({ method: 'POST', url: '/api/things', cookies, payload: { amount: 1 } })
    expect(answer.statusCode).toBe(403)
    expect(answer.json<Problem>().code).toBe('header_missing')
  })

  it('tells a person without the role so, and a stranger to sign in', async () => {
    const { app } = await started()
    expect((await app.inject({ url: '/api/secret' })).statusCode).toBe(401)
    const cookies = await signedIn(app, 'd01-officer')
    expect((await app.inject({ url: '/api/secret', cookies })).json<Problem>().code).toBe('forbidden')
  })

  it('is a problem with a request id when something is wrong with the request', async () => {
    const { app } = await started()
    const answer = await app.inject({
      method: 'POST',
      url: '/api/things',
      headers: write,
      payload: { amount: 'much' },
    })
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({
      status: 400,
      code: 'invalid_request',
      request_id: answer.headers['x-request-id'],
    })
    const nowhere = await app.inject({ url: '/api/nowhere' })
    expect(nowhere.json()).toMatchObject({ status: 404, code: 'not_found' })
  })

  it('keeps the inside of an unexpected error to itself', async () => {
    const { app } = await started()
    const answer = await app.inject({ url: '/api/broken' })
    expect(answer.statusCode).toBe(500)
    expect(answer.body).not.toContain('hunter2')
  })

  it('never contains a field that its schema does not name', async () => {
    const { app } = await started()
    const answer = await app.inject({
      method: 'POST',
      url: '/api/things',
      headers: write,
      payload: { amount: 1 },
    })
    expect(answer.json()).toEqual({ ok: true })
  })

  it('carries a content policy without exceptions, and is not kept by caches', async () => {
    const { app } = await started()
    const answer = await app.inject({ url: '/api/seats' })
    const policy = String(answer.headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toMatch(/unsafe|upgrade-insecure/)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  it('is 429 with the time to wait when somebody tries seats in a loop', async () => {
    const { app } = await started()
    const statuses: number[] = []
    for (let i = 0; i < 40; i += 1) {
      const payload = { seat_id: 'nobody' }
      const answer = await app.inject({ method: 'POST', url: '/api/session', headers: write, payload })
      statuses.push(answer.statusCode)
      if (answer.statusCode === 429) expect(answer.headers['retry-after']).toBeDefined()
    }
    expect(statuses.at(-1)).toBe(429)
  })

  it('can be looked up in the OpenAPI document', async () => {
    const { app } = await started()
    const document = (await app.inject({ url: '/api/openapi.json' })).json<{
      paths: Record<string, unknown>
    }>()
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/api/session', '/api/seats', '/api/things']),
    )
  })
})
