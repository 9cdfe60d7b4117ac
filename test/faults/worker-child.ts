/** One worker, in a process of its own, to be killed: `node worker-child.ts SPEC`. Runs the real stages as services do. */
import { tap } from 'rxjs'
import type { Running } from '../../services/platform/lifecycle.ts'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { runProcess } from '../../services/platform/process/run.ts'
import type { ServiceContext, StartedService } from '../../services/platform/process/run.ts'
import { together } from '../../services/platform/process/together.ts'
import { startWarn } from '../../services/warn/app.ts'
import type { WarnStage } from '../../services/warn/app.ts'
import { countingTask } from './counting.ts'
import { FailingRequests } from './failing-requests.ts'
import type { Order, Report, WorkerSpec } from './messages.ts'
import { publishStream } from './publishing.ts'
import { drawsOf } from './random.ts'
import { countsTopic } from './topics.ts'

const spec = JSON.parse(process.argv[2] ?? '') as WorkerSpec

/** Small, so that a short run checkpoints, is restored from a checkpoint and folds again; sources are never idle by the clock. */
const stageConfig = {
  checkpointFlows: 2_000,
  checkpointBatches: 60,
  residentFlowsMax: 20_000,
  idleAfterMs: 86_400_000,
} as const
const snapshotEveryMs = 3_000

let isEnding = false

function tell(report: Report): void {
  // The harness may be gone in this very moment; then this process stops by itself.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined)
}

const requests = new FailingRequests(spec.failingShare, drawsOf(Date.now(), String(process.pid)), tell)

process.on('message', (order: Order) => {
  if (order.order === 'fail') requests.order(order)
  else isEnding = true
})

/** The log, with every step of its tasks told to the harness. */
function told(log: Log): Log {
  return new Proxy(log, {
    get(target, name): unknown {
      if (name !== 'task') {
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      }
      return ((options) => {
        const { group } = options
        const open: typeof options.open = (partition, state) => {
          tell({ report: 'opened', group, partition })
          return options.open(partition, state)
        }
        return target.task({ ...options, open }).pipe(
          tap(({ records, replaying }) => {
            if (!replaying && records > 0) tell({ report: 'progress', group, records })
          }),
        )
      }) satisfies Log['task']
    },
  })
}

function running(work: (signal: AbortSignal) => Promise<void>): Running {
  const stop = new AbortController()
  const failure = Promise.withResolvers<Error>()
  const ended = work(stop.signal).catch((error: unknown) => {
    failure.resolve(error instanceof Error ? error : new Error(String(error)))
  })
  return {
    failed: failure.promise,
    async stop() {
      stop.abort()
      await ended
    },
  }
}

function counting(log: Log): Running {
  const failure = Promise.withResolvers<Error>()
  const subscription = log.task(countingTask).subscribe({
    error: (error: unknown) => failure.resolve(error instanceof Error ? error : new Error(String(error))),
  })
  return { failed: failure.promise, stop: async () => subscription.unsubscribe() }
}

async function startStage(stage: WarnStage, log: Log, context: ServiceContext): Promise<Running[]> {
  const { telemetry } = context
  const warn = await startWarn({ log, telemetry, stages: [stage], config: stageConfig, prefix: spec.prefix })
  if (stage === 'score') return [warn]
  await log.ensureTopics([countsTopic])
  return [warn, counting(log)]
}

async function start(context: ServiceContext): Promise<StartedService> {
  const { sessionMs, partitions, replication, prefix, directory } = spec
  const log = told(
    await openKafkaLog({
      connection: { brokers: spec.brokers, clientId: `faults-${spec.role}` },
      directory,
      prefix,
      partitions,
      replication,
      snapshotEveryMs,
      telemetry: context.telemetry,
      times: { sessionMs, heartbeatMs: sessionMs / 10, rebalanceMs: sessionMs },
      faults: { requests: requests.faults },
    }),
  )
  const own: Running = { failed: new Promise(() => undefined), stop: async () => log.close() }
  if (spec.role !== 'publish') return together([own, ...(await startStage(spec.role, log, context))])
  await log.ensureTopics([countingTask.topic])
  const failing = (err: unknown): void => context.telemetry.log.warn({ err }, 'source:failed')
  const publishing = running(async (signal) =>
    publishStream({ log, spec, signal, isEnding: () => isEnding, tell, failing }),
  )
  return together([own, publishing])
}

const environment = {
  WEIR_DATA_DIRECTORY: spec.directory,
  WEIR_METRICS_PORT: '0',
  WEIR_LOG_LEVEL: 'warn',
  WEIR_SHUTDOWN_GRACE_MS: '20000',
}
process.exit(await runProcess({ name: `faults-${spec.role}`, start }, { environment }))
