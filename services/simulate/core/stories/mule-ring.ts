/** A mule ring: victims pay to several persons, who pass it on within minutes, over a second layer, to be cashed far away. Pure. */
import type { Day } from '../../../platform/calendar/day.ts'
import { someRegion } from '../district.ts'
import { minutesAfter, timeBetween } from '../moments.ts'
import type { Party, Payment } from '../transaction.ts'
import { schemeId, script, sized, yuan } from './stage.ts'
import type { Act, Stage } from './stage.ts'

/** Tells one ring: two to four busy afternoons. */
export function muleRing(stage: Stage, number: number): Payment[] {
  const { random, cast } = stage
  const label = { typology: 'mule_ring', scheme_id: schemeId('mule', number), is_laundering: true }
  const { payments, add } = script(label)
  const mules = Array.from({ length: random.between(3, 5) }, () => cast.person(someRegion(random)))
  const hub = cast.person(someRegion(random))
  const exit = [cast.person(''), cast.person('')]
  const episodes = random.between(2, 4)
  const day = stage.firstDay + random.int(Math.max(1, stage.days - episodes * 2))
  for (const mule of mules) {
    add({
      at: timeBetween(day, 9, 10, random),
      payer: hub,
      payee: mule,
      amount: 100 + random.int(800),
      remark: '测试',
    })
  }
  for (let episode = 0; episode < episodes; episode += 1) {
    runEpisode(stage, day + episode * random.between(1, 2), { mules, hub, exit }, add)
  }
  return payments
}

interface Ring {
  readonly mules: readonly Party[]
  readonly hub: Party
  readonly exit: readonly Party[]
}

function runEpisode(stage: Stage, day: Day, ring: Ring, add: (act: Act) => void): void {
  const { random } = stage
  for (const mule of ring.mules) {
    let at = timeBetween(day, 11, 20, random)
    let gathered = 0
    for (let victims = sized(stage, 2, 5); victims > 0; victims -= 1) {
      const amount = random.between(180, 520) * 100 * yuan + random.int(100) * yuan
      add({ at, payer: stage.cast.person(''), payee: mule, amount, remark: '转账' })
      gathered += amount
      at = minutesAfter(at, 1 + random.unit() * 4)
    }
    const passed = Math.floor((gathered * (0.95 + random.unit() * 0.04)) / yuan) * yuan
    at = minutesAfter(at, 2 + random.unit() * 10)
    add({ at, payer: mule, payee: ring.hub, amount: passed, remark: '转账' })
    const left = Math.floor((passed * 0.97) / yuan) * yuan
    add({
      at: minutesAfter(at, 3 + random.unit() * 15),
      payer: ring.hub,
      payee: random.pick(ring.exit),
      amount: left,
      remark: '转账',
    })
  }
}
