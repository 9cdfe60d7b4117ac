/** Builds warnings: the hit, the hits that count with it, evidence, reason, and an id that the same input always gets. Pure. */
import type { Evidence, RuleHit, Warning } from '../../../schemas/types.ts'
import { dayMs } from '../../platform/calendar/day.ts'
import { uuidV5 } from '../../platform/uuid/uuid.ts'
import type { Exemption } from './exemptions/exemption.ts'
import { testedFor } from './exemptions/tested.ts'
import { explain, valueText } from './explain.ts'
import { noFacts } from './facts/held-facts.ts'
import { factsOf, isIncoming } from './flow.ts'
import type { StoredFlow } from './flow.ts'
import { rankOf, reach, storyOf } from './rules/compile.ts'
import { periodName } from './rules/period.ts'
import { fenAt } from './rules/money.ts'
import type { RateTable } from './rates.ts'
import type { CompiledRule, CompiledRuleSet, Reached } from './rules/compile.ts'
import { countsAs, unmarked } from './rules/shadow.ts'
import type { CompiledMetric } from './rules/metrics/metric.ts'
import { judge } from './scoring.ts'
import type { Subject } from './subject.ts'
import { dayName, rfc3339 } from './time.ts'

/** Most transactions a warning shows. */
export const evidenceMax = 20

/** A rule that holds anew at one flow. */
export interface NewHit {
  readonly rule: CompiledRule
  readonly reached: Reached
  readonly period: number
  readonly hit: RuleHit
  readonly values: ReadonlyMap<string, number>
  /** Where it was measured, when that is not the subject with all its flows. */
  readonly place?: { readonly subject: Subject; readonly index: number }
  /** The exemption by which it is no warning, unless its level is red. */
  readonly excuse?: Exemption
}

/** Measures what a hit reports. */
export function newHit(
  rule: CompiledRule,
  reached: Reached,
  period: number,
  subject: Subject,
  index: number,
): NewHit {
  const time = subject.timeAt(index)
  const values = new Map(rule.metrics.map((metric) => [metric.name, metric.measure(subject, index)]))
  const written = rule.metrics.flatMap((metric): [string, string][] => {
    const value = values.get(metric.name)
    // What is not known of a subject is no zero: facts that were not asked for are told of only when there are some.
    const isUntold = value === 0 && metric.facts !== undefined && !isAsked(reached, metric)
    return value === undefined || !Number.isFinite(value) || isUntold
      ? []
      : [[metric.name, valueText(value, metric.unit)]]
  })
  const start = rule.isSingle ? time : rule.reach.start(time)
  const hit: RuleHit = {
    rule_id: rule.spec.id,
    version: rule.spec.version,
    family: rule.spec.family,
    level: reached.level.level,
    event_time: time,
    values: Object.fromEntries(written),
    thresholds: thresholdsOf(reached),
    window: `${rfc3339(start + (isCalendarWindow(rule) ? 1 : 0))}/${rfc3339(time)}`,
    basis: rule.spec.basis,
  }
  return { rule, reached, period, hit, values }
}

function isAsked({ alternative }: Reached, metric: CompiledMetric): boolean {
  return alternative.some((condition) => condition.metric === metric)
}

/** Windows of whole days, hours or minutes begin with the first millisecond of one. */
function isCalendarWindow(rule: CompiledRule): boolean {
  const { unit, aligned = false } = rule.spec.window
  return unit === 'day' || unit === 'working_day' || aligned
}

function thresholdsOf(reached: Reached): Record<string, string> {
  const conditions = reached.alternative.toSorted((a, b) => (a.metric.name < b.metric.name ? -1 : 1))
  return Object.fromEntries(
    conditions.map(({ metric, min, max }) => {
      const low = Number.isFinite(min) ? valueText(min, metric.unit) : ''
      return [metric.name, Number.isFinite(max) ? `${low}..${valueText(max, metric.unit)}` : low]
    }),
  )
}

