/** A Java program at work: started, stopped in every way, started again. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { Socket, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { javaMissing, notStarted } from './errors.ts'
import { isMissing } from './run.ts'

/** With `parent`, the program is killed when this process ends, in whatever way; with `own` only until it is ready, then it goes on. */
export type Lifetime = 'parent' | 'own'

/** What to run, and how it is known to be ready. */
export interface JavaProgram {
  /** Name for people, e.g. `Kafka 4.3.0`. */
  readonly name: string
  readonly java: string
  readonly parameters: readonly string[]
  /** Both outputs are added here. */
  readonly logFile: string
  readonly lifetime: Lifetime
  /** Deleted when this process ends without removing it; only with the lifetime `parent`. */
  readonly temporaryFolder?: string
  /** @param fresh what this start has logged until now */
  readonly isReady: (fresh: string) => Promise<boolean>
}

const readyPollMs = 50
const startMsMax = 90_000
const stopMsMax = 30_000

/** Kills the program `$0` as soon as its input ends, so when whoever holds the other end dies. */
const guard = 'cat > /dev/null; kill -KILL "$0" 2> /dev/null; [ -z "$1" ] || { sleep 0.2; rm -rf "$1"; }'

/** A parameter by which a running program is known to belong to a folder. It means nothing to the program. */
export function folderMark(directory: string): string {
  return `-Dweir.folder=${directory}`
}

/** Whether a port of a host takes connections. */
export async function answers(host: string, port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host, port })
  socket.setTimeout(1000, () => resolve(false))
  socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
  const result = await promise
  socket.destroy()
  return result
}

/**
 * One program, at most one process of it at a time. Modes: stopped (no process), running, paused (process exists, gets no processor
 * time). A process that ends by itself makes it stopped.
 */
export class JavaProcess {
  readonly #program: JavaProgram
  /** The process that runs or is paused. */
  #child: ChildProcess | undefined
  /** Settles when that process is gone. */
  #gone: Promise<void> = Promise.resolve()
  #guard: ChildProcess | undefined

  constructor(program: JavaProgram) {
    this.#program = program
  }

  /** Process id; undefined while stopped. */
  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** Starts and waits until it is ready; nothing to do while it runs. @throws BrokerError `java_unusable`, `broker_not_started` */
  async start(): Promise<void> {
    if (this.#child !== undefined) return
    const { name, logFile, temporaryFolder } = this.#program
    const output = openSync(logFile, 'a')
    const logged = statSync(logFile).size
    try {
      await this.#spawn(output)
    } finally {
      closeSync(output)
    }
    const fresh = (): string => readFileSync(logFile).subarray(logged).toString('utf8')
    const deadline = performance.now() + startMsMax
    while (!(await this.#program.isReady(fresh()))) {
      const isOver = performance.now() > deadline
      if (this.pid === undefined || isOver) {
        await this.kill()
        const why = isOver ? `no answer within ${startMsMax / 1000} s` : 'its process ended'
        throw notStarted(name, why, fresh(), temporaryFolder === undefined ? logFile : undefined)
      }
      await sleep(readyPollMs)
    }
    if (this.#program.lifetime === 'own') this.#dismissGuard()
  }

  async #spawn(output: number): Promise<void> {
    const { java, parameters, temporaryFolder = '' } = this.#program
    // A process group of its own: Ctrl-C is for the one who was asked, who then decides what stops and when.
    const child = spawn(java, parameters, { stdio: ['ignore', output, output], detached: true })
    const started = Promise.withResolvers<undefined>()
    child.once('spawn', () => started.resolve(undefined))
    child.once('error', (error) => started.reject(isMissing(error) ? javaMissing(java, error) : error))
    await started.promise
    const gone = Promise.withResolvers<undefined>()
    child.once('exit', () => {
      this.#child = undefined
      gone.resolve(undefined)
    })
    child.unref()
    this.#child = child
    this.#gone = gone.promise
    this.#guard = watchOver(child.pid, temporaryFolder)
  }

  /** Asks it to end and waits for that; what does not end within half a minute is killed. */
  async stop(): Promise<void> {
    this.#signal('SIGCONT')
    this.#signal('SIGTERM')
    await this.#end(stopMsMax)
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    this.#signal('SIGKILL')
    await this.#end(stopMsMax)
  }

  /** Takes its processor time away: it keeps its connections and answers nothing. */
  async pause(): Promise<void> {
    this.#signal('SIGSTOP')
  }

  /** Gives the processor time back. */
  async resume(): Promise<void> {
    this.#signal('SIGCONT')
  }

  #signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal)
  }

  async #end(patienceMs: number): Promise<void> {
    const timer = setTimeout(() => this.#signal('SIGKILL'), patienceMs)
    await this.#gone
    clearTimeout(timer)
    this.#dismissGuard()
  }

  #dismissGuard(): void {
    this.#guard?.kill('SIGKILL')
    this.#guard = undefined
  }
}

/** A process that ends the program when this one is gone; neither it nor its pipe keeps this one alive. */
function watchOver(pid: number | undefined, temporaryFolder: string): ChildProcess | undefined {
  if (pid === undefined) return undefined
  const child = spawn('/bin/sh', ['-c', guard, String(pid), temporaryFolder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  child.on('error', () => undefined)
  child.unref()
  if (child.stdin instanceof Socket) child.stdin.unref()
  return child
}
