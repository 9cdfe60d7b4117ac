/** Scores a simulation with the shipped rules as `weir replay` does: subjects are the source's own ids. */
import type { Channel, Outcome, SubjectKind, Transaction, Warning } from '../../schemas/types.ts'
import { minorUnits } from '../../services/platform/money/money.ts'
import { simulate } from '../../services/simulate/app.ts'
import type { Label, SimulatedTransaction, SimulationOptions } from '../../services/simulate/app.ts'
import { scoreTransactions } from '../../services/warn/core/replay.ts'
import { loadRuleSet } from '../../services/warn/shell/rule-files.ts'

/** What scoring a simulation gives. */
export interface Scored {
  readonly warnings: readonly Warning[]
  readonly outcomes: readonly Outcome[]
  /** Labels of all rows, by transaction. */
  readonly labels: ReadonlyMap<string, Label>
}

const none = new Uint8Array()

/** The row as ingestion would pass it on, without pseudonyms. */
export function transactionOf(row: SimulatedTransaction): Transaction {
  const amount = minorUnits(row.amount, row.currency)
  if (typeof amount !== 'number') throw new TypeError(`${row.txn_id}: ${JSON.stringify(amount)}`)
  return {
    ...row,
    booked_at: Date.parse(row.booked_at),
    amount,
    payer_kind: row.payer_kind as SubjectKind,
    payer_identity: none,
    payee_kind: row.payee_kind as SubjectKind,
    payee_identity: none,
    channel: row.channel as Channel,
  }
}

/** Simulates and scores. */
export async function scoreSimulation(options: SimulationOptions): Promise<Scored> {
  const labels = new Map<string, Label>()
  function* transactions(): Generator<Transaction> {
    for (const row of simulate(options)) {
      labels.set(row.txn_id, row.label)
      yield transactionOf(row)
    }
  }
  const warnings: Warning[] = []
  const outcomes: Outcome[] = []
  for (const emission of scoreTransactions(transactions(), await loadRuleSet())) {
    if (emission.type === 'warning') warnings.push(emission.warning)
    else if (emission.type === 'outcome') outcomes.push(emission.outcome)
  }
  return { warnings, outcomes, labels }
}
