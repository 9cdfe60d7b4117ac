/**
 * Stage two: the deterministic fold over one partition of the flows topic. Input is flow blocks and controls, nothing else;
 * output is warnings and outcomes. The state of subjects is loaded when needed and stored at checkpoints. Pure.
 *
 * What makes the result independent of the order of arrival within the allowed lateness (docs/spec/warn.md):
 * flows lie in event order; a flow that comes late re-evaluates every later flow whose windows it falls in; conditions
 * that more data can undo are reported only once the watermark has passed them.
 */
import type { Control, Fact, FlowBlock, PathBlock, PathToken } from '../../../schemas/types.ts'
import { dayMs } from '../../platform/calendar/day.ts'
import { keepBounded } from './bounded.ts'
import { DueQueue, waitAgain } from './due-queue.ts'
import type { Due } from './due-queue.ts'
import { ExemptionBook } from './exemptions/book.ts'
import { findExempting, releaseHeld } from './exemptions/hits.ts'
import type { Moment } from './exemptions/hits.ts'
import { LabelBook } from './feedback/label-counts.ts'
import { isIncoming } from './flow.ts'
import { cny } from './household.ts'
import { decodeInForce, encodeInForce, ruleChange } from './in-force.ts'
import type { InForce } from './in-force.ts'
import { say } from './emission.ts'
import type { Emission } from './emission.ts'
import { FactFold } from './facts/fact-fold.ts'
import { noFacts } from './facts/held-facts.ts'
import { Intake } from './intake.ts'
import { Lookout } from './lookout.ts'
import { readMeta, storedMeta } from './meta.ts'
import { plainOutcome } from './outcome.ts'
import { PathStage } from './paths/stage.ts'
import { looksAt, reach } from './rules/compile.ts'
import type { CompiledRule, CompiledRuleSet } from './rules/compile.ts'
import { failedConditions, unscoredAt } from './rules/unscored.ts'
import { fenAt } from './rules/money.ts'
import { periodOf } from './rules/period.ts'
import type { StateChange, StateReader } from './state.ts'
import type { Subject } from './subject.ts'
import { Subjects, hitsInForce, retentionDays } from './subjects.ts'
import { newHit, raisingAt } from './warning.ts'
import type { NewHit, Occasion } from './warning.ts'
import { Watermark } from './watermark.ts'
import { encodeFlowBlock } from './wire/flow-block.ts'

export type { Emission } from './emission.ts'

/** Rises when the engine says other bytes of the same flows, or stores other state. */
export const engineVersion = 2
const ruleSetKey = 'r'

/** Limits of memory. */
export interface ScorerLimits {
  /** Flows kept in memory after a checkpoint; subjects used least recently are let go. Default 2,000,000. */
  readonly residentFlowsMax?: number
}

/** The fold of one partition. Modes: no rule set yet (every flow is unscored), and scoring. */
export class Scorer {
  private readonly subjects: Subjects
  private readonly exemptions: ExemptionBook
  /** What people found warnings to be; a record that scores nothing. */
  readonly labels: LabelBook
  private watermark: Watermark
  private due: DueQueue
  private rules: CompiledRuleSet | undefined
  private inForce: InForce
  private storedInForce: InForce
  /** The checkpoint under way: as of where, and what is stored besides subjects. */
  private storing:
    | { readonly offset: number; readonly inForce: InForce; readonly rest: readonly StateChange[] }
    | undefined
  /** Of the record at hand; ∞ when offsets are of no interest. */
  private offset = Number.POSITIVE_INFINITY
  private generation = 0
  private emissions: Emission[] = []
  private readonly facts: FactFold = new FactFold({
    changed: (subject) => this.subjects.changed(subject),
    newHits: (candidates, subject, index) => this.newHits(candidates, subject, index, 'now'),
    report: (rules, occasion, fresh) => this.report(rules, occasion, fresh),
    outcome: (subject, { id, time }, reason, ruleIds) =>
      this.outcome('unscored', subject.id, id, time, reason, ruleIds),
  })
  /** Used again for each block and flow. */
  private readonly intake = new Intake()
  private readonly lookout = new Lookout()
  private readonly pathStage: PathStage

