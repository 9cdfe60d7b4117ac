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

/** How a set differs from the one in force: rules that are new, changed, gone, each with its version; other parts. */
export interface SetChanges {
  readonly added: readonly string[]
  readonly changed: readonly string[]
  readonly gone: readonly string[]
  readonly parts: readonly string[]
}

/** How a set differs from the one in force, for whoever is to sign it. Both are canonical JSON. */
export function changesOf(current: string | undefined, next: string): SetChanges {
  const known = new Map(
    current === undefined ? [] : fileIn(current).rules.map(({ id, version }) => [id, version]),
  )
  const differing = differingRules(current, next)
  const ids = new Set(fileIn(next).rules.map(({ id }) => id))
  return {
    added: differing.filter(({ id }) => !known.has(id)).map(({ id, version }) => `${id} v${version}`),
    changed: differing
      .filter(({ id }) => known.has(id))
      .map(({ id, version }) => `${id} v${known.get(id)} → v${version}`),
    gone: [...known].filter(([id]) => !ids.has(id)).map(([id, version]) => `${id} v${version}`),
    parts: current === undefined ? [] : differingParts(current, next, [...frame, 'scoring']),
  }
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

/** Parts in which two sets differ; unless said otherwise, those besides rules and scoring. */
export function differingParts(
  current: string,
  next: string,
  among: readonly ('scoring' | (typeof frame)[number])[] = frame,
): readonly string[] {
  const one = fileIn(current)
  const other = fileIn(next)
  return among.filter((part) => canonicalJson(one[part]) !== canonicalJson(other[part]))
}
