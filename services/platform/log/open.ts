/** Chooses the log's adapter from configuration. */
import type { Clock } from '../clock.ts'
import type { Telemetry } from '../telemetry/port.ts'
import type { SyncMode } from './embedded/environment.ts'
import { openEmbeddedLog } from './embedded/open.ts'
import type { KafkaConnection } from './kafka/connection.ts'
import type { Log } from './port.ts'
import type { RegistryOptions } from '../registry/client.ts'
import { openRegistry } from '../registry/client.ts'
import { openFraming } from '../registry/framing.ts'

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
      readonly connection: KafkaConnection
      /** Data folder; stored state of tasks lies in `state/` below it. */
      readonly directory: string
      readonly prefix?: string
      readonly replication?: number
      /** Partitions of every topic that is cut into several. */
      readonly partitions?: number
      /** Messages carry the ids of this registry. */
      readonly registry?: RegistryOptions
    }

/**
 * Opens the configured log. `clock` tells the embedded log how old records are (for retention).
 * @throws LogError `unavailable` when it cannot be opened, RegistryError when a registry is configured and does not know the schemas
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
  const { kind: _, registry, ...options } = config
  const framing =
    registry &&
    (await openFraming({
      registry: openRegistry({ ...registry, ...(telemetry && { telemetry }) }),
      prefix: options.prefix ?? 'weir',
    }))
  // Only now: an embedded log needs nothing of kafkajs.
  const { openKafkaLog } = await import('./kafka/open.ts')
  return openKafkaLog({
    ...options,
    ...(framing && { framing }),
    ...(telemetry && { telemetry }),
    ...(clock && { clock }),
  })
}
