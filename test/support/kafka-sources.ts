/** Where a broker and a registry for tests, benches and the fault harness come from: the environment, Docker, Java, in this order. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { startBroker } from '../../services/platform/broker/broker.ts'
import type { Broker, BrokerOptions } from '../../services/platform/broker/broker.ts'
import { containerEnvironment, containerPort, kafkaImage } from '../../services/platform/broker/docker.ts'
import { downloadKafka, downloadRegistry } from '../../services/platform/broker/download.ts'
import { freePorts } from '../../services/platform/broker/ports.ts'
import { startRegistry } from '../../services/platform/broker/registry.ts'
import type { Registry } from '../../services/platform/broker/registry.ts'
import { checkJava, toolsOf } from '../../services/platform/broker/tools.ts'
import { kafkaVersionDefault } from '../../services/platform/broker/versions.ts'
import type { KafkaVersion } from '../../services/platform/broker/versions.ts'

/** Where something for tests comes from. `environment`: named in KAFKA_BROKERS or SCHEMA_REGISTRY_URL. */
export type TestSource = 'environment' | 'docker' | 'java'

/** What a test asks of its broker beyond being a Kafka; whatever cannot give that is passed over. */
export interface KafkaNeeds {
  /** This version and no other. */
  readonly version?: KafkaVersion
  /** It will be stopped, killed, paused or configured. */
  readonly own?: boolean
  /** It is an ordinary process of this machine: pid, folder, credentials. */
  readonly process?: boolean
}

/** How a test wants its broker. */
export type StartKafkaOptions = Omit<BrokerOptions, 'tools' | 'lifetime' | 'host'> &
  Pick<KafkaNeeds, 'own' | 'process'>

/** A broker for tests. Where it is not managed, stopping, killing and pausing throw, and removing does nothing. */
export interface TestKafka extends Pick<
  Broker,
  'bootstrap' | 'pid' | 'start' | 'stop' | 'kill' | 'pause' | 'resume' | 'remove'
> {
  readonly source: TestSource
  readonly managed: boolean
  /** Where its data are; undefined unless it is a process of this machine. */
  readonly directory: string | undefined
  [Symbol.asyncDispose](): Promise<void>
}

/** A registry for tests, alike. */
export interface TestRegistry extends Pick<
  Registry,
  'url' | 'start' | 'stop' | 'kill' | 'pause' | 'resume' | 'remove'
> {
  readonly source: TestSource
  readonly managed: boolean
  [Symbol.asyncDispose](): Promise<void>
}

/** Nothing on this machine can be the broker; the message says what was tried. */
export class NoKafkaError extends Error {
  constructor(what: string, tried: readonly string[]) {
    super([`No ${what} for the tests:`, ...tried.map((line) => `- ${line}`)].join('\n'))
    this.name = 'NoKafkaError'
  }
}

const tools = toolsOf(process.env)
const say = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** Whether Docker may be there at all: asking properly takes half a second. */
function mayHaveDocker(): boolean {
  const runtime = process.env['XDG_RUNTIME_DIR']
  return (
    process.env['DOCKER_HOST'] !== undefined ||
    ['/var/run/docker.sock', join(homedir(), '.docker', 'run', 'docker.sock')].some((path) =>
      existsSync(path),
    ) ||
    (runtime !== undefined && existsSync(join(runtime, 'docker.sock')))
  )
}

/** @returns undefined when Docker answers, else why not */
async function dockerProblem(): Promise<string | undefined> {
  if (!mayHaveDocker()) return 'no Docker socket'
  try {
    const { getContainerRuntimeClient } = await import('testcontainers')
    await getContainerRuntimeClient()
    return undefined
  } catch (error) {
    return `Docker does not answer: ${reason(error)}`
  }
}

async function javaProblem(download: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await checkJava(tools.java)
    await download()
    return undefined
  } catch (error) {
    return reason(error)
  }
}

interface Candidate {
  readonly source: TestSource
  readonly problem: () => Promise<string | undefined>
}

async function firstOf(what: string, candidates: readonly Candidate[]): Promise<TestSource> {
  const tried: string[] = []
  for (const { source, problem } of candidates) {
    const found = await problem()
    if (found === undefined) return source
    tried.push(`${source}: ${found}`)
  }
  throw new NoKafkaError(what, tried)
}

