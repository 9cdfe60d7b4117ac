/**
 * What rules find for a subject with exemptions. An exempted hit is decided once no payment in time can change it: it is no warning,
 * unless its level, together with the subject's other hits, is red. Pure.
 */
import { looksAt, reach } from '../rules/compile.ts'
import type { CompiledRule, Reached } from '../rules/compile.ts'
import { periodOf } from '../rules/period.ts'
import type { Subject } from '../subject.ts'
import { newHit } from '../warning.ts'
import type { NewHit } from '../warning.ts'
import type { SubjectExemptions } from './subject-exemptions.ts'
import type { Place } from './view.ts'

const heldPrefix = 'held|'

/** Under this key a hit that was said to be exempted is kept beside those that were reported: it counts for other hits, and is said once. */
export function exemptedKey(rule: CompiledRule): string {
  return `exempted|${rule.key}`
}

/** Under this key a hit of a single transaction is kept until it is decided. */
function heldKey(rule: CompiledRule): string {
  return heldPrefix + rule.key
}

/** When a flow is looked at: as it comes, when the watermark has passed it, or because it came too late to be kept. */
export type Moment = 'now' | 'final' | 'late'

/** What a flow comes to. */
export interface Findings {
  /** Those with an `excuse` are exempted unless their level is red. */
  readonly found: readonly NewHit[]
  /** Something holds that is to be decided once the watermark has passed. */
  readonly isUndecided: boolean
}

/**
 * The hits at a flow of a subject with exemptions.
 * @param candidates rules that the flow may concern
 * @param ageMs how long before this flow the one lies that calls for the evaluation
 */
export function findExempting(
  candidates: readonly CompiledRule[],
  subject: Subject,
  index: number,
  moment: Moment,
  ageMs: number,
): Findings {
  const found: NewHit[] = []
  const { exemptions } = subject
  if (exemptions === undefined) return { found, isUndecided: false }
  let isUndecided = false
  for (const rule of candidates) {
    if (rule.spanMs < ageMs || rule.triggers[subject.bitsAt(index)] !== 1) continue
    if (!looksAt(rule, subject, index)) continue
    const look = new Look(exemptions, rule, subject, index)
    if (moment === 'now') isUndecided = look.now(found) || isUndecided
    else look.decide(moment, found)
  }
  return { found, isUndecided }
}

/** The hits that waited at an event time are decided. */
export function releaseHeld(subject: Subject, time: number): void {
  const isHeld = ({ ruleKey, hit }: Subject['hits'][number]): boolean =>
    hit.event_time === time && ruleKey.startsWith(heldPrefix)
  const owner = subject
  if (subject.hits.some(isHeld)) owner.hits = subject.hits.filter((one) => !isHeld(one))
}

interface Found {
  readonly reached: Reached
  readonly where: Place
}

/** One rule at one flow. */
class Look {
  private readonly rule: CompiledRule
  private readonly subject: Subject
  private readonly index: number
  private readonly period: number
  private readonly excuse: ReturnType<SubjectExemptions['excuse']>
  /** Ranks that are exempted here, as bits. */
  private readonly exempted: number
  private readonly place: ReturnType<SubjectExemptions['placeOf']>

  constructor(exemptions: SubjectExemptions, rule: CompiledRule, subject: Subject, index: number) {
    this.rule = rule
    this.subject = subject
    this.index = index
    this.period = periodOf(rule, subject.timeAt(index), subject.bitsAt(index))
    this.excuse = exemptions.excuse(rule, subject, index)
    this.exempted = this.excuse === undefined ? 0 : rule.exemptible
    this.place = exemptions.placeOf(rule, subject, index)
  }

  /** @returns whether something is to be decided later */
  now(found: NewHit[]): boolean {
    const { rule, exempted, subject, period } = this
    const known = rule.isSingle ? 0 : subject.reachedRanks(rule.key, period)
    this.collect(known | exempted, 'now', found)
    const isOpen = rule.settles && this.reached(known | exempted, 'tentative').length > 0
    if (exempted === 0) return isOpen
    const said = rule.isSingle ? 0 : subject.reachedRanks(exemptedKey(rule), period)
    const waiting: NewHit[] = []
    this.collect(~exempted | said, 'final', waiting)
    if (rule.isSingle) {
      for (const { hit, reached } of waiting)
        subject.addHit({ ruleKey: heldKey(rule), period, rank: reached.level.rank, hit })
    }
    return isOpen || waiting.length > 0
  }

  decide(moment: 'final' | 'late', found: NewHit[]): void {
    const { rule, exempted, subject, period, index } = this
    if (rule.isSingle) {
      const time = subject.timeAt(index)
      const isHeld = subject.hits.some(
        ({ ruleKey, hit }) => hit.event_time === time && ruleKey === heldKey(rule),
      )
      // What was not held was reported when the flow came.
      if (moment === 'late') this.collect(0, 'final', found)
      else if (isHeld) this.collect(~rule.exemptible, 'final', found)
      return
    }
    const said = subject.reachedRanks(exemptedKey(rule), period)
    const known = subject.reachedRanks(rule.key, period)
    this.collect((known & ~exempted) | (said & exempted), 'final', found)
  }

  /** What holds, and where it was measured: levels that cannot be exempted leave nothing out. */
  private reached(known: number, which: 'final' | 'now' | 'tentative'): Found[] {
    const { place, rule, subject, index } = this
    const at = (where: Place, ranks: number): Found[] =>
      reach(rule, where.subject, where.index, known | ~ranks, which).map((reached) => ({ reached, where }))
    const whole = at({ subject, index }, rule.ranks & ~rule.exemptible)
    return place === undefined ? whole : [...whole, ...at(place, rule.exemptible)]
  }

  private collect(known: number, which: 'final' | 'now', into: NewHit[]): void {
    const { rule, period, excuse, exempted } = this
    if ((known & rule.ranks) === rule.ranks) return
    for (const { reached, where } of this.reached(known, which)) {
      const hit = newHit(rule, reached, period, where.subject, where.index)
      const isExempted = ((exempted >> reached.level.rank) & 1) === 1
      into.push({ ...hit, place: where, ...(isExempted && excuse !== undefined && { excuse }) })
    }
  }
}
