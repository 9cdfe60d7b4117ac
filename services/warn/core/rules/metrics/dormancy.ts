/** How long a subject was silent before, and since when it is known. Pure. */
import Type from 'typebox'
import { dayMs, dayOf, startOfDay } from '../../../../platform/calendar/day.ts'
import type { Day } from '../../../../platform/calendar/day.ts'
import { silenceDaysMax } from '../../subject.ts'
import type { Subject } from '../../subject.ts'
import { Named, object } from '../schema/parts.ts'
import type { Reach } from '../windows.ts'
import type { MetricKind } from './metric.ts'

/** Shape in a rule file. */
export const QuietDaysSpec = object({ ...Named, metric: Type.Literal('quiet_days') })
/** Shape in a rule file. */
export const KnownDaysSpec = object({ ...Named, metric: Type.Literal('known_days') })

/** How many days before the first known flow one may lie that comes late. */
const lateDays = 2
/** Flows are kept for a year; that a subject is known longer is no longer seen in them. */
const knownDaysMax = 365

/**
 * Day of the flow before flow `index`, whether it is still kept or was cleared away already; 0 when there was none,
 * or none within five years.
 */
function dayBefore(subject: Subject, index: number): Day {
  const before = index > 0 ? dayOf(subject.timeAt(index - 1)) : subject.clearedDay
  return dayOf(subject.timeAt(index)) - before <= silenceDaysMax ? before : 0
}

/** Nothing longer than this lies between the days of two flows in a row. */
function longestSilence(subject: Subject): number {
  if (subject.clearedDay !== 0) return silenceDaysMax
  return dayOf(subject.timeAt(subject.count - 1)) - dayOf(subject.timeAt(0))
}

/**
 * Days (of Shanghai) between the first flow of the window and the flow before it, whatever their kind; 0 when the subject was not
 * known before. An earlier flow that comes late makes it shorter: for conditions that settle.
 */
export const quietDays: MetricKind = {
  compile: ({ reach }) => ({
    unit: 'count',
    cost: 2,
    needs: 'none',
    reach: { ...reach, spanMs: reach.spanMs + silenceDaysMax * dayMs },
    bound: longestSilence,
    grows: {
      by: 'time',
      // Within the window nothing is longer than the window: only silence from now on can be.
      from(subject, index, least) {
        if (least * dayMs <= reach.spanMs || quietBefore(reach, subject, index) >= least)
          return Number.NEGATIVE_INFINITY
        return startOfDay(dayOf(subject.timeAt(index)) + least)
      },
    },
    measure: (subject, index) => quietBefore(reach, subject, index),
  }),
}

function quietBefore(reach: Reach, subject: Subject, index: number): number {
  const first = subject.firstAfter(reach.start(subject.timeAt(index)))
  const before = dayBefore(subject, first)
  return before === 0 ? 0 : Math.max(0, dayOf(subject.timeAt(first)) - before)
}

/** Days (of Shanghai) since the subject's first flow, whatever its kind; 365 when it is known for longer. */
export const knownDays: MetricKind = {
  compile: ({ reach }) => ({
    unit: 'count',
    cost: 2,
    needs: 'none',
    reach: { ...reach, spanMs: (knownDaysMax + silenceDaysMax) * dayMs },
    bound: longestSilence,
    grows: {
      by: 'time',
      // A flow that comes late may be the first, by a day at most.
      from(subject, _index, least) {
        if (subject.clearedDay !== 0) return Number.NEGATIVE_INFINITY
        return startOfDay(dayOf(subject.timeAt(0)) + least - lateDays)
      },
    },
    measure(subject, index) {
      const day = dayOf(subject.timeAt(index))
      const first = subject.firstAfter(startOfDay(day - knownDaysMax + 1) - 1)
      return dayBefore(subject, first) === 0 ? day - dayOf(subject.timeAt(first)) : knownDaysMax
    },
  }),
}
