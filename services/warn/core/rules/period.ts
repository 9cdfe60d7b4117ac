/** The periods that hits stand for: a rule says the same thing once in each. Pure. */
import { addMonths, dayMs, dayOf, dayText, parseDay, startOfDay } from '../../../platform/calendar/day.ts'
import type { Day } from '../../../platform/calendar/day.ts'
import { isIncoming } from '../flow.ts'
import type { StoredFlow } from '../flow.ts'
import { monthName } from '../time.ts'
import type { CompiledRule } from './compile.ts'

/** Number of the period that a hit at a flow stands for; equal numbers are reported once. 0 for single transactions. */
export function periodOf(rule: CompiledRule, time: number, bits: number): number {
  switch (rule.spec.repeat) {
    case 'transaction':
      return 0
    case 'day':
      return dayOf(time)
    case 'day_and_direction':
      return 2 * dayOf(time) + (bits & 1)
    case 'utc_day':
      return Math.floor(time / dayMs)
    case 'month':
      return monthAt(dayOf(time)).number
  }
}

/** Event time at which the period of a time is over; −∞ for single transactions. */
export function endOfPeriod(rule: CompiledRule, time: number): number {
  switch (rule.spec.repeat) {
    case 'transaction':
      return Number.NEGATIVE_INFINITY
    case 'day':
    case 'day_and_direction':
      return startOfDay(dayOf(time) + 1)
    case 'utc_day':
      return (Math.floor(time / dayMs) + 1) * dayMs
    case 'month':
      return monthAt(dayOf(time)).end
  }
}

interface Month {
  /** Months since the year 0. */
  readonly number: number
  readonly end: number
}

let knownDay = Number.NaN
let known: Month = { number: 0, end: 0 }

function monthAt(day: Day): Month {
  // Asked for the same day over and over; the date arithmetic is done once.
  if (day !== knownDay) {
    const text = dayText(day)
    const first = parseDay(`${text.slice(0, 7)}-01`)
    knownDay = day
    known = {
      number: 12 * Number(text.slice(0, 4)) + Number(text.slice(5, 7)),
      end: startOfDay(addMonths(first, 1)),
    }
  }
  return known
}

/** The period as it goes into a warning's id. */
export function periodName(rule: CompiledRule, flow: StoredFlow): string {
  const side = isIncoming(flow.bits) ? 'in' : 'out'
  switch (rule.spec.repeat) {
    case 'transaction':
      return `${flow.sourceId}|${flow.txnId}|${side}`
    case 'day':
      return dayText(dayOf(flow.time))
    case 'day_and_direction':
      return `${dayText(dayOf(flow.time))}|${side}`
    case 'utc_day':
      return `${new Date(flow.time).toISOString().slice(0, 10)}Z`
    case 'month':
      return monthName(flow.time)
  }
}
