import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startOfDay } from '../../platform/calendar/day.ts'
import { loadConfig } from '../../platform/config/config.ts'
import type { Config } from '../../platform/config/config.ts'
import { defaultSimulation, optionsProblem, simulate } from '../../simulate/app.ts'
import { startDistrict } from '../compose.ts'
import { firstDayOf } from '../dates.ts'
import { districtClock } from '../demo/clock.ts'
import { createDirector } from '../demo/director.ts'
import type { Director } from '../demo/director.ts'
import {
  assertReachable,
  assertSameServers,
  claimServers,
  newServers,
  onServers,
  releaseServers,
} from '../demo/servers.ts'
import { openStage } from '../demo/stage.ts'
import { loadDemoServers, loadDemoState, saveDemoState } from '../demo/state.ts'
import type { DemoState } from '../demo/state.ts'
import { summarise } from '../demo/summary.ts'
import type { DemoSummary } from '../demo/summary.ts'
import { openPlatform } from '../platform.ts'
import { stopSignal } from '../stop-signal.ts'
import { CommandError, count, exitCodes, printJson, progressLine, say } from '../terminal.ts'

/** Options of `weir demo`. */
export interface DemoOptions {
  readonly once?: boolean
  readonly json?: boolean
  readonly crew: boolean
  readonly transactions: number
  readonly days: number
  readonly seed: number
  readonly start?: string
  readonly pace?: number
  readonly history?: number
  readonly data?: string
  readonly port?: number
  readonly kafka?: string
  readonly postgres?: string
  readonly reset?: boolean
}

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** Length of a step while history is told. */
const stepMs = 6 * hourMs
/** Real time between two steps when live. */
const beatMs = 500
/** After the story the crew gets this long before what is left is finished at once. */
const windUpDays = 120

/** The settings with the flags laid over them. A demo on Kafka has a folder of its own unless one is named. */
function configOf(options: DemoOptions): Config {
  const { kafka, postgres, port } = options
  const isOnKafka = kafka !== undefined || process.env['WEIR_MODE'] === 'cluster'
  const { WEIR_POSTGRES_URL_FILE: file, ...environment } = process.env
  if (kafka !== undefined && (postgres ?? environment['WEIR_POSTGRES_URL'] ?? file) === undefined) {
    throw new CommandError(
      '--kafka 需要 --postgres:内置数据库不与 Kafka 一起使用。 --kafka needs --postgres: the built-in database does not go with Kafka',
      exitCodes.usage,
    )
  }
  return loadConfig({
    ...environment,
    ...(file === undefined || postgres !== undefined ? {} : { WEIR_POSTGRES_URL_FILE: file }),
    ...(kafka === undefined ? {} : { WEIR_MODE: 'cluster', WEIR_KAFKA_BROKERS: kafka }),
    ...(postgres === undefined ? {} : { WEIR_POSTGRES_URL: postgres }),
    ...(port === undefined ? {} : { WEIR_HTTP_PORT: String(port) }),
    WEIR_LOG_LEVEL: environment['WEIR_LOG_LEVEL'] ?? 'warn',
    WEIR_DEMO: 'true',
    WEIR_DATA_DIRECTORY: resolve(options.data ?? (isOnKafka ? '.weir/demo-kafka' : '.weir/demo')),
  })
}

/** Today's story began `days` ago, so that it ends about now. */
function startOf(options: DemoOptions): number {
  if (options.start !== undefined) return firstDayOf(options.start)
  return startOfDay(Math.floor((Date.now() + 8 * hourMs) / dayMs) - options.days)
}

/** Deletes a demo: first what it has on servers, its folder last, so that a reset that was broken off can be repeated. */
async function reset(config: Config): Promise<void> {
  const { dataDirectory: directory } = config
  if (!existsSync(directory)) return
  if (!existsSync(join(directory, 'demo.json'))) {
    throw new CommandError(`${directory} holds no demo; nothing was deleted`, exitCodes.validation)
  }
  const servers = await loadDemoServers(directory)
  if (servers !== undefined) {
    assertReachable(config, servers)
    await releaseServers(onServers(config, servers), servers)
  }
  await rm(directory, { recursive: true })
}

async function stateOf(options: DemoOptions, config: Config): Promise<DemoState> {
  const { seed, transactions, days } = options
  const { dataDirectory: directory } = config
  const earlier = await loadDemoState(directory)
  if (earlier !== undefined) {
    assertSameServers(config, earlier.servers)
    const isOther = earlier.seed !== seed || earlier.transactions !== transactions || earlier.days !== days
    if (isOther)
      say(
        `${directory} 中已有另一场演示,继续那一场;--reset 重新开始。It holds another demo, which goes on; --reset begins afresh.`,
      )
    return earlier
  }
  const start = startOf(options)
  const problem = optionsProblem({ seed, transactions, days, start })
  if (problem !== undefined) throw new CommandError(problem, exitCodes.usage)
  const servers = newServers(config)
  const state: DemoState = {
    version: 1,
    ...{ seed, transactions, days, start, now: start },
    ...(servers && { servers }),
  }
  await saveDemoState(directory, state)
  return state
}

