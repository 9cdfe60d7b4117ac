/** The workers: processes that are started, hurt, and started again when they end, as a supervisor would. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import type { WriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { processStatus } from '../../services/platform/process/status.ts'
import { publishing, reportOf } from './messages.ts'
import type { Order, Report, WorkerSpec } from './messages.ts'
import { roleOf } from './plan.ts'

const script = fileURLToPath(new URL('worker-child.ts', import.meta.url))
const restartMs = 150

/** What happened to the workers. */
export interface CrewCounts {
  /** Started again after they ended. */
  restarts: number
  /** Ended by themselves although nobody had hurt them. */
  unasked: number
  /** Readers that began again after an error, and how many of those had been fenced. */
  readersFailed: number
  fenced: number
  /** Partitions taken over. */
  opened: number
  failedRequests: number
}

/** What every worker's specification has in common. */
export type CrewSpec = Omit<WorkerSpec, 'role' | 'directory'>

/** How a crew works. */
export interface CrewOptions {
  readonly spec: CrewSpec
  /** Folder for the workers' folders and what they say. */
  readonly directory: string
  readonly say: (line: string) => void
}

interface LogLine {
  readonly msg?: string
  readonly err?: { readonly code?: string; readonly message?: string }
}

/** One process of a worker. */
export interface Worker {
  readonly name: string
  readonly child: ChildProcess
  readonly ended: Promise<void>
  /** Settles once its service runs. */
  readonly ready: Promise<void>
  /** It is to end: nobody is surprised, and nobody starts it again. */
  isDismissed: boolean
  /** Its end is somebody's doing. */
  isHurt: boolean
}

/** All workers. */
export class Crew {
  readonly counts: CrewCounts = {
    restarts: 0,
    unasked: 0,
    readersFailed: 0,
    fenced: 0,
    opened: 0,
    failedRequests: 0,
  }
  /** By group: when something was last committed, `performance.now()`. */
  readonly movedAt = new Map<string, number>()
  /** The number behind the last published record, once the publisher has ended. */
  published: number | undefined
  private readonly options: CrewOptions
  private readonly workers = new Map<string, Worker>()
  private readonly processes = new Set<Worker>()
  private readonly directories = new Map<string, number>()
  private readonly failures = new Map<string, number>()
  private readonly listeners = new Set<(name: string, report: Report) => void>()
  private isClosing = false
  private readonly output: WriteStream

  constructor(options: CrewOptions) {
    this.options = options
    mkdirSync(options.directory, { recursive: true })
    this.output = createWriteStream(join(options.directory, 'workers.log'), { flags: 'a' })
  }

  /** The process that works under a name; waits for the one that is being started. */
  async worker(name: string): Promise<Worker> {
    for (;;) {
      const found = this.workers.get(name)
      if (found !== undefined) return found
      await delay(20)
    }
  }

  /** Starts a worker; from now on it is started again whenever it ends. */
  start(name: string): Worker {
    const worker = this.spawn(name)
    this.workers.set(name, worker)
    void worker.ended.then(async () => this.restart(worker))
    return worker
  }

  private async restart(worker: Worker): Promise<void> {
    const { name } = worker
    if (this.workers.get(name) === worker) this.workers.delete(name)
    if (worker.isDismissed || this.isClosing) return
    if (!worker.isHurt) {
      this.counts.unasked += 1
      this.options.say(`  ${name} ended by itself: ${worker.child.exitCode ?? worker.child.signalCode ?? ''}`)
    }
    const failures = worker.isHurt ? 0 : (this.failures.get(name) ?? 0) + 1
    this.failures.set(name, failures)
    await delay(Math.min(restartMs * 2 ** failures, 3_000))
    if (this.isOver() || this.workers.has(name)) return
    this.counts.restarts += 1
    this.start(name)
  }

  /** A successor takes the worker's name while the worker still exists. */
  replace(former: Worker): Worker {
    this.workers.delete(former.name)
    this.counts.restarts += 1
    return this.start(former.name)
  }