  /** @throws StateFormatError when the stored state was made by another engine version */
  constructor(stored: StateReader, limits: ScorerLimits = {}) {
    this.exemptions = new ExemptionBook(stored)
    this.subjects = new Subjects(stored, limits.residentFlowsMax ?? 2_000_000, this.exemptions)
    const meta = readMeta(stored, engineVersion)
    this.watermark = meta === undefined ? new Watermark() : Watermark.from(meta.watermark)
    this.due = new DueQueue(meta?.due)
    this.labels = new LabelBook(meta?.labels)
    this.inForce = decodeInForce(stored.get(ruleSetKey))
    this.storedInForce = this.inForce
    this.rules = this.inForce.set
    this.pathStage = new PathStage({
      subjects: this.subjects,
      ask: (rules, subject, index) => this.ask(rules.pathRules, rules, subject, index),
      bounded: (subject, at, ids) =>
        this.outcome('unscored', subject.id, at.txnId, at.time, 'path_bound_reached', ids),
    })
  }

  /** Event time up to which every active source has come; −∞ at first. */
  get eventTime(): number {
    return this.watermark.value
  }

  /** Folds one block given as an object. */
  block(block: FlowBlock, offset?: number): Emission[] {
    const emissions = this.packedBlock(encodeFlowBlock(block), 0, offset)
    if (emissions === undefined) throw new RangeError('the block holds what a flow block cannot hold')
    return emissions
  }

  /**
   * Folds the block whose body begins at `body`. Lateness is judged by the watermark before the block.
   * @param offset of the record, so that a replay knows which subjects were stored with these flows in them already
   * @returns undefined when nothing was folded, because the bytes are not a body as our writers write it: the codec may still read it
   */
  packedBlock(bytes: Buffer, body: number, offset = Number.POSITIVE_INFINITY): Emission[] | undefined {
    const { intake, subjects } = this
    if (!intake.read(bytes, body)) return undefined
    this.offset = offset
    this.generation += 1
    intake.resolve(subjects)
    for (const subject of subjects.takeLoaded()) waitAgain(subject, this.offset, this.due)
    const lateBefore = this.lateBefore()
    for (let number = 0; number < intake.count; number += 1) this.flow(number, lateBefore)
    this.watermark.advance(intake.source, intake.sourceEventTime)
    this.settle(this.lateBefore())
    return this.taken()
  }

  /** Folds what subjects are told of paths. Tokens are never late: what they tell of was in time where it was paid. */
  paths({ tokens }: PathBlock, offset = Number.POSITIVE_INFINITY): Emission[] {
    const { rules, subjects, pathStage } = this
    this.offset = offset
    this.generation += 1
    for (const token of tokens) {
      const subject = subjects.get(subjects.home.names.numberOf(token.subject_id), rules, this.generation)
      for (const loaded of subjects.takeLoaded()) waitAgain(loaded, this.offset, this.due)
      if (rules === undefined || offset < subject.storedTo) continue
      pathStage.told(rules, subject, token, this.watermark.value)
    }
    return this.taken()
  }

  /**
   * Tokens made since the last call, in order: to be folded by whoever holds their subjects, this one included, once they are
   * in the log. What a replay over the log makes lies there already.
   */
  takeTokens(): readonly PathToken[] {
    return this.pathStage.take()
  }

  /** Flows of the block folded last. */
  get flowsOfBlock(): number {
    return this.intake.count
  }

  /** Folds one control record. A rule set that cannot be read leaves the one in force and is reported. */
  control(control: Control, offset = Number.POSITIVE_INFINITY): Emission[] {
    this.offset = offset
    this.changeRules(control)
    if (control.kind === 'label' && !this.labels.take(control.content))
      this.outcome('unscored', '', '', control.issued_at, 'invalid_label', [])
    if (control.kind === 'exemption_granted' || control.kind === 'exemption_revoked') this.exempt(control)
    if (control.kind === 'source_idle') {
      this.watermark.leaveOut(control.source)
      this.settle(this.watermark.isIdle ? Number.POSITIVE_INFINITY : this.lateBefore())
    }
    return this.taken()
  }

