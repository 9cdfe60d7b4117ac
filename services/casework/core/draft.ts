/** Collects the facts of one decision while folding them, so that later facts build on earlier ones. Pure: no I/O, no clock. */
import type { AlertLevel, PromiseNode } from '../../../schemas/http/common.ts'
import type { CasePromise } from '../../../schemas/types.ts'
import type { WorkingCalendar } from '../../platform/calendar/calendar.ts'
import { system } from './case.ts'
import type { Actor, Case, CaseFact, FactBody, FactFrame } from './case.ts'
import { evolve } from './evolve.ts'
import { termOf } from './limits.ts'
import { InvariantError } from './refusals.ts'

/** What a decision knows besides the case: the time, the calendar, and who asks. */
export interface Context {
  /** Milliseconds of the service's clock. */
  readonly now: number
  readonly calendar: WorkingCalendar
  readonly actor: Actor
}

/** A fact with the case as it stands right after it. */
export interface Step {
  readonly fact: CaseFact
  readonly after: Case
}

/** A deadline about to be made. */
export interface NewPromise {
  readonly node: PromiseNode
  readonly department: string
  readonly dispatchId: string
  /** The alert level whose limit applies; default the case's. */
  readonly level?: AlertLevel
}

/** What a fact does besides being true. */
export interface Effects {
  readonly reason?: string
  readonly promises?: readonly NewPromise[]
  readonly kept?: readonly string[]
  readonly withdrawn?: readonly string[]
}

/** Facts that are the product's own doing, whoever caused them. */
const bySystem: ReadonlySet<FactBody['type']> = new Set<FactBody['type']>([
  'lead_opened',
  'warning_appended',
  'warning_suppressed',
  'level_raised',
  'dispatched',
  'escalated',
])

/** One decision in the making. `steps` grows by `add`; `current` is the case after the last of them. */
export class Draft {
  readonly context: Context
  readonly steps: Step[] = []
  private folded: Case | undefined

  constructor(start: Case | undefined, context: Context) {
    this.folded = start
    // A clock that was set back must not make a case's history run backwards.
    this.context =
      start === undefined ? context : { ...context, now: Math.max(context.now, start.lastEventAt) }
  }

  /** The case so far. @throws InvariantError before `lead_opened` */
  get current(): Case {
    if (this.folded === undefined) throw new InvariantError('The decision has no case yet')
    return this.folded
  }

  /** Adds a fact and folds it. */
  add(body: FactBody, effects: Effects = {}): void {
    const fact: CaseFact = { ...body, ...this.frame(body, effects) }
    const after = evolve(this.folded, fact)
    this.steps.push({ fact, after })
    this.folded = after
  }

  private frame(body: FactBody, effects: Effects): FactFrame {
    const made = (effects.promises ?? []).map((promise, index) => this.promise(promise, index))
    return {
      at: this.context.now,
      actor: bySystem.has(body.type) ? system : this.context.actor,
      reason: effects.reason ?? '',
      promises: made.map((one) => one.promise),
      kept: effects.kept ?? [],
      withdrawn: effects.withdrawn ?? [],
      provisional: made.flatMap((one) => (one.provisional ? [one.promise.promise_id] : [])),
    }
  }

  private promise(
    { node, department, dispatchId, level }: NewPromise,
    index: number,
  ): { readonly promise: CasePromise; readonly provisional: boolean } {
    const { current, context } = this
    const about = { riskType: current.riskType, level: level ?? current.level }
    const term = termOf(context.calendar, node, about, context.now)
    return {
      provisional: term.provisional,
      promise: {
        promise_id: `${current.caseId}-p${current.promises.length + index + 1}`,
        node,
        department,
        dispatch_id: dispatchId,
        made_at: context.now,
        due_at: term.dueAt,
        calendar_version: term.calendarVersion,
        basis: term.basis,
      },
    }
  }
}
