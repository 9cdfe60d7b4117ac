/** A dormant account that wakes: one small payment at the beginning, months of silence, then large sums in and out within days. Pure. */
import { someRegion } from '../district.ts'
import { officeTime } from '../moments.ts'
import type { Payment } from '../transaction.ts'
import { schemeId, script, yuan } from './stage.ts'
import type { Stage } from './stage.ts'

/** Tells one awakening in the last quarter of the period. */
export function dormantAwakening(stage: Stage, number: number): Payment[] {
  const { random, cast } = stage
  const label = { typology: 'dormant_awakening', scheme_id: schemeId('dormant', number), is_laundering: true }
  const { payments, add } = script(label)
  const owner = cast.person(someRegion(random))
  const senders = [cast.enterprise(someRegion(random)), cast.person('')]
  const receiver = cast.person('')
  const first = random.pick(stage.residents)
  add({
    at: officeTime(stage.firstDay, random),
    payer: first,
    payee: owner,
    amount: random.between(20, 90) * yuan,
    remark: '转账',
  })
  const woken = stage.firstDay + Math.floor(stage.days * (0.76 + random.unit() * 0.16))
  let total = 0
  for (let count = random.between(4, 6); count > 0; count -= 1) {
    const amount = random.between(34, 62) * 10_000 * yuan
    total += amount
    add({
      at: officeTime(woken + random.int(3), random),
      payer: random.pick(senders),
      payee: owner,
      amount,
      remark: '往来款',
    })
  }
  const parts = random.between(2, 3)
  for (let part = 0; part < parts; part += 1) {
    const amount = Math.floor((total * 0.96) / parts / (100 * yuan)) * 100 * yuan
    add({ at: officeTime(woken + 3, random), payer: owner, payee: receiver, amount, remark: '购货' })
  }
  return payments
}
