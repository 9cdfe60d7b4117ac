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
import type { StateChange, StateReader } from './state.ts'
import { StateFormatError } from './subject-codec.ts'
import { Subject, unknownProfile } from './subject.ts'
import type { Profile } from './subject.ts'
import { Subjects, dropExpired, retentionDays } from './subjects.ts'
import { newHit, warningOf } from './warning.ts'
import type { NewHit } from './warning.ts'
import { Watermark } from './watermark.ts'
import type { WatermarkState } from './watermark.ts'

/** What the fold says. */
export type Emission =
  | { readonly type: 'warning'; readonly warning: Warning }
  | { readonly type: 'outcome'; readonly outcome: Outcome }

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
  private readonly subjects: Subjects
  private watermark: Watermark
  private due: DueQueue
  private rules: CompiledRuleSet | undefined
  private storedRules: CompiledRuleSet | undefined
  private generation = 0
  private emissions: Emission[] = []

  /** @throws StateFormatError when the stored state was made by another engine version */
  constructor(stored: StateReader, limits: ScorerLimits = {}) {
    this.subjects = new Subjects(stored, limits.residentFlowsMax ?? 2_000_000)
    const meta = readMeta(stored)
    this.watermark = meta === undefined ? new Watermark() : Watermark.from(meta.watermark)
    this.due = new DueQueue(meta?.due)
    const content = stored.get(ruleSetKey)
    this.rules = content === undefined ? undefined : compiled(Buffer.from(content).toString('utf8'))
    this.storedRules = this.rules
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
    this.subjects.changed(subject)
    if (flow.event_time >= subject.profile.time) subject.profile = this.profileOf(flow, subject)
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
    alone.profile = this.profileOf(flow, subject)
    const fresh = this.newHits(this.rules.singleRules, alone, 0, 'now')
    if (fresh.length === 0) return
    this.report(this.rules, alone, 0, fresh)
    subject.hits = alone.hits
    this.subjects.changed(subject)
  }

  private profileOf(flow: Flow, subject: Subject): Profile {
    // Whether a subject long silent was cleared away already must not show.
    const isOver = subject.profile.time <= this.watermark.value - retentionDays * dayMs
    const known = isOver ? unknownProfile : subject.profile
    return {
      time: flow.event_time,
      kind: flow.kind === 'unknown' ? known.kind : flow.kind,
      region: flow.region === '' ? known.region : flow.region,
      // A copy: the bytes decoded from a block would keep the whole block in memory.
      identity: flow.identity.length === 0 ? known.identity : Buffer.from(flow.identity),
    }
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
    this.subjects.changed(subject)
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
    this.subjects.changed(subject)
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
    let dropped = dropExpired(subject, this.watermark.value)
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

  private subject(id: string): Subject {
    return this.subjects.get(id, this.rules, this.generation)
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
    const changes = this.subjects.checkpoint(this.watermark.value)
    const meta: Meta = { engine: engineVersion, watermark: this.watermark.state(), due: this.due.entries() }
    changes.push({ key: metaKey, value: Buffer.from(JSON.stringify(meta)) })
    if (this.rules !== this.storedRules && this.rules !== undefined) {
      changes.push({ key: ruleSetKey, value: Buffer.from(this.rules.content) })
      this.storedRules = this.rules
    }
    return changes
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

/** A fold over an empty or a stored state. */
export function createScorer(stored: StateReader, limits?: ScorerLimits): Scorer {
  return new Scorer(stored, limits)
}
