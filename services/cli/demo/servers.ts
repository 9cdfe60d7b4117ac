/** A demo on servers that it shares with others: which topics and tables are its own, and how they are made and deleted. */
import { randomBytes } from 'node:crypto'
import { caseworkStore } from '../../casework/app.ts'
import { sessionStore } from '../../platform/auth/sessions.ts'
import type { Config } from '../../platform/config/config.ts'
import { withKafkaAdmin } from '../../platform/log/kafka/admin.ts'
import { kafkaConnection } from '../../platform/log/kafka/connection.ts'
import { removeTopics } from '../../platform/log/kafka/topics/remove.ts'
import { claimSchemas, dropSchemas } from '../../platform/store/ownership.ts'
import type { Claim } from '../../platform/store/ownership.ts'
import { superviseStore } from '../../supervise/app.ts'
import { CommandError, exitCodes } from '../terminal.ts'
import { registerSchemas } from '../topics/schemas.ts'
import type { DemoServers } from './state.ts'

/** The servers that the settings name, under a name that no other demo has; undefined when everything lies in the demo's folder. */
export function newServers({ mode, postgresUrl }: Config): DemoServers | undefined {
  const kafka = mode === 'cluster'
  const postgres = postgresUrl !== undefined
  return kafka || postgres ? { id: randomBytes(4).toString('hex'), kafka, postgres } : undefined
}

/** Settings of a demo on these servers: on Kafka it has a topic prefix of its own, whatever else lives there. */
export function onServers(config: Config, servers: DemoServers | undefined): Config {
  if (servers?.kafka !== true) return config
  return Object.freeze({ ...config, topicPrefix: `weir-demo-${servers.id}` })
}

const notHere = {
  kafka:
    '这场演示的主题在 Kafka 上:请加上 --kafka(与 --postgres)。 The topics of this demo are on Kafka: give --kafka (and --postgres)',
  postgres:
    '这场演示的数据库是 PostgreSQL:请加上 --postgres。 The database of this demo is PostgreSQL: give --postgres',
  folder:
    '该文件夹中的演示不在 Kafka 或 PostgreSQL 上:请用 --data 另选文件夹,或用 --reset 重新开始。 The demo in this folder is not on these servers: choose another folder with --data, or begin afresh with --reset',
} as const

/** @throws CommandError when the settings do not name the servers that hold this demo */
export function assertReachable({ mode, postgresUrl }: Config, servers: DemoServers): void {
  if (servers.kafka && mode !== 'cluster') throw new CommandError(notHere.kafka, exitCodes.usage)
  if (servers.postgres && postgresUrl === undefined) throw new CommandError(notHere.postgres, exitCodes.usage)
}

/** @throws CommandError when a demo that is there lives elsewhere than the settings say */
export function assertSameServers(config: Config, servers: DemoServers | undefined): void {
  if (servers !== undefined) assertReachable(config, servers)
  const isKafkaNew = config.mode === 'cluster' && servers?.kafka !== true
  const isPostgresNew = config.postgresUrl !== undefined && servers?.postgres !== true
  if (isKafkaNew || isPostgresNew) throw new CommandError(notHere.folder, exitCodes.usage)
}

function claimOf(config: Config, { id }: DemoServers): Claim | undefined {
  if (config.postgresUrl === undefined) return undefined
  const schemas = [caseworkStore, superviseStore, sessionStore].map(({ schema }) => schema)
  return { url: config.postgresUrl.reveal(), schemas, owner: `weir demo ${id}` }
}

/**
 * Makes sure that the database is this demo's, and that the registry, if there is one, knows its schemas. Topics are made by
 * the services. @param config from `onServers` @throws StoreError `conflict` when the database holds something else
 */
export async function claimServers(config: Config, servers: DemoServers): Promise<void> {
  const claim = claimOf(config, servers)
  if (claim !== undefined) await claimSchemas(claim)
  if (!servers.kafka) return
  const registered = await registerSchemas(config, false)
  if (registered?.refusal !== undefined) throw new CommandError(registered.refusal, exitCodes.validation)
}

/** Deletes the demo's topics and tables, and nothing else. Can be repeated. @param config from `onServers` */
export async function releaseServers(config: Config, servers: DemoServers): Promise<void> {
  if (servers.kafka) {
    await withKafkaAdmin(kafkaConnection(config, 'weir-demo'), (admin) =>
      removeTopics(admin, config.topicPrefix),
    )
  }
  const claim = servers.postgres ? claimOf(config, servers) : undefined
  if (claim !== undefined) await dropSchemas(claim)
}
