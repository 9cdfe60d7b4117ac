/** Runs every service as its own child process: starts them again when they end, stops them in reverse order. */
import { setTimeout as delay } from 'node:timers/promises'
import { processExit } from '../../platform/process/run.ts'
import type { ProcessStatus } from '../../platform/process/status.ts'
import { aborted } from '../../platform/process/stop-signal.ts'
import { startChild } from './child.ts'
import type { Child, ChildEnd, ChildSpec } from './child.ts'
import { afterEnd, cleanRecord } from './restarts.ts'
import type { RestartPolicy, RestartRecord } from './restarts.ts'

/** One thing that happened; snake_case because `--json` prints it as it is. */
export type SupervisorEvent =
  | { readonly event: 'started'; readonly service: string; readonly pid: number | null }
  | {
      readonly event: 'ready'
      readonly service: string
      readonly pid: number | null
      readonly url: string | null
      readonly metrics_url: string
    }
  | { readonly event: 'all_ready' }
  | ({ readonly event: 'ended'; readonly service: string; readonly pid: number | null } & ChildEnd)
  | { readonly event: 'restarting'; readonly service: string; readonly in_ms: number }
  | { readonly event: 'given_up'; readonly service: string }
  | { readonly event: 'stopped' }

/** What the supervisor works with. */
export interface SupervisorOptions {
  readonly policy: RestartPolicy
  /** A child that is asked to stop has this long. */
  readonly graceMs: number
  readonly tell: (event: SupervisorEvent) => void
  /** A line that a child wrote. */
  readonly line: (service: string, text: string) => void
  /** Stops everything. */
  readonly signal: AbortSignal
}

/** A child would not come up: what it was, how it ended, and what it said last. */
export class GivenUpError extends Error {
  /** It is set up wrongly, so that trying again is in vain. */
  readonly isMisconfigured: boolean
  constructor(service: string, end: ChildEnd, tries: number, lastLines: readonly string[]) {
    const how = end.signal ?? `exit code ${end.code ?? '?'}`
    const often = tries === 1 ? '' : ` ${tries} times in a row without becoming ready`
    super([`${service} ended${often} (${how}). 最后的输出 Its last lines:`, ...lastLines].join('\n    '))
    this.name = 'GivenUpError'
    this.isMisconfigured = end.code === processExit.misconfigured
  }
}

const lastLinesMax = 10
/** A child's own grace ends first; then this is for its way out. */
const wayOutMs = 2_000

/** One service over all its lives. */
class Kept {
  readonly name: string
  private readonly spec: ChildSpec
  private readonly options: SupervisorOptions
  private readonly halting = new AbortController()
  private readonly lastLines: string[] = []
  private readonly onReady: () => void
  private child: Child | undefined
  private record: RestartRecord = cleanRecord
  /** When the child of now became ready, on the clock of `performance.now()`. */
  private readyAt: number | undefined

  constructor(spec: ChildSpec, options: SupervisorOptions, onReady: () => void) {
    this.name = spec.name
    this.spec = spec
    this.options = options
    this.onReady = onReady
  }

  get isReady(): boolean {
    return this.readyAt !== undefined
  }

  /** Resolves when it was stopped. @throws GivenUpError */
  async run(): Promise<void> {
    const { tell, policy } = this.options
    while (!this.isHalting()) {
      const { pid, end, readyMs } = await this.live()
      tell({ event: 'ended', service: this.name, pid, ...end })
      if (this.isHalting()) return
      const { record, delayMs } = afterEnd(this.record, readyMs, policy)
      this.record = record
      if (delayMs === undefined || end.code === processExit.misconfigured) {
        tell({ event: 'given_up', service: this.name })
        throw new GivenUpError(this.name, end, record.failures, this.lastLines)
      }
      tell({ event: 'restarting', service: this.name, in_ms: delayMs })
      await delay(delayMs, undefined, { signal: this.halting.signal }).catch(() => undefined)
    }
  }

  private isHalting(): boolean {
    return this.halting.signal.aborted
  }

  /** @returns false when it had to be killed, or did not end well */
  async stop(): Promise<boolean> {
    this.halting.abort()
    const end = await this.child?.stop(this.options.graceMs + wayOutMs)
    return end === undefined || end.code === processExit.stopped
  }

  /** One life, from start to end. */
  private async live(): Promise<{ pid: number | null; end: ChildEnd; readyMs: number | undefined }> {
    const { tell, line } = this.options
    const child = startChild(this.spec, {
      line: (text) => {
        if (this.lastLines.push(text) > lastLinesMax) this.lastLines.shift()
        line(this.name, text)
      },
      status: (status) => this.hear(status, pid),
    })
    const pid = child.pid ?? null
    this.child = child
    tell({ event: 'started', service: this.name, pid })
    const end = await child.ended
    this.child = undefined
    const readyMs = this.readyAt === undefined ? undefined : performance.now() - this.readyAt
    this.readyAt = undefined
    return { pid, end, readyMs }
  }

  private hear(status: ProcessStatus, pid: number | null): void {
    if (status.status !== 'ready') return
    this.readyAt = performance.now()
    const { url = null, metrics_url } = status
    this.options.tell({ event: 'ready', service: this.name, pid, url, metrics_url })
    this.onReady()
  }
}

/**
 * Runs all children until the signal, or until one of them is given up.
 * @returns whether all of them stopped as they should
 * @throws GivenUpError after the others were stopped
 */
export async function superviseChildren(
  specs: readonly ChildSpec[],
  options: SupervisorOptions,
): Promise<boolean> {
  let wasAllReady = false
  const tellAllReady = (): void => {
    if (wasAllReady || !kept.every(({ isReady }) => isReady)) return
    wasAllReady = true
    options.tell({ event: 'all_ready' })
  }
  const kept: readonly Kept[] = specs.map((spec) => new Kept(spec, options, tellAllReady))
  const runs = kept.map((one) => one.run())
  let allWell = true
  try {
    await Promise.race([aborted(options.signal), ...runs])
  } finally {
    for (const one of kept.toReversed()) allWell = (await one.stop()) && allWell
    await Promise.allSettled(runs)
    options.tell({ event: 'stopped' })
  }
  return allWell
}
