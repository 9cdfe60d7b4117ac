/**
 * What a fact changes: at the fact itself, at later facts whose windows hold it, and at the flows it matters to. Pure.
 *
 * Facts may be years old when they come. What a fact adds – a suit, a list entry, an opening – is found whatever the order of arrival.
 * What it takes away – a link that makes a payer one of the family, a removal from a list – counts from its arrival on: a warning that
 * was made stands.
 */
import type { Fact } from '../../../../schemas/types.ts'
import { dayMs } from '../../../platform/calendar/day.ts'
import { knownBit, ownBit } from '../flow.ts'
import { IncomingFlow, IncomingProfile } from '../incoming.ts'
import type { CompiledRule, CompiledRuleSet } from '../rules/compile.ts'
import { reach } from '../rules/compile.ts'
import { periodOf } from '../rules/period.ts'
import type { Subject } from '../subject.ts'
import { newHit } from '../warning.ts'
import type { NewHit, Occasion } from '../warning.ts'
import { kinds } from '../wire/transaction.ts'
import { heldFact, isMoment } from './held-facts.ts'
import type { HeldFact } from './held-facts.ts'

/** Flows older than this behind the watermark are not looked at again: their hits must still be known, for 93 days and a month's period. */
const reconsideredDays = 61
/** It is said again after this long of event time that a subject has too many facts. */
const truncationSaidDays = 30

/** What the fold does with what is found. */
export interface FactFolding {
  changed(subject: Subject): void
  newHits(candidates: readonly CompiledRule[], subject: Subject, index: number): readonly NewHit[]
  report(rules: CompiledRuleSet, occasion: Occasion, fresh: readonly NewHit[]): void
  outcome(subject: Subject, fact: HeldFact, reason: string, ruleIds: readonly string[]): void
}

/** Folds facts into their subjects. */
export class FactFold {
  private readonly fold: FactFolding

  constructor(fold: FactFolding) {
    this.fold = fold
  }

  /** Takes one fact of a subject. @param watermark milliseconds since 1970, or −∞ */
  take(subject: Subject, fact: Fact, rules: CompiledRuleSet | undefined, watermark: number): void {
    const held = heldFact(fact, subject.home.names)
    const place = subject.addFact(held)
    if (place < 0) return
    this.fold.changed(subject)
    subject.wake()
    if (place === subject.facts.size - 1) describe(subject, fact)
    if (rules === undefined) {
      this.fold.outcome(subject, held, 'no_rule_set', [])
      return
    }
    const changedFrom = relink(subject, held)
    this.keepBounded(rules, subject, held)
    this.atFacts(rules, subject, held)
    this.atFlows(rules, subject, held, { watermark, changedFrom })
  }

  private keepBounded(rules: CompiledRuleSet, subject: Subject, held: HeldFact): void {
    const { facts } = subject
    if (facts.keepBounded().length === 0) return
    if (held.time - facts.truncatedAt < truncationSaidDays * dayMs) return
    facts.truncatedAt = held.time
    const ids = rules.own.filter((rule) => rule.facts !== undefined).map((rule) => rule.spec.id)
    this.fold.outcome(subject, held, 'state_bound_reached', ids)
  }

  /** Looks at the fact and at the later ones that it matters to. */
  private atFacts(rules: CompiledRuleSet, subject: Subject, held: HeldFact): void {
    const { facts } = subject
    const concerned = rules.factRules.filter((rule) => rule.facts?.kinds.has(held.said.kind) === true)
    if (concerned.length === 0) return
    for (let index = facts.size - 1; index >= 0; index -= 1) {
      const moment = facts.at(index)
      if (moment === undefined || moment.time < held.time) break
      if (!isMoment(moment)) continue
      const ageMs = moment.time - held.time
      const candidates = concerned.filter(
        ({ facts: use }) => use !== undefined && use.kinds.has(moment.said.kind) && ageMs <= use.spanMs,
      )
      if (candidates.length > 0) this.atMoment(rules, subject, moment, candidates)
    }
  }

