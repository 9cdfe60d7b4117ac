/** What every service of one process stands on, opened in order and closed in reverse. */
import { join } from 'node:path'
import { systemClock } from '../platform/clock.ts'
import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import { keysFromConfig, loadOrCreateDemoKeys } from '../platform/identity/keys.ts'
import type { IdentityKeys } from '../platform/identity/keys.ts'
import { createIdentityVault } from '../platform/identity/vault.ts'
import type { IdentityVault } from '../platform/identity/port.ts'
import { stopAll } from '../platform/lifecycle.ts'
import { openLog } from '../platform/log/open.ts'
import type { LogConfig } from '../platform/log/open.ts'
import type { Log } from '../platform/log/port.ts'
import { openDatabase } from '../platform/store/open.ts'
import type { Database } from '../platform/store/port.ts'
import { createTelemetry } from '../platform/telemetry/telemetry.ts'
import type { Telemetry } from '../platform/telemetry/port.ts'

/** Opened infrastructure. */
export interface Platform {
  readonly config: Config
  readonly telemetry: Telemetry
  readonly log: Log
  readonly database: Database
  readonly vault: IdentityVault
  /** The machine's clock, or in the demo the district's. */
  readonly clock: Clock
  close(): Promise<void>
}

/** Keys from the configuration; without them, and outside production, from a file in the data directory made at the first start. */
export async function identityKeys(config: Config): Promise<IdentityKeys> {
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

function logConfig(config: Config): LogConfig {
  const { kafkaBrokers, topicPrefix: prefix } = config
  if (config.mode === 'cluster') return { kind: 'kafka', brokers: kafkaBrokers ?? [], prefix }
  return { kind: 'embedded', directory: config.dataDirectory, prefix }
}

/** Opens the log that the configuration names. */
export function openConfiguredLog(
  config: Config,
  telemetry: Telemetry,
  clock: Clock = systemClock,
): Promise<Log> {
  return openLog(logConfig(config), telemetry, clock)
}

/** Opens the log, the database and the vault. What was opened is closed again when a later part fails. */
export async function openPlatform(config: Config, clock: Clock = systemClock): Promise<Platform> {
  const telemetry = createTelemetry({ service: 'weir', level: config.logLevel, processMetrics: true })
  const opened: { stop(): Promise<void> }[] = []
  try {
    const vault = createIdentityVault(await identityKeys(config))
    const database = await openDatabase(
      config.postgresUrl === undefined
        ? { kind: 'pglite', directory: join(config.dataDirectory, 'store') }
        : { kind: 'postgres', url: config.postgresUrl.reveal() },
    )
    opened.push({ stop: async () => database.close() })
    const log = await openConfiguredLog(config, telemetry, clock)
    opened.push({ stop: async () => log.close() })
    return { config, telemetry, log, database, vault, clock, close: async () => stopAll(opened) }
  } catch (error) {
    await stopAll(opened)
    throw error
  }
}
