/** A toy of casework for the crew's tests: the same steps and sequence numbers, no routing table, no database. */
import type { CrewCase, CrewCommand } from '../../services/cli/demo/crew/crew.ts'
import type { Command, CommandType, DispatchView, LeadSummary, Task } from '../../schemas/http/casework.ts'
import type { AlertLevel, PromiseNode, PromiseView } from '../../schemas/http/common.ts'

const hourMs = 3_600_000
const limitHours: Readonly<Record<AlertLevel, number>> = { red: 2, orange: 8, yellow: 24, blue: 48 }
const text = { zh: '', en: '' }

/** A lead with sane defaults. */
export function leadOf(changes: Partial<LeadSummary> = {}): LeadSummary {
  return {
    case_id: 'case-1',
    subject_id: 'subject-1',
    subject_label: 'sub…',
    risk_type: 'T1',
    risk_type_name: text,
    level: 'yellow',
    card: 'none',
    state: 'alerted',
    region: '331004',
    score: 0.3,
    rule_ids: ['R12'],
    headline: text,
    warnings: 1,
    opened_at: 0,
    last_warning_at: 0,
    owner: 'D01',
    next_due_at: null,
    overdue: 0,
    ...changes,
  }
}

/** A promise with sane defaults. */
export function promiseOf(changes: Partial<PromiseView> = {}): PromiseView {
  return {
    promise_id: 'promise-1',
    case_id: 'case-1',
    node: 'acknowledge',
    department: 'D01',
    dispatch_id: 'dispatch-1',
    made_at: 0,
    due_at: 24 * hourMs,
    kept_at: null,
    withdrawn_at: null,
    overdue: false,
    calendar_version: 'toy',
    provisional: false,
    basis: 'toy',
    ...changes,
  }
}

/** A dispatch with sane defaults. */
export function dispatchOf(changes: Partial<DispatchView> = {}): DispatchView {
  return {
    dispatch_id: 'dispatch-1',
    department: 'D01',
    department_name: text,
    purpose: 'verify',
    role: 'lead',
    sent_at: 0,
    acknowledge_by: 24 * hourMs,
    complete_by: 120 * hourMs,
    acknowledged_at: null,
    returned_at: null,
    return_reason: '',
    ...changes,
  }
}

/** A task with sane defaults: somebody has to acknowledge. */
export function taskOf(changes: Partial<Task> = {}): Task {
  return {
    lead: leadOf(),
    dispatch_id: 'dispatch-1',
    node: 'acknowledge',
    purpose: 'verify',
    due_at: 24 * hourMs,
    overdue: false,
    next: 'acknowledge',
    reminders: 0,
    ...changes,
  }
}

/** The event that a reminder or supervision leaves. */
export function urgedOf(
  type: 'reminded' | 'supervised',
  promise_id = 'promise-1',
): CrewCase['events'][number] {
  return {
    sequence: 6,
    type,
    occurred_at: 0,
    actor: 'p',
    actor_role: 'prosecutor',
    actor_department: 'D16',
    state: 'alerted',
    reason: 'r',
    details: { promise_id },
  }
}

const nodes: Readonly<Partial<Record<CommandType, PromiseNode>>> = {
  acknowledge: 'acknowledge',
  start_verification: 'verify',
  record_verification: 'verify',
  grade: 'grade',
  take_measure: 'measure',
  feed_back: 'feedback',
  close: 'close',
}

const following: Readonly<Partial<Record<CommandType, CommandType>>> = {
  start_verification: 'record_verification',
  record_verification: 'grade',
  take_measure: 'feed_back',
  feed_back: 'close',
}

/** One case that knows what it is waiting for. */
class ToyCase {
  lead: LeadSummary
  sequence = 1
  next: CommandType | undefined = 'acknowledge'
  events: CrewCase['events'] = []
  dispatches: DispatchView[] = []
  promises: PromiseView[] = []

  constructor(lead: LeadSummary, now: number) {
    this.lead = lead
    this.send('verify', lead.owner, now)
  }

