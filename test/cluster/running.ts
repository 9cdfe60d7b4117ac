/** `weir start` as its user runs it, and what it says of itself. */
import type { SupervisorEvent } from '../../services/cli/start/supervisor.ts'
import { until } from '../support/until.ts'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'

/** A running `weir start`. */
export interface RunningWeir {
  readonly events: () => readonly SupervisorEvent[]
  /** Resolves when all services are ready. @throws Error with what it said when it ends before */
  ready(): Promise<void>
  /** Of the site, without a slash at the end. */
  readonly url: () => string
  /** Where a service shows its metrics. */
  readonly metricsUrl: (service: string) => string
  /** Process id of a service now. */
  readonly pid: (service: string) => number
  /** How often a service became ready. @throws Error with what `weir start` said when it ended meanwhile */
  readonly readiness: (service: string) => number
  signal(signal: NodeJS.Signals): void
  readonly ended: Promise<Ended>
}

type Ready = Extract<SupervisorEvent, { readonly event: 'ready' }>

/** Starts it with the given services and settings. End it with `signal`. */
export function startWeir(
  services: readonly string[],
  settings: Readonly<Record<string, string>>,
): RunningWeir {
  const { child, ended, said } = weir(['start', ...services, '--json'], settings)
  const events = (): SupervisorEvent[] =>
    said()
      .stdout.split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as SupervisorEvent)
  const readyOf = (service: string): Ready[] =>
    events().filter((event): event is Ready => event.event === 'ready' && event.service === service)
  const assertRunning = (): void => {
    if (child.exitCode !== null) throw new Error(`weir start ended early: ${said().stdout}\n${said().stderr}`)
  }
  return {
    events,
    ended,
    url: () => readyOf('web').at(-1)?.url ?? '',
    metricsUrl: (service) => readyOf(service).at(-1)?.metrics_url ?? '',
    readiness(service) {
      assertRunning()
      return readyOf(service).length
    },
    signal: (signal) => void child.kill(signal),
    pid(service) {
      const started = events().findLast((event) => event.event === 'started' && event.service === service)
      return started?.event === 'started' ? (started.pid ?? 0) : 0
    },
    ready: () =>
      until(() => {
        assertRunning()
        return events().some(({ event }) => event === 'all_ready')
      }),
  }
}

/** Whether there is such a process. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
