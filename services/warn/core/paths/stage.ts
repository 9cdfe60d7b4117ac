/** What the fold does about paths: follows each flow, takes in what subjects are told, and says when a bound cut something off. Pure. */
import type { PathToken } from '../../../../schemas/types.ts'
import { dayMs } from '../../../platform/calendar/day.ts'
import type { CompiledRuleSet } from '../rules/compile.ts'
import type { Subject } from '../subject.ts'
import { retentionDays } from '../subjects.ts'
import type { Subjects } from '../subjects.ts'
import { PathFollower, overBefore } from './follower.ts'
import { HeldPath, heldBy } from './held-paths.ts'

/** What the stage asks of the fold it belongs to. */
export interface PathHost {
  readonly subjects: Subjects
  /** Asks the rules about paths at a flow, and reports what they find. */
  ask(rules: CompiledRuleSet, subject: Subject, index: number): void
  /** Says that a subject has to do with too many paths to follow them all. `at`: the payment where it was seen. */
  bounded(subject: Subject, at: BoundedAt, ruleIds: readonly string[]): void
}

/** A payment: its transaction, and event time in milliseconds. */
export interface BoundedAt {
  readonly txnId: string
  readonly time: number
}

/** One for each fold. */
export class PathStage {
  private readonly host: PathHost
  private readonly follower = new PathFollower()

  constructor(host: PathHost) {
    this.host = host
  }

  /** The tokens made since the last call, in order. */
  take(): readonly PathToken[] {
    return this.follower.take()
  }

  /** A flow was put at `index`: money that it passes on, or that was passed on after it, and paths that end with it. */
  flow(rules: CompiledRuleSet, subject: Subject, index: number, watermark: number): void {
    if (rules.paths === undefined) return
    const isWhole = this.follower.flow(rules.paths, subject, index)
    if (subject.paths !== undefined) this.host.ask(rules, subject, index)
    if (isWhole) return
    this.bounded(rules, subject, { txnId: subject.txnIdAt(index), time: subject.timeAt(index) }, watermark)
  }

  /** A subject is told of a path: joined with what lies there, then held as long as there is room. */
  told(rules: CompiledRuleSet, subject: Subject, token: PathToken, watermark: number): void {
    if (rules.paths === undefined) return
    const path = new HeldPath(token)
    const held = heldBy(subject)
    if (!held.add(path)) return
    this.host.subjects.wasTold(subject)
    const visibleFrom = watermark - retentionDays * dayMs
    const { flows, isWhole } = this.follower.token(rules.paths, subject, path, visibleFrom)
    for (const index of flows) this.host.ask(rules, subject, index)
    const lateBefore = watermark - rules.file.parameters.allowed_lateness_ms
    const dropped = held.keepBounded(overBefore(rules.paths, lateBefore))
    if (isWhole && dropped === undefined) return
    const { last } = dropped ?? path
    this.bounded(rules, subject, { txnId: last.txn_id, time: last.event_time }, watermark)
  }

  /** Says it once in a while. */
  private bounded(rules: CompiledRuleSet, subject: Subject, at: BoundedAt, watermark: number): void {
    if (!heldBy(subject).maySay(Math.max(at.time, watermark))) return
    this.host.subjects.changed(subject)
    const ids = rules.own.filter(({ path }) => path !== undefined).map(({ spec }) => spec.id)
    this.host.bounded(subject, at, ids)
  }
}
