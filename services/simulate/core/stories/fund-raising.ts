/**
 * An illegal fund-raising scheme: deposits of many persons in fixed multiples, monthly "interest" of 1–1.5 %, growth by
 * new money, the pool moved to a private account, collapse. Pure.
 */
import { startOfDay } from '../../../platform/calendar/day.ts'
import { someRegion } from '../district.ts'
import { inOfficeHours, later, officeTime } from '../moments.ts'
import type { Party, Payment } from '../transaction.ts'
import { schemeId, script, sized, someResidents, yuan } from './stage.ts'
import type { Act, Stage } from './stage.ts'

/** Deposits are multiples of ten thousand yuan. */
const units = [1, 1, 2, 2, 3, 3, 5, 5, 10, 20]
const fronts = ['颐康养老服务', '丰禾农业合作社', '万盈财务咨询', '康宁健康管理', '聚源商务服务']

interface Scheme {
  readonly stage: Stage
  readonly collector: Party
  readonly boss: Party
  /** Days from the first deposit to the end of payouts. */
  readonly span: number
  /** Days between two payouts. */
  readonly interval: number
  /** Per ten thousand and month: 100–150. */
  readonly rate: number
  readonly opened: number
  readonly add: (act: Act) => void
}

/** Tells one scheme from its first deposit to its collapse. */
export function fundRaising(stage: Stage, number: number): Payment[] {
  const { random, cast } = stage
  const typology = 'illegal_fund_raising'
  const { payments, add } = script({ typology, scheme_id: schemeId('fund', number), is_laundering: true })
  const boss = cast.person(someRegion(random))
  const isFirm = number % 2 === 0
  const front = fronts[number % fronts.length] ?? ''
  const name = number < fronts.length ? `${front}有限公司` : `${front}${number + 1}号有限公司`
  const firstDay = stage.firstDay + Math.floor(stage.days * 0.02) + (stage.days > 20 ? random.int(3) : 0)
  const scheme: Scheme = {
    stage,
    boss,
    collector: isFirm ? cast.enterprise(someRegion(random), name) : cast.person(someRegion(random)),
    span: Math.max(1, Math.floor(stage.days * 0.88) - random.int(Math.max(1, Math.floor(stage.days * 0.04)))),
    interval: intervalFor(stage.days),
    rate: random.between(20, 30) * 5,
    opened: startOfDay(firstDay),
    add,
  }
  const investors = sized(stage, 60, 200)
  const residents = someResidents(stage, Math.floor(investors * 0.4))
  for (let index = 0; index < investors; index += 1) {
    const investor = residents[index] ?? cast.person(someRegion(random))
    invest(scheme, investor, index < investors * 0.2)
  }
  drain(scheme, payments)
  return payments
}

/** Monthly where three payouts fit into the period, else fortnightly or weekly. */
function intervalFor(days: number): number {
  if (days >= 105) return 30
  if (days >= 50) return 14
  return days >= 28 ? 7 : Math.max(1, Math.floor(days / 5))
}

/** Founders come early enough to be paid three times; later ones the more, the longer the rumour runs. */
function invest(scheme: Scheme, investor: Party, isFounder: boolean): void {
  const { random } = scheme.stage
  const founding = Math.max(0, scheme.span - 3 * scheme.interval - 1)
  const joins = isFounder
    ? random.unit() * founding
    : founding + Math.max(random.unit(), random.unit()) * (scheme.span - founding)
  const principal = random.pick(units) * 10_000 * yuan
  const at = inOfficeHours(later(scheme.opened, joins))
  scheme.add({ at, payer: investor, payee: scheme.collector, amount: principal, remark: '认购款' })
  payInterest(scheme, investor, principal, at)
  if (!isFounder && random.chance(0.12)) {
    const again = inOfficeHours(later(at, 5 + random.unit() * 20))
    if (again < later(scheme.opened, scheme.span)) {
      scheme.add({
        at: again,
        payer: investor,
        payee: scheme.collector,
        amount: principal,
        remark: '追加认购',
      })
    }
  }
}

function payInterest(scheme: Scheme, investor: Party, principal: number, since: number): void {
  const { random } = scheme.stage
  const interest = Math.round((principal * scheme.rate * scheme.interval) / (10_000 * 30))
  for (let round = 1; ; round += 1) {
    const at = later(since, round * scheme.interval) + random.int(3600) * 1000
    if (at > later(scheme.opened, scheme.span)) return
    scheme.add({ at, payer: scheme.collector, payee: investor, amount: interest, remark: '收益' })
  }
}

/** Every ten days a third of the pool goes to the organiser, at the collapse all of it; the organiser passes it on. */
function drain(scheme: Scheme, payments: readonly Payment[]): void {
  const { stage, collector, boss, add } = scheme
  const { random } = stage
  const far = [stage.cast.person(''), stage.cast.person('')]
  const ordered = payments.toSorted((a, b) => a.at - b.at)
  let pool = 0
  let next = 0
  const step = Math.max(1, Math.round(scheme.span / 10))
  for (let day = step; day <= scheme.span + step; day += step) {
    const at = officeTime(Math.floor((later(scheme.opened, day) + 28_800_000) / 86_400_000), random)
    for (let payment = ordered[next]; payment !== undefined && payment.at < at; payment = ordered[next]) {
      pool += payment.payee === collector ? payment.amount : -payment.amount
      next += 1
    }
    const isCollapse = day > scheme.span
    const wanted = isCollapse ? pool : Math.min(pool / 3, 490_000 * yuan)
    const amount = Math.floor(wanted / (10_000 * yuan)) * 10_000 * yuan
    if (amount <= 0) continue
    pool -= amount
    take(scheme, amount, at)
    if (!isCollapse && !random.chance(0.4)) continue
    const part = Math.ceil((amount * 0.7) / (1000 * yuan)) * 1000 * yuan
    add({
      at: later(at, 2 + random.unit()),
      payer: boss,
      payee: random.pick(far),
      amount: part,
      remark: '借款',
    })
  }
}

/** In parts below 900,000 yuan. */
function take(scheme: Scheme, amount: number, at: number): void {
  const part = 900_000 * yuan
  for (let left = amount, index = 0; left > 0; left -= part, index += 1) {
    const when = at + index * 420_000
    scheme.add({
      at: when,
      payer: scheme.collector,
      payee: scheme.boss,
      amount: Math.min(part, left),
      remark: '往来款',
    })
  }
}
