/** An Apache Kafka of one's own: one Java process that is broker and controller, without Docker. */
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { cached } from './cache.ts'
import { downloadKafka } from './download.ts'
import { dataTooNew, notStarted, portTaken } from './errors.ts'
import { answers, folderMark, JavaProcess } from './java-process.ts'
import type { Lifetime } from './java-process.ts'
import { freePorts, isFree } from './ports.ts'
import { brokerProperties, loggingConfiguration, propertiesText, startedLine } from './properties.ts'
import type { BrokerPlace, BrokerSecurity } from './properties.ts'
import { run } from './run.ts'
import { checkJava, toolsWith } from './tools.ts'
import type { Tools } from './tools.ts'
import { isOlder, kafkaVersionDefault } from './versions.ts'
import type { KafkaVersion } from './versions.ts'

/** How to start a broker; every field has a default. */
export interface BrokerOptions {
  /** Default the newest one. */
  readonly version?: KafkaVersion
  /** Its folder (data, configuration, log), kept on `stop`. Default: a new temporary one, which also goes when this process ends. */
  readonly directory?: string
  /** Default any free one. */
  readonly port?: number
  /** Address to listen on and to tell clients; default 127.0.0.1. */
  readonly host?: string
  /** Laid over the broker's properties. */
  readonly properties?: Readonly<Record<string, string>>
  /** Default: plain text, everybody may do everything. */
  readonly security?: BrokerSecurity
  /** Java heap in MB, default 512. */
  readonly heapMb?: number
  /** `quick` starts fast and stays slower (tests); `full` lets Java optimise (benches). Default `quick`. */
  readonly compiler?: 'quick' | 'full'
  /** Default `parent`. */
  readonly lifetime?: Lifetime
  /** Default: `java` and `mvn` of the path, downloads in the user's cache folder. */
  readonly tools?: Partial<Tools>
  /** Hears what takes long, a line at a time. */
  readonly onProgress?: (line: string) => void
}

