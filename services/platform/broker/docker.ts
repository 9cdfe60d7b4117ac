/** Apache's own image, for machines where Docker runs. */
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { notStarted } from './errors.ts'
import { brokerProperties, startedLine } from './properties.ts'
import { isMissing, run } from './run.ts'
import type { KafkaVersion } from './versions.ts'

/** Port of the broker inside its container. */
export const containerPort = 9092

const containerData = '/var/lib/kafka/data'
const startMsMax = 120_000
const pollMs = 250
const answerMsMax = 5000

/** The image of a Kafka version. */
export function kafkaImage(version: KafkaVersion): string {
  return `apache/kafka:${version}`
}

/** The name under which Apache's image reads a property. */
export function variableOf(property: string): string {
  const name = property.replaceAll('_', '__').replaceAll('-', '___').replaceAll('.', '_')
  return `KAFKA_${name.toUpperCase()}`
}

/**
 * Environment of a container whose broker is reached at 127.0.0.1.
 * @param hostPort port of this machine that leads to the container's 9092
 * @param extra properties laid over the broker's
 */
export function containerEnvironment(
  hostPort: number,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const properties = brokerProperties(
    {
      data: containerData,
      host: '0.0.0.0',
      port: containerPort,
      advertised: `127.0.0.1:${hostPort}`,
      controllerPort: 9093,
      internalPort: 9094,
      security: { protocol: 'PLAINTEXT' },
    },
    extra,
  )
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [variableOf(name), value]))
}

/** Whether a Docker engine answers the `docker` command. */
export async function dockerAnswers(docker = 'docker'): Promise<boolean> {
  try {
    const asked = ['version', '--format', '{{.Server.Version}}']
    const { code } = await run(docker, asked, () => undefined, answerMsMax)
    return code === 0
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** Name of the container, and of the volume with its data, that belong to a data folder. */
export function containerName(data: string): string {
  return `weir-kafka-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`
}

/** Parameters of `docker` that start a broker in the background; its data outlives the container. */
export function runParameters(
  name: string,
  version: KafkaVersion,
  hostPort: number,
  extra: Readonly<Record<string, string>> = {},
): string[] {
  const environment = Object.entries(containerEnvironment(hostPort, extra)).flatMap(([variable, value]) => [
    '--env',
    `${variable}=${value}`,
  ])
  return [
    'run',
    '--detach',
    '--rm',
    ...['--name', name, '--volume', `${name}:${containerData}`],
    ...['--publish', `127.0.0.1:${hostPort}:${containerPort}`],
    ...environment,
    kafkaImage(version),
  ]
}

/** Whether a container runs. */
export async function containerRuns(name: string): Promise<boolean> {
  const { code, output } = await run('docker', ['inspect', '--format', '{{.State.Running}}', name])
  return code === 0 && output.trim() === 'true'
}

/**
 * Starts a broker in a container and waits until it takes requests.
 * @throws BrokerError `broker_not_started`
 */
export async function startContainer(name: string, version: KafkaVersion, hostPort: number): Promise<void> {
  const what = `Kafka ${version} in Docker`
  const { code, output } = await run('docker', runParameters(name, version, hostPort))
  if (code !== 0) throw notStarted(what, 'docker refused', output)
  const deadline = performance.now() + startMsMax
  for (;;) {
    const logged = (await run('docker', ['logs', name])).output
    if (logged.includes(startedLine)) return
    const isOver = performance.now() > deadline
    if (isOver || !(await containerRuns(name))) {
      await stopContainer(name)
      throw notStarted(what, isOver ? 'no answer in time' : 'its container ended', logged)
    }
    await sleep(pollMs)
  }
}

/** Ends a container in an orderly way. @returns false when it did not run */
export async function stopContainer(name: string): Promise<boolean> {
  if (!(await containerRuns(name))) return false
  await run('docker', ['stop', '--time', '30', name])
  return true
}
