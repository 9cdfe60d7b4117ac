/** What casework shows of itself. Gauges ask the database when they are collected. */
import type { Kysely } from 'kysely'
import { Counter, Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import { deadLetterCounter } from '../../platform/telemetry/dead-letters.ts'
import { casesByStateAndLevel, outboxDepth } from './queries.ts'
import type { Tables } from './tables.ts'

/** Counters of one running casework. */
export interface CaseworkMetrics {
  readonly commands: Counter<'type' | 'outcome'>
  readonly warnings: Counter<'outcome'>
  readonly acknowledgements: Counter<'outcome'>
  readonly deadLetters: Counter<'topic' | 'reason'>
  /** Filled when they are collected. */
  readonly gauges: readonly Gauge[]
}

/** Registers the metrics, prefix `weir_`. */
export function caseworkMetrics(registry: Registry, db: Kysely<Tables>): CaseworkMetrics {
  const registers = [registry]
  const gauges: readonly Gauge[] = [
    new Gauge({
      name: 'weir_cases',
      help: 'Leads and cases by state and alert level',
      labelNames: ['state', 'level'],
      registers,
      async collect() {
        const rows = await casesByStateAndLevel(db)
        this.reset()
        for (const { state, level, n } of rows) this.set({ state, level }, n)
      },
    }),
    new Gauge({
      name: 'weir_outbox_depth',
      help: 'Messages of casework waiting to be published',
      registers,
      async collect() {
        this.set(await outboxDepth(db))
      },
    }),
  ]
  return {
    gauges,
    deadLetters: deadLetterCounter(registry),
    commands: new Counter({
      name: 'weir_commands_total',
      help: 'Commands on cases by type and outcome',
      labelNames: ['type', 'outcome'],
      registers,
    }),
    warnings: new Counter({
      name: 'weir_warnings_consumed_total',
      help: 'Warnings read by casework: opened, appended, suppressed, repeated, undecodable',
      labelNames: ['outcome'],
      registers,
    }),
    acknowledgements: new Counter({
      name: 'weir_acknowledgements_consumed_total',
      help: 'Answers of departments’ own systems: answered, refused',
      labelNames: ['outcome'],
      registers,
    }),
  }
}
