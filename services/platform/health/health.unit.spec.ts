import { Counter, Registry } from 'prom-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createHealth } from './health.ts'
import { buildOperatorServer, startOperatorServer } from './server.ts'

function observed() {
  const health = createHealth()
  const registry = new Registry()
  new Counter({ name: 'weir_examples_total', help: 'Examples.', registers: [registry] }).inc(3)
  return { health, registry, app: buildOperatorServer({ health, registry }) }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('a process', () => {
  it('lives before it is ready, and is not ready before it started', async () => {
    const { health, app } = observed()
    expect((await app.inject('/livez')).statusCode).toBe(200)
    expect((await app.inject('/readyz')).statusCode).toBe(503)
    health.start()
    expect((await app.inject('/readyz')).statusCode).toBe(200)
  })

  it.each([
    ['does not hold', () => false],
    ['cannot be told', () => Promise.reject(new Error('db at 10.1.2.3 refused user weir'))],
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
  ])('is not ready while a condition %s, and does not say which', async (_, check) => {
    const { health, app } = observed()
    health.start()
    health.register('store', () => true)
    health.register('log', check)
    const answer = await app.inject('/readyz')
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toEqual({ status: 'unavailable' })
    expect(await health.report()).toEqual({ store: true, log: false, running: true })
  })

  it('is not ready while a condition does not answer', async () => {
    vi.useFakeTimers()
    const { health } = observed()
    health.start()
    health.register('store', () => new Promise(() => {}))
    const ready = health.isReady()
    await vi.runAllTimersAsync()
    expect(await ready).toBe(false)
  })

  it('gets no new work once it drains, whatever holds', async () => {
    const { health, app } = observed()
    health.start()
    health.drain()
    health.start()
    expect((await app.inject('/readyz')).statusCode).toBe(503)
    expect((await app.inject('/livez')).statusCode).toBe(200)
  })
})

describe('the operator port', () => {
  it('shows the metrics in the form Prometheus reads', async () => {
    const { app } = observed()
    const answer = await app.inject('/metrics')
    expect(answer.headers['content-type']).toMatch(/^text\/plain/)
    expect(answer.body).toContain('weir_examples_total 3')
  })

  it('listens on a port of its own and lets go of it', async () => {
    const { health, registry } = observed()
    health.start()
    const server = await startOperatorServer({ host: '127.0.0.1', port: 0, health, registry })
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200)
    await server.stop()
    await expect(fetch(`${server.url}/livez`)).rejects.toThrow()
    expect(await health.isReady()).toBe(false)
  })
})