  /** Evaluates rules at a fact: the subject with all that is known of it, and in the place of a flow the moment. */
  private atMoment(
    rules: CompiledRuleSet,
    subject: Subject,
    moment: HeldFact,
    candidates: readonly CompiledRule[],
  ): void {
    const alone = subject.alone()
    alone.insert(flowAt(moment, subject))
    alone.describeAs(subject)
    const fresh = hitsAt(candidates, alone)
    if (fresh.length > 0) {
      this.fold.report(rules, { subject: alone, index: 0, isFact: true }, fresh)
      subject.hits = alone.hits
      this.fold.changed(subject)
    }
    alone.release()
  }

  /** Looks again at the flows that the fact matters to. */
  private atFlows(
    rules: CompiledRuleSet,
    subject: Subject,
    { time, said }: HeldFact,
    { watermark, changedFrom }: { readonly watermark: number; readonly changedFrom: number },
  ): void {
    const isRelinked = changedFrom < subject.count
    const concerned = rules.rules.filter(
      (rule) =>
        !rule.isSingle &&
        rule.path === undefined &&
        (isRelinked || rule.facts?.kinds.has(said.kind) === true),
    )
    if (concerned.length === 0) return
    const horizon = watermark - reconsideredDays * dayMs
    // Links say themselves since when they hold; everything else begins with the fact.
    const since = said.kind === 'link' ? said.content.from : time
    const begin = Math.max(horizon, Math.min(since, subject.timeAt(changedFrom) || since))
    for (let index = subject.firstAfter(begin - 1); index < subject.count; index += 1) {
      const ageMs = subject.timeAt(index) - time
      const candidates = isRelinked
        ? concerned
        : concerned.filter(({ facts }) => said.kind === 'link' || ageMs <= (facts?.spanMs ?? 0))
      const fresh = this.fold.newHits(candidates, subject, index)
      if (fresh.length > 0) this.fold.report(rules, { subject, index, isFact: false }, fresh)
    }
  }
}

/** Rule levels that hold at a moment and were not reported for its period yet. */
function hitsAt(candidates: readonly CompiledRule[], alone: Subject): readonly NewHit[] {
  const bits = alone.bitsAt(0)
  const time = alone.timeAt(0)
  return candidates.flatMap((rule) => {
    if (rule.atFacts[bits] !== 1) return []
    const period = periodOf(rule, time, bits)
    const known = alone.reachedRanks(rule.key, period)
    return reach(rule, alone, 0, known, 'now').map((reached) => newHit(rule, reached, period, alone, 0))
  })
}

/** The moment of a fact, in the shape of a flow: its time, and what kind of subject it is about. */
function flowAt(moment: HeldFact, subject: Subject): IncomingFlow {
  const flow = new IncomingFlow()
  flow.time = moment.time
  flow.bits = kinds.indexOf(subject.kind) << 1
  flow.bytes = Buffer.from(moment.id)
  flow.txnTo = flow.bytes.length
  return flow
}

/** A fact says who the subject is while no flow did. Time 0: any flow knows better. */
function describe(subject: Subject, fact: Fact): void {
  if (subject.profileTime > 0) return
  const profile = new IncomingProfile()
  profile.kind = Math.max(0, kinds.indexOf(fact.subject_kind))
  profile.region = subject.home.names.numberOf(fact.subject_region)
  profile.bytes = Buffer.from(fact.subject_identity)
  profile.identityTo = profile.bytes.length
  profile.print()
  subject.describe(profile, false)
}

/** Notes on the flows with a linked party what the link makes of it. @returns index of the first that changed; the number of flows when none did */
function relink(subject: Subject, { said, party }: HeldFact): number {
  let first = subject.count
  if (said.kind !== 'link') return first
  // Windows may hold only flows with insiders.
  subject.resetWindows()
  for (let index = subject.count - 1; index >= 0; index -= 1) {
    if (subject.partyAt(index) !== party) continue
    const before = subject.bitsAt(index)
    const own = party === subject.name ? ownBit : 0
    const now = (before & ~(ownBit | knownBit)) | own | subject.facts.bitsOf(party, subject.timeAt(index))
    if (now === before) continue
    subject.setBits(index, now)
    first = index
  }
  if (first < subject.count) subject.exemptions?.forget()
  return first
}
