/** What a process of Weir stands on: each part opened when it is first asked for, all of them closed in reverse. */
import { join } from 'node:path'
import type { Clock } from '../clock.ts'
import { systemClock } from '../clock.ts'
import type { Config } from '../config/config.ts'
import { keysFromConfig, loadOrCreateDemoKeys } from '../identity/keys.ts'
import type { IdentityKeys } from '../identity/keys.ts'
import type { IdentityVault } from '../identity/port.ts'
import { createIdentityVault } from '../identity/vault.ts'
import { stopAll } from '../lifecycle.ts'
import type { Running } from '../lifecycle.ts'
import { kafkaConnection, replicationOf } from '../log/kafka/connection.ts'
import { openLog } from '../log/open.ts'
import type { LogConfig } from '../log/open.ts'
import type { Log } from '../log/port.ts'
import { registryOptions } from '../registry/client.ts'
import { openDatabase } from '../store/open.ts'
import type { Database } from '../store/port.ts'
import type { Telemetry } from '../telemetry/port.ts'

/** Infrastructure of one process. Asking twice gives the same part; parts nobody asked for are never opened. */
export interface ProcessParts {
  readonly config: Config
  readonly telemetry: Telemetry
  /** The machine's clock, or in the demo the district's. */
  readonly clock: Clock
  /** @throws LogError */
  log(): Promise<Log>
  /** @throws StoreError */
  database(): Promise<Database>
  /** @throws IdentityError */
  vault(): Promise<IdentityVault>
  /** Closes what was opened, waiting for what is being opened. Idempotent. */
  close(): Promise<void>
}

/** Keys from the configuration; without them, and outside production, from a file in the data directory made at the first start. */
async function identityKeys(config: Config): Promise<IdentityKeys> {
  const { pseudonymKey, identityKeys: sealing } = config
  if (pseudonymKey === undefined || sealing === undefined) {
    return loadOrCreateDemoKeys(join(config.dataDirectory, 'keys.json'))
  }
  return keysFromConfig({
    pseudonym_key: pseudonymKey.reveal(),
    sealing_keys: sealing.map((key) => {
      const [id = '', secret = ''] = key.reveal().split(/:(.*)/s)
      return { id, secret }
    }),
  })
}

function logConfig(config: Config, clientId: string): LogConfig {
  const { dataDirectory: directory, topicPrefix: prefix } = config
  if (config.mode !== 'cluster') return { kind: 'embedded', directory, prefix }
  const registry = registryOptions(config)
  return {
    kind: 'kafka',
    connection: kafkaConnection(config, clientId),
    directory,
    prefix,
    replication: replicationOf(config),
    partitions: config.kafkaPartitions,
    ...(registry && { registry }),
  }
}

function openConfiguredDatabase(config: Config): Promise<Database> {
  return openDatabase(
    config.postgresUrl === undefined
      ? { kind: 'pglite', directory: join(config.dataDirectory, 'store') }
      : { kind: 'postgres', url: config.postgresUrl.reveal() },
  )
}

function once<Part>(open: () => Promise<Part>): () => Promise<Part> {
  let opening: Promise<Part> | undefined
  return () => (opening ??= open())
}

/** What of a process is not in its settings. */
export interface ProcessIdentity {
  /** Default: the machine's. */
  readonly clock?: Clock | undefined
  /** How brokers are to know this process. Default `weir`. */
  readonly clientId?: string
}

/** The parts that a configuration names. Nothing is opened yet. */
export function processParts(
  config: Config,
  telemetry: Telemetry,
  { clock = systemClock, clientId = 'weir' }: ProcessIdentity = {},
): ProcessParts {
  const opening: Pick<Running, 'stop'>[] = []
  const kept = <Part>(
    open: () => Promise<Part>,
    close: (part: Part) => Promise<void>,
  ): (() => Promise<Part>) =>
    once(() => {
      const part = open()
      opening.push({
        stop: async () => {
          const opened = await part.catch(() => undefined)
          if (opened !== undefined) await close(opened)
        },
      })
      return part
    })
  return {
    config,
    telemetry,
    clock,
    log: kept(
      () => openLog(logConfig(config, clientId), telemetry, clock),
      (log) => log.close(),
    ),
    database: kept(
      () => openConfiguredDatabase(config),
      (database) => database.close(),
    ),
    vault: once(async () => createIdentityVault(await identityKeys(config))),
    close: () => stopAll(opening.splice(0)),
  }
}
