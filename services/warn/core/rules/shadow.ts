/**
 * Rules of a candidate beside those in force: compiled into the same set, so that they look at the same flows, and marked, so that
 * their hits count for one another only. Pure.
 */
import { canonicalJson } from './rule-file.ts'
import type { RuleFile, RuleSpec } from './schema.ts'

/** In front of the id of a candidate's rule; no rule of a file begins so. */
const mark = '~'

/** True for the id, or the key, of a candidate's rule. */
export function isShadow(id: string): boolean {
  return id.startsWith(mark)
}

/** The id, or the key, as the candidate's file has it. */
export function unmarked(id: string): string {
  return isShadow(id) ? id.slice(mark.length) : id
}

/** Rules of the candidate that differ from those in force, or are new, marked. */
export function shadowRules(inForce: RuleFile, candidate: RuleFile): readonly RuleSpec[] {
  const known = new Map(inForce.rules.map((rule) => [rule.id, canonicalJson(rule)]))
  return candidate.rules
    .filter((rule) => known.get(rule.id) !== canonicalJson(rule))
    .map((rule) => ({ ...rule, id: `${mark}${rule.id}` }))
}

/** What decides whose hits count for a warning. */
export interface Counting {
  /** Rules switched off: their hits count for nobody. */
  readonly off: ReadonlySet<string>
  /** The candidate's rules by id; those in `differing` are evaluated by themselves. */
  readonly candidate: ReadonlySet<string>
  readonly differing: ReadonlySet<string>
}

/**
 * The id under which a hit counts for a warning; undefined when it does not. What is in force sees nothing of a candidate. The candidate
 * sees its own hits where its rules differ, and those in force where they are the same.
 */
export function countsAs(hitId: string, forShadow: boolean, counting: Counting): string | undefined {
  const id = unmarked(hitId)
  if (isShadow(hitId)) return forShadow && counting.differing.has(id) ? id : undefined
  if (counting.off.has(id)) return undefined
  if (!forShadow) return id
  return counting.differing.has(id) || !counting.candidate.has(id) ? undefined : id
}
