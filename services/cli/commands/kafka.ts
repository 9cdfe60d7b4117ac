/** `weir kafka up|down|status`: a broker for this machine, from whatever the machine has. */
import { join, resolve } from 'node:path'
import { startBroker } from '../../platform/broker/broker.ts'
import { lockWhenFree } from '../../platform/broker/cache.ts'
import {
  containerName,
  containerRuns,
  dockerAnswers,
  startContainer,
  stopContainer,
} from '../../platform/broker/docker.ts'
import { answers } from '../../platform/broker/java-process.ts'
import { freePorts, isFree } from '../../platform/broker/ports.ts'
import { startRegistry } from '../../platform/broker/registry.ts'
import { endOfFolder, isOfFolder, readResidents, writeResidents } from '../../platform/broker/resident.ts'
import type { ResidentBroker, ResidentRegistry, Residents } from '../../platform/broker/resident.ts'
import { toolsOf } from '../../platform/broker/tools.ts'
import { kafkaVersions } from '../../platform/broker/versions.ts'
import type { KafkaVersion } from '../../platform/broker/versions.ts'
import { CommandError, exitCodes, printJson, say } from '../terminal.ts'

/** Options of `weir kafka status` and `weir kafka down`. */
export interface KafkaOptions {
  readonly data: string
  readonly json?: boolean
}

/** Options of `weir kafka up`. */
export interface KafkaUpOptions extends KafkaOptions {
  readonly version: string
  readonly port: number
  readonly heap: number
  readonly with?: string
  readonly registry?: boolean
  readonly registryPort: number
}

/** What is told about a broker and a registry; `null` is what does not apply. */
interface Report {
  readonly bootstrap: string | null
  readonly pid: number | null
  readonly version: string | null
  readonly source: 'KAFKA_BROKERS' | 'docker' | 'java' | null
  readonly data: string
  readonly registry_url: string | null
}

function namedBrokers(): string | undefined {
  const named = process.env['KAFKA_BROKERS']
  return named === undefined || named.trim() === '' ? undefined : named.trim()
}

function reportOf(data: string, { broker, registry }: Residents): Report {
  const named = namedBrokers()
  const source = named === undefined ? (broker?.container === undefined ? 'java' : 'docker') : 'KAFKA_BROKERS'
  const bootstrap = named ?? broker?.bootstrap ?? null
  return {
    bootstrap,
    pid: named === undefined ? (broker?.pid ?? null) : null,
    version: named === undefined ? (broker?.version ?? null) : null,
    source: bootstrap === null ? null : source,
    data,
    registry_url: registry?.url ?? null,
  }
}

/** @throws CommandError when none of them takes connections */
async function checkNamed(named: string): Promise<void> {
  for (const address of named.split(',')) {
    const [, host = '', port = ''] = /^\s*\[?(.*?)\]?:(\d+)\s*$/.exec(address) ?? []
    if (port !== '' && (await answers(host, Number(port)))) return
  }
  throw new CommandError(
    `KAFKA_BROKERS names ${named}, where nothing answers: start that broker, or unset KAFKA_BROKERS so that Docker or Java runs one`,
  )
}

function versionOf(text: string): KafkaVersion {
  const version = kafkaVersions.find((known) => known === text)
  if (version !== undefined) return version
  throw new CommandError(
    `Kafka ${text} was never tried; there are ${kafkaVersions.join(', ')}`,
    exitCodes.usage,
  )
}

/** What of the residents still runs. */
async function alive(data: string): Promise<Residents> {
  const { broker, registry } = readResidents(data)
  return {
    ...(broker !== undefined && (await brokerRuns(broker, data)) ? { broker } : {}),
    ...(registry !== undefined && isOfFolder(registry.pid, registry.directory) ? { registry } : {}),
  }
}

async function brokerRuns({ pid, container }: ResidentBroker, data: string): Promise<boolean> {
  if (container !== undefined) return containerRuns(container)
  return pid !== undefined && isOfFolder(pid, data)
}

/** @returns the port to use @throws CommandError when something else has it */
async function portFor(wanted: number, option: string): Promise<number> {
  const [free = 0] = wanted === 0 ? await freePorts(1) : [wanted]
  if (wanted === 0 || (await isFree(wanted))) return free
  throw new CommandError(
    `port ${wanted} is in use: stop what uses it, or take another with ${option} (0: any free one)`,
  )
}