function namedBrokers(): string[] {
  return (process.env['KAFKA_BROKERS'] ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
}

/**
 * Where a broker that fits would come from; downloads it if need be, starts nothing.
 * @throws NoKafkaError when there is none
 */
export async function kafkaSource(needs: KafkaNeeds = {}): Promise<TestSource> {
  const { version = kafkaVersionDefault, own = false, process: isProcess = false } = needs
  const named = async (): Promise<string | undefined> => {
    if (namedBrokers().length === 0) return 'KAFKA_BROKERS is not set'
    if (own || isProcess) return 'the brokers of KAFKA_BROKERS are not ours to stop or configure'
    return version === kafkaVersionDefault ? undefined : `KAFKA_BROKERS may not be Kafka ${version}`
  }
  return firstOf(`Kafka ${version}`, [
    { source: 'environment', problem: named },
    {
      source: 'docker',
      problem: async () => (isProcess ? 'a process of this machine is needed' : dockerProblem()),
    },
    { source: 'java', problem: async () => javaProblem(async () => downloadKafka(version, tools, say)) },
  ])
}

/** Where a registry would come from; downloads it if need be, starts nothing. @throws NoKafkaError when there is none */
export async function registrySource(own = false): Promise<TestSource> {
  const named = async (): Promise<string | undefined> => {
    if ((process.env['SCHEMA_REGISTRY_URL'] ?? '') === '') return 'SCHEMA_REGISTRY_URL is not set'
    return own ? 'the registry of SCHEMA_REGISTRY_URL is not ours to stop' : undefined
  }
  return firstOf('schema registry', [
    { source: 'environment', problem: named },
    { source: 'java', problem: async () => javaProblem(async () => downloadRegistry(tools, say)) },
  ])
}

function notOurs(variable: string): Omit<TestKafka, 'bootstrap' | 'source'> {
  const refuse = async (): Promise<void> => {
    throw new Error(`what ${variable} names is not ours to stop: ask for { own: true }`)
  }
  const nothing = async (): Promise<void> => undefined
  return {
    managed: false,
    pid: undefined,
    directory: undefined,
    start: nothing,
    stop: refuse,
    kill: refuse,
    pause: refuse,
    resume: refuse,
    remove: nothing,
    [Symbol.asyncDispose]: nothing,
  }
}

async function startInDocker({
  version = kafkaVersionDefault,
  port,
  properties,
}: StartKafkaOptions): Promise<TestKafka> {
  const { GenericContainer, getContainerRuntimeClient, Wait } = await import('testcontainers')
  const [free = 0] = port === undefined || port === 0 ? await freePorts(1) : [port]
  const wait = Wait.forLogMessage(/Kafka Server started/)
  const started = await new GenericContainer(kafkaImage(version))
    .withExposedPorts({ container: containerPort, host: free })
    .withEnvironment(containerEnvironment(free, properties))
    .withWaitStrategy(wait)
    .start()
  const container = (await getContainerRuntimeClient()).container.getById(started.getId())
  const isRunning = async (): Promise<boolean> => (await container.inspect()).State.Running
  const remove = async (): Promise<void> => {
    await container.remove({ force: true, v: true })
  }
  return {
    source: 'docker',
    managed: true,
    bootstrap: [`127.0.0.1:${free}`],
    pid: undefined,
    directory: undefined,
    async start() {
      if (!(await isRunning())) await started.restart()
    },
    async stop() {
      if (await isRunning()) await container.stop()
    },
    async kill() {
      if (await isRunning()) await container.kill()
    },
    async pause() {
      await container.pause()
    },
    async resume() {
      await container.unpause()
    },
    remove,
    [Symbol.asyncDispose]: remove,
  }
}

/**
 * Starts a broker, or names the one that is there. `await using kafka = await startKafka()`. It ends with this process at the latest.
 * @throws NoKafkaError when nothing on this machine fits; BrokerError when it does not start
 */
export async function startKafka(options: StartKafkaOptions = {}): Promise<TestKafka> {
  const { own, process: isProcess, ...brokerOptions } = options
  const { version, properties, security, directory } = brokerOptions
  const source = await kafkaSource({
    ...(version === undefined ? {} : { version }),
    own: own === true || properties !== undefined,
    process: isProcess === true || security !== undefined || directory !== undefined,
  })
  if (source === 'environment') return { ...notOurs('KAFKA_BROKERS'), source, bootstrap: namedBrokers() }
  if (source === 'docker') return startInDocker(brokerOptions)
  const broker = await startBroker({ onProgress: say, ...brokerOptions, tools })
  return Object.assign(broker, { source, managed: true })
}

/**
 * Starts a registry, or names the one that is there. It ends with this process at the latest.
 * @param own it will be stopped, killed or paused
 * @throws NoKafkaError when nothing on this machine fits; BrokerError when it does not start
 */
export async function startTestRegistry(own = false): Promise<TestRegistry> {
  const source = await registrySource(own)
  if (source === 'environment') {
    return { ...notOurs('SCHEMA_REGISTRY_URL'), source, url: process.env['SCHEMA_REGISTRY_URL'] ?? '' }
  }
  const registry = await startRegistry({ onProgress: say, tools })
  return Object.assign(registry, { source, managed: true })
}
