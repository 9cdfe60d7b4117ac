/** The subjects of one partition: loaded when needed, stored at checkpoints, let go when there are too many, swept when their time is over. Pure. */
import { dayMs } from '../../platform/calendar/day.ts'
import type { CompiledRuleSet } from './rules/compile.ts'
import type { StateChange, StateReader } from './state.ts'
import { stateKey } from './state.ts'
import { decodeSubject, encodeSubject } from './subject-codec.ts'
import { Subject } from './subject.ts'

/** Flows are kept this long behind the watermark: the longest window (12 months) and the greatest lateness (a day). */
export const retentionDays = 367
/** Hits are kept this long: the longest scoring time (60 days), a calendar month, the greatest lateness. */
export const hitRetentionDays = 93

/** Stored subjects looked at per checkpoint, at least; and one for so many that changed. */
const sweptMin = 50
const sweptShare = 4

/**
 * What is visible never depends on when something was cleared away: every window is shorter than what is kept.
 * Modes of a subject: resident and clean, resident and changed, only stored.
 */
export class Subjects {
  private readonly stored: StateReader
  private readonly residentFlowsMax: number
  private readonly residents = new Map<string, Subject>()
  private dirty: Subject[] = []
  /** Where sweeping goes on. */
  private cursor = 's'

  constructor(stored: StateReader, residentFlowsMax: number) {
    this.stored = stored
    this.residentFlowsMax = residentFlowsMax
  }

  /** A subject with its derived facts. @param generation rises from block to block: who was used last */
  get(id: string, rules: CompiledRuleSet | undefined, generation: number): Subject {
    let subject = this.residents.get(id)
    if (subject === undefined) {
      const bytes = this.stored.get(stateKey('s', id))
      subject = bytes === undefined ? new Subject(id) : decodeSubject(id, bytes)
      this.residents.set(id, subject)
    }
    subject.touched = generation
    if (rules !== undefined && subject.derivedFor !== rules) derive(subject, rules)
    return subject
  }

  /** Notes that the subject is to be stored at the next checkpoint. */
  changed(subject: Subject): void {
    if (subject.isDirty) return
    subject.isDirty = true
    this.dirty.push(subject)
  }

  /** What changed since the last checkpoint, and what was swept. @param watermark milliseconds, or −∞ */
  checkpoint(watermark: number): StateChange[] {
    const count = Math.max(sweptMin, Math.ceil(this.dirty.length / sweptShare))
    const changes = Number.isFinite(watermark) ? this.swept(watermark, count) : []
    for (const subject of this.dirty) {
      forgetExpired(subject, watermark, 4)
      subject.isDirty = false
      changes.push(changeOf(stateKey('s', subject.id), subject))
    }
    this.dirty = []
    this.letGo()
    return changes
  }

  /** Clears what is over from stored subjects that nobody asked for lately: data about people is not kept longer than it counts. */
  private swept(watermark: number, count: number): StateChange[] {
    const changes: StateChange[] = []
    let left = count
    for (const [key, bytes] of this.stored.entries(this.cursor, 't')) {
      if (left === 0) {
        this.cursor = key
        return changes
      }
      left -= 1
      const id = key.slice(2)
      if (!key.startsWith('s|') || this.residents.has(id)) continue
      const subject = decodeSubject(id, bytes)
      const before = subject.flows.length + subject.hits.length
      forgetExpired(subject, watermark, Number.POSITIVE_INFINITY)
      if (subject.flows.length + subject.hits.length < before) changes.push(changeOf(key, subject))
    }
    this.cursor = 's'
    return changes
  }

  /** Called when nothing is dirty. */
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

function changeOf(key: string, subject: Subject): StateChange {
  const isEmpty = subject.flows.length === 0 && subject.hits.length === 0
  return { key, value: isEmpty ? null : encodeSubject(subject) }
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

/** Drops the flows that no window reaches any more. @returns how many */
export function dropExpired(subject: Subject, watermark: number): number {
  if (!Number.isFinite(watermark)) return 0
  const count = subject.firstAfter(watermark - retentionDays * dayMs)
  subject.dropOldest(count)
  return count
}

/** @param share flows are dropped when they are at least one in so many: dropping is a copy */
function forgetExpired(subject: Subject, watermark: number, share: number): void {
  if (!Number.isFinite(watermark)) return
  const expired = subject.firstAfter(watermark - retentionDays * dayMs)
  if (expired > 0 && share * expired >= subject.flows.length) subject.dropOldest(expired)
  const oldest = watermark - hitRetentionDays * dayMs
  if (subject.hits.some((stored) => stored.hit.event_time <= oldest)) {
    subject.hits = subject.hits.filter((stored) => stored.hit.event_time > oldest)
  }
}
