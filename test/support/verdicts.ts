/** What a set of warnings says, whatever the order in which it was found out: rule, subject, period, highest level. */
import type { AlertLevel, Warning } from '../../schemas/types.ts'

const levels: readonly AlertLevel[] = ['blue', 'yellow', 'orange', 'red']
const offsetMs = 8 * 3_600_000

/** By which part of the Shanghai date a rule repeats: day or month; undefined: every transaction. */
const periodLength: Readonly<Record<string, number | undefined>> = {
  R02: 10,
  R03: 10,
  R06: 10,
  R09: 10,
  R12: 7,
  R13: 7,
}

/** One line per rule, subject and period with its highest level, ascending. */
export function verdictsOf(warnings: Iterable<Warning>): string[] {
  const highest = new Map<string, AlertLevel>()
  for (const warning of warnings) {
    const [hit] = warning.rules
    if (hit === undefined) continue
    const key = [hit.rule_id, warning.subject_id, periodOf(warning, hit.rule_id)].join(' ')
    const known = highest.get(key)
    if (known === undefined || levels.indexOf(hit.level) > levels.indexOf(known)) highest.set(key, hit.level)
  }
  return [...highest].map(([key, level]) => `${key} ${level}`).toSorted()
}

function periodOf(warning: Warning, ruleId: string): string {
  const [evidence] = warning.evidence
  const side = evidence?.direction ?? ''
  const length = periodLength[ruleId]
  if (length === undefined) return `bank_a|${evidence?.txn_id ?? ''}|${side}`
  const period = new Date(warning.event_time + offsetMs).toISOString().slice(0, length)
  return ruleId === 'R02' || ruleId === 'R03' ? `${period}|${side}` : period
}
