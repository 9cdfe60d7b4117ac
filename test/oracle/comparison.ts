/** Engine and oracle side by side: where they differ on a history, and the fewest rows on which they still do. */
import type { RuleSetContent } from '../../services/warn/app.ts'
import { lateRows } from './arrival.ts'
import { emissionsFor, engineLate, engineVerdicts } from './engine.ts'
import type { History } from './history.ts'
import { covered } from './sql-oracle.ts'
import type { SqlOracle } from './sql-oracle.ts'

/** What only one of the two says. */
export interface Difference {
  /** Said by the engine alone. */
  readonly engine: readonly string[]
  /** Said by the oracle alone. */
  readonly oracle: readonly string[]
}

/** Rules that both know: the oracle may be ahead of the set. */
function knownOf({ file }: RuleSetContent): ReadonlySet<string> {
  return new Set(file.rules.map(({ id }) => id).filter((id) => covered.includes(id)))
}

/** Names of flows that the oracle holds to be late. */
function lateFlows(history: History, latenessMs: number): string[] {
  const late = lateRows(history, latenessMs)
  const seen = new Set<string>()
  return history.rows
    .flatMap((row, index) => {
      const isFirst = !seen.has(row.txn_id)
      seen.add(row.txn_id)
      if (!isFirst || !late.has(index)) return []
      const payer = row.payer_id === '' ? row.payer_account : row.payer_id
      const payee = row.payee_id === '' ? row.payee_account : row.payee_id
      return [
        ...(row.payer_kind === 'institution' ? [] : [`${row.txn_id} ${payer}`]),
        ...(row.payee_kind === 'institution' ? [] : [`${row.txn_id} ${payee}`]),
      ]
    })
    .toSorted()
}

/** Lines of the first that the second lacks, as often as they are more. */
function without(lines: readonly string[], others: readonly string[]): string[] {
  const counts = Map.groupBy(others, (line) => line)
  return lines.filter((line) => counts.get(line)?.pop() === undefined)
}

function differenceOf(
  history: History,
  expected: readonly string[],
  ruleSet: RuleSetContent,
): Difference | undefined {
  const known = knownOf(ruleSet)
  const emissions = emissionsFor(history, ruleSet)
  const latenessMs = ruleSet.file.parameters.allowed_lateness_ms
  const found = [
    ...engineVerdicts(emissions, known, ruleSet),
    ...engineLate(emissions).map((line) => `late ${line}`),
  ]
  const asked = expected.filter((line) => known.has(line.slice(0, line.indexOf(' '))))
  const wanted = [...asked, ...lateFlows(history, latenessMs).map((line) => `late ${line}`)]
  const difference = { engine: without(found, wanted), oracle: without(wanted, found) }
  return difference.engine.length + difference.oracle.length === 0 ? undefined : difference
}

/** What was compared. */
export interface Compared {
  /** What the oracle says, by history. */
  readonly expected: readonly (readonly string[])[]
  /** The first history of the batch that both see differently. */
  readonly failed: { readonly index: number; readonly difference: Difference } | undefined
}

/** Compares a batch of histories. */
export async function compare(
  histories: readonly History[],
  oracle: SqlOracle,
  ruleSet: RuleSetContent,
): Promise<Compared> {
  const expected = await oracle.verdicts(histories)
  for (const [index, history] of histories.entries()) {
    const difference = differenceOf(history, expected[index] ?? [], ruleSet)
    if (difference !== undefined) return { expected, failed: { index, difference } }
  }
  return { expected, failed: undefined }
}

/** Leaves out rows, the more at once the better, as long as engine and oracle still differ. */
export async function minimised(
  history: History,
  oracle: SqlOracle,
  ruleSet: RuleSetContent,
): Promise<History> {
  let current = history
  for (let size = Math.ceil(current.rows.length / 2); size >= 1;) {
    const candidates = Array.from({ length: Math.ceil(current.rows.length / size) }, (_, index) => ({
      ...current,
      rows: current.rows.toSpliced(index * size, size),
    }))
    const { failed } = await compare(candidates, oracle, ruleSet)
    const smaller = failed === undefined ? undefined : candidates[failed.index]
    if (smaller === undefined) size = size === 1 ? 0 : Math.ceil(size / 2)
    else {
      current = smaller
      size = Math.min(size, Math.max(1, Math.ceil(current.rows.length / 2)))
    }
  }
  return current
}
