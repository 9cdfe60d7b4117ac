import { codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { AlertLevel } from '../../../schemas/types.ts'
import { caseworkDeadLetters } from '../../casework/app.ts'
import { factDeadLetters, ingestDeadLetters } from '../../ingest/app.ts'
import type { Log } from '../../platform/log/port.ts'
import { flowTypes, warnDeadLetters } from '../../warn/app.ts'
import type { District } from '../compose.ts'
import { countRecords } from './pipeline.ts'

/** What `weir demo --once --json` prints. */
export interface DemoSummary {
  readonly transactions: number
  readonly flows: number
  readonly warnings: Readonly<Record<AlertLevel, number>>
  readonly leads: number
  /** Cases by state; their sum is `leads`. */
  readonly cases: Readonly<Record<string, number>>
  /** Cases by the grade card people gave. */
  readonly cards: Readonly<Record<string, number>>
  /** Promises open past their time now. */
  readonly overdue: number
  /** K1, domain.md 5.1: kept in time ÷ due so far, open overdue ones included. */
  readonly on_time_rate: number | null
  readonly reminded: number
  readonly supervised: number
  readonly dead_letters: number
  readonly late_or_unscored: number
  /** From the start of this process to the first warning readable by anyone; null when none came. */
  readonly first_warning_ms: number | null
  readonly duration_s: number
}

/** What only the process itself knows. */
export interface Timing {
  readonly firstWarningMs: number | null
  readonly durationSeconds: number
}

async function countTransactionsAndFlows(log: Log): Promise<{ transactions: number; flows: number }> {
  let flows = 0
  for (const partition of (await log.offsets(topics.flows)).keys()) {
    for await (const { value, headers } of log.read(topics.flows, partition, 0)) {
      if (value !== null && headers['ce_type'] === flowTypes.block)
        flows += codecs.flowBlock.decode(value).flows.length
    }
  }
  return { transactions: await countRecords(log, topics.transactions), flows }
}

async function countWarnings(log: Log): Promise<Record<AlertLevel, number>> {
  const counts = { red: 0, orange: 0, yellow: 0, blue: 0 }
  for (const partition of (await log.offsets(topics.warnings)).keys()) {
    for await (const { value } of log.read(topics.warnings, partition, 0)) {
      if (value !== null) counts[codecs.warning.decode(value).level] += 1
    }
  }
  return counts
}

async function countDeadLetters(log: Log): Promise<number> {
  let total = 0
  for (const topic of [
    ingestDeadLetters,
    factDeadLetters,
    ...Object.values(warnDeadLetters),
    ...caseworkDeadLetters,
  ]) {
    total += await countRecords(log, topic)
  }
  return total
}

/** Counts what the log, the cases and the board hold. */
export async function summarise(log: Log, district: District, timing: Timing): Promise<DemoSummary> {
  const { by_state: cases, by_card: cards, leads } = await district.casework.summary()
  const { totals } = await district.supervise.board()
  return {
    ...(await countTransactionsAndFlows(log)),
    warnings: await countWarnings(log),
    leads,
    cases,
    cards,
    overdue: totals.overdue,
    on_time_rate: totals.on_time_rate,
    reminded: totals.reminded,
    supervised: totals.supervised,
    dead_letters: await countDeadLetters(log),
    late_or_unscored: await countRecords(log, topics.outcomes),
    first_warning_ms: timing.firstWarningMs,
    duration_s: timing.durationSeconds,
  }
}
