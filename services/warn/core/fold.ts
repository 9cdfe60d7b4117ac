/**
 * Stage two: the deterministic fold over one partition of the flows topic. Input is flow blocks and controls, nothing else;
 * output is warnings and outcomes. The state of subjects is loaded when needed and stored at checkpoints. Pure.
 *
 * What makes the result independent of the order of arrival within the allowed lateness (docs/spec/warn.md):
 * flows lie in event order; a flow that comes late re-evaluates every later flow whose windows it falls in; conditions
 * that more data can undo are reported only once the watermark has passed them.
 */
import type { Control, Flow, FlowBlock, Outcome, Warning } from '../../../schemas/types.ts'
import { dayMs } from '../../platform/calendar/day.ts'
import { DueQueue } from './due-queue.ts'
import type { Due } from './due-queue.ts'
import { bitsOf } from './flow.ts'
import type { StoredFlow } from './flow.ts'
import { compileRuleSet, periodOf, reach } from './rules/compile.ts'
import type { CompiledRule, CompiledRuleSet } from './rules/compile.ts'
import { readRuleFile } from './rules/rule-file.ts'
import { stateKey } from './state-key.ts'
import { StateFormatError, decodeSubject, encodeSubject } from './subject-codec.ts'
import { Subject } from './subject.ts'
import { newHit, warningOf } from './warning.ts'
import type { NewHit } from './warning.ts'
import { Watermark } from './watermark.ts'
import type { WatermarkState } from './watermark.ts'

/** What the fold says. */
export type Emission =
  | { readonly type: 'warning'; readonly warning: Warning }
  | { readonly type: 'outcome'; readonly outcome: Outcome }

/** Where the state of the last checkpoint is read from; synchronous. */
export interface StateReader {
  get(key: string): Uint8Array | undefined
}

/** One change of stored state; null deletes. */
export interface StateChange {
  readonly key: string
  readonly value: Uint8Array | null
}

/** Flows are kept this long behind the watermark: the longest window (12 months) and the greatest lateness (a day). */
export const retentionDays = 367
/** Hits are kept this long: the longest scoring time (60 days), a calendar month, the greatest lateness. */
export const hitRetentionDays = 93

/** It is said again after this long that a subject has too many flows. */
const truncationSaidDays = 30

const engineVersion = 1
const metaKey = 'm'
const ruleSetKey = 'r'
const noCalendar = { version: 'none', off: [], work: [] }

interface Meta {
  readonly engine: number
  readonly watermark: WatermarkState
  readonly due: readonly Due[]
}

/** Limits of memory. */
export interface ScorerLimits {
  /** Flows kept in memory after a checkpoint; subjects used least recently are let go. Default 2,000,000. */
  readonly residentFlowsMax?: number
}

/** The fold of one partition. Modes: no rule set yet (every flow is unscored), and scoring. */
export class Scorer {
  private readonly stored: StateReader
  private readonly residentFlowsMax: number
  private readonly residents = new Map<string, Subject>()
  private dirty: Subject[] = []
  private watermark: Watermark
  private due: DueQueue
  private rules: CompiledRuleSet | undefined
  private storedRules: CompiledRuleSet | undefined
  private generation = 0
  private emissions: Emission[] = []

  /** @throws StateFormatError when the stored state was made by another engine version */
  constructor(stored: StateReader, limits: ScorerLimits = {}) {
    this.stored = stored
    this.residentFlowsMax = limits.residentFlowsMax ?? 2_000_000
    const meta = readMeta(stored)
    this.watermark = meta === undefined ? new Watermark() : Watermark.from(meta.watermark)
    this.due = new DueQueue(meta?.due)
    const content = stored.get(ruleSetKey)
    this.rules = content === undefined ? undefined : compiled(Buffer.from(content).toString('utf8'))
    this.storedRules = this.rules
  }

  /** Number of subjects changed since the last checkpoint. */
  get dirtySubjects(): number {
    return this.dirty.length
  }

  /** Event time up to which every active source has come; −∞ at first. */
  get eventTime(): number {
    return this.watermark.value
  }

  /** Folds one block. Lateness is judged by the watermark before the block. */
  block(block: FlowBlock): Emission[] {
    this.generation += 1
    for (const flow of block.flows) this.flow(flow)
    this.watermark.advance(block.source, block.source_event_time)
    this.settle(this.lateBefore())
    return this.taken()
  }