  /** A process under a name; nobody starts it again. */
  spawn(name: string): Worker {
    const spec: WorkerSpec = { ...this.options.spec, role: roleOf(name), directory: this.directoryOf(name) }
    const child = spawn(process.execPath, [script, JSON.stringify(spec)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    const { promise, resolve } = Promise.withResolvers<undefined>()
    child.once('exit', () => resolve(undefined))
    child.once('error', () => resolve(undefined))
    const ready = Promise.withResolvers<undefined>()
    child.on('message', (message) => {
      if (processStatus(message)?.status === 'ready') ready.resolve(undefined)
      const report = reportOf(message)
      if (report !== undefined) this.note(name, report)
    })
    // Told after it ended: it cannot hear any more.
    child.on('error', () => undefined)
    if (child.stderr !== null) this.listen(name, createInterface(child.stderr))
    const worker: Worker = {
      name,
      child,
      ended: promise,
      ready: ready.promise,
      isDismissed: false,
      isHurt: false,
    }
    this.processes.add(worker)
    void promise.then(() => this.processes.delete(worker))
    return worker
  }

  /** The folder of a worker. */
  directoryOf(name: string): string {
    return join(this.options.directory, `${name}-${this.directories.get(name) ?? 1}`)
  }

  /** The worker's folder is gone; the next process gets a new one. */
  loseDirectory(name: string): void {
    const lost = this.directoryOf(name)
    this.directories.set(name, (this.directories.get(name) ?? 1) + 1)
    rmSync(lost, { recursive: true, force: true })
  }

  private listen(name: string, lines: AsyncIterable<string>): void {
    void (async () => {
      for await (const line of lines) {
        this.output.write(`${name} ${line}\n`)
        this.read(name, line)
      }
    })()
  }

  private read(name: string, line: string): void {
    // LMDB writes its own complaints in front.
    const json = line.indexOf('{"level"')
    if (json < 0) return
    const { msg = '', err } = JSON.parse(line.slice(json)) as LogLine
    if (msg === 'log:reader:failed') {
      this.counts.readersFailed += 1
      if (err?.code === 'fenced') this.counts.fenced += 1
    }
    if (msg === 'process:failed' || msg === 'process:unhandled')
      this.options.say(`  ${name} ${msg} ${err?.code ?? ''} ${err?.message ?? ''}`)
  }

  private note(name: string, report: Report): void {
    if (report.report === 'progress') this.movedAt.set(report.group, performance.now())
    if (report.report === 'opened') this.counts.opened += 1
    if (report.report === 'failed') this.counts.failedRequests += 1
    if (report.report === 'ended') this.published = report.index
    if (report.report === 'progress' && report.group !== publishing) this.failures.delete(name)
    for (const listener of this.listeners) listener(name, report)
  }

  /** Gives an order to whoever works under the name now. */
  async order(name: string, order: Order): Promise<void> {
    const { child } = await this.worker(name)
    if (child.connected) child.send(order, () => undefined)
  }

  /** Hears reports until the returned function is called. */
  hear(listener: (name: string, report: Report) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Resolves when each group has committed something after `since`. @returns those that did not within the time */
  async progress(groups: readonly string[], since: number, msMax: number): Promise<readonly string[]> {
    const until = performance.now() + msMax
    for (;;) {
      const still = groups.filter((group) => (this.movedAt.get(group) ?? 0) <= since)
      if (still.length === 0 || performance.now() > until) return still
      await delay(20)
    }
  }

  /** Lets the publisher end. @returns how many records were published; undefined when it did not say within the time */
  async endPublishing(name: string, msMax: number): Promise<number | undefined> {
    const until = performance.now() + msMax
    while (this.published === undefined && performance.now() < until) {
      await this.order(name, { order: 'end' })
      await delay(100)
    }
    return this.published
  }

  private isOver(): boolean {
    return this.isClosing
  }

  /** Ends all workers in an orderly way. @returns names of those that did not end well */
  async stop(): Promise<readonly string[]> {
    this.isClosing = true
    const workers = [...this.processes]
    for (const { child } of workers) child.kill('SIGTERM')
    await Promise.all(workers.map(async ({ ended }) => ended))
    return workers
      .filter(({ child }) => child.exitCode !== 0)
      .map(({ name, child }) => `${name} (${child.exitCode ?? child.signalCode ?? ''})`)
  }

  /** Ends all workers at once. */
  async kill(): Promise<void> {
    this.isClosing = true
    const workers = [...this.processes]
    for (const { child } of workers) child.kill('SIGKILL')
    await Promise.all(workers.map(async ({ ended }) => ended))
    this.output.end()
  }
}
