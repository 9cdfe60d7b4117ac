/** Many histories, a batch at a time, with counts of what they reached. */
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import type { RuleSetContent } from '../../services/warn/app.ts'
import { compare, minimised } from './comparison.ts'
import type { Difference } from './comparison.ts'
import { historyOf } from './histories.ts'
import type { History } from './history.ts'
import { SqlOracle } from './sql-oracle.ts'

/** Histories per statement: enough that the server works and does not wait, few enough to fit into memory. */
const batchSize = 100

/** The one history on which engine and oracle differ. */
export interface Failure {
  readonly number: number
  readonly difference: Difference
  /** With as few rows as show a difference. */
  readonly history: History
}

/** What histories led to. */
export interface Tally {
  histories: number
  rows: number
  verdicts: number
  /** Verdicts by `rule level`. */
  readonly reached: Map<string, number>
  /** By rule: histories steered to its lines where nothing of it held. */
  readonly missed: Map<string, number>
  failure: Failure | undefined
}

/** A server with what the rule set carries besides its rules. */
export function openOracle({ file }: RuleSetContent): Promise<SqlOracle> {
  const { rates, calendar, parameters } = file
  return SqlOracle.open({ rates, calendar, latenessMs: parameters.allowed_lateness_ms })
}

function add(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

function note(tally: Tally, history: History, verdicts: readonly string[]): void {
  tally.histories += 1
  tally.rows += history.rows.length
  tally.verdicts += verdicts.length
  const rules = new Set<string>()
  for (const verdict of verdicts) {
    const rule = verdict.slice(0, verdict.indexOf(' '))
    rules.add(rule)
    add(tally.reached, `${rule} ${verdict.slice(verdict.lastIndexOf(' ') + 1)}`)
  }
  for (const rule of new Set(history.aims)) if (!rules.has(rule)) add(tally.missed, rule)
}

/**
 * Compares the histories `numbers` of a seed; stops at the first on which both differ and makes it small.
 * @param progress told after each batch
 */
export async function campaign(
  seed: string,
  numbers: { readonly from: number; readonly to: number },
  oracle: SqlOracle,
  ruleSet: RuleSetContent,
  progress: (tally: Tally) => void = () => {},
): Promise<Tally> {
  const tally: Tally = {
    histories: 0,
    rows: 0,
    verdicts: 0,
    reached: new Map(),
    missed: new Map(),
    failure: undefined,
  }
  for (let from = numbers.from; from < numbers.to; from += batchSize) {
    const length = Math.min(batchSize, numbers.to - from)
    const histories = Array.from({ length }, (_, index) => historyOf(seed, from + index))
    const { expected, failed } = await compare(histories, oracle, ruleSet)
    for (const [index, history] of histories.entries()) note(tally, history, expected[index] ?? [])
    progress(tally)
    const history = failed === undefined ? undefined : histories[failed.index]
    if (failed === undefined || history === undefined) continue
    const small = await minimised(history, oracle, ruleSet)
    const again = await compare([small], oracle, ruleSet)
    const difference = again.failed?.difference ?? failed.difference
    tally.failure = { number: from + failed.index, difference, history: small }
    break
  }
  return tally
}

const failuresUrl = new URL('failures/', import.meta.url)

/** Histories on which engine and oracle once differed, made small; they are compared first. */
export function knownFailures(): readonly (History & { readonly name: string; readonly why: string })[] {
  if (!existsSync(failuresUrl)) return []
  return readdirSync(failuresUrl)
    .filter((name) => name.endsWith('.json'))
    .toSorted()
    .map((name) => {
      const stored = JSON.parse(readFileSync(new URL(name, failuresUrl), 'utf8')) as History & {
        readonly why: string
      }
      return { ...stored, name }
    })
}