/** The triggering hit, then the highest hit of every other rule within the scoring days up to it. */
function countedHits(
  rules: CompiledRuleSet,
  subject: Subject,
  trigger: NewHit,
  fresh: readonly NewHit[],
): RuleHit[] {
  const time = trigger.hit.event_time
  const { isShadow } = trigger.rule
  const after = time - rules.file.parameters.scoring_days * dayMs
  const best = new Map<string, RuleHit>()
  for (const hit of [...subject.hits.map((stored) => stored.hit), ...fresh.map((other) => other.hit)]) {
    if (hit.rule_id === trigger.hit.rule_id || hit.event_time <= after || hit.event_time > time) continue
    const id = countsAs(hit.rule_id, isShadow, rules.counting)
    if (id === undefined) continue
    const known = best.get(id)
    const rank = rankOf(hit.level)
    if (
      known === undefined ||
      rank > rankOf(known.level) ||
      (rank === rankOf(known.level) && hit.event_time > known.event_time)
    ) {
      best.set(id, hit)
    }
  }
  const counted = [trigger.hit, ...[...best.keys()].toSorted().flatMap((id) => best.get(id) ?? [])]
  return isShadow ? counted.map((hit) => ({ ...hit, rule_id: unmarked(hit.rule_id) })) : counted
}

/** The largest flows of a story, in event order. */
function mostTelling(rates: RateTable, subject: Subject, story: readonly number[]): StoredFlow[] {
  if (story.length <= evidenceMax) return story.map((index) => subject.flow(index))
  const weight = (index: number): number => {
    const fen = fenAt(rates, subject, index)
    return Number.isNaN(fen) ? subject.amountAt(index) : fen
  }
  const ranked = story.map((index, order) => ({ index, order, weight: weight(index) }))
  return ranked
    .toSorted((a, b) => b.weight - a.weight || a.order - b.order)
    .slice(0, evidenceMax)
    .toSorted((a, b) => a.order - b.order)
    .map(({ index }) => subject.flow(index))
}

function evidenceOf(flow: StoredFlow): Evidence {
  const facts = factsOf(flow.bits)
  return {
    txn_id: flow.txnId,
    event_time: flow.time,
    direction: isIncoming(flow.bits) ? 'in' : 'out',
    amount: flow.amount,
    currency: flow.currency,
    counterparty_id: flow.counterparty,
    counterparty_kind: facts.counterpartyKind,
    channel: facts.channel,
  }
}

/** Payments that a warning shows, in event order, and the ids of the first and last of all that it is about. */
interface Told {
  readonly telling: readonly StoredFlow[]
  readonly first: string
  readonly last: string
}

function tellingOf(rates: RateTable, { rule, reached }: NewHit, { subject, index, isFact }: Occasion): Told {
  // A fact tells of no payment.
  if (isFact) return { telling: [], first: '', last: '' }
  // On a path, payments of others count too.
  if (rule.path !== undefined) {
    const telling = rule.path.story(subject, index)
    return { telling, first: telling[0]?.txnId ?? '', last: telling.at(-1)?.txnId ?? '' }
  }
  const story = storyOf(rule, reached, subject, index)
  return {
    telling: mostTelling(rates, subject, story),
    first: subject.txnIdAt(story[0] ?? index),
    last: subject.txnIdAt(story.at(-1) ?? index),
  }
}

/** What else holds at a place and only raises the level of warnings: a repeat offence. */
export function raisingAt(rules: CompiledRuleSet, { subject, index }: Occasion): readonly NewHit[] {
  if (subject.facts === noFacts) return noHits
  return rules.modifiers.flatMap((rule) =>
    reach(rule, subject, index, 0, 'now')
      .slice(0, 1)
      .map((reached) => newHit(rule, reached, 0, subject, index)),
  )
}

const noHits: readonly NewHit[] = []

