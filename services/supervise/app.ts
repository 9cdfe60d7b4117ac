/** Composition root of supervise: follows case events into its own schema, watches the clock, serves the prosecutor's API. */
import { randomUUID } from 'node:crypto'
import type { FastifyPluginAsync } from 'fastify'
import { exhaustMap, Subject, timer } from 'rxjs'
import type { Observable } from 'rxjs'
import type { Board } from '../../schemas/http/supervise.ts'
import { topics } from '../../schemas/topics.ts'
import type { Clock } from '../platform/clock.ts'
import type { Running } from '../platform/lifecycle.ts'
import type { Batch, Log } from '../platform/log/port.ts'
import { waitUntil } from '../platform/log/wait.ts'
import type { Database, Store, StoreOptions } from '../platform/store/port.ts'
import { attribute } from '../platform/telemetry/attributes.ts'
import type { Telemetry } from '../platform/telemetry/port.ts'
import { withSpan } from '../platform/telemetry/tracing.ts'
import { boardOf } from './core/board.ts'
import { readTallies } from './shell/board.ts'
import { Changes } from './shell/changes.ts'
import { OverdueWatch, supervisionMetrics } from './shell/overdue.ts'
import type { SupervisionMetrics } from './shell/overdue.ts'
import { project, readPosition } from './shell/project.ts'
import { supervisionRoutes } from './shell/routes.ts'
import type { Tables } from './shell/tables.ts'

/** What supervise is made of. */
export interface SuperviseOptions {
  readonly log: Log
  readonly database: Database
  /** The service's clock: in the demo the district's own time. */
  readonly clock: Clock
  readonly telemetry: Telemetry
  /** When to look at the clock; default: once a second of real time. */
  readonly ticks?: Observable<unknown>
}

/** Supervision at work. */
export interface Supervise extends Running {
  /** HTTP API under /api/supervision. */
  readonly routes: FastifyPluginAsync
  /** The whole board now, as GET /api/supervision/board shows it. */
  board(): Promise<Board>
  /** Resolves when every case event in the log is folded in. @throws when supervise failed or was stopped */
  idle(): Promise<void>
}

const group = 'supervise'
const tickMs = 1000
const batchRecordsMax = 500

/** Work that was begun is waited for when stopping, so that the store is not closed under it. */
class InHand {
  readonly #work = new Set<Promise<unknown>>()

  async run<T>(work: () => Promise<T>): Promise<T> {
    const promise = work()
    this.#work.add(promise)
    try {
      return await promise
    } finally {
      this.#work.delete(promise)
    }
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#work)
  }
}

/** Where supervise keeps what it knows. */
export const superviseStore: StoreOptions = {
  schema: 'supervise',
  migrations: new URL('./shell/migrations/', import.meta.url),
}

/** Opens the schema `supervise`, bringing it up to date. */
export function openSuperviseStore(database: Database): Promise<Store<Tables>> {
  return database.open<Tables>(superviseStore)
}

/** What the loops work with. */
interface Parts {
  readonly store: Store<Tables>
  readonly clock: Clock
  readonly changes: Changes
  readonly watch: OverdueWatch
  readonly metrics: SupervisionMetrics
  readonly telemetry: Telemetry
  /** How far each partition is folded in by this process. */
  readonly reached: Map<number, number>
}

async function open({ log, database, clock, telemetry }: SuperviseOptions): Promise<Parts> {
  await log.ensureTopics([topics.caseEvents])
  const store = await openSuperviseStore(database)
  const metrics = supervisionMetrics(telemetry.registry)
  const { asOf } = await readTallies(store, {}, clock.now())
  const watch = new OverdueWatch(store, clock, metrics)
  await watch.check()
  telemetry.log.info({ as_of: asOf, overdue: watch.overdue }, 'supervise:started')
  return {
    store,
    clock,
    changes: new Changes(randomUUID(), asOf),
    watch,
    metrics,
    telemetry,
    reached: new Map(),
  }
}

async function handle({ store, changes, watch, metrics }: Parts, batch: Batch): Promise<void> {
  const attributes = {
    [attribute.destination]: batch.topic.name,
    [attribute.partition]: String(batch.partition),
    [attribute.consumerGroup]: group,
    [attribute.batchCount]: batch.records.length,
  }
  // A batch holds many traces; it goes on the newest one's.
  const fresh = await withSpan('supervise project', attributes, batch.records.at(-1)?.headers ?? {}, () =>
    project(store, batch),
  )
  metrics.consumed.inc(fresh.length)
  const last = fresh.at(-1)
  if (last === undefined) return
  watch.touch()
  changes.publish({ case_id: last.case_id, type: last.type, as_of: last.occurred_at })
}

async function look({ clock, changes, watch, telemetry }: Parts): Promise<void> {
  try {
    if (await watch.check()) changes.publish({ case_id: '', type: 'promise_overdue', as_of: clock.now() })
  } catch (error) {
    // The store may be back at the next tick; nothing is lost, because what is overdue is counted, not remembered.
    watch.touch()
    telemetry.log.warn({ err: error }, 'supervise:tick:failed')
  }
}

/** @throws why waiting is in vain, if it is: what `ended` says */
async function isCaughtUp(
  log: Log,
  reached: ReadonlyMap<number, number>,
  ended: () => Error | undefined,
): Promise<boolean> {
  const error = ended()
  if (error !== undefined) throw error
  const bounds = await log.offsets(topics.caseEvents)
  return bounds.every(({ first, next }, partition) => first === next || (reached.get(partition) ?? 0) >= next)
}

/**
 * Starts supervision. The board is what it was at the last commit; promises that became overdue while nothing ran are
 * counted before this resolves.
 * `failed` settles when the history of a case is damaged (a gap, an unreadable event): nothing is guessed or skipped.
 */
export async function startSupervise(options: SuperviseOptions): Promise<Supervise> {
  const parts = await open(options)
  const { store, clock, changes, telemetry, reached } = parts
  const failed = Promise.withResolvers<Error>()
  const inHand = new InHand()
  const moved = new Subject<void>()
  let ended: Error | undefined
  const fail = (error: unknown): void => {
    telemetry.log.error({ err: error }, 'supervise:failed')
    ended = error instanceof Error ? error : new Error(String(error))
    failed.resolve(ended)
  }
  const following = options.log
    .follow({
      group,
      topic: topics.caseEvents,
      maxRecords: batchRecordsMax,
      position: async (partition) => {
        const position = await readPosition(store, partition)
        reached.set(partition, position)
        return position
      },
      handle: (batch) => inHand.run(() => handle(parts, batch)),
    })
    .subscribe({
      next: ({ partition, nextOffset }) => {
        reached.set(partition, nextOffset)
        moved.next()
      },
      error: fail,
    })
  const ticking = (options.ticks ?? timer(tickMs, tickMs))
    .pipe(exhaustMap(() => inHand.run(() => look(parts))))
    .subscribe({ error: fail })
  return {
    failed: failed.promise,
    routes: supervisionRoutes({ store, clock, changes }),
    async board() {
      const now = clock.now()
      return boardOf(await readTallies(store, {}, now), now)
    },
    idle: () => waitUntil(() => isCaughtUp(options.log, reached, () => ended), moved),
    async stop() {
      ended ??= new Error('Supervision was stopped.')
      following.unsubscribe()
      ticking.unsubscribe()
      changes.close()
      await inHand.settled()
    },
  }
}