  /** Folds one control record. A rule set that cannot be read leaves the one in force and is reported. */
  control(control: Control): Emission[] {
    if (control.kind === 'rule_set_activated') this.activate(control)
    if (control.kind === 'source_idle') {
      this.watermark.leaveOut(control.source)
      this.settle(this.watermark.isIdle ? Number.POSITIVE_INFINITY : this.lateBefore())
    }
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

  private activate(control: Control): void {
    const next = compiled(control.content)
    if (next === undefined) this.outcome('unscored', '', '', control.issued_at, 'invalid_rule_set', [])
    else this.rules = next
  }

  /** Flows before this time are late. */
  private lateBefore(): number {
    return this.watermark.value - (this.rules?.file.parameters.allowed_lateness_ms ?? 0)
  }

  private flow(flow: Flow): void {
    const subject = this.subject(flow.subject_id)
    const stored = storedFlow(flow, subject, this.rules)
    if (flow.event_time < this.lateBefore()) {
      this.late(subject, flow, stored)
      return
    }
    const index = subject.insert(stored)
    if (index < 0) return
    this.markDirty(subject)
    if (flow.event_time >= subject.profile.time) subject.profile = profileOf(flow, subject)
    const { rules } = this
    if (rules === undefined) {
      this.outcome('unscored', subject.id, flow.txn_id, flow.event_time, 'no_rule_set', [])
      return
    }
    this.reportMissingRate(rules, subject, stored)
    const dropped = this.keepBounded(rules, subject, flow.event_time)
    if (index >= dropped) this.evaluateFrom(rules, subject, index - dropped)
  }

  /** Beyond the allowed lateness: recorded, and scored by the rules that look at nothing but the flow itself. */
  private late(subject: Subject, flow: Flow, stored: StoredFlow): void {
    const skipped = (this.rules?.rules ?? []).filter(
      (rule) => !rule.isSingle && rule.affects[stored.bits] === 1,
    )
    const ids = skipped.map((rule) => rule.spec.id)
    this.outcome('late', subject.id, flow.txn_id, flow.event_time, 'beyond_allowed_lateness', ids)
    if (this.rules === undefined) return
    const alone = new Subject(subject.id)
    alone.flows.push({ ...stored, party: alone.party(flow.counterparty_id) })
    alone.hits = subject.hits
    alone.profile = Number.isFinite(subject.profile.time) ? subject.profile : profileOf(flow, subject)
    const fresh = this.newHits(this.rules.singleRules, alone, 0, 'now')
    if (fresh.length === 0) return
    this.report(this.rules, alone, 0, fresh)
    subject.hits = alone.hits
    this.markDirty(subject)
  }

  private evaluateFrom(rules: CompiledRuleSet, subject: Subject, index: number): void {
    const { flows } = subject
    const inserted = flows[index]
    if (inserted === undefined) return
    const own = rules.triggeredBy[inserted.bits] ?? []
    const affected = rules.affectedBy[inserted.bits] ?? []
    for (let at = index; at < flows.length; at += 1) {
      const flow = flows[at]
      if (flow === undefined) break
      const ageMs = flow.time - inserted.time
      if (ageMs > rules.spanMs) break
      const fresh = this.newHits(at === index ? own : affected, subject, at, 'now', ageMs)
      if (fresh.length > 0) this.report(rules, subject, at, fresh)
    }
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
    which: 'now' | 'final',
    ageMs = 0,
  ): readonly NewHit[] {
    let found: NewHit[] = noHits
    const flow = subject.flows[index]
    if (flow === undefined) return found
    for (const rule of candidates) {
      if (rule.spanMs < ageMs) continue
      if (rule.triggers[flow.bits] !== 1 || (rule.lines !== undefined && !rule.lines.isNear(flow))) continue
      const period = periodOf(rule, flow)
      const known = rule.isSingle ? 0 : subject.reachedRanks(rule.key, period)
      if (known === rule.ranks) continue
      for (const reached of reach(rule, subject, index, known, which)) {
        if (found === noHits) found = []
        found.push(newHit(rule, reached, period, subject, index))
      }
      const isUndecided = which === 'now' && rule.settles && !flow.pending
      if (isUndecided && reach(rule, subject, index, known, 'tentative').length > 0) {
        flow.pending = true
        this.due.push([flow.time, subject.id])
      }
    }
    return found
  }

  private report(rules: CompiledRuleSet, subject: Subject, index: number, fresh: readonly NewHit[]): void {
    for (const hit of fresh) {
      this.emissions.push({ type: 'warning', warning: warningOf(rules, subject, index, hit, fresh) })
    }
    for (const { rule, reached, period, hit } of fresh) {
      const { rank } = reached.level
      // Of single transactions only the newest is needed, for the score of other rules.
      if (rule.isSingle)
        subject.hits = subject.hits.filter((one) => one.ruleKey !== rule.key || one.rank !== rank)
      subject.hits.push({ ruleKey: rule.key, period, rank, hit })
    }
    this.markDirty(subject)
  }

  /** Decides what was waiting and lies before `time`, in event order. */
  private settle(time: number): void {
    const { rules } = this
    if (rules === undefined) return
    for (let entry = this.due.popBefore(time); entry !== undefined; entry = this.due.popBefore(time)) {
      const [at, id] = entry
      const subject = this.subject(id)
      for (let index = subject.firstAfter(at - 1); subject.flows[index]?.time === at; index += 1) {
        this.settleFlow(rules, subject, index)
      }
    }
  }

  private settleFlow(rules: CompiledRuleSet, subject: Subject, index: number): void {
    const flow = subject.flows[index]
    if (flow === undefined || !flow.pending) return
    flow.pending = false
    this.markDirty(subject)
    const settling = rules.rules.filter((rule) => rule.settles)
    const fresh = this.newHits(settling, subject, index, 'final')
    if (fresh.length > 0) this.report(rules, subject, index, fresh)
  }

  private reportMissingRate(rules: CompiledRuleSet, subject: Subject, flow: StoredFlow): void {
    const noCny = Number.isNaN(flow.cny)
    const noUsd = Number.isNaN(flow.usd)
    if (!noCny && !noUsd) return
    const blind = rules.rules.filter(
      (rule) => rule.affects[flow.bits] === 1 && ((noCny && rule.needs.cny) || (noUsd && rule.needs.usd)),
    )
    if (blind.length === 0) return
    const ids = blind.map((rule) => rule.spec.id)
    this.outcome('unscored', subject.id, flow.txnId, flow.time, 'no_exchange_rate', ids)
  }

  /** Gives up the oldest flows of a subject that has too many, and says so once in a while. @returns how many were given up */
  private keepBounded(rules: CompiledRuleSet, subject: Subject, time: number): number {
    const most = rules.file.parameters.max_flows_per_subject
    if (subject.flows.length <= most) return 0
    let dropped = this.dropExpired(subject)
    const excess = subject.flows.length - most
    if (excess <= 0) return dropped
    // A sixteenth at once, so that a busy subject does not pay for it with every flow.
    const count = Math.min(subject.flows.length, Math.max(excess, Math.floor(most / 16)))
    if (time - subject.truncatedAt >= truncationSaidDays * dayMs) {
      const last = subject.flows[count - 1]
      const ids = rules.rules.filter((rule) => !rule.isSingle).map((rule) => rule.spec.id)
      this.outcome('unscored', subject.id, last?.txnId ?? '', last?.time ?? 0, 'state_bound_reached', ids)
      subject.truncatedAt = time
    }
    subject.dropOldest(count)
    dropped += count
    return dropped
  }

  private dropExpired(subject: Subject): number {
    if (!Number.isFinite(this.watermark.value)) return 0
    const count = subject.firstAfter(this.watermark.value - retentionDays * dayMs)
    subject.dropOldest(count)
    return count
  }

  private subject(id: string): Subject {
    let subject = this.residents.get(id)
    if (subject === undefined) {
      const bytes = this.stored.get(stateKey('s', id))
      subject = bytes === undefined ? new Subject(id) : decodeSubject(id, bytes)
      this.residents.set(id, subject)
    }
    subject.touched = this.generation
    if (this.rules !== undefined && subject.derivedFor !== this.rules) derive(subject, this.rules)
    return subject
  }

  private markDirty(subject: Subject): void {
    if (subject.isDirty) return
    subject.isDirty = true
    this.dirty.push(subject)
  }

  private outcome(
    kind: 'late' | 'unscored',
    subjectId: string,
    txnId: string,
    eventTime: number,
    reason: string,
    ruleIds: readonly string[],
  ): void {
    this.emissions.push({
      type: 'outcome',
      outcome: {
        kind,
        subject_id: subjectId,
        txn_id: txnId,
        event_time: eventTime,
        reason,
        rule_ids: ruleIds,
      },
    })
  }

  /** Everything that changed since the last checkpoint; with it the stored state is the whole of what the fold knows. */
  checkpoint(): StateChange[] {
    const changes: StateChange[] = []
    for (const subject of this.dirty) {
      this.forgetExpired(subject)
      subject.isDirty = false
      const isEmpty = subject.flows.length === 0 && subject.hits.length === 0
      changes.push({ key: stateKey('s', subject.id), value: isEmpty ? null : encodeSubject(subject) })
    }
    this.dirty = []
    const meta: Meta = { engine: engineVersion, watermark: this.watermark.state(), due: this.due.entries() }
    changes.push({ key: metaKey, value: Buffer.from(JSON.stringify(meta)) })
    if (this.rules !== this.storedRules && this.rules !== undefined) {
      changes.push({ key: ruleSetKey, value: Buffer.from(this.rules.content) })
      this.storedRules = this.rules
    }
    this.letGo()
    return changes
  }

  private forgetExpired(subject: Subject): void {
    if (!Number.isFinite(this.watermark.value)) return
    const oldest = subject.flows[0]
    // Pruning is a copy; worth it only when a good part goes.
    const limit = this.watermark.value - retentionDays * dayMs
    if (
      oldest !== undefined &&
      oldest.time <= limit &&
      4 * subject.firstAfter(limit) >= subject.flows.length
    ) {
      this.dropExpired(subject)
    }
    const hitLimit = this.watermark.value - hitRetentionDays * dayMs
    if (subject.hits.some((stored) => stored.hit.event_time <= hitLimit)) {
      subject.hits = subject.hits.filter((stored) => stored.hit.event_time > hitLimit)
    }
  }

  /** Lets go of the subjects used least recently; called when nothing is dirty. */
  private letGo(): void {
    let flows = 0
    for (const subject of this.residents.values()) flows += subject.flows.length + 1
    if (flows <= this.residentFlowsMax) return
    for (const subject of [...this.residents.values()].toSorted((a, b) => a.touched - b.touched)) {
      if (flows <= this.residentFlowsMax / 2) return
      flows -= subject.flows.length + 1
      this.residents.delete(subject.id)
    }
  }
}

/** Shared, because most evaluations find nothing. */
const noHits: NewHit[] = []

/** Rule sets compiled last, by content: the partitions of one process, and one replay after the other, share them. */
const compiledSets = new Map<string, CompiledRuleSet>()
const compiledSetsMax = 8

function compiled(content: string): CompiledRuleSet | undefined {
  const known = compiledSets.get(content)
  if (known !== undefined) return known
  const read = readRuleFile(content, noCalendar)
  if ('problems' in read) return undefined
  const set = compileRuleSet(read)
  if (compiledSets.size >= compiledSetsMax) compiledSets.clear()
  compiledSets.set(content, set)
  return set
}

function readMeta(stored: StateReader): Meta | undefined {
  const bytes = stored.get(metaKey)
  if (bytes === undefined) return undefined
  const meta = JSON.parse(Buffer.from(bytes).toString('utf8')) as Meta
  if (meta.engine !== engineVersion) {
    throw new StateFormatError(
      `the state was made by engine ${meta.engine}, this is engine ${engineVersion}: start the Weir that made it, or fold the flows anew`,
    )
  }
  return meta
}

function profileOf(flow: Flow, subject: Subject): Subject['profile'] {
  return {
    time: flow.event_time,
    kind: flow.kind === 'unknown' ? subject.profile.kind : flow.kind,
    region: flow.region === '' ? subject.profile.region : flow.region,
    // A copy: the bytes decoded from a block would keep the whole block in memory.
    identity: flow.identity.length === 0 ? subject.profile.identity : Buffer.from(flow.identity),
  }
}

function storedFlow(flow: Flow, subject: Subject, rules: CompiledRuleSet | undefined): StoredFlow {
  return {
    time: flow.event_time,
    txnId: flow.txn_id,
    sourceId: flow.source_id,
    bits: bitsOf(flow),
    amount: flow.amount,
    currency: flow.currency,
    party: subject.party(flow.counterparty_id),
    cny: rules === undefined ? Number.NaN : rules.rates.cny(flow.amount, flow.currency, flow.event_time),
    usd: rules === undefined ? Number.NaN : rules.rates.usd(flow.amount, flow.currency, flow.event_time),
    pending: false,
  }
}

/** Makes the facts that follow from the rule set in force. */
function derive(subject: Subject, rules: CompiledRuleSet): void {
  for (const flow of subject.flows) {
    flow.cny = rules.rates.cny(flow.amount, flow.currency, flow.time)
    flow.usd = rules.rates.usd(flow.amount, flow.currency, flow.time)
  }
  subject.resetWindows()
  subject.derivedFor = rules
}

/** A fold over an empty or a stored state. */
export function createScorer(stored: StateReader, limits?: ScorerLimits): Scorer {
  return new Scorer(stored, limits)
}
