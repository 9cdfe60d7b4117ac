/** How long each step may take (domain.md 4.3), as data, and the promises made of it (G5). Pure. */
import type { AlertLevel, PromiseNode } from '../../../schemas/http/common.ts'
import type { WorkingCalendar } from '../../platform/calendar/calendar.ts'
import { deadline } from '../../platform/calendar/deadline.ts'
import type { Deadline, LimitUnit, TimeLimit } from '../../platform/calendar/deadline.ts'

/** Limits that end with a day do not count the day they start on and never end on a holiday (domain.md 0.1 no. 8). */
function limit(amount: number, unit: LimitUnit): TimeLimit {
  const ofDays = unit === 'day' || unit === 'working_day' || unit === 'month'
  return { amount, unit, startExcluded: ofDays, rollForward: unit === 'day' || unit === 'month' }
}

const hours = (amount: number): TimeLimit => limit(amount, 'hour')
const workingDays = (amount: number): TimeLimit => limit(amount, 'working_day')
const days = (amount: number): TimeLimit => limit(amount, 'day')

/** Time limits by node and alert level. */
export const limits: Readonly<Record<PromiseNode, Readonly<Record<AlertLevel, TimeLimit>>>> = {
  triage: { red: workingDays(1), orange: workingDays(1), yellow: workingDays(1), blue: workingDays(1) },
  acknowledge: {
    red: hours(2),
    orange: limit(4, 'working_hour'),
    yellow: workingDays(1),
    blue: workingDays(2),
  },
  verify: { red: hours(24), orange: workingDays(3), yellow: workingDays(5), blue: workingDays(10) },
  grade: { red: workingDays(1), orange: workingDays(1), yellow: workingDays(2), blue: workingDays(3) },
  measure: { red: workingDays(1), orange: workingDays(3), yellow: workingDays(5), blue: workingDays(10) },
  feedback: { red: workingDays(3), orange: workingDays(5), yellow: workingDays(10), blue: limit(1, 'month') },
  close: { red: days(30), orange: days(30), yellow: days(60), blue: days(90) },
}

/** Fraud accounts (T3): the 48-hour stop window is what counts, so two nodes run in minutes at every level. */
export const fraudLimits: Readonly<Partial<Record<PromiseNode, TimeLimit>>> = {
  acknowledge: limit(10, 'minute'),
  measure: limit(30, 'minute'),
}

const unitNames: Readonly<Record<LimitUnit, string>> = {
  minute: 'min',
  hour: 'h',
  working_hour: 'working h',
  day: 'd',
  working_day: 'wd',
  month: 'month',
}

/** A limit that applies to one case, and the words it is cited by. */
export interface ApplicableLimit {
  readonly limit: TimeLimit
  /** E.g. `domain 4.3 acknowledge/red = 2 h`. */
  readonly basis: string
}

/** The limit for a node, by risk type and level. */
export function limitOf(node: PromiseNode, riskType: string, level: AlertLevel): ApplicableLimit {
  const special = riskType === 'T3' ? fraudLimits[node] : undefined
  const found = special ?? limits[node][level]
  const key = special === undefined ? level : riskType
  return { limit: found, basis: `domain 4.3 ${node}/${key} = ${found.amount} ${unitNames[found.unit]}` }
}

/** A deadline with the limit it comes from. */
export interface Term extends Deadline {
  readonly basis: string
}

/** When a node that starts `from` (ms) is due. */
export function termOf(
  calendar: WorkingCalendar,
  node: PromiseNode,
  about: { readonly riskType: string; readonly level: AlertLevel },
  from: number,
): Term {
  const { limit: applicable, basis } = limitOf(node, about.riskType, about.level)
  return { ...deadline(calendar, from, applicable), basis }
}
