/** Counts warnings against the truth, as a person would judge a detector: what it finds, how early, and what it costs. Pure. */
import type { Pattern, Truth } from './truth.ts'

/** What matters of a warning. `at`: its event time, ms since 1970. `rule`: the one that triggered it. */
export interface JudgedWarning {
  readonly subject: string
  readonly at: number
  readonly level: string
  readonly rule: string
  readonly riskType: string
}

/** Found and all patterns. */
export interface Found {
  readonly found: number
  readonly of: number
}

/** What one rule contributes. Shares are NaN-free: 0 where nothing is counted. */
export interface RuleReport {
  readonly warnings: number
  /** Share of its warnings that name somebody in a pattern at work. */
  readonly precision: number
  /** Patterns that its warnings find. */
  readonly patterns_found: number
  /** Patterns that no other rule's warnings find. */
  readonly patterns_found_alone: number
  readonly false_warnings: number
  readonly false_warnings_per_1000_legit: number
}

/** The report; names of the first fields are those of the yardstick script that our tests compare with. */
export interface DetectionReport {
  readonly patterns: number
  readonly found: number
  readonly recall: number
  readonly warnings: number
  readonly precision: number
  readonly f1: number
  readonly warnings_per_1000_legit: number
  /** Of the found patterns' money, the share moved when the first warning came: median. Null when nothing was found. */
  readonly median_share_moved_at_first_warning: number | null
  readonly by_typology: Readonly<Record<string, Found>>
  readonly legitimate_transactions: number
  readonly subjects_warned: number
  /** Warnings merged as a desk does it: one lead per subject and risk type. */
  readonly leads: number
  /** Share of leads with at least one right warning. */
  readonly leads_precision: number
  readonly by_level: Readonly<Record<string, number>>
  readonly by_rule: Readonly<Record<string, RuleReport>>
}

interface RuleCounts {
  warnings: number
  right: number
  readonly found: Set<Pattern>
}

/** What is counted of warnings, and what is not. */
export interface TallyOptions {
  /** Lowest level that counts; default all. */
  readonly levelMin?: string
  /** Only patterns of this half; warnings that speak of the other half alone are left out. Default: all patterns. */
  readonly half?: 1 | 2
}

/** Alert levels, ascending. */
export const alertLevels: readonly string[] = ['blue', 'yellow', 'orange', 'red']

/** Counts warnings one by one; holds no warning. */
export class Tally {
  private warnings = 0
  private right = 0
  private readonly firstAt = new Map<Pattern, number>()
  private readonly rules = new Map<string, RuleCounts>()
  private readonly levels = new Map<string, number>()
  private readonly subjects = new Set<string>()
  private readonly leads = new Map<string, boolean>()
  private readonly truth: Truth
  private readonly options: TallyOptions
  private readonly halves: ReadonlyMap<Pattern, 1 | 2>

  /** @param truth complete: all transactions taken */
  constructor(truth: Truth, options: TallyOptions = {}) {
    this.truth = truth
    this.options = options
    this.halves = truth.halves()
  }

  take(warning: JudgedWarning): void {
    const { levelMin = 'blue' } = this.options
    if (alertLevels.indexOf(warning.level) < alertLevels.indexOf(levelMin)) return
    const spoken = this.truth.spokenOf(warning.subject, warning.at)
    const counted = spoken.filter((pattern) => this.counts(pattern))
    if (spoken.length > 0 && counted.length === 0) return
    const isRight = counted.length > 0
    this.warnings += 1
    this.right += Number(isRight)
    this.levels.set(warning.level, (this.levels.get(warning.level) ?? 0) + 1)
    this.subjects.add(warning.subject)
    const lead = `${warning.subject}|${warning.riskType}`
    this.leads.set(lead, isRight || this.leads.get(lead) === true)
    const rule = this.countsOf(warning.rule)
    rule.warnings += 1
    rule.right += Number(isRight)
    for (const pattern of counted) {
      rule.found.add(pattern)
      const known = this.firstAt.get(pattern)
      if (known === undefined || warning.at < known) this.firstAt.set(pattern, warning.at)
    }
  }

  private counts(pattern: Pattern): boolean {
    return this.options.half === undefined || this.halves.get(pattern) === this.options.half
  }

  private countsOf(rule: string): RuleCounts {
    const known = this.rules.get(rule)
    if (known !== undefined) return known
    const counts: RuleCounts = { warnings: 0, right: 0, found: new Set() }
    this.rules.set(rule, counts)
    return counts
  }

  report(): DetectionReport {
    const { warnings, right, firstAt, truth } = this
    const patterns = [...truth.patterns.values()].filter((pattern) => this.counts(pattern))
    const recall = firstAt.size / Math.max(1, patterns.length)
    const precision = right / Math.max(1, warnings)
    const right_leads = [...this.leads.values()].filter(Boolean).length
    return {
      patterns: patterns.length,
      found: firstAt.size,
      recall: rounded(recall, 4),
      warnings,
      precision: rounded(precision, 4),
      f1: rounded((2 * precision * recall) / Math.max(1e-9, precision + recall), 4),
      warnings_per_1000_legit: this.per1000(warnings),
      median_share_moved_at_first_warning: medianShare(firstAt),
      by_typology: typologies(patterns, firstAt),
      legitimate_transactions: truth.legitimate,
      subjects_warned: this.subjects.size,
      leads: this.leads.size,
      leads_precision: rounded(right_leads / Math.max(1, this.leads.size), 4),
      by_level: Object.fromEntries(alertLevels.map((level) => [level, this.levels.get(level) ?? 0])),
      by_rule: this.ruleReports(),
    }
  }

  private per1000(warnings: number): number {
    return rounded((1000 * warnings) / Math.max(1, this.truth.legitimate), 2)
  }

  private ruleReports(): Record<string, RuleReport> {
    const finders = new Map<Pattern, number>()
    for (const { found } of this.rules.values()) {
      for (const pattern of found) finders.set(pattern, (finders.get(pattern) ?? 0) + 1)
    }
    const sorted = [...this.rules].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return Object.fromEntries(
      sorted.map(([rule, { warnings, right, found }]) => [
        rule,
        {
          warnings,
          precision: rounded(right / Math.max(1, warnings), 4),
          patterns_found: found.size,
          patterns_found_alone: [...found].filter((pattern) => finders.get(pattern) === 1).length,
          false_warnings: warnings - right,
          false_warnings_per_1000_legit: this.per1000(warnings - right),
        },
      ]),
    )
  }
}

function rounded(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}

/** Of each found pattern, the money moved up to its first warning; the (upper) median of the shares. */
function medianShare(firstAt: ReadonlyMap<Pattern, number>): number | null {
  const shares = [...firstAt].map(([{ payments }, first]) => {
    const total = payments.reduce((sum, { amount }) => sum + amount, 0)
    const moved = payments.reduce((sum, { at, amount }) => (at <= first ? sum + amount : sum), 0)
    return total === 0 ? 0 : moved / total
  })
  const median = shares.toSorted((a, b) => a - b)[Math.floor(shares.length / 2)]
  return median === undefined ? null : rounded(median, 3)
}

function typologies(
  patterns: readonly Pattern[],
  firstAt: ReadonlyMap<Pattern, number>,
): Record<string, Found> {
  const counts = new Map<string, { found: number; of: number }>()
  for (const pattern of patterns) {
    const count = counts.get(pattern.typology) ?? { found: 0, of: 0 }
    count.of += 1
    count.found += Number(firstAt.has(pattern))
    counts.set(pattern.typology, count)
  }
  return Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
