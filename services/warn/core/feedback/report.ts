/**
 * How rules do, by what people found their warnings to be: precision by rule and level, rules without a hit, drift, and thresholds that
 * could be proposed. The machine proposes; it changes nothing. Pure; memory is bounded by the labelled warnings that are remembered.
 */
import type { GradeCard, Label, Warning } from '../../../../schemas/types.ts'
import { dayOf } from '../../../platform/calendar/day.ts'

/** Warnings of which the label is remembered; those labelled longest ago are given up, and it is said. */
export const labelsMax = 500_000
/** Nothing is proposed from fewer labelled warnings. */
export const proposalMin = 5

/** A card; warnings that are not graded have none. */
export type Card = Exclude<GradeCard, 'none'>
const cards: readonly Card[] = ['red', 'yellow', 'green', 'cleared']

/** Confirmed: a crime is suspected, or rules of the trade were broken. Green is watched on, cleared was unfounded. */
export function isConfirmed(card: Card): boolean {
  return card === 'red' || card === 'yellow'
}

/** One rule at one level of its warnings. */
export interface RuleReport {
  readonly rule_id: string
  readonly level: string
  /** All that are on record, and in the period and the one before. */
  readonly warnings: { readonly total: number; readonly now: number; readonly before: number }
  /** Warnings for 1,000 transactions; null without any. `change`: now over before. */
  readonly per_1000: {
    readonly now: number | null
    readonly before: number | null
    readonly change: number | null
  }
  readonly labels: Readonly<Record<Card, number>>
  readonly labelled: number
  /** Share of the labelled that was confirmed; null when none is labelled. */
  readonly precision: number | null
}

/** Below `proposed` no labelled warning was confirmed. */
export interface Proposal {
  readonly rule_id: string
  readonly level: string
  readonly metric: string
  /** In force when the newest of them was made. */
  readonly threshold: number
  readonly proposed: number
  /** Labelled warnings with that metric; confirmed among them; unconfirmed ones below what is proposed. */
  readonly n: number
  readonly confirmed: number
  readonly spared: number
}

/** The whole report. */
export interface RulesReport {
  /** End of the period: the newest event time on record, milliseconds since 1970; null when there is nothing. */
  readonly as_of: number | null
  readonly days: number
  readonly transactions: { readonly now: number; readonly before: number }
  readonly rules: readonly RuleReport[]
  /** Rules in force without a warning in the period. */
  readonly silent: readonly string[]
  readonly proposals: readonly Proposal[]
  /** Rules and levels of which at least `proposalMin` warnings are labelled and none was confirmed. */
  readonly unconfirmed: readonly { readonly rule_id: string; readonly level: string; readonly n: number }[]
  /** Labels that were given up, see `labelsMax`. */
  readonly labels_given_up: number
}

interface Values {
  threshold: number
  thresholdAt: number
  readonly confirmed: number[]
  readonly others: number[]
}

interface Tally {
  readonly rule: string
  readonly level: string
  readonly byDay: Map<number, number>
  readonly labels: Record<Card, number>
  readonly values: Map<string, Values>
}

/** Gathers: all labels first, then warnings and transactions in any order. */
export class ReportDraft {
  private readonly labels = new Map<string, Card>()
  private readonly tallies = new Map<string, Tally>()
  private readonly transactionsByDay = new Map<number, number>()
  private newest = Number.NEGATIVE_INFINITY
  private givenUp = 0

  /** A later label replaces an earlier one on the same warning. */
  label({ card, warnings }: Label): void {
    for (const { warning_id: id } of warnings) {
      this.labels.delete(id)
      if (card !== 'none') this.labels.set(id, card)
    }
    for (const id of this.labels.keys()) {
      if (this.labels.size <= labelsMax) break
      this.labels.delete(id)
      this.givenUp += 1
    }
  }

  /** A transaction was booked. @param time event time */
  transaction(time: number): void {
    this.note(this.transactionsByDay, time)
  }

  /** A warning was made. */
  warning({ warning_id: id, level, rules, event_time: time }: Warning): void {
    const [hit] = rules
    if (hit === undefined) return
    const tally = this.tally(hit.rule_id, level)
    this.note(tally.byDay, time)
    const card = this.labels.get(id)
    if (card === undefined) return
    tally.labels[card] += 1
    for (const [metric, text] of Object.entries(hit.thresholds)) {
      const threshold = Number(text)
      const value = Number(hit.values[metric])
      // Ranges are no lines that could be moved one way.
      if (Number.isFinite(threshold) && Number.isFinite(value)) {
        const values = valuesOf(tally, metric)
        if (time >= values.thresholdAt) Object.assign(values, { threshold, thresholdAt: time })
        values[isConfirmed(card) ? 'confirmed' : 'others'].push(value)
      }
    }
  }

