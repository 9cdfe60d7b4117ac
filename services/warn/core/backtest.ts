/**
 * What another rule set would have made of the same transactions: findings that are new, gone, or of another level, by rule. Pure.
 *
 * A finding is a rule, a subject and a period (what a rule warns of once per level); its level is the highest of its warnings. Both sets
 * are folded side by side over the same input, so findings can be settled and forgotten as event time goes on: memory does not grow
 * with the length of the input.
 */
import type { AlertLevel } from '../../../schemas/types.ts'
import type { Emission } from './fold.ts'
import { levels, rankOf } from './rules/compile.ts'

/** Which set says it: the one in force, or the candidate. */
export type Side = 'active' | 'candidate'

/** What one rule, or all together, come to under both sets. */
export interface RuleDifference {
  readonly warnings: Readonly<Record<Side, number>>
  /** Findings of the candidate only, of the active set only, of both at a higher or lower level, of both at the same. */
  readonly new: number
  readonly gone: number
  readonly raised: number
  readonly lowered: number
  readonly same: number
}

/** A finding that differs. Level: undefined where the set has none. */
export interface FindingDifference {
  readonly rule: string
  readonly subject: string
  readonly period: string
  /** Event time of its newest warning, milliseconds since 1970. */
  readonly at: number
  readonly active: AlertLevel | undefined
  readonly candidate: AlertLevel | undefined
}

/** All that differs. */
export interface Difference {
  readonly total: RuleDifference
  /** By rule id, ascending. */
  readonly byRule: Readonly<Record<string, RuleDifference>>
  /** Warnings of each level. */
  readonly byLevel: Readonly<Record<AlertLevel, Readonly<Record<Side, number>>>>
  /** Findings whose level moved, by `blue→yellow`. */
  readonly moved: Readonly<Record<string, number>>
  /** Some findings that differ, those settled first. */
  readonly examples: readonly FindingDifference[]
}

/** A finding that may still change. Ranks: -1 where a set has none. */
interface OpenFinding {
  readonly rule: string
  readonly subject: string
  readonly period: string
  active: number
  candidate: number
  at: number
}

/** Counts that are being made. */
class Counts {
  readonly warnings: Record<Side, number> = { active: 0, candidate: 0 }
  new = 0
  gone = 0
  raised = 0
  lowered = 0
  same = 0

  add({ active, candidate }: OpenFinding): void {
    if (active < 0) this.new += 1
    else if (candidate < 0) this.gone += 1
    else if (candidate > active) this.raised += 1
    else if (candidate < active) this.lowered += 1
    else this.same += 1
  }

  report(): RuleDifference {
    const { warnings, new: fresh, gone, raised, lowered, same } = this
    return { warnings: { ...warnings }, new: fresh, gone, raised, lowered, same }
  }
}

/** The longest period is a month; what waits for the watermark waits a day at most. */
const openMs = 40 * 86_400_000
/** Findings open at the same time before those that are over are looked for. */
const sweptAt = 10_000
/** Findings of one rule that differ in one way, told one by one. */
const examplesOfAKind = 3

/** Compares two sets, emission by emission. */
export class Comparison {
  private readonly examplesMax: number
  private readonly open = new Map<string, OpenFinding>()
  private sweepAt = sweptAt
  private newest = Number.NEGATIVE_INFINITY
  private readonly total = new Counts()
  private readonly rules = new Map<string, Counts>()
  private readonly levels = new Map<AlertLevel, Record<Side, number>>(
    levels.map((level) => [level, { active: 0, candidate: 0 }]),
  )
  private readonly moved = new Map<string, number>()
  private readonly examples: FindingDifference[] = []
  private readonly shown = new Map<string, number>()

  /** @param examplesMax findings that differ to tell one by one */
  constructor(examplesMax = 20) {
    this.examplesMax = examplesMax
  }

  /** Takes what one set says. Both sets must have been given the same transactions before one of them gets many more. */
  take(side: Side, emissions: readonly Emission[]): void {
    for (const emission of emissions) {
      if (emission.type !== 'warning') continue
      const { warning, period } = emission
      const rule = warning.rules[0]?.rule_id ?? ''
      this.total.warnings[side] += 1
      this.countsOf(rule).warnings[side] += 1
      const ofLevel = this.levels.get(warning.level)
      if (ofLevel !== undefined) ofLevel[side] += 1
      const key = `${rule}|${warning.subject_id}|${period}`
      let finding = this.open.get(key)
      if (finding === undefined) {
        finding = {
          rule,
          subject: warning.subject_id,
          period,
          active: -1,
          candidate: -1,
          at: warning.event_time,
        }
        this.open.set(key, finding)
      }
      finding[side] = Math.max(finding[side], rankOf(warning.level))
      finding.at = Math.max(finding.at, warning.event_time)
      this.newest = Math.max(this.newest, warning.event_time)
    }
    if (this.open.size >= this.sweepAt) this.sweep()
  }

  /** Findings that may still change. */
  get openCount(): number {
    return this.open.size
  }

  /** Settles what is over. Looks at all that is open only after it has doubled. */
  private sweep(): void {
    for (const [key, finding] of this.open) {
      if (finding.at > this.newest - openMs) continue
      this.open.delete(key)
      this.settle(finding)
    }
    this.sweepAt = Math.max(sweptAt, 2 * this.open.size)
  }

  private settle(finding: OpenFinding): void {
    const { rule, subject, period, at, active, candidate } = finding
    this.total.add(finding)
    this.countsOf(rule).add(finding)
    if (active === candidate) return
    if (active >= 0 && candidate >= 0) {
      const move = `${levels[active]}→${levels[candidate]}`
      this.moved.set(move, (this.moved.get(move) ?? 0) + 1)
    }
    // Some of each kind, so that one rule that changed a lot does not hide the others.
    const kind = `${rule} ${Math.sign(candidate - active)} ${Number(active < 0)} ${Number(candidate < 0)}`
    const shown = this.shown.get(kind) ?? 0
    if (shown >= examplesOfAKind || this.examples.length >= this.examplesMax) return
    this.shown.set(kind, shown + 1)
    this.examples.push({ rule, subject, period, at, active: levels[active], candidate: levels[candidate] })
  }

  private countsOf(rule: string): Counts {
    let counts = this.rules.get(rule)
    if (counts === undefined) {
      counts = new Counts()
      this.rules.set(rule, counts)
    }
    return counts
  }

  /** The input is over: what differs. */
  finish(): Difference {
    for (const finding of this.open.values()) this.settle(finding)
    this.open.clear()
    const rules = [...this.rules].toSorted(([a], [b]) => (a < b ? -1 : 1))
    return {
      total: this.total.report(),
      byRule: Object.fromEntries(rules.map(([rule, counts]) => [rule, counts.report()])),
      byLevel: Object.fromEntries(this.levels) as Difference['byLevel'],
      moved: Object.fromEntries([...this.moved].toSorted(([a], [b]) => (a < b ? -1 : 1))),
      examples: this.examples,
    }
  }
}
