/** Around the lines of R12 and R13: many pay one, one pays many. */
import type { Random } from '../../../services/simulate/core/random.ts'
import { anchor, day, draft, hour, kinds, midnight, minute, slip, subject } from '../draft.ts'
import type { Draft, Draw } from '../draft.ts'

/** Up to 36 people, a few of them twice, pay one account within a span that may be longer than a year. */
const crowd: Draw = (random) => {
  const [from, to, toKind] = [anchor(random), subject(random), random.pick(kinds)]
  const [size, odd] = [random.between(26, 36), random.int(5)]
  const spanDays = random.pick([1, 20, 364, 366, 380])
  const minor = random.pick([1_000_00, 33_333_33, 33_333_34, 40_000_00])
  const drafts = Array.from({ length: size }, (_, index) =>
    draft(
      from + Math.floor((index * spanDays * day) / size) + (spanDays > 1 ? random.int(day) : 0),
      minor,
      index % 9 === odd ? to : `P${index}`,
      to,
      {
        fromKind: index % 7 === odd ? random.pick(['enterprise', 'unknown']) : 'person',
        toKind,
        currency: index % 11 === odd ? random.pick(['USD', 'CHF']) : 'CNY',
      },
    ),
  )
  return { aims: ['R12'], drafts }
}

/** A hundred people, or 150, give or take one. */
const masses: Draw = (random) => {
  const [from, to] = [anchor(random), subject(random)]
  const size = random.pick([99, 100, 149, 150])
  const drafts = Array.from({ length: size }, (_, index) =>
    draft(from + index * 97 * minute, 2_000_00, `M${index}`, to, { toKind: 'enterprise' }),
  )
  return { aims: ['R12'], drafts }
}

function monthsLater(at: number, months: number): number {
  const local = new Date(at + 8 * hour)
  const [year, month] = [local.getUTCFullYear(), local.getUTCMonth() + months]
  const last = new Date(Date.UTC(year, month + 1, 0)).getUTCDate()
  const moved = Date.UTC(year, month, Math.min(local.getUTCDate(), last))
  return moved + ((at + 8 * hour) % day) - 8 * hour
}

/** 29 to 31 people, the first one a calendar year before the last, give or take a millisecond; a million in all, give or take a cent. */
const edge: Draw = (random) => {
  const from =
    midnight(random.pick(['2023-02-28', '2024-02-28', '2024-02-29', '2025-02-28', '2026-03-31'])) + 12 * hour
  const [size, to] = [random.between(29, 31), subject(random)]
  const [slipMs, slipFen] = [slip(random), slip(random)]
  const drafts = Array.from({ length: size }, (_, index) =>
    draft(
      index === size - 1 ? monthsLater(from, 12) + slipMs : from + index * day,
      index === 0 ? 1_000_000_00 - (size - 1) * 30_000_00 + slipFen : 30_000_00,
      `E${index}`,
      to,
      { toKind: 'enterprise' },
    ),
  )
  return { aims: ['R12'], drafts }
}

/** Payouts to one investor: near the edges of distance, evenness and rate; sometimes the principal comes back. */
function investor(random: Random, from: number, to: string, name: string, every: number): Draft[] {
  const principal = 30_000_00
  const payouts = random.pick([3, 3, 3, 4, 4, 2])
  // Per 30 days half a percent to five percent: on the edges, inside, and outside.
  const rate = random.pick([0.005, 0.01, 0.02, 0.03, 0.05, 0.02, 0.004, 0.06])
  const [uneven, drift] = [random.pick([0, 0, 0.05, 0.1, 0.3]), random.pick([0, 0, 0, 3, -3, 4, 0.5])]
  const drafts = [
    draft(from, principal, name, to, { fromKind: random.pick(['person', 'person', 'person', 'unknown']) }),
  ]
  let at = from + random.between(1, 40) * day
  for (let number = 0; number < payouts; number += 1) {
    const minor = Math.round(((principal * rate * every) / 30) * (1 + uneven * (number % 2)))
    drafts.push(draft(at, minor, to, name))
    at += (every + (number === 1 ? drift : 0)) * day
  }
  if (random.chance(0.2)) drafts.push(draft(at, random.pick([15_000_00, 14_999_99]), to, name))
  return drafts
}

/** About ten investors with the same rhythm. */
const interest: Draw = (random) => {
  const [from, to, every] = [anchor(random), subject(random), random.pick([4, 7, 10, 14, 17, 28, 30, 34])]
  const isClean = random.chance(0.5)
  const people = random.between(9, 12)
  const drafts = Array.from({ length: people }, (_, index) => {
    const name = `I${index}`
    const begins = from + index * 13 * minute
    if (!isClean && random.chance(0.3)) return investor(random, begins, to, name, every)
    const minor = 20_00 * every
    const paid = [1, 2, 3].map((time) => draft(begins + time * every * day, minor, to, name))
    return [draft(begins, 30_000_00, name, to), ...paid]
  }).flat()
  return { aims: ['R13'], drafts }
}

/** Parts around the lines of R12 and R13. */
export const crowdParts: readonly Draw[] = [crowd, masses, edge, interest]
