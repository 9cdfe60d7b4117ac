import { pino } from 'pino'
import { Registry } from 'prom-client'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FastifyInstance } from 'fastify'
import { authPlugin } from '../platform/auth/plugin.ts'
import { createMemorySessions } from '../platform/auth/sessions.ts'
import { buildWeb, createWebServer } from './app.ts'
import type { WebOptions } from './app.ts'
import { ensureBuilt } from './build.ts'

let directory = ''
let app: FastifyInstance

function options(): Omit<WebOptions, 'host' | 'port'> {
  const sessions = createMemorySessions({ now: () => Date.now() })
  return {
    auth: authPlugin({ sessions, demo: true, environment: 'test' }),
    plugins: [
      async (instance) => {
        instance.get('/api/slow/stream', async (_, reply) => {
          reply.hijack()
          reply.raw.writeHead(200, { 'content-type': 'text/event-stream' })
          reply.raw.write(': open\n\n')
        })
      },
    ],
    staticDirectory: directory,
    telemetry: { log: pino({ level: 'silent' }), registry: new Registry() },
  }
}

beforeAll(async () => {
  directory = (await ensureBuilt()).directory
  app = await buildWeb(options())
})

describe('the pages', () => {
  it('are built when sources changed, and not again', async () => {
    expect(await ensureBuilt()).toEqual({ directory, built: false })
  })

  it('come with a nonce of their own each time, the same in the page and in its policy', async () => {
    const nonces = new Set<string>()
    for (let i = 0; i < 2; i += 1) {
      const answer = await app.inject({ url: '/' })
      const nonce = /nonce="([\w-]{20,})"/.exec(answer.body)?.[1] ?? ''
      expect(String(answer.headers['content-security-policy'])).toContain(`'nonce-${nonce}'`)
      expect(answer.headers['cache-control']).toBe('no-store')
      nonces.add(nonce)
    }
    expect(nonces.size).toBe(2)
  })

  it('answer every address of the app, but neither unknown APIs nor unknown files', async () => {
    expect((await app.inject({ url: '/cases/C1' })).headers['content-type']).toContain('text/html')
    expect((await app.inject({ url: '/api/nothing' })).statusCode).toBe(404)
    expect((await app.inject({ url: '/assets/nothing.js' })).statusCode).toBe(404)
    for (const url of ['/assets/../../package.json', '/assets/..%2f..%2fpackage.json']) {
      expect((await app.inject({ url })).body).not.toContain('devDependencies')
    }
    expect(
      (await app.inject({ method: 'POST', url: '/cases/C1', headers: { 'x-weir-request': '1' } })).statusCode,
    ).toBe(404)
  })

  it('load scripts that caches may keep for a year, compressed', async () => {
    const page = await app.inject({ url: '/' })
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page.body)?.[1] ?? ''
    const answer = await app.inject({ url: script, headers: { 'accept-encoding': 'br' } })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['cache-control']).toContain('immutable')
    expect(answer.headers['content-encoding']).toBe('br')
  })
})

describe('the server', () => {
  it('stops although a stream is open, and ends the stream', async () => {
    const server = await createWebServer({ ...options(), host: '127.0.0.1', port: 0 })
    const stream = await fetch(`${server.url}/api/slow/stream`)
    const reader = stream.body?.getReader()
    await reader?.read()
    await server.stop()
    await server.stop()
    await expect(reader?.read()).rejects.toThrow()
  })

  it('says which port is taken', async () => {
    const first = await createWebServer({ ...options(), host: '127.0.0.1', port: 0 })
    const port = Number(new URL(first.url).port)
    await expect(createWebServer({ ...options(), host: '127.0.0.1', port })).rejects.toThrow(
      `127.0.0.1:${port}`,
    )
    await first.stop()
  })
})
