/** Notices promises that time alone made overdue, and keeps the gauges right. */
import { sql } from 'kysely'
import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import { promiseNodes } from '../../../schemas/http/common.ts'
import type { Clock } from '../../platform/clock.ts'
import type { Store } from '../../platform/store/port.ts'
import type { Tables } from './tables.ts'

/** Metrics of supervise. */
export interface SupervisionMetrics {
  readonly consumed: Counter
  readonly overdue: Gauge<'node'>
  readonly cases: Gauge<'state' | 'level'>
}

/** Registers them. */
export function supervisionMetrics(registry: Registry): SupervisionMetrics {
  const registers = [registry]
  return {
    consumed: new Counter({
      name: 'weir_case_events_consumed_total',
      help: 'Case events folded in by supervise',
      registers,
    }),
    overdue: new Gauge({
      name: 'weir_promises_overdue',
      help: 'Open promises whose time is over',
      labelNames: ['node'],
      registers,
    }),
    cases: new Gauge({
      name: 'weir_supervised_cases',
      help: 'Leads and cases as supervise knows them',
      labelNames: ['state', 'level'],
      registers,
    }),
  }
}

interface OverdueCount {
  readonly node: string
  readonly overdue: number
  /** Of these, not overdue yet at the look before. */
  readonly newly: number
}

async function countOverdue(
  store: Store<Tables>,
  lookedAt: number,
  now: number,
): Promise<readonly OverdueCount[]> {
  const result = await sql<OverdueCount>`
    select node, count(*) as overdue, count(*) filter (where due_at >= ${lookedAt}) as newly
    from promise where kept_at is null and withdrawn_at is null and due_at < ${now}
    group by node`.execute(store.db)
  return result.rows
}

/** When the next promise will be overdue if nobody keeps it; undefined when none is open. */
async function nextDueAt(store: Store<Tables>, now: number): Promise<number | undefined> {
  const row = await store.db
    .selectFrom('promise')
    .select(({ fn }) => fn.min<number | null>('due_at').as('due_at'))
    .where('kept_at', 'is', null)
    .where('withdrawn_at', 'is', null)
    .where('due_at', '>=', now)
    .executeTakeFirst()
  return row?.due_at ?? undefined
}

/**
 * Watches the clock. `check` costs nothing while neither a case nor the time changed anything.
 * The count is made from the store at every start, so what became overdue while nothing ran is found then.
 */
export class OverdueWatch {
  readonly #store: Store<Tables>
  readonly #clock: Clock
  readonly #metrics: SupervisionMetrics
  /** Something was committed since the last look. */
  #isStale = true
  /** ms; undefined when no open promise lies ahead. */
  #nextDueAt: number | undefined
  /** Overdue at the last look. */
  #overdue = 0
  /** Time of the last look, ms. */
  #lookedAt: number

  constructor(store: Store<Tables>, clock: Clock, metrics: SupervisionMetrics) {
    this.#store = store
    this.#clock = clock
    this.#metrics = metrics
    this.#lookedAt = clock.now()
  }

  /** Promises overdue at the last look. */
  get overdue(): number {
    return this.#overdue
  }

  /** A batch was committed: the next look must count. */
  touch(): void {
    this.#isStale = true
  }

  /** Looks, if there can be anything new. @returns true when time alone made a promise overdue since the last look */
  async check(): Promise<boolean> {
    const now = this.#clock.now()
    const isTimeUp = this.#nextDueAt !== undefined && now > this.#nextDueAt
    if (!isTimeUp && !this.#isStale) return false
    this.#isStale = false
    const counts = await countOverdue(this.#store, this.#lookedAt, now)
    this.#nextDueAt = await nextDueAt(this.#store, now)
    this.#lookedAt = now
    this.#overdue = counts.reduce((sum, row) => sum + row.overdue, 0)
    for (const node of promiseNodes) {
      this.#metrics.overdue.set({ node }, counts.find((row) => row.node === node)?.overdue ?? 0)
    }
    await this.#countCases()
    return counts.some((row) => row.newly > 0)
  }

  async #countCases(): Promise<void> {
    const result = await sql<{ state: string; level: string; cases: number }>`
      select state, level, count(*) as cases from supervised_case group by state, level`.execute(
      this.#store.db,
    )
    this.#metrics.cases.reset()
    for (const { state, level, cases } of result.rows) this.#metrics.cases.set({ state, level }, cases)
  }
}
