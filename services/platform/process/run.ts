/** One service as a process: reads the settings, opens what it needs, starts it, waits for a signal or a failure, drains, ends. */
import { loadConfig } from '../config/config.ts'
import type { Config } from '../config/config.ts'
import { factsOf } from '../errors/registry.ts'
import { createHealth } from '../health/health.ts'
import type { Health } from '../health/health.ts'
import { startOperatorServer } from '../health/server.ts'
import { stopAll } from '../lifecycle.ts'
import type { Running } from '../lifecycle.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import type { Telemetry } from '../telemetry/port.ts'
import { processParts } from './parts.ts'
import type { ProcessParts } from './parts.ts'
import { supervisorLost, tellSupervisor } from './status.ts'
import type { ProcessStatus } from './status.ts'
import { aborted, onStopSignal } from './stop-signal.ts'

/** How a process ends: stopped as asked; failed, so that starting again may help; or set up wrongly, so that it will not. */
export const processExit = { stopped: 0, failed: 1, misconfigured: 2 } as const

/** What a service is given to start. */
export interface ServiceContext extends Omit<ProcessParts, 'close'> {
  /** Conditions of readiness are registered here. It turns ready once `start` resolved and all of them hold. */
  readonly health: Health
}

/** A started service. */
export interface StartedService extends Running {
  /** Where people or other services reach it, if they do. */
  readonly url?: string
}

/** A service that can be a process. */
export interface ServiceProcess {
  /** On log lines, in metrics and status lines: `casework`, `warn-score`, … */
  readonly name: string
  /** Resolves when its topics and tables are there and its loops run. */
  start(context: ServiceContext): Promise<StartedService>
}

/** How a process is run. */
export interface RunOptions {
  /** Default: the environment of this process. */
  readonly environment?: NodeJS.ProcessEnv
  /** Told what a supervisor is told too. */
  readonly onStatus?: (status: ProcessStatus) => void
}

interface Live {
  readonly tell: (status: ProcessStatus) => void
  readonly config: Config
  readonly telemetry: Telemetry
  readonly health: Health
  readonly parts: ProcessParts
}

/** Whatever nobody handled ends the process, after draining. */
function unhandled(): Promise<Error> {
  const { promise, resolve } = Promise.withResolvers<Error>()
  const end = (error: unknown): void => resolve(error instanceof Error ? error : new Error(String(error)))
  process.on('uncaughtException', end)
  process.on('unhandledRejection', end)
  // Logs go nowhere once the reader of the pipe is gone; that alone is no reason to end.
  process.stderr.on('error', () => undefined)
  return promise
}

function exitCodeOf(error: unknown): number {
  const isInput = error instanceof MisconfiguredError || factsOf(error)?.kind === 'input'
  return isInput ? processExit.misconfigured : processExit.failed
}

/** A setting is missing or does not fit what is to be started: starting again changes nothing. The message names it. */
export class MisconfiguredError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'MisconfiguredError'
  }
}

function readConfig(environment: NodeJS.ProcessEnv): Config | undefined {
  try {
    return loadConfig(environment)
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    return undefined
  }
}

/**
 * Runs one service until SIGINT, SIGTERM or SIGHUP, until it fails for good, or until its supervisor is gone.
 * Health and metrics answer from the beginning, so that a long start can be watched.
 * @returns the exit code, see `processExit`
 */
export async function runProcess(
  service: ServiceProcess,
  { environment = process.env, onStatus }: RunOptions = {},
): Promise<number> {
  const config = readConfig(environment)
  if (config === undefined) return processExit.misconfigured
  const telemetry = createTelemetry({ service: service.name, level: config.logLevel, processMetrics: true })
  const live: Live = {
    config,
    telemetry,
    health: createHealth(),
    parts: processParts(config, telemetry, { clientId: `weir-${service.name}` }),
    tell(status) {
      tellSupervisor(status)
      onStatus?.(status)
    },
  }
  const stop = AbortSignal.any([
    onStopSignal(() => telemetry.log.info('process:stopping')),
    supervisorLost(() => telemetry.log.warn('process:stopping: the supervisor is gone')),
  ])
  const crash = unhandled()
  void crash.then((err) => telemetry.log.fatal({ err }, 'process:unhandled'))
  const running: Pick<Running, 'stop'>[] = [{ stop: () => live.parts.close() }]
  let code: number = processExit.stopped
  const working = work(service, live, running, Promise.race([crash, aborted(stop)])).catch(
    (error: unknown) => {
      telemetry.log.fatal({ err: error }, 'process:failed')
      code = exitCodeOf(error)
    },
  )
  // A start that hangs does not outlast the grace either.
  await Promise.race([working, crash, aborted(stop)])
  if (!(await drain(live, working, running))) code = processExit.failed
  telemetry.log.info({ code }, 'process:stopped')
  return code
}

/** Starts, and resolves when asked to stop. @throws what made the service fail */
async function work(
  service: ServiceProcess,
  { config, telemetry, health, parts, tell }: Live,
  running: Pick<Running, 'stop'>[],
  ended: Promise<Error | void>,
): Promise<void> {
  const { metricsHost: host, metricsPort: port } = config
  const operator = await startOperatorServer({ host, port, health, registry: telemetry.registry })
  running.push(operator)
  tell({ status: 'starting', metrics_url: operator.url })
  const started = await service.start({ ...parts, health })
  running.push(started)
  health.start()
  const { url } = started
  telemetry.log.info({ url, metrics_url: operator.url }, 'process:ready')
  tell({ status: 'ready', metrics_url: operator.url, ...(url === undefined ? {} : { url }) })
  const failure = await Promise.race([started.failed, operator.failed, ended])
  if (failure !== undefined) throw failure
}

/** Finishes what is in hand, newest part first, within the grace. @returns false when something did not stop, or not in time */
async function drain(
  { config, telemetry, health, tell }: Live,
  working: Promise<void>,
  running: readonly Pick<Running, 'stop'>[],
): Promise<boolean> {
  health.drain()
  tell({ status: 'stopping' })
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(resolve, config.shutdownGraceMs, 'late')
  try {
    const stopping = working.then(() => stopAll(running))
    if ((await Promise.race([stopping, late])) !== 'late') return true
    telemetry.log.error({ grace_ms: config.shutdownGraceMs }, 'process:stopping: not in time')
  } catch (error) {
    telemetry.log.error({ err: error }, 'process:stopping: failed')
  } finally {
    clearTimeout(timer)
  }
  return false
}
