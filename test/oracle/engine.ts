/** The engine's answer for rows of a transaction file, in the words of the oracle. */
import type { Channel, SubjectKind, Transaction, Warning } from '../../schemas/types.ts'
import { minorUnits } from '../../services/platform/money/money.ts'
import type { RuleSetContent } from '../../services/warn/app.ts'
import { createReplay } from '../../services/warn/app.ts'
import { verdictsOf } from '../support/verdicts.ts'
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
    payer_region: '',
    payee_region: '',
    payer_identity: none,
    payee_identity: none,
    remark: '',
  }
}

/** Warnings for rows in order of delivery. */
export function warningsFor(rows: readonly Row[], ruleSet: RuleSetContent, blockSize?: number): Warning[] {
  const replay = createReplay(ruleSet, blockSize === undefined ? {} : { blockSize })
  const emissions = [...replay.push(rows.map(transactionOf)), ...replay.finish()]
  return emissions.flatMap((emission) => (emission.type === 'warning' ? [emission.warning] : []))
}

/** One line per rule, subject and period, for the rules that the oracle knows. */
export function engineVerdicts(rows: readonly Row[], ruleSet: RuleSetContent, blockSize?: number): string[] {
  const known = new Set(['R01', 'R02', 'R03', 'R12'])
  const warnings = warningsFor(rows, ruleSet, blockSize)
  return verdictsOf(warnings.filter(({ rules }) => known.has(rules[0]?.rule_id ?? '')))
}