  /**
   * Folds one fact. It is never late and holds nobody up: what it changes is looked at again, at later facts and at the flows of the last
   * two months.
   */
  fact(fact: Fact, offset = Number.POSITIVE_INFINITY): Emission[] {
    this.offset = offset
    this.generation += 1
    const { subjects, rules } = this
    const subject = subjects.get(subjects.home.names.numberOf(fact.subject_id), rules, this.generation)
    for (const loaded of subjects.takeLoaded()) waitAgain(loaded, this.offset, this.due)
    if (offset >= subject.storedTo) this.facts.take(subject, fact, rules, this.watermark.value)
    this.settle(this.watermark.isIdle ? Number.POSITIVE_INFINITY : this.lateBefore())
    return this.taken()
  }

  /** Nothing more will come: what was waiting for the watermark is decided now. */
  finish(): Emission[] {
    this.settle(Number.POSITIVE_INFINITY)
    return this.taken()
  }

  private taken(): Emission[] {
    const taken = this.emissions
    this.emissions = []
    return taken
  }

  private changeRules(control: Control): void {
    const change = ruleChange(this.inForce, control)
    if (change.kind === 'invalid') this.outcome('unscored', '', '', control.issued_at, 'invalid_rule_set', [])
    if (change.kind !== 'changed') return
    this.inForce = change.inForce
    this.rules = change.inForce.set
    if (change.switchedOff === undefined) return
    this.outcome('unscored', '', '', control.issued_at, 'rule_switched_off', [change.switchedOff])
  }

  private exempt(control: Control): void {
    const subject = this.exemptions.take(control)
    if (subject === undefined) this.outcome('unscored', '', '', control.issued_at, 'invalid_exemption', [])
    else this.subjects.exempt(subject)
  }

  /** Flows before this time are late. */
  private lateBefore(): number {
    return this.watermark.value - (this.rules?.file.parameters.allowed_lateness_ms ?? 0)
  }

  private flow(number: number, lateBefore: number): void {
    const { intake, subjects, rules } = this
    const subject = intake.subject(number)
    if (this.offset < subject.storedTo) return
    subjects.prepare(subject, rules, this.generation)
    intake.take(number, subject, subjects)
    const { flow } = intake
    if (subject.facts !== noFacts) flow.bits |= subject.facts.bitsOf(flow.party, flow.time)
    if (flow.time < lateBefore) {
      this.late(subject)
      return
    }
    const index = subject.insert(flow)
    if (index < 0) return
    subjects.grew(subject)
    if (flow.time >= subject.profileTime) this.describe(subject, subject)
    if (rules === undefined) {
      this.outcome('unscored', subject.id, intake.txnId, flow.time, 'no_rule_set', [])
      return
    }
    if (flow.currency !== cny || rules.conditional.length > 0)
      this.emissions.push(...unscoredAt(rules, subject, index))
    const fen = flow.currency === cny ? flow.amount : fenAt(rules.rates, subject, index)
    const came = Number.isNaN(fen) ? 0 : fen
    const isAwake = subject.disturb(came, isIncoming(flow.bits), flow.time) || flow.currency !== cny
    const { dropped, outcome } = keepBounded(rules, subject, flow.time, this.watermark.value)
    if (outcome !== undefined) this.emissions.push({ type: 'outcome', outcome })
    if (index < dropped) return
    this.evaluateFrom(rules, subject, index - dropped, isAwake || dropped > 0)
    this.pathStage.flow(rules, subject, index - dropped, this.watermark.value)
  }

  /** Beyond the allowed lateness: recorded, and scored by the rules that look at nothing but the flow itself. */
  private late(subject: Subject): void {
    const { rules, intake } = this
    const { flow } = intake
    const skipped = (rules?.own ?? []).filter((rule) => !rule.isSingle && rule.affects[flow.bits] === 1)
    const ids = skipped.map((rule) => rule.spec.id)
    this.outcome('late', subject.id, intake.txnId, flow.time, 'beyond_allowed_lateness', ids)
    if (rules === undefined) return
    const alone = subject.alone()
    alone.insert(flow)
    alone.hits = hitsInForce(subject, this.watermark.value)
    this.describe(alone, subject)
    alone.exemptions = this.exemptions.inForce(subject.exemptions, this.watermark.value)
    this.emissions.push(...failedConditions(rules, alone, 0))
    const fresh = this.newHits(rules.singleRules, alone, 0, 'late')
    if (fresh.length > 0) {
      this.report(rules, { subject: alone, index: 0, isFact: false }, fresh)
      subject.hits = alone.hits
      this.subjects.changed(subject)
    }
    alone.exemptions = undefined
    alone.release()
  }

