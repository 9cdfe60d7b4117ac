/** What the log shows of itself; the same names for every adapter. */
import { Counter, Gauge, Histogram } from 'prom-client'
import type { Registry } from 'prom-client'

/** Where one reader stands on one partition, asked whenever metrics are collected. */
export interface ReaderStanding {
  readonly group: string
  readonly topic: string
  readonly partition: number
  /** Records not read yet. */
  readonly lagRecords: number
  /** Timestamp of the newest record handled, ms since 1970; undefined before the first. */
  readonly timestamp: number | undefined
}

/** Metrics of one open log. */
export interface LogMetrics {
  /** Takes this log's readers out of the gauges. */
  close(): void
  /** Counts a commit and what it took. `kind` is `task`, `follow` or `publish`. */
  committed(kind: string, seconds: number): void
  /** Counts a restart of a failing reader. */
  restarted(group: string): void
}

type Standings = () => Iterable<ReaderStanding>

const readerLabels = ['group', 'topic', 'partition'] as const

/** Several logs of one process share one registry and so one gauge. */
const open = new WeakMap<Registry, Set<Standings>>()

/** Registers the metrics, once per registry, and keeps the gauges fed from `standings` until closed. Without a registry nothing is counted. */
export function logMetrics(
  registry: Registry | undefined,
  standings: Standings,
  now: () => number,
): LogMetrics {
  if (!registry) return { committed: () => undefined, restarted: () => undefined, close: () => undefined }
  const sources = open.get(registry) ?? new Set()
  open.set(registry, sources.add(standings))
  const registers = [registry]
  const commits = once(
    registry,
    'weir_log_commits_total',
    (name) => new Counter({ name, help: 'Commits to the log', labelNames: ['kind'], registers }),
  )
  const durations = once(
    registry,
    'weir_log_commit_duration_seconds',
    (name) =>
      new Histogram({
        name,
        help: 'Time of one commit',
        labelNames: ['kind'],
        buckets: [0.0002, 0.001, 0.005, 0.02, 0.1, 0.5, 2],
        registers,
      }),
  )
  const restarts = once(
    registry,
    'weir_log_restarts_total',
    (name) => new Counter({ name, help: 'Restarts of failing readers', labelNames: ['group'], registers }),
  )
  once(registry, 'weir_consumer_lag_records', (name) =>
    gauge(name, 'Records not read yet', registry, sources, ({ lagRecords }) => lagRecords),
  )
  once(registry, 'weir_consumer_event_time_lag_seconds', (name) =>
    gauge(
      name,
      'Age of the newest record handled while there are others to read; 0 when there are none',
      registry,
      sources,
      ({ lagRecords, timestamp }) =>
        lagRecords === 0 || timestamp === undefined ? 0 : Math.max(0, (now() - timestamp) / 1000),
    ),
  )
  return {
    committed: (kind, seconds) => {
      commits.inc({ kind })
      durations.observe({ kind }, seconds)
    },
    restarted: (group) => restarts.inc({ group }),
    close: () => void sources.delete(standings),
  }
}

/** A metric of one name may be wanted by several logs of one process. */
function once<Metric>(registry: Registry, name: string, make: (name: string) => Metric): Metric {
  return (registry.getSingleMetric(name) as Metric | undefined) ?? make(name)
}

function gauge(
  name: string,
  help: string,
  registry: Registry,
  sources: ReadonlySet<Standings>,
  value: (standing: ReaderStanding) => number,
): Gauge<(typeof readerLabels)[number]> {
  return new Gauge({
    name,
    help,
    labelNames: readerLabels,
    registers: [registry],
    collect() {
      this.reset()
      for (const standings of sources) {
        for (const standing of standings()) {
          this.set(
            { group: standing.group, topic: standing.topic, partition: String(standing.partition) },
            value(standing),
          )
        }
      }
    },
  })
}
