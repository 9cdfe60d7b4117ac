/** `weir start` over several children: toys that do as they are told, so that every way to end comes up. */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import type { RestartPolicy } from '../../services/cli/start/restarts.ts'
import { GivenUpError, superviseChildren } from '../../services/cli/start/supervisor.ts'
import type { SupervisorEvent } from '../../services/cli/start/supervisor.ts'

const toy = fileURLToPath(new URL('toy-child.ts', import.meta.url))
const policy: RestartPolicy = { failuresMax: 3, delayMsFirst: 10, delayMsMax: 20, stableMs: 60_000 }

let stop = new AbortController()
let running: Promise<unknown> | undefined
const events: SupervisorEvent[] = []
const lines: string[] = []

afterEach(async () => {
  stop.abort()
  await running?.catch(() => undefined)
  stop = new AbortController()
  events.length = 0
  lines.length = 0
})

/** Runs toys by name and mode. */
function supervise(modes: Readonly<Record<string, string>>, graceMs = 5000): Promise<boolean> {
  const specs = Object.entries(modes).map(([name, mode]) => ({
    name,
    main: toy,
    args: [mode, name],
    environment: { ...process.env, WEIR_METRICS_PORT: '0', WEIR_LOG_LEVEL: 'info' },
  }))
  const result = superviseChildren(specs, {
    policy,
    graceMs,
    signal: stop.signal,
    tell: (event) => void events.push(event),
    line: (service, text) => void lines.push(`${service} | ${text}`),
  })
  running = result
  return result
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await delay(5)
}

function told(event: SupervisorEvent['event'], service?: string): SupervisorEvent[] {
  return events.filter(
    (one) => one.event === event && (service === undefined || ('service' in one && one.service === service)),
  )
}

function pidOf(service: string): number {
  const started = told('started', service).at(-1)
  return started?.event === 'started' ? (started.pid ?? 0) : 0
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('the supervisor', () => {
  it('says who is ready, and once that all are; stops them one by one, the last first', async () => {
    const result = supervise({ first: 'serve', second: 'serve', third: 'serve' })
    await until(() => told('all_ready').length > 0)
    expect(told('ready')).toHaveLength(3)
    stop.abort()
    expect(await result).toBe(true)
    expect(lines.filter((line) => line.includes('toy stops'))).toEqual([
      'third | toy stops third',
      'second | toy stops second',
      'first | toy stops first',
    ])
    expect(told('ended').map((event) => ('service' in event ? event.service : ''))).toEqual([
      'third',
      'second',
      'first',
    ])
    expect(events.at(-1)).toEqual({ event: 'stopped' })
  })

  it('starts a killed child again and leaves the others alone', async () => {
    const result = supervise({ first: 'serve', second: 'serve' })
    await until(() => told('all_ready').length > 0)
    const [first, second] = [pidOf('first'), pidOf('second')]
    process.kill(first, 'SIGKILL')
    await until(() => told('ready', 'first').length === 2)
    expect(told('ended', 'first')).toEqual([
      { event: 'ended', service: 'first', pid: first, code: null, signal: 'SIGKILL' },
    ])
    expect(pidOf('first')).not.toBe(first)
    expect(pidOf('second')).toBe(second)
    stop.abort()
    expect(await result).toBe(true)
  })

  it('gives up a child that never becomes ready, stops the others, and says what the child said last', async () => {
    const error: unknown = await supervise({ good: 'serve', broken: 'unable' }).catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(GivenUpError)
    expect((error as GivenUpError).message).toMatch(/^broken ended 3 times in a row[^]*the toy is broken/)
    expect(told('started', 'broken')).toHaveLength(3)
    expect(isAlive(pidOf('good'))).toBe(false)
  })

  it('does not try again what is set up wrongly', async () => {
    const error: unknown = await supervise({ wrong: 'misconfigured' }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ isMisconfigured: true })
    expect(told('started', 'wrong')).toHaveLength(1)
  })

  it('kills a child that does not stop in time, and says that not all is well', async () => {
    const result = supervise({ good: 'serve', stubborn: 'deaf' }, 0)
    await until(() => told('all_ready').length > 0)
    stop.abort()
    expect(await result).toBe(false)
    expect(told('ended', 'stubborn')).toMatchObject([{ signal: 'SIGKILL' }])
  })

  it('stops while a child waits to be started again', async () => {
    const result = supervise({ broken: 'unable' })
    await until(() => told('restarting').length > 0)
    stop.abort()
    expect(await result.catch(() => true)).toBe(true)
  })
})
