/** In what two rule sets differ. Pure. */
import type { RuleSetContent } from '../rules/rule-file.ts'
import { canonicalJson } from '../rules/rule-file.ts'
import type { RuleFile, RuleSpec } from '../rules/schema.ts'
import type { SetLife } from './life.ts'

function fileIn(content: string): RuleFile {
  return JSON.parse(content) as RuleFile
}

/** The rule file of a set on record: it was checked before it was recorded. */
export function rulesIn({ content, sha256 }: SetLife): RuleSetContent {
  return { file: fileIn(content), content, sha256 }
}

/** Rules of `next` that differ from the rule with their id in `current`, or have none there. Both are canonical JSON. */
export function differingRules(current: string | undefined, next: string): readonly RuleSpec[] {
  const known = new Map<string, string>()
  if (current !== undefined) {
    for (const rule of fileIn(current).rules) known.set(rule.id, canonicalJson(rule))
  }
  return fileIn(next).rules.filter((rule) => known.get(rule.id) !== canonicalJson(rule))
}

/** Ids of rules that differ from the one in force without having a higher version: their warnings could not be told apart. */
export function unraisedRules(current: string | undefined, next: string): readonly string[] {
  if (current === undefined) return []
  const versions = new Map(fileIn(current).rules.map(({ id, version }) => [id, version]))
  return differingRules(current, next)
    .filter(({ id, version }) => version <= (versions.get(id) ?? 0))
    .map(({ id }) => id)
}

/** What besides rules and scoring decides what a rule finds. */
const frame = ['calendar', 'parameters', 'rates'] as const

/** Parts besides rules and scoring in which two sets differ. */
export function differingParts(current: string, next: string): readonly string[] {
  const one = fileIn(current)
  const other = fileIn(next)
  return frame.filter((part) => canonicalJson(one[part]) !== canonicalJson(other[part]))
}
