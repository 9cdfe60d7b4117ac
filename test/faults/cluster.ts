/** Three brokers that keep three copies of everything, as in production, on one machine. */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePorts } from '../../services/platform/broker/ports.ts'
import { toolsOf } from '../../services/platform/broker/tools.ts'
import type { KafkaVersion } from '../../services/platform/broker/versions.ts'
import { startKafka } from '../support/kafka-sources.ts'
import type { TestKafka } from '../support/kafka-sources.ts'

/** Brokers of a cluster. */
export const clusterSize = 3
const heapMb = 400

interface Seat {
  readonly id: number
  readonly port: number
  readonly internalPort: number
  readonly controllerPort: number
}

async function seats(): Promise<readonly Seat[]> {
  const ports = await freePorts(3 * clusterSize)
  return Array.from({ length: clusterSize }, (_, index) => {
    const [port = 0, internalPort = 0, controllerPort = 0] = ports.slice(3 * index)
    return { id: index + 1, port, internalPort, controllerPort }
  })
}

/** Laid over the properties of an only broker. */
function properties(
  { id, port, internalPort, controllerPort }: Seat,
  all: readonly Seat[],
): Record<string, string> {
  const client = `CLIENT://127.0.0.1:${port},INTERNAL://127.0.0.1:${internalPort}`
  return {
    'node.id': String(id),
    'controller.quorum.voters': all.map((seat) => `${seat.id}@127.0.0.1:${seat.controllerPort}`).join(','),
    listeners: `${client},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': client,
    'controlled.shutdown.enable': 'true',
    'offsets.topic.replication.factor': '3',
    'transaction.state.log.replication.factor': '3',
    'transaction.state.log.min.isr': '2',
    'share.coordinator.state.topic.replication.factor': '3',
    'share.coordinator.state.topic.min.isr': '2',
    'default.replication.factor': '3',
    'min.insync.replicas': '2',
  }
}

/** A folder that a first start of this version has formatted. */
async function formatted(version: KafkaVersion): Promise<string> {
  const folder = join(toolsOf(process.env).cacheDirectory, `kafka-${version}-formatted`)
  if (!existsSync(folder)) await (await startKafka({ own: true, process: true, version })).remove()
  return folder
}

/** Gives each broker a folder of the same cluster and an identity of its own. */
async function prepare(directory: string, id: number, version: KafkaVersion): Promise<void> {
  const data = join(directory, 'data')
  await mkdir(directory, { recursive: true })
  await cp(await formatted(version), data, { recursive: true })
  const file = join(data, 'meta.properties')
  const own = { 'node.id': String(id), 'directory.id': randomBytes(16).toString('base64url') }
  const lines = (await readFile(file, 'utf8')).split('\n').map((line) => {
    const found = Object.entries(own).find(([name]) => line.startsWith(`${name}=`))
    return found === undefined ? line : found.join('=')
  })
  await writeFile(file, lines.join('\n'))
}

/** Starts the cluster in folders `broker-1` … below `directory`. @throws NoKafkaError, BrokerError */
export async function startCluster(version: KafkaVersion, directory: string): Promise<readonly TestKafka[]> {
  const all = await seats()
  for (const { id } of all) await prepare(join(directory, `broker-${id}`), id, version)
  const starting = all.map(async (seat) =>
    startKafka({
      own: true,
      process: true,
      version,
      heapMb,
      port: seat.port,
      directory: join(directory, `broker-${seat.id}`),
      properties: properties(seat, all),
    }),
  )
  const started = await Promise.allSettled(starting)
  const brokers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  const failure = started.find((one) => one.status === 'rejected')
  if (failure === undefined) return brokers
  await Promise.all(brokers.map(async (broker) => broker.remove()))
  throw failure.reason
}
