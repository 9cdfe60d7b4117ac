/** The simulator: a district's rows in order of booking, exactly as many as asked for, one day held at a time. Pure. */
import { dayOf, weekdayOf } from '../../platform/calendar/day.ts'
import type { Day } from '../../platform/calendar/day.ts'
import { withDisorder } from './disorder.ts'
import { createDistrict } from './district.ts'
import { everydayOf } from './everyday.ts'
import { planStories } from './plan.ts'
import { createRandom } from './random.ts'
import { routineOf } from './routine.ts'
import { createWriter } from './row.ts'
import { optionsProblem } from './transaction.ts'
import type { Payment, SimulatedTransaction, SimulationOptions } from './transaction.ts'

/**
 * Simulates a district. Yields exactly `options.transactions` rows ordered by `booked_at`, save for the disorder asked
 * for. Memory holds the district, the stories and one day's planned payments, whatever the number of rows.
 * @throws RangeError when the options make no sense
 */
export function* simulate(options: SimulationOptions): Generator<SimulatedTransaction, void, undefined> {
  const problem = optionsProblem(options)
  if (problem !== undefined) throw new RangeError(problem)
  const write = createWriter(options)
  const payments = paymentsOf(options)
  const disorder = options.disorderMinutes ?? 0
  const random = createRandom(`${options.seed}/disorder`)
  for (const payment of disorder > 0 ? withDisorder(payments, disorder, random) : payments)
    yield write(payment)
}

/** All payments in order of time. */
function* paymentsOf(options: SimulationOptions): Generator<Payment, void, undefined> {
  const random = createRandom(String(options.seed))
  const district = createDistrict(options, random.fork('district'))
  const stories = planStories(options, district, random.fork('stories'))
  const firstDay = dayOf(options.start)
  const shareUntil = dayShares(firstDay, options.days)
  const total = options.transactions
  let storiesLeft = [...stories.values()].reduce((sum, payments) => sum + payments.length, 0)
  let reached = 0
  for (let offset = 0; offset < options.days && reached < total; offset += 1) {
    const day = firstDay + offset
    const told = stories.get(day) ?? []
    stories.delete(day)
    storiesLeft -= told.length
    const target = offset === options.days - 1 ? total : Math.round(total * (shareUntil[offset] ?? 1))
    const ahead = Math.min(total, target + (daysAheadMax * total) / options.days)
    const room = Math.floor(ahead) - storiesLeft - reached - told.length
    const planned = [...told, ...thinned(routineOf(district, day, random.fork(`routine/${day}`)), room)]
    planned.sort((a, b) => a.at - b.at)
    // Everyday life fills up to the day's share; when a day's plan exceeds it, the next days have less to fill.
    const fill = Math.max(0, target - reached - planned.length)
    for (const payment of merge(planned, everydayOf(district, day, fill, random.fork(`everyday/${day}`)))) {
      if (reached === total) return
      yield payment
      reached += 1
    }
  }
}

/** Pay days may run ahead of their share by so many days' rows; in a simulation too small for its plans the rest is left out. */
const daysAheadMax = 3

/** At most `room` payments, left out evenly. */
function thinned(payments: Payment[], room: number): Payment[] {
  if (payments.length <= room) return payments
  const kept = Math.max(0, room) / payments.length
  return payments.filter((_, index) => Math.floor((index + 1) * kept) > Math.floor(index * kept))
}

/** Share of all rows until the end of each day: weekends see a fifth more. */
function dayShares(firstDay: Day, days: number): number[] {
  const weights = Array.from({ length: days }, (_, offset) => (weekdayOf(firstDay + offset) >= 5 ? 6 : 5))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  return weights.map((weight) => (sum += weight) / total)
}

/** Merges two streams in order of time; at the same time the planned one comes first. */
function* merge(
  planned: readonly Payment[],
  everyday: Iterable<Payment>,
): Generator<Payment, void, undefined> {
  let next = 0
  for (const payment of everyday) {
    for (let other = planned[next]; other !== undefined && other.at <= payment.at; other = planned[next]) {
      yield other
      next += 1
    }
    yield payment
  }
  while (next < planned.length) {
    const other = planned[next++]
    if (other !== undefined) yield other
  }
}
