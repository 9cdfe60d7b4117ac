/** The site in front of a service that runs as a process of its own. */
import { once } from 'node:events'
import { get } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import Type from 'typebox'
import { afterEach, describe, expect, it } from 'vitest'
import type { FastifyPluginAsync, FastifyReply } from 'fastify'
import type { Problem } from '../../schemas/http/common.ts'
import { authPlugin } from '../platform/auth/plugin.ts'
import { requirePrincipal } from '../platform/auth/port.ts'
import { createMemorySessions } from '../platform/auth/sessions.ts'
import type { Sessions } from '../platform/auth/sessions.ts'
import { startApiServer } from '../platform/http/api-server.ts'
import type { HttpServer } from '../platform/http/server.ts'
import { stopAll } from '../platform/lifecycle.ts'
import { createWebServer } from './app.ts'

const started: HttpServer[] = []

afterEach(async () => {
  await stopAll(started.splice(0))
})

function telemetry() {
  return { log: pino({ level: 'silent' }), registry: new Registry() }
}

/** A service whose streams the test holds in its hands. */
interface ToyService {
  readonly url: string
  readonly server: HttpServer
  readonly streams: FastifyReply['raw'][]
  /** Headers of the newest request for leads. */
  readonly seen: () => IncomingHttpHeaders
}

async function toyService(sessions: Sessions, port = 0): Promise<ToyService> {
  const streams: FastifyReply['raw'][] = []
  let headers: IncomingHttpHeaders = {}
  const routes: FastifyPluginAsync = async (app) => {
    app.get('/api/leads', { schema: { summary: 'Leads' } }, async (request) => {
      ;({ headers } = request)
      return { department: requirePrincipal(request).seat.department, query: request.query, id: request.id }
    })
    const schema = { body: Type.Object({ amount: Type.Integer() }) }
    app.post('/api/cases/:case_id/commands', { schema }, async (request) => ({ taken: request.body }))
    app.get('/api/tasks', async () => new Promise(() => undefined))
    app.get('/api/stream', async (request, reply) => {
      reply.hijack()
      const resumed = request.headers['last-event-id'] ?? ''
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'x-resumed': resumed })
      reply.raw.write(': open\n\n')
      streams.push(reply.raw)
    })
  }
  const server = await startApiServer({
    host: '127.0.0.1',
    port,
    routes,
    sessions,
    demo: true,
    telemetry: telemetry(),
    description: 'toy',
    isReady: async () => true,
  })
  started.push(server)
  return { url: server.url, server, streams, seen: () => headers }
}

interface Site {
  readonly url: string
  readonly registry: Registry
  /** Cookie of somebody at the seat of the lead department. */
  readonly cookie: string
}

