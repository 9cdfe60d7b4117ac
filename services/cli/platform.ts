/** What every service of one process stands on, opened in order and closed in reverse. */
import type { Clock } from '../platform/clock.ts'
import type { Config } from '../platform/config/config.ts'
import type { IdentityVault } from '../platform/identity/port.ts'
import type { Log } from '../platform/log/port.ts'
import { processParts } from '../platform/process/parts.ts'
import type { ProcessParts } from '../platform/process/parts.ts'
import type { Database } from '../platform/store/port.ts'
import { createTelemetry } from '../platform/telemetry/telemetry.ts'

/** Opened infrastructure. */
export interface Platform extends Pick<ProcessParts, 'config' | 'telemetry' | 'clock' | 'close'> {
  readonly log: Log
  readonly database: Database
  readonly vault: IdentityVault
}

/** Opens the log, the database and the vault. What was opened is closed again when a later part fails. */
export async function openPlatform(config: Config, clock?: Clock): Promise<Platform> {
  const telemetry = createTelemetry({ service: 'weir', level: config.logLevel, processMetrics: true })
  const parts = processParts(config, telemetry, { clock })
  try {
    const vault = await parts.vault()
    const database = await parts.database()
    const log = await parts.log()
    return { ...parts, vault, database, log }
  } catch (error) {
    await parts.close()
    throw error
  }
}
