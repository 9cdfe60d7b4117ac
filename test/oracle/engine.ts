/** The engine's answer to a history, in the words of the oracle. */
import type { Channel, SubjectKind, Transaction, Warning } from '../../schemas/types.ts'
import { minorUnits } from '../../services/platform/money/money.ts'
import type { Emission, RuleSetContent } from '../../services/warn/app.ts'
import { createReplay } from '../../services/warn/app.ts'
import { verdictOf } from '../support/verdicts.ts'
import type { History } from './history.ts'
import type { Row } from './row.ts'

const none = Buffer.alloc(0)

/** A row as ingest would hand it on. */
export function transactionOf(row: Row): Transaction {
  const amount = minorUnits(row.amount, row.currency)
  if (typeof amount !== 'number') throw new Error(`${row.txn_id}: ${amount.detail}`)
  return {
    ...row,
    amount,
    booked_at: Date.parse(row.booked_at),
    payer_kind: row.payer_kind as SubjectKind,
    payee_kind: row.payee_kind as SubjectKind,
    channel: row.channel as Channel,
    payer_identity: none,
    payee_identity: none,
    remark: '',
  }
}

/** Warnings and outcomes for the rows in their order. */
export function emissionsFor({ rows, blockSize }: History, ruleSet: RuleSetContent): Emission[] {
  const replay = createReplay(ruleSet, { blockSize })
  return [...replay.push(rows.map(transactionOf)), ...replay.finish()]
}

/** One line per rule, subject, period and level, ascending, for the rules in `known`. */
export function engineVerdicts(
  emissions: readonly Emission[],
  known: ReadonlySet<string>,
  ruleSet: RuleSetContent,
): string[] {
  const warnings = emissions.flatMap((emission): Warning[] =>
    emission.type === 'warning' ? [emission.warning] : [],
  )
  return warnings
    .filter(({ rules }) => known.has(rules[0]?.rule_id ?? ''))
    .map((warning) => verdictOf(warning, ruleSet))
    .toSorted()
}

/** `txn subject` of every flow that was beyond the lateness, ascending. */
export function engineLate(emissions: readonly Emission[]): string[] {
  return emissions
    .flatMap((emission) =>
      emission.type === 'outcome' && emission.outcome.kind === 'late'
        ? [`${emission.outcome.txn_id} ${emission.outcome.subject_id}`]
        : [],
    )
    .toSorted()
}
