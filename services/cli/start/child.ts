/** One child process of `weir start`: its lines, its status, its end. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { processStatus } from '../../platform/process/status.ts'
import type { ProcessStatus } from '../../platform/process/status.ts'

/** What is run, under which name, with which settings. */
export interface ChildSpec {
  readonly name: string
  readonly main: string
  readonly args: readonly string[]
  readonly environment: NodeJS.ProcessEnv
}

/** Who is told. */
export interface ChildListener {
  readonly line: (text: string) => void
  readonly status: (status: ProcessStatus) => void
}

/** How it ended. */
export interface ChildEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A child at work. */
export interface Child {
  /** undefined when it could not be started. */
  readonly pid: number | undefined
  /** Resolves when it ended and all its lines were told. */
  readonly ended: Promise<ChildEnd>
  /** Asks it to stop, and kills it when it has not within the grace. */
  stop(graceMs: number): Promise<ChildEnd>
}

/**
 * Starts a child in a process group of its own: a terminal's Ctrl-C reaches the supervisor alone, which stops its children in
 * order. A supervisor that is killed closes the channel, and the child stops by itself.
 */
export function startChild(spec: ChildSpec, listener: ChildListener): Child {
  const child = spawn(process.execPath, [spec.main, ...spec.args], {
    env: spec.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  child.on('message', (message) => {
    const status = processStatus(message)
    if (status !== undefined) listener.status(status)
  })
  const told = [child.stdout, child.stderr].map((stream) =>
    stream === null ? Promise.resolve() : tellLines(stream, listener.line),
  )
  const { promise: exited, resolve } = Promise.withResolvers<ChildEnd>()
  child.on('error', (error) => {
    listener.line(`could not be started: ${error.message}`)
    if (child.pid === undefined) resolve({ code: 1, signal: null })
  })
  child.on('exit', (code, signal) => resolve({ code, signal }))
  const ended = exited.then(async (end) => {
    await Promise.all(told)
    return end
  })
  return {
    pid: child.pid,
    ended,
    async stop(graceMs) {
      child.kill('SIGTERM')
      const timer = new AbortController()
      const late = delay(graceMs, 'late' as const, { signal: timer.signal }).catch(() => 'late' as const)
      if ((await Promise.race([ended, late])) === 'late') child.kill('SIGKILL')
      timer.abort()
      return ended
    },
  }
}

async function tellLines(stream: Readable, line: (text: string) => void): Promise<void> {
  const lines = createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY })
  lines.on('line', line)
  await once(lines, 'close')
}
