/** When the crew does something: most in time, some just late, a few very late (domain.md 4.3, 5.1 K1). Pure. */
import type { Task } from '../../../../schemas/http/casework.ts'
import type { AlertLevel, PromiseView } from '../../../../schemas/http/common.ts'
import { oneOf, shareOf } from './chance.ts'

/** Shares of all steps, 0–1. */
export interface CrewPlan {
  /** Done up to a third of the time limit after it. */
  readonly justLate: number
  /** Done up to ten days late. */
  readonly veryLate: number
  /** Lead dispatches sent back once, as not the department's own. */
  readonly returned: number
  /** Overdue promises about which the prosecutor reminds 提醒. */
  readonly reminded: number
  /** Promises still overdue after that, which the prosecutor supervises 督办. */
  readonly supervised: number
}

/** Nearly nine of ten in time, and every kind of lateness on the board of a small district. */
export const defaultCrewPlan: CrewPlan = {
  justLate: 0.05,
  veryLate: 0.06,
  returned: 0.04,
  reminded: 0.6,
  supervised: 0.6,
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs
const lateMsMax = 10 * dayMs

/** Hours that a step usually has, when the promise itself is not known (domain.md 4.3 without weekends). */
const usualHours: Readonly<Record<string, Readonly<Record<AlertLevel, number>>>> = {
  triage: { red: 24, orange: 24, yellow: 24, blue: 24 },
  acknowledge: { red: 2, orange: 4, yellow: 24, blue: 48 },
  verify: { red: 24, orange: 72, yellow: 120, blue: 240 },
  grade: { red: 24, orange: 24, yellow: 48, blue: 72 },
  measure: { red: 24, orange: 72, yellow: 120, blue: 240 },
  feedback: { red: 72, orange: 120, yellow: 240, blue: 720 },
  close: { red: 720, orange: 720, yellow: 1440, blue: 2160 },
}

/** A task with what its own deadline has gone through. */
export interface Timed {
  readonly seed: number
  readonly task: Task
  /** The deadline the next step answers; undefined when it is not known or there is none. */
  readonly promise: PromiseView | undefined
  /** Times the prosecutor reminded of this deadline. */
  readonly reminders: number
  /** The prosecutor supervises it already. */
  readonly isSupervised: boolean
}

/** Time limit of a task: ms from when it was made until it is due. */
function limitMs(task: Task, promise: PromiseView | undefined): number {
  if (promise !== undefined && promise.due_at > promise.made_at) return promise.due_at - promise.made_at
  return (usualHours[task.node]?.[task.lead.level] ?? 24) * hourMs
}

/** Going there comes well before writing down what was found. */
const startShare = 0.4

/**
 * When the department does the next step of a task, ms since 1970; a time that is past means at once.
 * The same task gives the same time, however often it is asked; every reminder halves what is left of a delay.
 */
export function plannedAt({ seed, task, promise, reminders }: Timed, plan: CrewPlan): number {
  const keys = [seed, task.lead.case_id, task.dispatch_id, task.node, promise?.promise_id ?? '']
  const limit = limitMs(task, promise)
  const made = task.due_at - limit
  const share = shareOf([...keys, 'how much'])
  const luck = shareOf([...keys, 'when'])
  if (task.next === 'start_verification') return made + limit * startShare * share
  if (luck < plan.veryLate) return late(task, limit * (0.6 + 1.4 * share), reminders)
  if (luck < plan.veryLate + plan.justLate) return late(task, limit * (0.02 + 0.3 * share), reminders)
  // Half of all work is done in the second half of its time, and a little is left to the last moment.
  const inTime = made + limit * (startShare + 0.55 * share)
  return isRoundTheClock(task) ? inTime : inOfficeHours(inTime, made, task.due_at)
}

function late(task: Task, delay: number, reminders: number): number {
  return task.due_at + Math.min(delay, lateMsMax) * 0.5 ** reminders
}

/** Red cases and fraud accounts are worked on day and night (domain.md 4.2). */
function isRoundTheClock(task: Task): boolean {
  return task.lead.level === 'red' || task.lead.risk_type === 'T3'
}

/** Between 8:30 and 17:30 in Shanghai: the next morning, else the afternoon before, else not at all within the promise. */
function inOfficeHours(at: number, madeAt: number, dueAt: number): number {
  const time = (at + 8 * hourMs) % dayMs
  if (time >= 8.5 * hourMs && time <= 17.5 * hourMs) return at
  const isEvening = time > 17.5 * hourMs
  const morning = at - time + (isEvening ? dayMs : 0) + 8.5 * hourMs + (time % hourMs)
  if (morning <= dueAt) return morning
  const afternoon = at - time - (isEvening ? 0 : dayMs) + 16.5 * hourMs + (time % hourMs)
  return afternoon >= madeAt ? afternoon : at
}

/** What the prosecutor does about an overdue promise, and when; undefined when nothing (any more). */
export interface Intervention {
  readonly type: 'remind' | 'supervise'
  readonly at: number
}

/** Reminds within the working day, and supervises when a day later (red: four hours) it is still overdue (domain.md 4.4). */
export function interventionAt(
  { seed, task, promise, reminders, isSupervised }: Timed,
  plan: CrewPlan,
): Intervention | undefined {
  const keys = [seed, task.lead.case_id, task.dispatch_id, task.node, promise?.promise_id ?? '']
  const patience = task.lead.level === 'red' ? 4 * hourMs : dayMs
  if (reminders === 0) {
    if (shareOf([...keys, 'remind']) >= plan.reminded) return undefined
    return { type: 'remind', at: task.due_at + patience * oneOf([...keys, 'soon'], [0.1, 0.2, 0.35]) }
  }
  if (isSupervised || shareOf([...keys, 'supervise']) >= plan.supervised) return undefined
  return { type: 'supervise', at: task.due_at + patience * (1 + shareOf([...keys, 'then'])) }
}
