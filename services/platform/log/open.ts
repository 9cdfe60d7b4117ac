/** Chooses the log's adapter from configuration. */
import type { Clock } from '../clock.ts'
import type { Telemetry } from '../telemetry/port.ts'
import type { SyncMode } from './embedded/environment.ts'
import { openEmbeddedLog } from './embedded/open.ts'
import type { Log } from './port.ts'
import { LogError } from './port.ts'

/** Which log, and where. */
export type LogConfig =
  | {
      readonly kind: 'embedded'
      /** Data folder; the log lives in `log/` below it. */
      readonly directory: string
      readonly sync?: SyncMode
      readonly prefix?: string
    }
  | {
      readonly kind: 'kafka'
      /** `host:port`, comma-separated in configuration. */
      readonly brokers: readonly string[]
      readonly prefix?: string
    }

/**
 * Opens the configured log. `clock` tells the embedded log how old records are (for retention).
 * @throws LogError `unavailable` when it cannot be opened; for Kafka always: that adapter comes with the issue "Kafka for real"
 */
export async function openLog(config: LogConfig, telemetry?: Telemetry, clock?: Clock): Promise<Log> {
  if (config.kind === 'embedded') {
    const { directory, sync, prefix } = config
    return openEmbeddedLog({
      directory,
      ...(telemetry && { telemetry }),
      ...(clock && { clock }),
      ...(sync && { sync }),
      ...(prefix !== undefined && { prefix }),
    })
  }
  throw new LogError(
    'unavailable',
    'this version of Weir has no Kafka adapter yet: it comes with the issue "Kafka for real". Use the embedded log (kind "embedded") until then',
  )
}
