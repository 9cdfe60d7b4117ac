/** What browsers are told by server-sent events, over a real connection. */
import Fastify from 'fastify'
import { interval } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { Supervise } from './app.ts'
import { hour, monday, usualLife } from './case-events.fixture.ts'
import { api, pglite, scene, session } from './scene.fixture.ts'

/** Reads server-sent events until told otherwise. */
async function* eventsOf(response: Response): AsyncGenerator<Readonly<Record<string, string>>> {
  if (response.body === null) throw new Error('no body')
  let text = ''
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text
        .slice(0, end)
        .split('\n')
        .map((line) => line.split(/: ?(.*)/s))
      text = text.slice(end + 2)
      const event = Object.fromEntries(lines.map(([name = '', value = '']) => [name, value]))
      if (event['data'] !== undefined && event['event'] !== undefined) yield event
    }
  }
}

describe('the stream of changes', () => {
  async function listening(running: Supervise): Promise<string> {
    const app = await api(running)
    return `${await app.listen({ host: '127.0.0.1', port: 0 })}/api/supervision/stream`
  }

  it('tells of a committed batch, and of a promise that time made overdue', async () => {
    const { publish, start, clock, ticks } = await scene(pglite)
    const running = await start()
    const events = eventsOf(await fetch(await listening(running)))
    expect((await events.next()).value).toMatchObject({
      event: 'board',
      data: expect.stringContaining('"started"') as unknown,
    })
    await publish(usualLife('case-1').slice(0, 2))
    const told = (await events.next()).value as Readonly<Record<string, string>>
    expect(JSON.parse(told['data'] ?? '')).toEqual({ case_id: 'case-1', type: 'dispatched', as_of: monday })
    const ticking = interval(5).subscribe(ticks)
    clock.time = monday + 2 * hour + 1
    const late = (await events.next()).value as Readonly<Record<string, string>>
    expect(JSON.parse(late['data'] ?? '')).toEqual({
      case_id: '',
      type: 'promise_overdue',
      as_of: clock.time,
    })
    ticking.unsubscribe()
  })

  it('tells one who comes back that something was missed, and nothing when nothing was', async () => {
    const { publish, start } = await scene(pglite)
    const running = await start()
    const url = await listening(running)
    const first = await eventsOf(await fetch(url)).next()
    const id = (first.value as Readonly<Record<string, string>>)['id'] ?? ''
    const idle = eventsOf(await fetch(url, { headers: { 'last-event-id': id } }))
    await publish(usualLife('case-1').slice(0, 1))
    const next = (await idle.next()).value as Readonly<Record<string, string>>
    expect(next['data']).toContain('lead_opened')
    const back = await eventsOf(await fetch(url, { headers: { 'last-event-id': id } })).next()
    expect((back.value as Readonly<Record<string, string>>)['id']).toBe(next['id'])
  })

  it('ends with the service, so that the server can close', async () => {
    const { start } = await scene(pglite)
    const running = await start()
    const app = Fastify()
    app.decorateRequest('principal', undefined)
    app.addHook('onRequest', async (request) => {
      request.principal = session('auditor', 'D14')
    })
    await app.register(running.routes)
    const address = await app.listen({ host: '127.0.0.1', port: 0 })
    const events = eventsOf(await fetch(`${address}/api/supervision/stream`))
    await events.next()
    const ended = events.next()
    await app.close()
    expect((await ended).done).toBe(true)
  })
})
