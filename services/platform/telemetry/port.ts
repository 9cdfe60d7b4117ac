/** What a service is told to be seen with: one logger, one metrics registry; spans go through the global @opentelemetry/api. */
import type { Logger } from 'pino'
import type { Registry } from 'prom-client'

/** The logger and the metrics registry of one service. */
export interface Telemetry {
  /** Redacts by key; never give it a clear account number, name or secret in a message. */
  readonly log: Logger
  /** Metrics are registered here, prefix `weir_`, base units, no unbounded labels. */
  readonly registry: Registry
}