/** Of what raises the level at a place, what counts for this hit. */
function countedRaising(
  { counting }: CompiledRuleSet,
  { rule }: NewHit,
  raising: readonly NewHit[],
): RuleHit[] {
  return raising.flatMap(({ hit }) => {
    const id = countsAs(hit.rule_id, rule.isShadow, counting)
    return id === undefined ? [] : [{ ...hit, rule_id: id }]
  })
}

/** Where something was found: at a flow, or at a fact, which the subject then holds in the place of a flow. */
export interface Occasion {
  readonly subject: Subject
  readonly index: number
  readonly isFact: boolean
}

/** What else holds at the same place. */
export interface Company {
  /** All hits that are new there, so that they count for one another whatever their order. */
  readonly fresh: readonly NewHit[]
  /** What only raises the level. */
  readonly raising: readonly NewHit[]
}

/**
 * The warning for one new hit.
 */
export function warningOf(
  rules: CompiledRuleSet,
  { subject, index, isFact }: Occasion,
  trigger: NewHit,
  { fresh, raising }: Company,
): Warning {
  const flow = subject.flow(index)
  const { rule, reached, values } = trigger
  const hits = [...countedHits(rules, subject, trigger, fresh), ...countedRaising(rules, trigger, raising)]
  const file = rule.isShadow ? (rules.candidate ?? rules.file) : rules.file
  const verdict = judge(file, hits)
  const { subject: seen, index: at } = trigger.place ?? { subject, index }
  const { telling, first, last } = tellingOf(rules.rates, trigger, { subject: seen, index: at, isFact })
  const tested = testedFor(subject.exemptions, {
    rule,
    rank: reached.level.rank,
    time: flow.time,
    counterparty: flow.counterparty,
  })
  const ownKind = factsOf(flow.bits).kind
  const kind = ownKind === 'unknown' ? subject.kind : ownKind
  // A candidate's warning is called as it would be if the candidate were in force.
  const name = [unmarked(rule.key), subject.id, reached.level.level, periodName(rule, flow)].join('|')
  return {
    warning_id: uuidV5(name),
    subject_id: subject.id,
    subject_kind: kind,
    subject_region: subject.region,
    subject_identity: subject.identity,
    risk_type: rule.spec.risk_type,
    level: verdict.level,
    score: verdict.score,
    rules: hits,
    event_time: flow.time,
    first_txn_id: first,
    last_txn_id: last,
    txn_ids: telling.map(({ txnId }) => txnId),
    evidence: telling.map((one) => evidenceOf(one)),
    explanation: explain({
      rule,
      reached,
      values,
      subjectId: subject.id,
      kind,
      flow,
      day: dayName(flow.time),
      combinations: verdict.combinations,
      tested,
      details: reached.alternative.flatMap(({ metric }) => metric.detail?.(subject, index) ?? []),
    }),
    rule_set_id: file.rule_set_id,
    rule_set_version: file.version,
    exemptions: tested,
  }
}

/** A warning as one NDJSON object (target.md 5): fields in fixed order, times as RFC 3339 with +08:00. */
export function warningToJson(warning: Warning): string {
  return JSON.stringify({
    warning_id: warning.warning_id,
    subject_id: warning.subject_id,
    risk_type: warning.risk_type,
    level: warning.level,
    score: warning.score,
    rules: warning.rules.map((hit) => ({
      rule_id: hit.rule_id,
      version: hit.version,
      family: hit.family,
      level: hit.level,
      values: hit.values,
      thresholds: hit.thresholds,
      window: hit.window,
      basis: hit.basis,
    })),
    event_time: rfc3339(warning.event_time),
    first_txn_id: warning.first_txn_id,
    last_txn_id: warning.last_txn_id,
    txn_ids: warning.txn_ids,
    explanation: { zh: warning.explanation.zh, en: warning.explanation.en },
    exemptions: warning.exemptions.map((one) => ({
      ...one,
      valid_from: rfc3339(one.valid_from),
      valid_until: rfc3339(one.valid_until),
    })),
  })
}