async function siteBefore(
  service: { readonly url: string },
  sessions: Sessions,
  answerMsMax?: number,
): Promise<Site> {
  const upstream = { service: 'casework', url: service.url } as const
  const { log, registry } = telemetry()
  const server = await createWebServer({
    host: '127.0.0.1',
    port: 0,
    auth: authPlugin({ sessions, demo: true, environment: 'test' }),
    plugins: [],
    upstreams: [answerMsMax === undefined ? upstream : { ...upstream, answerMsMax }],
    staticDirectory: undefined,
    telemetry: { log, registry },
  })
  started.push(server)
  const answer = await fetch(`${server.url}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-weir-request': '1' },
    body: JSON.stringify({ seat_id: 'd01-officer' }),
  })
  return { url: server.url, registry, cookie: answer.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
}

function memorySessions(): Sessions {
  return createMemorySessions({ now: () => Date.now() })
}

async function open(): Promise<{ site: Site; service: ToyService; sessions: Sessions }> {
  const sessions = memorySessions()
  const service = await toyService(sessions)
  return { site: await siteBefore(service, sessions), service, sessions }
}

function post(
  site: Site,
  body: string,
  headers: Readonly<Record<string, string>> = { 'x-weir-request': '1' },
) {
  return fetch(`${site.url}/api/cases/C1/commands`, {
    method: 'POST',
    headers: { cookie: site.cookie, 'content-type': 'application/json', ...headers },
    body,
  })
}

/** Reads a stream piece by piece. */
async function streamOf(site: Site, headers: Readonly<Record<string, string>> = {}) {
  const leaving = new AbortController()
  const answer = await fetch(`${site.url}/api/stream`, {
    headers: { cookie: site.cookie, ...headers },
    signal: leaving.signal,
  })
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  return { answer, leave: () => leaving.abort(), next: async () => (await reader?.read())?.value }
}

describe('a request that is passed on', () => {
  it('finds the person who signed in at the site, until that person signs out', async () => {
    const { site } = await open()
    const headers = { cookie: site.cookie, 'x-weir-request': '1' }
    const answer = await fetch(`${site.url}/api/leads?level=red&q=%E8%B7%AF`, { headers })
    expect(await answer.json()).toMatchObject({ department: 'D01', query: { level: 'red', q: '路' } })
    await fetch(`${site.url}/api/session`, { method: 'DELETE', headers })
    expect((await fetch(`${site.url}/api/leads`, { headers })).status).toBe(401)
  })

  it('has one id on its whole way', async () => {
    const { site } = await open()
    const answer = await fetch(`${site.url}/api/leads`, { headers: { cookie: site.cookie } })
    expect(await answer.json()).toMatchObject({ id: answer.headers.get('x-request-id') })
  })

  it('says where it came from, whatever its sender claims', async () => {
    const { site, service } = await open()
    await fetch(`${site.url}/api/leads`, {
      headers: { cookie: site.cookie, 'x-forwarded-for': '1.2.3.4', forwarded: 'for=1.2.3.4' },
    })
    expect(service.seen()).toMatchObject({
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-host': new URL(site.url).host,
      'x-forwarded-proto': 'http',
    })
    expect(service.seen()['forwarded']).toBeUndefined()
  })

  it('takes its body along, and gets the service’s own refusals back', async () => {
    const { site } = await open()
    expect(await (await post(site, '{"amount":7}')).json()).toEqual({ taken: { amount: 7 } })
    const wrong = await post(site, '{"amount":"much"}')
    expect(wrong.headers.get('content-type')).toContain('application/problem+json')
    expect(await wrong.json()).toMatchObject({
      code: 'invalid_request',
      request_id: wrong.headers.get('x-request-id'),
    })
    const large = await post(site, JSON.stringify({ amount: 1, rest: 'x'.repeat(300_000) }))
    expect(await large.json()).toMatchObject({ status: 413, code: 'body_too_large' })
  })

  it('is refused at the site when it is a write without the header that a foreign page cannot send', async () => {
    const { site } = await open()
    expect(await (await post(site, '{"amount":7}', {})).json()).toMatchObject({ code: 'header_missing' })
  })

  it('is answered with the site’s own security headers', async () => {
    const { site } = await open()
    const answer = await fetch(`${site.url}/api/leads`, { headers: { cookie: site.cookie } })
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('cannot climb out of the addresses of its service', async () => {
    const { site } = await open()
    for (const path of [
      '/api/cases/../../readyz',
      '/api/cases/..%2f..%2freadyz',
      '/api/cases/%2e%2e/%2e%2e/readyz',
    ]) {
      // Not fetch: it tidies addresses up before it sends them.
      const [answer] = (await once(
        get(site.url, { path, headers: { cookie: site.cookie } }),
        'response',
      )) as [IncomingMessage]
      answer.resume()
      expect(answer.statusCode).toBeGreaterThanOrEqual(400)
    }
  })
})

describe('a stream that is passed on', () => {
  it('brings every event when it happens, and resumes where the browser was', async () => {
    const { site, service } = await open()
    const stream = await streamOf(site, { 'last-event-id': '41' })
    expect(stream.answer.headers.get('x-resumed')).toBe('41')
    expect(await stream.next()).toBe(': open\n\n')
    for (const id of [42, 43]) {
      service.streams[0]?.write(`id: ${id}\n\n`)
      expect(await stream.next()).toBe(`id: ${id}\n\n`)
    }
    stream.leave()
  })

  it('ends at the service when the browser leaves', async () => {
    const { site, service } = await open()
    const stream = await streamOf(site)
    await stream.next()
    const [raw] = service.streams
    if (raw === undefined) throw new Error('the stream did not arrive')
    const closed = once(raw, 'close')
    stream.leave()
    await closed
  })

  it('ends at the browser when the service stops', async () => {
    const { site, service } = await open()
    const stream = await streamOf(site)
    await stream.next()
    await service.server.stop()
    await expect(stream.next()).rejects.toThrow()
  })

  it('does not keep others waiting, however many there are', async () => {
    const { site } = await open()
    const streams = await Promise.all(Array.from({ length: 150 }, () => streamOf(site)))
    const answer = await fetch(`${site.url}/api/leads`, { headers: { cookie: site.cookie } })
    expect(answer.status).toBe(200)
    for (const stream of streams) stream.leave()
  })

  it('does not keep the site from stopping', async () => {
    const { site } = await open()
    const stream = await streamOf(site)
    await stream.next()
    await started.at(-1)?.stop()
    await expect(stream.next()).rejects.toThrow()
  })
})

describe('a service that is not there', () => {
  it('is said to be down by name, and answers again as soon as it is back', async () => {
    const { site, service, sessions } = await open()
    const port = Number(new URL(service.url).port)
    await service.server.stop()
    const down = await fetch(`${site.url}/api/leads`, { headers: { cookie: site.cookie } })
    expect(down.status).toBe(502)
    expect(await down.json()).toMatchObject({
      code: 'service_down',
      detail: expect.stringContaining('casework') as string,
      request_id: down.headers.get('x-request-id') ?? '',
    } satisfies Partial<Problem>)
    expect((await post(site, '{"amount":1}')).status).toBe(502)
    await toyService(sessions, port)
    expect((await fetch(`${site.url}/api/leads`, { headers: { cookie: site.cookie } })).status).toBe(200)
  })

  it('is said to be late when it does not begin to answer in time', async () => {
    const sessions = memorySessions()
    const site = await siteBefore(await toyService(sessions), sessions, 200)
    const late = await fetch(`${site.url}/api/tasks`, { headers: { cookie: site.cookie } })
    expect(await late.json()).toMatchObject({ status: 504, code: 'service_late' })
  })

  it('leaves sign-in alone, and is seen in the metrics', async () => {
    const { site, service } = await open()
    expect(await site.registry.metrics()).toContain('weir_upstream_up{upstream="casework"} 1')
    await service.server.stop()
    expect(await site.registry.metrics()).toContain('weir_upstream_up{upstream="casework"} 0')
    const answer = await fetch(`${site.url}/api/session`, { headers: { cookie: site.cookie } })
    expect(answer.status).toBe(200)
  })
})

describe('the OpenAPI document of the site', () => {
  it('holds the addresses of its services, and does without one that is not there', async () => {
    const { site, service } = await open()
    const read = async (): Promise<string[]> => {
      const answer = await fetch(`${site.url}/api/openapi.json`)
      return Object.keys(((await answer.json()) as { paths: object }).paths)
    }
    expect(await read()).toEqual(
      expect.arrayContaining(['/api/session', '/api/leads', '/api/cases/{case_id}/commands']),
    )
    await service.server.stop()
    await delay(0)
    expect(await read()).toContain('/api/session')
  })
})