  /** Takes over into `subject` what the flow at hand says of it, where it says nothing what is known. */
  private describe(subject: Subject, known: Subject): void {
    if (subject !== known) subject.describeAs(known)
    // Whether a subject long silent was cleared away already must not show.
    const isOver = known.profileTime <= this.watermark.value - retentionDays * dayMs
    subject.describe(this.intake.facts(this.subjects), isOver)
  }

  /** Looks at a flow that came, and at those after it that it may matter to. @param isAwake no rule can be left out because the subject rests */
  private evaluateFrom(rules: CompiledRuleSet, subject: Subject, index: number, isAwake: boolean): void {
    const { lookout } = this
    const time = subject.timeAt(index)
    lookout.begin(rules, subject, index, isAwake)
    for (let at = index; at < subject.count; at += 1) {
      const ageMs = subject.timeAt(at) - time
      if (ageMs > rules.spanMs) break
      this.ask(lookout.candidates(at), rules, subject, at, ageMs)
      lookout.rest(at)
    }
  }

  /** See `newHits`. */
  private ask(
    candidates: readonly CompiledRule[],
    rules: CompiledRuleSet,
    subject: Subject,
    index: number,
    ageMs = 0,
  ): void {
    const fresh = this.newHits(candidates, subject, index, 'now', ageMs)
    if (fresh.length > 0) this.report(rules, { subject, index, isFact: false }, fresh)
  }

  /**
   * Rule levels that hold at a flow and were not reported for its period yet. Each level stands for itself: were a lower
   * one left out because a higher one came first, what is reported would depend on the order of arrival (G1).
   * @param ageMs how long before this flow the one lies that calls for the evaluation; rules that do not reach so far are left out
   */
  private newHits(
    candidates: readonly CompiledRule[],
    subject: Subject,
    index: number,
    which: Moment,
    ageMs = 0,
  ): readonly NewHit[] {
    if (subject.exemptions !== undefined) {
      const { found: exempting, isUndecided } = findExempting(candidates, subject, index, which, ageMs)
      if (isUndecided && !subject.isPendingAt(index)) this.decideLater(subject, index)
      return exempting
    }
    let found: NewHit[] = noHits
    const bits = subject.bitsAt(index)
    const time = subject.timeAt(index)
    for (const rule of candidates) {
      if (rule.spanMs < ageMs || rule.triggers[bits] !== 1) continue
      if (!looksAt(rule, subject, index)) continue
      const period = periodOf(rule, time, bits)
      const known = rule.isSingle ? 0 : subject.reachedRanks(rule.key, period)
      if (known === rule.ranks) continue
      for (const reached of reach(rule, subject, index, known, which === 'now' ? 'now' : 'final')) {
        if (found === noHits) found = []
        found.push(newHit(rule, reached, period, subject, index))
      }
      const isUndecided = which === 'now' && rule.settles && !subject.isPendingAt(index)
      if (isUndecided && reach(rule, subject, index, known, 'tentative').length > 0) {
        this.decideLater(subject, index)
      }
    }
    return found
  }

  private decideLater(subject: Subject, index: number): void {
    subject.setPending(index, true)
    this.due.push([subject.timeAt(index), subject.id])
  }

  private report(rules: CompiledRuleSet, occasion: Occasion, fresh: readonly NewHit[]): void {
    const { subject } = occasion
    const company = { fresh, raising: raisingAt(rules, occasion) }
    const said = fresh.map((hit) => say(rules, occasion, hit, company))
    for (const [at, { rule, reached, period, hit }] of fresh.entries()) {
      const { emission, ruleKey } = said[at] ?? {}
      if (emission !== undefined) this.emissions.push(emission)
      if (ruleKey === undefined) continue
      const { rank } = reached.level
      // Of single transactions only the newest is needed, for the score of other rules.
      if (rule.isSingle)
        subject.hits = subject.hits.filter((one) => one.ruleKey !== ruleKey || one.rank !== rank)
      subject.addHit({
        ruleKey,
        period,
        rank,
        hit,
        isLasting: rule.path !== undefined,
        isAtFact: rule.isAtFacts,
      })
    }
    this.subjects.changed(subject)
  }