async function launch(data: string, options: KafkaUpOptions): Promise<ResidentBroker> {
  const version = versionOf(options.version)
  if (options.with !== undefined && options.with !== 'docker' && options.with !== 'java') {
    throw new CommandError(`--with takes docker or java, not ${options.with}`, exitCodes.usage)
  }
  const port = await portFor(options.port, '--port')
  if (options.with === 'docker' || (options.with === undefined && (await dockerAnswers()))) {
    const container = containerName(data)
    say(`starting Kafka ${version} in Docker as ${container}`)
    await startContainer(container, version, port)
    return { bootstrap: `127.0.0.1:${port}`, version, container }
  }
  say(`starting Kafka ${version} with Java`)
  const broker = await startBroker({
    version,
    directory: data,
    port,
    heapMb: options.heap,
    compiler: 'full',
    lifetime: 'own',
    tools: toolsOf(process.env),
    onProgress: say,
  })
  const { pid, bootstrap } = broker
  return { bootstrap: bootstrap.join(), version, ...(pid === undefined ? {} : { pid }) }
}

async function launchRegistry(data: string, { registryPort }: KafkaUpOptions): Promise<ResidentRegistry> {
  say('starting the schema registry with Java')
  const registry = await startRegistry({
    directory: join(data, 'registry'),
    port: await portFor(registryPort, '--registry-port'),
    lifetime: 'own',
    tools: toolsOf(process.env),
    onProgress: say,
  })
  const { url, directory, pid = 0 } = registry
  return { url, directory, pid }
}

/** Refuses to take a running broker for another one. */
function checkSame({ version, bootstrap }: ResidentBroker, options: KafkaUpOptions): void {
  const asked = versionOf(options.version)
  const port = Number(bootstrap.split(':')[1])
  if (version === asked && (options.port === 0 || options.port === port)) return
  throw new CommandError(
    `Kafka ${version} runs already at ${bootstrap} on this data folder: stop it first with weir kafka down, or choose another folder with --data`,
  )
}

function print(report: Report, json: boolean | undefined): void {
  if (json === true) {
    printJson(report)
    return
  }
  const lines = [report.bootstrap, report.registry_url].filter((line) => line !== null)
  process.stdout.write(lines.map((line) => `${line}\n`).join(''))
}

/** Makes sure that a broker runs, and with `--registry` a registry; prints where. Saying it twice starts nothing twice. */
export async function kafkaUp(options: KafkaUpOptions): Promise<void> {
  const data = resolve(options.data)
  const named = namedBrokers()
  if (named !== undefined) await checkNamed(named)
  const lock = await lockWhenFree(data)
  try {
    let residents = await alive(data)
    if (named !== undefined) say(`KAFKA_BROKERS names ${named}, which answers: nothing to start`)
    else if (residents.broker === undefined) {
      const broker = await launch(data, options)
      residents = { ...residents, broker }
      await writeResidents(data, residents)
      const where = broker.container === undefined ? data : `the Docker volume ${broker.container}`
      say(`Kafka is up; weir kafka down stops it (data in ${where})`)
    } else {
      checkSame(residents.broker, options)
      say('Kafka runs already')
    }
    if (options.registry === true) {
      if (residents.registry === undefined) {
        residents = { ...residents, registry: await launchRegistry(data, options) }
        await writeResidents(data, residents)
      } else say('the schema registry runs already')
    }
    print(reportOf(data, residents), options.json)
  } finally {
    lock.release()
  }
}

/** Says what runs for a data folder; exit code 4 when nothing does. */
export async function kafkaStatus(options: KafkaOptions): Promise<void> {
  const data = resolve(options.data)
  const named = namedBrokers()
  if (named !== undefined) await checkNamed(named)
  const residents = await alive(data)
  const report = reportOf(data, residents)
  if (report.bootstrap === null) {
    say(`no broker runs for ${data}: weir kafka up starts one`)
    process.exitCode = exitCodes.notFound
  } else say(`${report.version === null ? 'Kafka' : `Kafka ${report.version}`} runs (${report.source ?? ''})`)
  print(report, options.json)
}

/** Stops what `weir kafka up` started for a data folder, and nothing else. The data stay. */
export async function kafkaDown(options: KafkaOptions): Promise<void> {
  const data = resolve(options.data)
  const { broker, registry } = await alive(data)
  if (registry !== undefined) await endOfFolder(registry.pid, registry.directory)
  if (broker?.container !== undefined) await stopContainer(broker.container)
  else if (broker?.pid !== undefined) await endOfFolder(broker.pid, data)
  await writeResidents(data, {})
  const stopped = [
    ...(broker === undefined ? [] : ['kafka']),
    ...(registry === undefined ? [] : ['registry']),
  ]
  say(stopped.length === 0 ? `nothing ran for ${data}` : 'stopped; the data stay')
  if (options.json === true) printJson({ stopped, data })
}
