import pino from 'pino'
import type { DestinationStream, Level } from 'pino'
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { loggable, maskNumbers } from './redaction.ts'
import { weirVersion } from './version.ts'
import type { Telemetry } from './port.ts'

/** What a process is seen with. */
export interface TelemetryOptions {
  /** Name of the process, on every log line. */
  readonly service: string
  readonly level: Level | 'silent'
  /** Default: standard error, so that data on standard output stays clean. */
  readonly destination?: DestinationStream
  /** Also measures the process itself (CPU, memory, event loop). Default false. */
  readonly processMetrics?: boolean
}

/** Makes the logger and the metrics registry of one process. Log lines are JSON with ISO times; see `loggable` for what they leave out. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  const registry = new Registry()
  const { service } = options
  if (options.processMetrics === true) collectDefaultMetrics({ register: registry, prefix: 'weir_' })
  new Gauge({
    name: 'weir_build_info',
    help: 'Always 1; the labels say what runs.',
    labelNames: ['version', 'node', 'service'],
    registers: [registry],
  }).set({ version: weirVersion(), node: process.versions.node, service }, 1)
  return { log: createLogger(options), registry }
}

function createLogger({ service, level, destination }: TelemetryOptions): pino.Logger {
  const log = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: (object) => loggable(object) as Record<string, unknown>,
      },
      hooks: {
        logMethod(inputs, method) {
          // A lone error becomes { err } here, because pino would serialise it past our formatter.
          const [first, ...rest] = inputs as unknown[]
          const head = first instanceof Error ? { err: first } : first
          const message = first instanceof Error && rest.length === 0 ? [first.message] : rest
          const safe = [head, ...message].map((part) => (typeof part === 'string' ? maskNumbers(part) : part))
          Reflect.apply(method, this, safe)
        },
      },
      serializers: { err: (error: unknown) => loggable(error) },
    },
    destination ?? pino.destination({ dest: 2, sync: true }),
  )
  // Pino formats what a child is bound to past the formatter above; children inherit this from their parent.
  const child: unknown = Reflect.get(log, 'child')
  Reflect.set(log, 'child', function safeChild(this: pino.Logger, bindings: object, ...options: unknown[]) {
    const bound: unknown = Reflect.apply(child as () => unknown, this, [loggable(bindings), ...options])
    return bound
  })
  return log
}

/** The telemetry of one service within a process: its name on every line, the registry shared. */
export function telemetryOf(root: Telemetry, service: string): Telemetry {
  return { log: root.log.child({ service }), registry: root.registry }
}
