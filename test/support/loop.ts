/** The services of the loop, each on a log of its own, fed with a simulated district until all of it came through. */
import { createIngest } from '../../services/ingest/app.ts'
import { stopAll } from '../../services/platform/lifecycle.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { defaultSimulation, simulate } from '../../services/simulate/app.ts'
import { startSupervise } from '../../services/supervise/app.ts'
import { startWarn } from '../../services/warn/app.ts'
import { testCasework, testClock } from '../casework/support.ts'
import { silentTelemetry, testVault } from '../ingest/support.ts'
import { temporaryDatabase } from './database.ts'

/** A log for each service: the same one, or the same topics seen by different users. */
export type LoopLogs = Readonly<Record<'ingest' | 'warn' | 'casework' | 'supervise', Log>>

/** What came of it. */
export interface LoopOutcome {
  /** Leads that casework opened. */
  readonly leads: number
  /** Leads on the prosecutor's board. */
  readonly seen: number
  /** Records that casework did not get rid of. */
  readonly outbox: number
}

/** Publishes three months of a small district, one record of it refused, and waits until all is on the board. @throws whatever a service fails with */
export async function runLoop(logs: LoopLogs): Promise<LoopOutcome> {
  const database = await temporaryDatabase()
  const clock = testClock(Date.parse('2026-07-01T00:00:00Z'))
  const telemetry = silentTelemetry()
  const started: { stop(): Promise<void> }[] = [{ stop: async () => database.close() }]
  const keep = <Part extends { stop(): Promise<void> }>(part: Part): Part => {
    started.push(part)
    return part
  }
  try {
    const ingest = createIngest({ log: logs.ingest, vault: testVault(), telemetry })
    started.push({ stop: async () => ingest.close() })
    const warn = keep(await startWarn({ log: logs.warn, telemetry }))
    const casework = keep(await testCasework({ log: logs.casework, database, clock }))
    const superviseParts = { database, clock, telemetry: silentTelemetry() }
    const supervise = keep(await startSupervise({ log: logs.supervise, ...superviseParts }))
    const rows = [...simulate({ ...defaultSimulation, transactions: 3000, days: 90, seed: 4 })]
    const fields = rows.map(({ label: _, ...row }) => row)
    const refused = fields.slice(0, 1).map((row) => ({ ...row, txn_id: 'refused', amount: 'nothing' }))
    await ingest.ingestBatch('loop', [...fields, ...refused], fields.length + 1)
    await warn.endOfInput()
    await casework.idle()
    await supervise.idle()
    const { leads, outbox } = await casework.summary()
    return { leads, outbox, seen: (await supervise.board()).totals.leads }
  } finally {
    await stopAll(started)
  }
}
