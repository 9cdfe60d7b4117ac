/** Single flows of a million through persons' accounts: without explanation, and for homes, which are honest. Pure. */
import { homeRegion, someRegion } from '../district.ts'
import { officeTime } from '../moments.ts'
import type { Payment } from '../transaction.ts'
import { schemeId, script, someResidents, yuan } from './stage.ts'
import type { Stage } from './stage.ts'

/** One payment of 1,000,000 to 2,800,000 yuan to a person, every third exactly a million; most of it leaves days later. */
export function millionFlow(stage: Stage, number: number): Payment[] {
  const { random, cast } = stage
  const label = { typology: 'single_million', scheme_id: schemeId('million', number), is_laundering: true }
  const { payments, add } = script(label)
  const person = cast.person(someRegion(random))
  const payer = number % 2 === 0 ? cast.enterprise(someRegion(random)) : cast.person('')
  const amount = number % 3 === 0 ? 1_000_000 * yuan : random.between(101, 280) * 10_000 * yuan
  const day = stage.firstDay + random.int(Math.max(1, stage.days - 6))
  add({ at: officeTime(day, random), payer, payee: person, amount, remark: '往来款' })
  if (number % 2 === 1) {
    const left = Math.floor((amount * 0.45) / (1000 * yuan)) * 1000 * yuan
    add({
      at: officeTime(day + 3, random),
      payer: person,
      payee: cast.enterprise(''),
      amount: left,
      remark: '投资款',
    })
  }
  return payments
}

/** A family buys a home: relatives help, the price goes to an escrow account or to the seller. Honest, and still a lead. */
export function homePurchase(stage: Stage, number: number): Payment[] {
  const { random, cast } = stage
  const label = { typology: 'n_home_purchase', scheme_id: schemeId('home', number), is_laundering: false }
  const { payments, add } = script(label)
  const [buyer, seller, ...relatives] = someResidents(stage, 5)
  if (buyer === undefined || seller === undefined) return []
  const day = stage.firstDay + random.int(Math.max(1, stage.days - 8))
  for (const relative of relatives) {
    const amount = random.between(8, 28) * 10_000 * yuan
    add({
      at: officeTime(day + random.int(3), random),
      payer: relative,
      payee: buyer,
      amount,
      remark: '购房借款',
    })
  }
  const isNew = number % 3 !== 2
  const payee = isNew ? cast.institution(homeRegion, `预售资金监管账户${number + 1}号`) : seller
  const price = random.between(isNew ? 55 : 75, isNew ? 150 : 220) * 10_000 * yuan
  // Families gather the money first and sign some days later.
  add({
    at: officeTime(day + random.between(5, 7), random),
    payer: buyer,
    payee,
    amount: price,
    remark: '购房款',
  })
  return payments
}
