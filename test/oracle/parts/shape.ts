/** Around the lines of R07, R08 and R09: money that goes straight on. */
import type { Random } from '../../../services/simulate/core/random.ts'
import { anchor, day, draft, hour, kinds, minute, slip, subject } from '../draft.ts'
import type { Draft, Draw } from '../draft.ts'

/** In and out again within about a window; amounts on the lines of 80 % and 120 %, a fen off now and then; ties in time. */
function through(random: Random, from: number, who: string): Draft[] {
  const received = random.pick([50_000_00, 49_999_99, 50_000_00, 100_000_00])
  const parts = random.between(1, 3)
  const kind = random.pick(['person', 'person', 'enterprise', 'unknown'])
  const incoming = Array.from({ length: parts }, (_, index) => {
    const minor = Math.floor(received / parts) + (index === 0 ? received % parts : 0)
    return draft(from + random.int(3) * minute, minor, `P${index}`, who, { toKind: kind })
  })
  const share = random.pick([0.8, 0.8, 0.9, 1, 1.2, 1.2, 1.3, 0.5])
  const gap = random.pick([0, 10 * minute, 30 * minute - 1, 30 * minute, 5 * hour, day - 1, day])
  const outgoing = Math.floor(received * share) + slip(random)
  const pieces = random.between(1, 2)
  const paid = Array.from({ length: pieces }, (_, index) => {
    const minor = Math.floor(outgoing / pieces) + (index === 0 ? outgoing % pieces : 0)
    return draft(from + gap + index, minor, who, `Q${index}`, { fromKind: kind, toKind: random.pick(kinds) })
  })
  return [...incoming, ...paid]
}

/** Once. */
const once: Draw = (random) => ({
  aims: ['R09'],
  drafts: through(random, anchor(random) + random.int(1_440) * minute, subject(random)),
})

/** On some days of about three weeks. */
const often: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const drafts: Draft[] = []
  for (let count = random.between(2, 5); count > 0; count -= 1) {
    const at = from + random.pick([0, 1, 2, 5, 8, 9, 11, 13, 14, 15, 16, 20]) * day + 10 * hour
    drafts.push(
      draft(at, 60_000_00, 'P1', who),
      draft(at + random.pick([20 * minute, 3 * hour, 23 * hour]), 55_000_00, who, 'Q1'),
    )
  }
  return { aims: ['R09'], drafts }
}

/** Many small movements between a few within a day or two. */
const lively: Draw = (random) => {
  const from = anchor(random)
  const names = ['S', 'T', 'U', 'V']
  const drafts = Array.from({ length: random.between(5, 30) }, () =>
    draft(
      from + random.int(2_000) * minute,
      random.pick([120_00, 41_000_00, 45_000_00, 49_999_99, 50_000_00, 60_000_00, 58_000_00]),
      random.pick(names),
      random.pick(names),
      { channel: random.pick(['transfer', 'cash']) },
    ),
  )
  return { aims: ['R09'], drafts }
}

/** Splits a sum into whole parts, the first taking what is left over. */
function split(sum: number, parts: number): number[] {
  return Array.from(
    { length: parts },
    (_, index) => Math.floor(sum / parts) + (index === 0 ? sum % parts : 0),
  )
}

/** Many to one to few, or few to one to many, within about 30 days or about five working days. */
const hub: Draw = (random) => {
  const [from, who, isGathering] = [anchor(random), subject(random), random.chance(0.5)]
  const isLarge = random.chance(0.6)
  const many = isLarge ? random.between(14, 17) : random.between(2, 5)
  const few = random.pick([1, 2, 2, 3])
  const spanDays = isLarge ? random.pick([10, 28, 29, 30]) : random.pick([2, 4, 6, 7, 8, 11])
  const received = isLarge
    ? random.pick([1_000_000_00, 999_999_99])
    : random.pick([50_000_00, 49_999_99, 80_000_00])
  const share = isLarge ? 1 : random.pick([0.8, 0.8, 0.79, 1, 1.2, 1.2, 1.21])
  const [payers, payees] = isGathering ? [many, few] : [few, many]
  const half = Math.floor((spanDays * day) / 2)
  const moment = (index: number, count: number): number =>
    Math.floor((index * half) / count) + random.int(8) * hour
  const incoming = split(received, payers).map((minor, index) =>
    draft(from + moment(index, payers), minor, `A${index}`, who, { fromKind: random.pick(kinds) }),
  )
  const outgoing = split(Math.round(received * share) + (isLarge ? 0 : slip(random)), payees).map(
    (minor, index) =>
      draft(from + spanDays * day - moment(index, payees), minor, who, `B${index}`, {
        toKind: random.pick(kinds),
        channel: random.pick(['transfer', 'cash']),
      }),
  )
  return { aims: [isGathering ? 'R07' : 'R08'], drafts: [...incoming, ...outgoing] }
}

/** Parts around the lines of R07, R08 and R09. */
export const shapeParts: readonly Draw[] = [once, often, lively, hub, hub]
