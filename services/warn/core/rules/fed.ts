/** Which rules can find anything at all: a rule whose facts were never delivered is not fed, which is not the same as no hit (G3). Pure. */
import type { FactKind } from '../../../../schemas/fact.ts'
import { compileRuleSet } from './compile.ts'
import type { RuleFile } from './schema.ts'

/** `fed`: all its lines can be reached; `partly_fed`: some cannot; `not_fed`: none can. */
export type Feeding = 'fed' | 'partly_fed' | 'not_fed'

/** What can be said of one rule. */
export interface FedRule {
  readonly ruleId: string
  readonly version: number
  readonly name: RuleFile['rules'][number]['name']
  readonly feeding: Feeding
  /** Kinds of facts that were never delivered and that some of its lines need. */
  readonly missing: readonly FactKind[]
}

/** The rules of a set, in order of id. @param fed kinds of facts that were ever delivered */
export function fedRules(file: RuleFile, fed: ReadonlySet<FactKind>): readonly FedRule[] {
  return compileRuleSet({ file, content: '', sha256: '' }).rules.map(({ spec, levels }) => {
    const needs = levels.flatMap(({ alternatives }) =>
      alternatives.map((conditions) =>
        conditions.flatMap(({ metric, min }) => (min > 0 ? [...(metric.facts?.kinds ?? [])] : [])),
      ),
    )
    const usable = needs.filter((kinds) => kinds.every((kind) => fed.has(kind)))
    const missing = [...new Set(needs.flat())].filter((kind) => !fed.has(kind)).toSorted()
    return {
      ruleId: spec.id,
      version: spec.version,
      name: spec.name,
      feeding: missing.length === 0 ? 'fed' : usable.length === 0 ? 'not_fed' : 'partly_fed',
      missing,
    }
  })
}