  /** Decides what was waiting and lies before `time`, in event order. */
  private settle(time: number): void {
    const { rules, due, subjects } = this
    if (rules === undefined) return
    const deferred: Due[] = []
    for (let entry = due.popBefore(time); entry !== undefined; entry = due.popBefore(time)) {
      const [at, id] = entry
      const subject = subjects.get(subjects.home.names.numberOf(id), rules, this.generation)
      for (const loaded of subjects.takeLoaded()) waitAgain(loaded, this.offset, deferred)
      // Stored ahead of this replay: whether it still waits then is in its flows.
      if (this.offset < subject.storedTo) deferred.push(entry)
      else this.settleAt(rules, subject, at)
    }
    for (const entry of deferred) due.push(entry)
  }

  private settleAt(rules: CompiledRuleSet, subject: Subject, time: number): void {
    for (let index = subject.firstAfter(time - 1); subject.timeAt(index) === time; index += 1)
      this.settleFlow(rules, subject, index)
    if (subject.exemptions !== undefined) releaseHeld(subject, time)
  }

  private settleFlow(rules: CompiledRuleSet, subject: Subject, index: number): void {
    if (!subject.isPendingAt(index)) return
    subject.setPending(index, false)
    this.subjects.changed(subject)
    const isExempted = subject.exemptions !== undefined
    const settling = rules.rules.filter((rule) => rule.settles || (isExempted && rule.exemptible !== 0))
    const fresh = this.newHits(settling, subject, index, 'final')
    if (fresh.length > 0) this.report(rules, { subject, index, isFact: false }, fresh)
  }

  private outcome(...facts: Parameters<typeof plainOutcome>): void {
    this.emissions.push({ type: 'outcome', outcome: plainOutcome(...facts) })
  }

  /** Memory of every subject at hand, bytes, about. */
  bytesPerSubject(): number[] {
    return this.subjects.sizes()
  }

  /** True while a checkpoint is under way. */
  get isStoring(): boolean {
    return this.storing !== undefined
  }

  /**
   * Begins a checkpoint as of now: everything before `offset` was folded. What changed is stored by `store`, a part with each
   * of the following batches, so that none of them takes long. Nothing is done while another one is under way.
   */
  beginCheckpoint(offset: number): void {
    if (this.storing !== undefined) return
    const { inForce } = this
    const rest = [storedMeta(engineVersion, this.watermark, this.due, this.labels.counts)]
    if (inForce !== this.storedInForce) rest.push({ key: ruleSetKey, value: encodeInForce(inForce) })
    const exemptions = this.exemptions.changes(this.watermark.value)
    if (exemptions !== undefined) rest.push(exemptions)
    this.storing = { offset, inForce, rest }
    this.subjects.beginCheckpoint()
  }

  /**
   * Stores a part of the checkpoint under way.
   * @param offset everything before it was folded
   * @param flowsMax flows to store at once, about
   * @returns what to store; and when the checkpoint is complete with it, from where a replay comes to all that is known
   */
  store(offset: number, flowsMax: number): { readonly changes: StateChange[]; readonly replayFrom?: number } {
    const { storing } = this
    if (storing === undefined) return { changes: [] }
    const { changes, isComplete } = this.subjects.store({ offset, watermark: this.watermark.value, flowsMax })
    if (!isComplete) return { changes }
    for (const change of storing.rest) changes.push(change)
    this.storedInForce = storing.inForce
    this.storing = undefined
    return { changes, replayFrom: storing.offset }
  }

  /** A whole checkpoint at once: with it the stored state is the whole of what the fold knows. */
  checkpoint(offset = 0): StateChange[] {
    const rest = this.store(offset, Number.POSITIVE_INFINITY).changes
    this.beginCheckpoint(offset)
    return [...rest, ...this.store(offset, Number.POSITIVE_INFINITY).changes]
  }
}

/** Shared, because most evaluations find nothing. */
const noHits: NewHit[] = []

/** A fold over an empty or a stored state. */
export function createScorer(stored: StateReader, limits?: ScorerLimits): Scorer {
  return new Scorer(stored, limits)
}
