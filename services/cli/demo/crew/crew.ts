/**
 * The crew that plays the departments of the demo. It sees what a department sees and nothing else – no labels – and
 * decides by chance that is fixed by the seed. Pure: time and state come in, commands go out.
 */
import type { Command, CommandType, Task } from '../../../../schemas/http/casework.ts'
import type { PromiseView, Role } from '../../../../schemas/http/common.ts'
import { shareOf } from './chance.ts'
import { interventionCommand, taskCommand } from './decide.ts'
import type { CrewCase } from './decide.ts'
import { defaultCrewPlan, interventionAt, plannedAt } from './timing.ts'
import type { CrewPlan, Timed } from './timing.ts'

export type { CrewCase } from './decide.ts'
export { defaultCrewPlan } from './timing.ts'
export type { CrewPlan } from './timing.ts'

/** One look at the desks. Times: ms since 1970. */
export interface CrewInput {
  readonly seed: number
  readonly now: number
  /** Open tasks of all departments; their order does not matter. */
  readonly tasks: readonly Task[]
  /** What is known of a case; a task whose case is not known waits. */
  readonly caseInfo: (caseId: string) => CrewCase | undefined
  /** Default `defaultCrewPlan`. */
  readonly plan?: CrewPlan
  /** Everything is done at once and nothing is returned, so that every case comes to its end. */
  readonly drain?: boolean
}

/** Somebody of the crew. */
export interface CrewMember {
  /** E.g. `crew-d01`. */
  readonly user: string
  readonly role: Extract<Role, 'officer' | 'prosecutor'>
  /** D01–D17. */
  readonly department: string
}

/** Something somebody will do at `at` (ms; past = at once). */
export interface CrewIntent {
  readonly at: number
  readonly case_id: string
  readonly type: CommandType
  readonly by: CrewMember
  readonly task: Task
}

/** A command, and who gives it. `at` is when it was due; `now` of the input is when it is given. */
export interface CrewCommand {
  readonly at: number
  readonly case_id: string
  readonly by: CrewMember
  readonly command: Command
}

/** The crew's place in a department. Red cards of officials and all the rest alike: one officer each. */
export function crewMember(department: string, role: CrewMember['role'] = 'officer'): CrewMember {
  return { user: `crew-${department.toLowerCase()}`, role, department }
}

const prosecutor = crewMember('D16', 'prosecutor')

/**
 * What the crew has in mind, earliest first: one step per task, and what the prosecutor will do about those overdue.
 * A caller who moves the clock from one intent's `at` to the next sees deadlines of minutes kept and broken as planned.
 */
export function crewAgenda(input: CrewInput): CrewIntent[] {
  return input.tasks.flatMap((task) => intentsOf(input, task)).toSorted(compareIntents)
}

/**
 * The commands that are due: at most one per case, because each moves the case's sequence; earliest first.
 * Repeated on the same state it gives the same commands with the same ids.
 */
export function crewStep(input: CrewInput): CrewCommand[] {
  const busy = new Set<string>()
  const commands: CrewCommand[] = []
  for (const intent of crewAgenda(input)) {
    if (intent.at > input.now) break
    if (busy.has(intent.case_id)) continue
    const command = commandOf(input, intent)
    if (command === undefined) continue
    busy.add(intent.case_id)
    commands.push({ at: intent.at, case_id: intent.case_id, by: intent.by, command })
  }
  return commands
}

function compareIntents(a: CrewIntent, b: CrewIntent): number {
  if (a.at !== b.at) return a.at - b.at
  return keyOf(a) < keyOf(b) ? -1 : 1
}

function keyOf({ case_id, type, task }: CrewIntent): string {
  return [case_id, task.dispatch_id, task.node, type].join(' ')
}

/** Steps that a department can be expected to take next. */
const departmentSteps: ReadonlySet<CommandType> = new Set([
  'acknowledge',
  'start_verification',
  'record_verification',
  'grade',
  'take_measure',
  'feed_back',
  'close',
])