  private note(byDay: Map<number, number>, time: number): void {
    this.newest = Math.max(this.newest, time)
    const day = dayOf(time)
    byDay.set(day, (byDay.get(day) ?? 0) + 1)
  }

  private tally(rule: string, level: string): Tally {
    const key = `${rule}|${level}`
    let tally = this.tallies.get(key)
    if (tally === undefined) {
      const labels = { red: 0, yellow: 0, green: 0, cleared: 0 }
      tally = { rule, level, byDay: new Map(), labels, values: new Map() }
      this.tallies.set(key, tally)
    }
    return tally
  }

  /**
   * The report.
   * @param days length of the period, Shanghai days up to the newest one on record
   * @param inForce ids of the rules in force
   */
  report(days: number, inForce: readonly string[]): RulesReport {
    const last = dayOf(this.newest)
    const within = (byDay: ReadonlyMap<number, number>): { now: number; before: number } => ({
      now: sumBetween(byDay, last - days, last),
      before: sumBetween(byDay, last - 2 * days, last - days),
    })
    const transactions = within(this.transactionsByDay)
    const tallies = [...this.tallies].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, tally]) => tally)
    const rules = tallies.map((tally) => ruleReport(tally, within(tally.byDay), transactions))
    const loud = new Set(rules.filter(({ warnings }) => warnings.now > 0).map((one) => one.rule_id))
    return {
      as_of: Number.isFinite(this.newest) ? this.newest : null,
      days,
      transactions,
      rules,
      silent: inForce.filter((id) => !loud.has(id)),
      proposals: tallies.flatMap(proposalsOf),
      unconfirmed: rules
        .filter(({ labelled, precision }) => labelled >= proposalMin && precision === 0)
        .map(({ rule_id, level, labelled: n }) => ({ rule_id, level, n })),
      labels_given_up: this.givenUp,
    }
  }
}

function valuesOf(tally: Tally, metric: string): Values {
  let values = tally.values.get(metric)
  if (values === undefined) {
    values = { threshold: 0, thresholdAt: Number.NEGATIVE_INFINITY, confirmed: [], others: [] }
    tally.values.set(metric, values)
  }
  return values
}

/** Counts of the days after `from` up to `to`. */
function sumBetween(byDay: ReadonlyMap<number, number>, from: number, to: number): number {
  let sum = 0
  for (const [day, n] of byDay) if (day > from && day <= to) sum += n
  return sum
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

function rateOf(warnings: number, transactions: number): number | null {
  return transactions === 0 ? null : rounded((1_000 * warnings) / transactions)
}

function ruleReport(
  { rule, level, byDay, labels }: Tally,
  counted: { readonly now: number; readonly before: number },
  transactions: { readonly now: number; readonly before: number },
): RuleReport {
  const now = rateOf(counted.now, transactions.now)
  const before = rateOf(counted.before, transactions.before)
  const labelled = cards.reduce((sum, card) => sum + labels[card], 0)
  const confirmed = cards.filter(isConfirmed).reduce((sum, card) => sum + labels[card], 0)
  return {
    rule_id: rule,
    level,
    warnings: { total: [...byDay.values()].reduce((sum, n) => sum + n, 0), ...counted },
    per_1000: {
      now,
      before,
      change: now === null || before === null || before === 0 ? null : rounded(now / before),
    },
    labels: { ...labels },
    labelled,
    precision: labelled === 0 ? null : rounded(confirmed / labelled),
  }
}

function proposalsOf({ rule, level, values }: Tally): Proposal[] {
  return [...values]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([metric, { threshold, confirmed, others }]) => {
      const n = confirmed.length + others.length
      if (n < proposalMin || confirmed.length === 0) return []
      const proposed = confirmed.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
      const spared = others.filter((value) => value < proposed).length
      if (spared === 0 || proposed <= threshold) return []
      return [{ rule_id: rule, level, metric, threshold, proposed, n, confirmed: confirmed.length, spared }]
    })
}
