/** Which stories are told, and the calendar they are told by. Pure. */
import { dayOf } from '../../platform/calendar/day.ts'
import type { Day } from '../../platform/calendar/day.ts'
import { scaleOf } from './district.ts'
import type { District } from './district.ts'
import type { Random } from './random.ts'
import { dormantAwakening } from './stories/dormant.ts'
import { fundRaising } from './stories/fund-raising.ts'
import { cycle, fanIn, fanOut } from './stories/graph.ts'
import { homePurchase, millionFlow } from './stories/million.ts'
import { muleRing } from './stories/mule-ring.ts'
import type { Stage, Story } from './stories/stage.ts'
import { structuring } from './stories/structuring.ts'
import type { Payment, SimulationOptions } from './transaction.ts'

/** Payments still to come, by Shanghai day; taken once. */
export type Calendar = Map<Day, Payment[]>

/** Share of all rows that stories may take. */
const shareMax = 0.4

/** How often each story is told in the default simulation, the most important first. */
const storyBook: readonly { readonly name: string; readonly count: number; readonly story: Story }[] = [
  { name: 'mule', count: 3, story: muleRing },
  { name: 'structuring', count: 6, story: structuring },
  { name: 'dormant', count: 3, story: dormantAwakening },
  { name: 'million', count: 7, story: millionFlow },
  { name: 'fund', count: 2, story: fundRaising },
  { name: 'home', count: 9, story: homePurchase },
  { name: 'fan-in', count: 3, story: fanIn },
  { name: 'fan-out', count: 3, story: fanOut },
  { name: 'cycle', count: 3, story: cycle },
]

/**
 * Plans every story that fits: first one of each kind, then the others in turn. Only these few rows are held;
 * their number is bounded by the story book and its scale.
 */
export function planStories(options: SimulationOptions, district: District, random: Random): Calendar {
  const calendar: Calendar = new Map()
  const scale = scaleOf(options)
  const firstDay = dayOf(options.start)
  let room = options.transactions * shareMax
  const rounds = Math.max(...storyBook.map(({ count }) => Math.round(count * scale)), 1)
  for (let number = 0; number < rounds; number += 1) {
    for (const { name, count, story } of storyBook) {
      if (number >= Math.max(1, Math.round(count * scale))) continue
      const stage: Stage = {
        cast: district.cast,
        residents: district.residents,
        cashMachines: district.cashMachines,
        random: random.fork(`${name}/${number}`),
        firstDay,
        days: options.days,
        transactions: options.transactions,
      }
      const payments = story(stage, number).filter(({ at }) => isWithin(dayOf(at), firstDay, options.days))
      if (payments.length > room) continue
      room -= payments.length
      for (const payment of payments) enter(calendar, payment)
    }
  }
  return calendar
}

function isWithin(day: Day, firstDay: Day, days: number): boolean {
  return day >= firstDay && day < firstDay + days
}

function enter(calendar: Calendar, payment: Payment): void {
  const day = dayOf(payment.at)
  const payments = calendar.get(day)
  if (payments === undefined) calendar.set(day, [payment])
  else payments.push(payment)
}