/** Runs the demo: live with a browser, or with --once to the end and a summary. A second start goes on where the first was. */
export async function demo(options: DemoOptions): Promise<void> {
  const began = performance.now()
  const given = configOf(options)
  const { dataDirectory: directory } = given
  if (options.reset === true) await reset(given)
  await mkdir(directory, { recursive: true })
  const state = await stateOf(options, given)
  const config = onServers(given, state.servers)
  if (state.servers !== undefined) await claimServers(config, state.servers)
  const signal = stopSignal('正在停止…… stopping … (再次启动从此处继续 start again to go on from here)')
  const clock = districtClock(state.now)
  const platform = await openPlatform(config, clock)
  try {
    const district = await startDistrict(platform, { serve: options.once !== true })
    try {
      if (district.web !== undefined) announce(district.web.url, config)
      const stage = openStage({
        platform,
        district,
        clock,
        directory,
        seed: state.seed,
        crew: options.crew,
        began,
      })
      const rows = simulate({ ...defaultSimulation, ...state })
      const director = await createDirector(stage, state, rows)
      const isDone =
        options.once === true
          ? await tellAll(director, signal)
          : await live(director, options, signal, district.failed)
      if (options.once === true && isDone) {
        const timing = { firstWarningMs: stage.firstWarningMs(), durationSeconds: seconds(began) }
        print(await summarise(platform.log, district, timing), options)
      }
      if (options.once === true && !isDone) process.exitCode = exitCodes.interrupted
    } finally {
      await district.stop()
    }
  } finally {
    await platform.close()
  }
}

function seconds(since: number): number {
  return Math.round((performance.now() - since) / 100) / 10
}

function announce(url: string, { mode, topicPrefix }: Config): void {
  say('')
  say(`  堰 Weir — ${url}`)
  if (mode === 'cluster') say(`  Kafka 主题 topics ${topicPrefix}.…`)
  say(
    '  选一个席位登录:检察官看监督看板,各部门办流转件。  Pick a seat: the prosecutor sees the board, departments their work.',
  )
  say('  Ctrl-C 停止,再次启动从原处继续。  Ctrl-C stops; the next start goes on from there.')
  say('')
}

/** @returns whether the story came to its end */
async function tellAll(director: Director, signal: AbortSignal): Promise<boolean> {
  const line = progressLine()
  while (!director.isStoryOver() && !signal.aborted) {
    await director.advance(director.state().now + stepMs)
    line.update(progressText(director))
  }
  line.done(progressText(director))
  if (signal.aborted) return false
  const { start, days } = director.state()
  await director.windUp(start + (days + windUpDays) * dayMs)
  return true
}

async function live(
  director: Director,
  options: DemoOptions,
  signal: AbortSignal,
  failed: Promise<Error>,
): Promise<boolean> {
  const line = progressLine()
  const { start, days } = director.state()
  const share = options.history ?? (options.crew ? 70 : 0)
  const historyUntil = start + Math.round((days * share) / 100) * dayMs
  const pace = options.pace ?? (options.crew ? 30 : 5)
  let failure: Error | undefined
  void failed.then((error) => {
    failure = error
  })
  while (!signal.aborted && failure === undefined) {
    const { now } = director.progress()
    const isHistory = now < historyUntil
    const began = performance.now()
    await director.advance(
      isHistory ? Math.min(now + stepMs, historyUntil) : now + (pace * minuteMs * beatMs) / 1000,
    )
    line.update(progressText(director))
    const rest = beatMs - (performance.now() - began)
    // Even while history is told as fast as it goes, requests get their turn.
    await delay(isHistory ? 0 : Math.max(0, rest), undefined, { signal }).catch(() => undefined)
  }
  line.done(progressText(director))
  if (failure !== undefined) throw failure
  return false
}

function progressText(director: Director): string {
  const { now, rows, rowsTotal } = director.progress()
  const date = new Date(now + 8 * hourMs).toISOString().slice(0, 16).replace('T', ' ')
  return `辖区时间 district time ${date} · 交易 transactions ${count(rows)} / ${count(rowsTotal)}`
}

function print(summary: DemoSummary, options: DemoOptions): void {
  if (options.json === true) {
    printJson(summary)
    return
  }
  for (const [name, value] of Object.entries(summary)) {
    process.stdout.write(
      `${name.padEnd(20)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}\n`,
    )
  }
}
