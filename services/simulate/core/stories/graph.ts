/** Shapes that money makes on its way (as AMLSim draws them): many to one, one to many, and round in a circle. Pure. */
import type { Day } from '../../../platform/calendar/day.ts'
import { weekdayOf } from '../../../platform/calendar/day.ts'
import { someRegion } from '../district.ts'
import { officeTime } from '../moments.ts'
import type { Payment } from '../transaction.ts'
import { schemeId, script, sized, yuan } from './stage.ts'
import type { Stage } from './stage.ts'

/** Whole hundreds of yuan, in minor units. */
function some(stage: Stage, low: number, high: number): number {
  return stage.random.between(low / 100, high / 100) * 100 * yuan
}

/** The Monday of some week of the period, or its first day where it has none. */
function someMonday(stage: Stage, daysNeeded: number): Day {
  const day = stage.firstDay + stage.random.int(Math.max(1, stage.days - daysNeeded - 6))
  const monday = day + ((7 - weekdayOf(day)) % 7)
  return monday + daysNeeded <= stage.firstDay + stage.days ? monday : stage.firstDay
}

/** Eight to fourteen people pay one person within four days, who sends nearly all of it on the day after. */
export function fanIn(stage: Stage, number: number): Payment[] {
  const { random, cast } = stage
  const { payments, add } = script({
    typology: 'fan_in',
    scheme_id: schemeId('fan-in', number),
    is_laundering: true,
  })
  const collector = cast.person(someRegion(random))
  const day = someMonday(stage, 5)
  let total = 0
  for (let payers = sized(stage, 8, 14); payers > 0; payers -= 1) {
    const amount = some(stage, 18_000, 46_000)
    total += amount
    const payer = cast.person(someRegion(random))
    add({ at: officeTime(day + random.int(4), random), payer, payee: collector, amount, remark: '转账' })
  }
  const left = Math.floor((total * (0.88 + random.unit() * 0.1)) / (100 * yuan)) * 100 * yuan
  add({
    at: officeTime(day + 4, random),
    payer: collector,
    payee: cast.person(''),
    amount: left,
    remark: '转账',
  })
  return payments
}

/** One large receipt goes out again to eight to fourteen people within four days. */
export function fanOut(stage: Stage, number: number): Payment[] {
  const { random, cast } = stage
  const { payments, add } = script({
    typology: 'fan_out',
    scheme_id: schemeId('fan-out', number),
    is_laundering: true,
  })
  const spreader = cast.person(someRegion(random))
  const day = someMonday(stage, 5)
  const parts = Array.from({ length: sized(stage, 8, 14) }, () => some(stage, 18_000, 46_000))
  const total = parts.reduce((sum, part) => sum + part, 0)
  const received = Math.ceil((total * (1.02 + random.unit() * 0.08)) / (100 * yuan)) * 100 * yuan
  add({
    at: officeTime(day, random),
    payer: cast.person(''),
    payee: spreader,
    amount: received,
    remark: '转账',
  })
  for (const amount of parts) {
    const payee = cast.person(someRegion(random))
    add({ at: officeTime(day + 1 + random.int(4), random), payer: spreader, payee, amount, remark: '转账' })
  }
  return payments
}

/** Four to seven firms pay each other in turn, one a day, until most of the money is back where it began. */
export function cycle(stage: Stage, number: number): Payment[] {
  const { random, cast } = stage
  const { payments, add } = script({
    typology: 'cycle',
    scheme_id: schemeId('cycle', number),
    is_laundering: true,
  })
  const firms = Array.from({ length: random.between(4, 7) }, () => cast.enterprise(someRegion(random)))
  const day = someMonday(stage, firms.length)
  let amount = some(stage, 180_000, 640_000)
  for (const [index, payer] of firms.entries()) {
    const payee = firms[(index + 1) % firms.length] ?? payer
    add({ at: officeTime(day + index, random), payer, payee, amount, remark: '货款' })
    amount = Math.floor((amount * (0.975 + random.unit() * 0.02)) / (100 * yuan)) * 100 * yuan
  }
  return payments
}
