/** Any service as a process: what it shows from outside, and how it ends. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { processStatus } from '../../services/platform/process/status.ts'
import type { ProcessStatus } from '../../services/platform/process/status.ts'

const toy = fileURLToPath(new URL('toy-child.ts', import.meta.url))
const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** A running toy. */
interface Toy {
  readonly child: ChildProcess
  /** The next status it tells. */
  readonly next: () => Promise<ProcessStatus>
  /** Exit code, once it ended. */
  readonly code: Promise<number>
  readonly said: () => string
}

function toyProcess(mode: string, environment: Readonly<Record<string, string>> = {}): Toy {
  const child = spawn(process.execPath, [toy, mode], {
    env: { ...process.env, WEIR_METRICS_PORT: '0', WEIR_LOG_LEVEL: 'info', ...environment },
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  children.push(child)
  const statuses: ProcessStatus[] = []
  child.on('message', (message) => {
    const status = processStatus(message)
    if (status !== undefined) statuses.push(status)
  })
  let said = ''
  const { stderr } = child
  if (stderr === null) throw new Error('the toy has no standard error')
  stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  const ended = Promise.all([once(child, 'exit'), once(stderr, 'end')])
  return {
    child,
    code: ended.then(([[exitCode]]) => exitCode as number),
    said: () => said,
    next: async () => {
      while (statuses.length === 0) await once(child, 'message')
      return statuses.shift() as ProcessStatus
    },
  }
}

async function statusOf(url: string): Promise<number> {
  return (await fetch(url)).status
}

describe('a process', () => {
  it('answers its operator from the beginning, and is ready when its service is', async () => {
    const { child, next, code } = toyProcess('slow')
    const starting = await next()
    if (starting.status !== 'starting') throw new Error(`expected a start, got ${starting.status}`)
    const url = starting.metrics_url
    expect([await statusOf(`${url}/livez`), await statusOf(`${url}/readyz`)]).toEqual([200, 503])
    child.kill('SIGUSR2')
    expect(await next()).toEqual({ status: 'ready', metrics_url: url, url: 'http://toy' })
    expect(await statusOf(`${url}/readyz`)).toBe(200)
    expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/weir_build_info\{.*service="toy"/)
    child.kill('SIGTERM')
    expect(await next()).toEqual({ status: 'stopping' })
    expect(await code).toBe(0)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('finishes and ends well on %s', async (signal) => {
    const { child, next, code, said } = toyProcess('serve')
    await next()
    await next()
    child.kill(signal)
    expect(await code).toBe(0)
    expect(said()).toContain('toy stops')
  })

  it.each([
    ['its service fails for good', 'fails-later', 'the toy broke'],
    ['something was thrown that nobody caught', 'throws-later', 'nobody caught this'],
  ])('finishes what is in hand and ends with 1 when %s', async (_, mode, reason) => {
    const { child, next, code, said } = toyProcess(mode)
    await next()
    await next()
    child.kill('SIGUSR2')
    expect(await code).toBe(1)
    expect(said()).toContain(reason)
    expect(said()).toContain('toy stops')
  })

  it.each([
    ['1 when its service cannot start', 'unable', 1, 'the toy is broken'],
    ['2 when a setting of its service is missing', 'misconfigured', 2, 'the toy lacks a setting'],
  ])('ends with %s', async (_, mode, expected, reason) => {
    const { code, said } = toyProcess(mode)
    expect(await code).toBe(expected)
    expect(said()).toContain(reason)
  })

  it('ends with 2 and names every mistake when its settings are wrong', async () => {
    const { code, said } = toyProcess('serve', { WEIR_MODE: 'cloud', WEIR_COLOUR: 'red' })
    expect(await code).toBe(2)
    expect(said()).toMatch(/WEIR_MODE[^]*WEIR_COLOUR|WEIR_COLOUR[^]*WEIR_MODE/)
  })

  it.each(['stubborn', 'hang'])('does not outlast its grace when its service is %s', async (mode) => {
    const { child, next, code } = toyProcess(mode, { WEIR_SHUTDOWN_GRACE_MS: '1000' })
    await next()
    if (mode === 'stubborn') await next()
    child.kill('SIGTERM')
    expect(await code).toBe(1)
  })

  it('stops by itself when its supervisor is gone', async () => {
    const { child, next, code, said } = toyProcess('serve')
    await next()
    await next()
    child.disconnect()
    expect(await code).toBe(0)
    expect(said()).toContain('toy stops')
  })
})
