/** What a bench runs on: a broker of its own or the one that is configured, names of its own, a folder of its own; nothing stays. */
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBroker } from '../../platform/broker/broker.ts'
import type { Broker } from '../../platform/broker/broker.ts'
import { toolsOf } from '../../platform/broker/tools.ts'
import { loadConfig } from '../../platform/config/config.ts'
import { kafkaConnection, kafkaOptions } from '../../platform/log/kafka/connection.ts'
import type { KafkaConnection } from '../../platform/log/kafka/connection.ts'
import { Kafka, logLevel } from '../../platform/log/kafka/kafkajs/door.ts'
import type { Admin } from '../../platform/log/kafka/kafkajs/door.ts'

/** What to run on. */
export interface BedOptions {
  /** Partitions of every topic that is cut into several. */
  readonly partitions: number
  /** Hears what takes long, a line at a time. */
  readonly say: (line: string) => void
}

/** A broker and a place of one's own at it. */
export interface Bed {
  readonly connection: KafkaConnection
  /** Process id of the broker; undefined when it is not ours. */
  readonly brokerPid: number | undefined
  /** Prefix of topics, groups and transactional ids, drawn anew for every bench. */
  readonly prefix: string
  readonly partitions: number
  /** Removed at the end. */
  readonly directory: string
  /** Settings for processes of Weir; each gets a data folder of its own below `directory`. */
  environment(dataFolder: string): NodeJS.ProcessEnv
  /** Deletes all topics of the prefix but those named. */
  dropTopics(keep?: readonly string[]): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const heapMb = 1024

/** Settings that say how the brokers are reached; everything else of the person's own must not change what is measured. */
const reaching = /^WEIR_KAFKA_(?:BROKERS|REPLICATION|TLS|SASL)/

function ownSettings(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      (!name.startsWith('WEIR_') || reaching.test(name)) &&
      name !== 'SCHEMA_REGISTRY_URL' &&
      name !== 'NODE_ENV',
  )
  return Object.fromEntries(kept)
}

/** Opens it: with `WEIR_KAFKA_BROKERS` at those brokers, else starts one. @throws BrokerError, ConfigError */
export async function openBed({ partitions, say }: BedOptions): Promise<Bed> {
  const base = ownSettings()
  const directory = await mkdtemp(join(tmpdir(), 'weir-bench-'))
  let broker: Broker | undefined
  try {
    if (base['WEIR_KAFKA_BROKERS'] === undefined) {
      say('starting a broker')
      broker = await startBroker({ compiler: 'full', heapMb, tools: toolsOf(process.env), onProgress: say })
    }
    return bedAt(base, broker, directory, partitions)
  } catch (error) {
    await broker?.remove()
    await rm(directory, { recursive: true, force: true })
    throw error
  }
}

async function withAdmin(connection: KafkaConnection, work: (admin: Admin) => Promise<void>): Promise<void> {
  const admin = new Kafka({ ...kafkaOptions(connection), logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    await work(admin)
  } finally {
    await admin.disconnect()
  }
}

function bedAt(
  base: NodeJS.ProcessEnv,
  broker: Broker | undefined,
  directory: string,
  partitions: number,
): Bed {
  const prefix = `bench-${randomBytes(4).toString('hex')}`
  const environment = (dataFolder: string): NodeJS.ProcessEnv => ({
    ...base,
    ...(broker && { WEIR_KAFKA_BROKERS: broker.bootstrap.join(',') }),
    WEIR_MODE: 'cluster',
    WEIR_KAFKA_PARTITIONS: String(partitions),
    WEIR_TOPIC_PREFIX: prefix,
    WEIR_DATA_DIRECTORY: join(directory, dataFolder),
    WEIR_METRICS_PORT: '0',
    WEIR_LOG_LEVEL: 'warn',
    // Only services that keep cases open a database, or seal identities.
    WEIR_DEMO: 'true',
    WEIR_POSTGRES_URL: 'postgres://nobody@127.0.0.1/unused',
  })
  const connection = kafkaConnection(loadConfig(environment('bench')), 'weir-bench')
  const dropTopics = async (keep: readonly string[] = []): Promise<void> =>
    withAdmin(connection, async (admin) => {
      const all = await admin.listTopics()
      const own = all.filter((name) => name.startsWith(`${prefix}.`) && !keep.includes(name))
      if (own.length > 0) await admin.deleteTopics({ topics: own })
    })
  const dropAll = async (): Promise<void> => {
    await dropTopics()
    await withAdmin(connection, async (admin) => {
      const { groups } = await admin.listGroups()
      const own = groups.map(({ groupId }) => groupId).filter((id) => id.startsWith(`${prefix}.`))
      if (own.length > 0) await admin.deleteGroups(own)
    })
  }
  return {
    connection,
    brokerPid: broker?.pid,
    prefix,
    partitions,
    directory,
    environment,
    dropTopics,
    async [Symbol.asyncDispose]() {
      if (broker === undefined) await dropAll()
      await broker?.remove()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
