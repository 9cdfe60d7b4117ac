import { loadConfig } from '../../platform/config/config.ts'
import type { Config } from '../../platform/config/config.ts'
import { runProcess } from '../../platform/process/run.ts'
import { aborted } from '../../platform/process/stop-signal.ts'
import { startDistrict } from '../compose.ts'
import { openPlatform } from '../platform.ts'
import { defaultProcesses, processes, processNames } from '../start/processes.ts'
import type { ProcessName, StartableProcess } from '../start/processes.ts'
import { restartPolicy } from '../start/restarts.ts'
import { childSpecs } from '../start/settings.ts'
import { GivenUpError, superviseChildren } from '../start/supervisor.ts'
import type { SupervisorEvent } from '../start/supervisor.ts'
import { stopSignal } from '../stop-signal.ts'
import { CommandError, exitCodes, printJson, say } from '../terminal.ts'

/** Options of `weir start`. */
export interface StartOptions {
  readonly json?: boolean
}

function isName(name: string): name is ProcessName {
  return name in processes
}

/** @throws CommandError for names there are not, and for two of what there can be only one of */
function namesOf(given: readonly string[]): readonly ProcessName[] {
  const unknown = given.filter((name) => !isName(name))
  if (unknown.length > 0) {
    throw new CommandError(
      `没有这个服务 unknown service ${unknown.join(', ')}; there are ${processNames.join(', ')}`,
      exitCodes.usage,
    )
  }
  const names = given.filter(isName)
  const twice = names.find((name, index) => !processes[name].isMany && names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new CommandError(
      `${twice} 只能运行一个进程 ${twice} is one process only; several can be ingest, warn, warn-split and warn-score`,
      exitCodes.usage,
    )
  }
  return names
}

/** Several processes may share the embedded log of one machine, but not PGlite, and no stage of it twice. @throws CommandError */
function assertSharable({ postgresUrl }: Config, names: readonly ProcessName[]): void {
  if (postgresUrl === undefined) {
    throw new CommandError(
      '内置数据库只能由一个进程使用:不写服务名即在一个进程中运行全部服务;单独的进程需要 WEIR_POSTGRES_URL(或 WEIR_MODE=cluster)。 The built-in database serves one process: leave the names out to run all services in one. Processes of their own need WEIR_POSTGRES_URL (or WEIR_MODE=cluster)',
      exitCodes.usage,
    )
  }
  const stages = names.flatMap((name) => (name === 'warn' ? (['warn-split', 'warn-score'] as const) : [name]))
  const twice = stages.find((name, index) => name !== 'ingest' && stages.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new CommandError(
      `内置日志的每个阶段只能有一个进程:${twice}。 With the embedded log a stage is one process: ${twice} is named twice. Scaling out needs WEIR_MODE=cluster`,
      exitCodes.usage,
    )
  }
}

/**
 * Runs the services until a signal, or until one of them fails for good. One name: that service, in this process. Several, or
 * none in cluster mode: each in a process of its own. None in embedded mode: all of them in this process.
 */
export async function start(given: readonly string[], options: StartOptions = {}): Promise<void> {
  const names = namesOf(given)
  const config = loadConfig(process.env)
  const isCluster = config.mode === 'cluster'
  if (!isCluster && names.length === 0) return startTogether(config, options)
  if (!isCluster) assertSharable(config, names)
  const [only] = names
  if (names.length === 1 && only !== undefined) return startHere(only, options)
  const chosen = names.length === 0 ? defaultProcesses(config.ingestDirectory) : names
  if (!chosen.includes('ingest') && names.length === 0) {
    say(
      '未设置 WEIR_INGEST_DIRECTORY,不启动导入 Ingest is not started: WEIR_INGEST_DIRECTORY names no folder',
    )
  }
  return startApart(config, chosen, options)
}

function sayWhoSignsIn(config: Config): void {
  if (config.demo) return
  say(
    '目前无人能登录:身份提供方尚未接入。 Nobody can sign in yet: an identity provider comes later. WEIR_DEMO=true lets anybody take a seat.',
  )
}

/** One service in this process. Ends the process with the service's exit code. */
async function startHere(name: ProcessName, { json }: StartOptions): Promise<void> {
  const startable: StartableProcess = processes[name]
  const onStatus = ({ status, ...facts }: { readonly status: string }): void =>
    printEvent({ event: status, service: name, pid: process.pid, ...facts })
  // Whatever is left hanging in there does not keep the process.
  process.exit(await runProcess(await startable.load(), json === true ? { onStatus } : {}))
}

/** Each service in a child process of its own. @throws CommandError with the last words of a child that would not come up */
async function startApart(
  config: Config,
  names: readonly ProcessName[],
  { json }: StartOptions,
): Promise<void> {
  const signal = stopSignal('正在停止…… stopping …')
  const specs = await childSpecs(config, names, process.env)
  const width = Math.max(...specs.map(({ name }) => name.length))
  if (names.includes('web')) sayWhoSignsIn(config)
  try {
    const isWell = await superviseChildren(specs, {
      policy: restartPolicy,
      graceMs: config.shutdownGraceMs,
      signal,
      tell: (event) => (json === true ? printEvent(event) : sayEvent(event)),
      line: (service, text) => say(`${service.padEnd(width)} | ${text}`),
    })
    if (!isWell) process.exitCode = exitCodes.failure
  } catch (error) {
    if (!(error instanceof GivenUpError)) throw error
    const code = error.isMisconfigured ? exitCodes.usage : exitCodes.failure
    throw new CommandError(error.message, code, { cause: error })
  }
}

/** A line for machines: what happened, and when. */
function printEvent(event: object): void {
  printJson({ at: new Date().toISOString(), ...event })
}

function sayEvent(event: SupervisorEvent): void {
  switch (event.event) {
    case 'started':
      return say(`▸ ${event.service} 启动 started (${event.pid ?? '?'})`)
    case 'ready':
      return say(`✓ ${event.service} 就绪 ready${event.url === null ? '' : ` ${event.url}`}`)
    case 'all_ready':
      return say('✓ 全部就绪,Ctrl-C 停止。 Weir is running; Ctrl-C stops.')
    case 'ended':
      return say(`■ ${event.service} 结束 ended (${event.signal ?? event.code ?? '?'})`)
    case 'restarting':
      return say(`↻ ${event.service} 将重启 starts again in ${event.in_ms} ms`)
    case 'given_up':
      return say(`✗ ${event.service} 放弃 given up`)
    case 'stopped':
      return say('■ 已停止 stopped')
  }
}

/** All services in this process. */
async function startTogether(config: Config, { json }: StartOptions): Promise<void> {
  const signal = stopSignal('正在停止…… stopping …')
  const platform = await openPlatform(config)
  try {
    const district = await startDistrict(platform, { serve: true })
    try {
      const url = district.web?.url ?? ''
      say(`Weir 已启动 is running: ${url}  (数据 data in ${config.dataDirectory}; Ctrl-C 停止 stops)`)
      if (json === true) printEvent({ event: 'ready', service: 'weir', pid: process.pid, url })
      sayWhoSignsIn(config)
      const failed = await Promise.race([district.failed, aborted(signal)])
      if (failed !== undefined) throw failed
    } finally {
      await district.stop()
    }
  } finally {
    await platform.close()
  }
  if (json === true) printEvent({ event: 'stopped' })
}