/** A broker that can be made to fail in every way and started again on the same data and port. */
export interface Broker {
  readonly version: KafkaVersion
  /** `host:port`. */
  readonly bootstrap: readonly string[]
  /** Process id; undefined while it is stopped. */
  readonly pid: number | undefined
  /** Absolute path. */
  readonly directory: string
  /** Starts it again after `stop` or `kill`; nothing to do while it runs. @throws BrokerError */
  start(): Promise<void>
  /** Ends it in an orderly way. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): Promise<void>
  /** Kills it and deletes its folder; also what `await using` calls. */
  remove(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const startsMax = 3

/**
 * Starts a broker and waits until it takes requests: about two seconds, ten more when it has to be downloaded first.
 * @throws BrokerError `java_unusable`, `maven_missing`, `download_failed`, `broker_not_started`
 */
export async function startBroker(options: BrokerOptions = {}): Promise<Broker> {
  const tools = toolsWith(options.tools)
  const version = options.version ?? kafkaVersionDefault
  await checkJava(tools.java)
  const jars = await downloadKafka(version, tools, options.onProgress ?? (() => undefined))
  const { port = 0, host = '127.0.0.1' } = options
  if (port !== 0 && !(await isFree(port, host))) throw portTaken(host, port)
  const isTemporary = options.directory === undefined
  const directory = isTemporary ? await mkdtemp(join(tmpdir(), 'weir-kafka-')) : resolve(options.directory)
  for (let starts = 1; ; starts += 1) {
    try {
      const broker = await prepare({ ...options, version }, tools, jars, directory)
      await broker.start()
      return broker
    } catch (error) {
      // Somebody else may have taken a free port before the broker did.
      const wasTaken = error instanceof Error && /BindException|failed to bind/.test(error.message)
      if (wasTaken && port === 0 && starts < startsMax) continue
      if (isTemporary) await rm(directory, { recursive: true, force: true })
      throw error
    }
  }
}

/** Refuses data that this version cannot read, and writes down who wrote them last. */
async function checkData(directory: string, version: KafkaVersion): Promise<void> {
  const file = join(directory, 'version')
  const written = existsSync(file) ? (await readFile(file, 'utf8')).trim() : version
  if (isOlder(version, written)) throw dataTooNew(directory, written, version)
  await mkdir(directory, { recursive: true })
  await writeFile(file, `${version}\n`)
}

type Settled = BrokerOptions & { readonly version: KafkaVersion }

async function prepare(options: Settled, tools: Tools, jars: string, directory: string): Promise<Broker> {
  const { version, host = '127.0.0.1' } = options
  const [freePort, controllerPort, internalPort] = (await freePorts(3)) as [number, number, number]
  const security = options.security ?? { protocol: 'PLAINTEXT' }
  const port = options.port === undefined || options.port === 0 ? freePort : options.port
  const place: BrokerPlace = {
    data: join(directory, 'data'),
    host,
    port,
    controllerPort,
    internalPort,
    security,
  }
  const configuration = join(directory, 'server.properties')
  const logging = loggingConfiguration(version)
  const loggingFile = join(directory, 'logging.properties')
  await checkData(directory, version)
  await writeFile(configuration, propertiesText(brokerProperties(place, options.properties)), { mode: 0o600 })
  await writeFile(loggingFile, logging.text)
  await format(tools, jars, { version, configuration, data: place.data, security })
  const program = new JavaProcess({
    name: `Kafka ${version}`,
    java: tools.java,
    parameters: [
      folderMark(directory),
      ...virtualMachine(options),
      `${logging.option}${loggingFile}`,
      '-cp',
      join(jars, '*'),
      'kafka.Kafka',
      configuration,
    ],
    logFile: join(directory, 'broker.log'),
    lifetime: options.lifetime ?? 'parent',
    ...(options.directory === undefined ? { temporaryFolder: directory } : {}),
    isReady: async (fresh) => fresh.includes(startedLine) && answers(host, port),
  })
  return handle(program, version, directory, `${host}:${port}`)
}

function virtualMachine({ heapMb = 512, compiler = 'quick' }: BrokerOptions): string[] {
  const heap = [`-Xms${heapMb}m`, `-Xmx${heapMb}m`, '-Djava.awt.headless=true']
  return compiler === 'quick'
    ? [...heap, '-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']
    : [...heap, '-XX:+UseG1GC']
}

function handle(program: JavaProcess, version: KafkaVersion, directory: string, address: string): Broker {
  const remove = async (): Promise<void> => {
    await program.kill()
    await rm(directory, { recursive: true, force: true })
  }
  return {
    version,
    bootstrap: [address],
    get pid() {
      return program.pid
    },
    directory,
    start: async () => program.start(),
    stop: async () => program.stop(),
    kill: async () => program.kill(),
    pause: async () => program.pause(),
    resume: async () => program.resume(),
    remove,
    [Symbol.asyncDispose]: remove,
  }
}

interface Formatting {
  readonly version: KafkaVersion
  readonly configuration: string
  readonly data: string
  readonly security: BrokerSecurity
}

/** Any will do: a broker of one machine meets no other cluster. */
const clusterId = 'V2VpckJyb2tlck9uZU5vZA'

/** Gives an empty data folder its identity. Without users to be written, that is done once and copied. */
async function format(tools: Tools, jars: string, formatting: Formatting): Promise<void> {
  const { version, configuration, data, security } = formatting
  if (existsSync(join(data, 'meta.properties'))) return
  const users = security.mechanism?.startsWith('SCRAM') === true ? (security.users ?? []) : []
  if (users.length > 0) {
    await formatFolder(tools.java, jars, configuration, scramParameters(security))
    return
  }
  const formatted = await cached(tools.cacheDirectory, `kafka-${version}-formatted`, async (folder) => {
    const own = join(folder, 'format.properties')
    const [port, controllerPort, internalPort] = [1, 2, 3]
    const place: BrokerPlace = {
      data: folder,
      host: '127.0.0.1',
      port,
      controllerPort,
      internalPort,
      security: { protocol: 'PLAINTEXT' },
    }
    await writeFile(own, propertiesText(brokerProperties(place)))
    await formatFolder(tools.java, jars, own, [])
    await rm(own)
  })
  await mkdir(data, { recursive: true })
  await cp(formatted, data, { recursive: true })
}

function scramParameters({ mechanism = 'PLAIN', users = [] }: BrokerSecurity): string[] {
  return users.flatMap(({ name, password }) => [
    '--add-scram',
    `${mechanism}=[name=${name},password=${password}]`,
  ])
}

async function formatFolder(
  java: string,
  jars: string,
  configuration: string,
  extra: readonly string[],
): Promise<void> {
  const parameters = ['-XX:TieredStopAtLevel=1', '-cp', join(jars, '*'), 'kafka.tools.StorageTool', 'format']
  const { code, output } = await run(java, [
    ...parameters,
    '-t',
    clusterId,
    '-c',
    configuration,
    '-g',
    ...extra,
  ])
  if (code !== 0) throw notStarted('Kafka', 'its data folder could not be formatted', output)
}
