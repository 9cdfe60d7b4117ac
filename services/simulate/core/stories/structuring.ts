/** Amounts just below the lines (domain.md 3.1 R06): cash below 50,000, persons' transfers below 500,000, firms' below 2,000,000. Pure. */
import type { Day } from '../../../platform/calendar/day.ts'
import { homeRegion, someRegion } from '../district.ts'
import { officeTime } from '../moments.ts'
import type { Party, Payment } from '../transaction.ts'
import { schemeId, script, yuan } from './stage.ts'
import type { Act, Stage } from './stage.ts'

type Variant = (stage: Stage, day: Day, add: (act: Act) => void) => void

/** Tells one case; the variants take turns. */
export function structuring(stage: Stage, number: number): Payment[] {
  const label = { typology: 'structuring', scheme_id: schemeId('structuring', number), is_laundering: true }
  const { payments, add } = script(label)
  const variant = variants[number % variants.length] ?? cashDeposits
  const room = Math.max(1, stage.days - 9)
  variant(stage, stage.firstDay + stage.random.int(room), add)
  return payments
}

/** Between 84 and 99.8 % of a line, in whole hundreds. */
function justBelow(line: number, stage: Stage): number {
  return Math.floor((line * (0.84 + stage.random.unit() * 0.158)) / 100) * 100 * yuan
}

/** Three to five cash deposits a day on three or four days, then the money leaves. */
function cashDeposits(stage: Stage, day: Day, add: (act: Act) => void): void {
  const { random } = stage
  const person = stage.cast.person(someRegion(random))
  const days = random.between(3, 4)
  let total = 0
  for (let offset = 0; offset < days; offset += 1) {
    for (let count = random.between(3, 5); count > 0; count -= 1) {
      const amount = justBelow(50_000, stage)
      total += amount
      const payer = random.pick(stage.cashMachines)
      add({
        at: officeTime(day + offset, random),
        payer,
        payee: person,
        amount,
        channel: 'cash',
        remark: '现金存入',
      })
    }
  }
  const payee = stage.cast.person('')
  const part = Math.floor(total / 2 / (1000 * yuan)) * 1000 * yuan
  add({ at: officeTime(day + days + 1, random), payer: person, payee, amount: part, remark: '货款' })
}

/** One transfer a day just below 500,000 on four to six days. */
function personTransfers(stage: Stage, day: Day, add: (act: Act) => void): void {
  const { random } = stage
  const payer = stage.cast.person(someRegion(random))
  const payees = [stage.cast.person(''), stage.cast.person(someRegion(random))]
  feed(stage, payer, day - 1, add)
  for (let offset = random.between(4, 6); offset > 0; offset -= 1) {
    const amount = justBelow(500_000, stage)
    add({ at: officeTime(day + offset, random), payer, payee: random.pick(payees), amount, remark: '还款' })
  }
}

/** The money that is split comes in first, as a firm's payment. */
function feed(stage: Stage, payee: Party, day: Day, add: (act: Act) => void): void {
  const payer = stage.cast.enterprise(homeRegion)
  const amount = stage.random.between(16, 19) * 50_000 * yuan
  add({ at: officeTime(Math.max(day, stage.firstDay), stage.random), payer, payee, amount, remark: '往来款' })
}

/** Three payments of a firm to one payee on one day, each just below 2,000,000. */
function firmTransfers(stage: Stage, day: Day, add: (act: Act) => void): void {
  const { random } = stage
  const payer = stage.cast.enterprise(homeRegion)
  const payee = stage.cast.enterprise(someRegion(random))
  for (let count = random.between(3, 4); count > 0; count -= 1) {
    add({ at: officeTime(day, random), payer, payee, amount: justBelow(2_000_000, stage), remark: '咨询费' })
  }
}

const variants: readonly Variant[] = [cashDeposits, personTransfers, firmTransfers]