  private send(purpose: 'verify' | 'handle', department: string, now: number): void {
    const dispatch_id = `${this.lead.case_id}-d${this.dispatches.length + 1}`
    this.dispatches.push(dispatchOf({ dispatch_id, department, purpose, sent_at: now }))
    this.lead = { ...this.lead, owner: department }
    this.promise('acknowledge', now)
  }

  private promise(next: CommandType, now: number): void {
    const node = nodes[next] ?? 'close'
    this.next = next
    const due_at = now + limitHours[this.lead.level] * hourMs
    const promise_id = `${this.lead.case_id}-p${this.promises.length + 1}`
    const { case_id } = this.lead
    this.promises.push(
      promiseOf({ promise_id, case_id, node, dispatch_id: this.dispatch(), made_at: now, due_at }),
    )
  }

  private dispatch(): string {
    return this.dispatches.at(-1)?.dispatch_id ?? ''
  }

  task(now: number): Task[] {
    const promise = this.promises.at(-1)
    if (this.next === undefined || promise === undefined) return []
    const { dispatch_id, node, due_at } = promise
    const { lead, next } = this
    const purpose = this.dispatches.at(-1)?.purpose ?? 'verify'
    return [
      {
        lead,
        dispatch_id,
        node,
        purpose,
        due_at,
        overdue: now > due_at,
        next,
        reminders: this.events.length,
      },
    ]
  }

  facts(): CrewCase {
    const { sequence, promises, dispatches, events } = this
    return { sequence, promises, dispatches, events, warnings: [] }
  }

  apply(command: Command, now: number): void {
    this.sequence += 1
    if (command.type === 'remind' || command.type === 'supervise') {
      this.events = [
        ...this.events,
        urgedOf(command.type === 'remind' ? 'reminded' : 'supervised', command.promise_id),
      ]
      return
    }
    this.promises = this.promises.map((promise) => ({ ...promise, kept_at: promise.kept_at ?? now }))
    if (command.type === 'return') this.giveBack(now)
    else if (command.type === 'grade') this.grade(command, now)
    else this.goOn(command.type, now)
  }

  private goOn(type: CommandType, now: number): void {
    const start = this.dispatches.at(-1)?.purpose === 'handle' ? 'take_measure' : 'start_verification'
    const after = type === 'acknowledge' ? start : following[type]
    if (after === undefined) this.next = undefined
    else this.promise(after, now)
  }

  private giveBack(now: number): void {
    const last = this.dispatches.length - 1
    this.dispatches = this.dispatches.map((one, index) =>
      index === last ? { ...one, returned_at: now } : one,
    )
    this.send(this.dispatches.at(-1)?.purpose === 'handle' ? 'handle' : 'verify', 'D14', now)
  }

  private grade({ card = 'cleared' }: Command, now: number): void {
    this.lead = { ...this.lead, card }
    if (card === 'cleared') this.next = undefined
    else this.send('handle', 'D02', now)
  }
}

/** Some cases at work. Refuses, like casework, what does not fit the newest sequence. */
export class ToyCases {
  readonly cases: ReadonlyMap<string, ToyCase>
  readonly done: CrewCommand[] = []

  constructor(leads: readonly LeadSummary[]) {
    this.cases = new Map(leads.map((lead) => [lead.case_id, new ToyCase(lead, lead.opened_at)]))
  }

  tasks(now: number): Task[] {
    return [...this.cases.values()].flatMap((one) => one.task(now))
  }

  caseInfo = (caseId: string): CrewCase | undefined => this.cases.get(caseId)?.facts()

  /** @throws Error when the command does not fit the state: the crew then has a bug */
  apply(given: CrewCommand, now: number): void {
    const one = this.cases.get(given.case_id)
    const { command } = given
    if (one === undefined || command.expected_sequence !== one.sequence)
      throw new Error(`stale: ${command.command_id}`)
    const isUrge = command.type === 'remind' || command.type === 'supervise'
    const fits =
      isUrge || command.type === one.next || (command.type === 'return' && one.next === 'acknowledge')
    if (!fits) throw new Error(`${command.type} does not follow; expected ${one.next}`)
    one.apply(command, now)
    this.done.push(given)
  }
}