function intentsOf(input: CrewInput, task: Task): CrewIntent[] {
  if (!departmentSteps.has(task.next)) return []
  const facts = input.caseInfo(task.lead.case_id)
  const by = crewMember(departmentOf(task, facts))
  const base = { case_id: task.lead.case_id, task, by }
  if (input.drain === true) return [{ ...base, at: 0, type: task.next }]
  const step = stepOf(input, task, facts)
  const steps = facts === undefined ? [step] : [step, ...interimOf(input, task, facts, step.at)]
  return steps.flatMap((next) => {
    const urged = facts === undefined ? undefined : interventionOf(input, next.task, facts, next.at)
    return urged === undefined
      ? [{ ...base, ...next }]
      : [
          { ...base, ...next },
          { ...base, ...urged, by: prosecutor },
        ]
  })
}

type Step = Pick<CrewIntent, 'at' | 'type' | 'task'>

function stepOf(input: CrewInput, task: Task, facts: CrewCase | undefined): Step {
  const { seed, plan = defaultCrewPlan } = input
  const at = plannedAt(timed(seed, task, facts), plan)
  return { at, type: isReturned(input, task, facts, plan) ? 'return' : task.next, task }
}

/** While a handling goes on, its department feeds back again and again (domain.md 4.3), until it is ready to close. */
function interimOf(input: CrewInput, task: Task, facts: CrewCase, closesAt: number): Step[] {
  if (task.next !== 'close') return []
  const interim: Task = { ...task, next: 'feed_back', node: 'feedback' }
  const promise = openPromise(facts, interim)
  if (promise === undefined) return []
  const due = { ...interim, due_at: promise.due_at }
  const step = stepOf(input, due, facts)
  return step.at < closesAt ? [step] : []
}

function interventionOf(input: CrewInput, task: Task, facts: CrewCase, doneAt: number): Step | undefined {
  const { seed, plan = defaultCrewPlan } = input
  const about = timed(seed, task, facts)
  const intervention = about.promise === undefined ? undefined : interventionAt(about, plan)
  return intervention === undefined || intervention.at >= doneAt ? undefined : { ...intervention, task }
}

/** The task with its own deadline; reminders of the dispatch's other deadlines do not count here. */
function timed(seed: number, task: Task, facts: CrewCase | undefined): Timed {
  const promise = facts === undefined ? undefined : openPromise(facts, task)
  const urged = (kind: string): number =>
    (facts?.events ?? []).filter(
      ({ type, details }) => type === kind && details['promise_id'] === promise?.promise_id,
    ).length
  return { seed, task, promise, reminders: urged('reminded'), isSupervised: urged('supervised') > 0 }
}

/** The addressee of the task's dispatch; the department with the ball when the case is not known. */
function departmentOf(task: Task, facts: CrewCase | undefined): string {
  return (
    facts?.dispatches.find(({ dispatch_id }) => dispatch_id === task.dispatch_id)?.department ??
    task.lead.owner
  )
}

function openPromise(facts: CrewCase, task: Task): PromiseView | undefined {
  return facts.promises.find(
    (promise) =>
      promise.dispatch_id === task.dispatch_id &&
      promise.node === task.node &&
      promise.kept_at === null &&
      promise.withdrawn_at === null,
  )
}

/** A lead department sends a case back before it acknowledged it, once per case; who decides at the end does not. */
function isReturned(input: CrewInput, task: Task, facts: CrewCase | undefined, plan: CrewPlan): boolean {
  if (task.next !== 'acknowledge' || task.node !== 'acknowledge' || facts === undefined) return false
  const dispatch = facts.dispatches.find(({ dispatch_id }) => dispatch_id === task.dispatch_id)
  if (dispatch?.role !== 'lead' || dispatch.department === 'D14') return false
  if (facts.dispatches.some(({ returned_at }) => returned_at !== null)) return false
  return shareOf([input.seed, task.lead.case_id, task.dispatch_id, 'return']) < plan.returned
}

function commandOf(input: CrewInput, { task, type }: CrewIntent): Command | undefined {
  const { seed, now } = input
  const facts = input.caseInfo(task.lead.case_id)
  if (facts === undefined) return undefined
  if (type !== 'remind' && type !== 'supervise') return taskCommand(seed, now, task, facts, type)
  const promise = openPromise(facts, task)
  if (promise === undefined) return undefined
  return interventionCommand(seed, task, facts, type, promise.promise_id)
}
