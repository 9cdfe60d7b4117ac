/** From hits to score and level (domain.md 3.2). Pure. */
import type { AlertLevel, Explanation, RuleHit } from '../../../schemas/types.ts'
import { levels, rankOf } from './rules/compile.ts'
import type { RuleFile } from './rules/schema.ts'

/** What a warning's hits come to. */
export interface Verdict {
  readonly score: number
  readonly level: AlertLevel
  /** Names of the combinations found. */
  readonly combinations: readonly Explanation[]
}

/**
 * Score and level of a warning.
 * @param hits the triggering hit first, then at most one of every other rule
 *
 * Families count once with their highest points; families add by 1 − Π(1 − p). The level is never below that of a hit,
 * a combination or what the triggering rule is raised to in such company. Rules that only raise others count no points; they
 * raise what comes out by their levels.
 */
export function judge(file: RuleFile, hits: readonly RuleHit[]): Verdict {
  const { points, thresholds, combinations } = file.scoring
  const families = new Map<string, number>()
  const raises = raisesOf(file)
  const raisedBy = (hit: RuleHit): number => raises.get(hit.rule_id) ?? 0
  const counted = hits.filter((hit) => raisedBy(hit) === 0)
  for (const hit of counted)
    families.set(hit.family, Math.max(families.get(hit.family) ?? 0, points[hit.level]))
  let rest = 1
  for (const family of [...families.keys()].toSorted()) rest *= 1 - (families.get(family) ?? 0) / 100
  const score = Math.round((1 - rest) * 1e4) / 1e4
  const ids = new Set(hits.map((hit) => hit.rule_id))
  const found = combinations.filter((row) => row.rules.every((id) => ids.has(id)))
  const rank = Math.max(
    scoreRank(score, thresholds),
    ...counted.map((hit) => rankOf(hit.level)),
    ...found.map((row) => rankOf(row.level)),
    raisedRank(file, hits, ids),
  )
  const raised = hits.reduce((sum, hit) => sum + raisedBy(hit), rank)
  return { score, level: levels[raised] ?? 'red', combinations: found.map((row) => row.name) }
}

/** By how many levels rules raise others, made once for a rule file. */
const raisesByFile = new WeakMap<RuleFile, ReadonlyMap<string, number>>()

function raisesOf(file: RuleFile): ReadonlyMap<string, number> {
  let raises = raisesByFile.get(file)
  if (raises === undefined) {
    raises = new Map(file.rules.map((rule) => [rule.id, rule.raises_levels ?? 0]))
    raisesByFile.set(file, raises)
  }
  return raises
}

function scoreRank(score: number, thresholds: RuleFile['scoring']['thresholds']): number {
  if (score >= thresholds.red) return 3
  if (score >= thresholds.orange) return 2
  return score >= thresholds.yellow ? 1 : 0
}

function raisedRank(file: RuleFile, hits: readonly RuleHit[], ids: ReadonlySet<string>): number {
  const rule = file.rules.find((row) => row.id === hits[0]?.rule_id)
  const raised = (rule?.raise ?? []).filter((row) => row.with.some((id) => ids.has(id)))
  return Math.max(0, ...raised.map((row) => rankOf(row.level)))
}
