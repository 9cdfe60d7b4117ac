/** Around the lines of R06, R16 and R17: payments just below a reporting line, round ones, the same again and again. */
import type { Random } from '../../../services/simulate/core/random.ts'
import { anchor, day, draft, hour, minute, subject } from '../draft.ts'
import type { Draft, Draw } from '../draft.ts'

interface Line {
  readonly line: number
  readonly kind: string
  readonly channel: string
  readonly country: string
}

const lines: readonly Line[] = [
  { line: 50_000_00, kind: 'person', channel: 'cash', country: '' },
  { line: 50_000_00, kind: 'enterprise', channel: 'cash', country: 'US' },
  { line: 200_000_00, kind: 'person', channel: 'transfer', country: 'US' },
  { line: 500_000_00, kind: 'person', channel: 'card', country: 'CN' },
  { line: 2_000_000_00, kind: 'enterprise', channel: 'transfer', country: '' },
]

/** On both edges of [80 %, 100 %), inside, and outside. */
function nearly(random: Random, { line }: Line): number {
  return random.pick([0.8 * line, line - 1, 0.9 * line, 0.95 * line, 0.8 * line - 1, line])
}

function paid(
  random: Random,
  at: number,
  who: string,
  minor: number,
  { kind, channel, country }: Line,
): Draft {
  const isOut = random.chance(0.8)
  const to = random.chance(0.05) ? who : 'SHOP'
  const sides = { fromKind: kind, toKind: kind, channel, country }
  return isOut ? draft(at, minor, who, to, sides) : draft(at, minor, 'SHOP', who, sides)
}

/** A few on one day. */
const sameDay: Draw = (random) => {
  const [from, who, line] = [anchor(random), subject(random), random.pick(lines)]
  const drafts = Array.from({ length: random.between(3, 5) }, () =>
    paid(random, from + random.int(1_440) * minute, who, nearly(random, line), line),
  )
  return { aims: ['R06'], drafts }
}

/** One a day, mostly, on days off or not, with a gap here and there. */
const inARow: Draw = (random) => {
  const [from, who, line] = [anchor(random), subject(random), random.pick(lines)]
  const drafts: Draft[] = []
  for (let number = 0; number < random.between(4, 16); number += 1) {
    if (random.chance(0.45)) continue
    const at = from + number * day + random.pick([0, 9 * hour, day - 1])
    drafts.push(
      draft(at, 0.9 * line.line, who, 'SHOP', { ...line, fromKind: line.kind, toKind: 'institution' }),
    )
  }
  return { aims: ['R06'], drafts }
}

/** About ten within about thirty days, and about two for three others. */
const inAMonth: Draw = (random) => {
  const [from, who, line] = [anchor(random), subject(random), random.pick(lines)]
  const spanDays = random.pick([20, 29, 30, 31, 45])
  const near = random.between(9, 13)
  const drafts = Array.from({ length: near + random.between(4, 10) }, (_, index) => {
    const at = from + Math.floor(((index % near) * spanDays * day) / (near - 1)) + random.int(600) * minute
    const close = random.chance(0.05) ? 0.9 * line.line - 1 : random.pick([0.9, 0.95, 0.99]) * line.line
    const minor = index < near ? close : 1_000_00
    return draft(at, minor, who, 'SHOP', { ...line, fromKind: line.kind, toKind: 'institution' })
  })
  return { aims: ['R06'], drafts }
}

/** About ten receipts within about 30 days, about seven of ten in whole multiples of 500. */
const round: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const count = random.between(9, 14)
  const lastDay = random.pick([5, 28, 29, 30])
  const roundOnes = Math.round(count * 0.7) + random.between(-1, 1)
  const drafts = Array.from({ length: count }, (_, index) => {
    const at = from + Math.floor((index * lastDay * day) / (count - 1)) + random.int(60) * minute
    const minor =
      index % count < roundOnes
        ? random.pick([500_00, 1_000_00, 15_500_00])
        : random.pick([500_01, 499_00, 1_250_00])
    const currency = random.chance(0.04) ? 'USD' : 'CNY'
    return draft(at, minor, random.chance(0.05) ? who : `R${index}`, who, { currency })
  })
  return { aims: ['R16'], drafts }
}

/** About three payments to one, about a tenth apart, about 5,000 or more, within about five working days. */
const alike: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const amount = random.pick([5_000_00, 5_000_00, 9_000_00, 30_000_00])
  const isOut = random.chance(0.5)
  const drafts = Array.from({ length: random.between(2, 5) }, (_, index) => {
    const at = from + index * random.pick([hour, day, 2 * day, 3 * day]) + random.int(9) * hour
    const minor = Math.round(amount * random.pick([1, 1, 1, 1.1, 0.9, 1.11])) + random.pick([0, 0, -1, 1])
    const other = random.chance(0.9) ? 'K' : 'L'
    const more = {
      channel: random.pick(['transfer', 'cash', 'card']),
      currency: random.chance(0.03) ? 'EUR' : 'CNY',
    }
    return isOut || random.chance(0.05)
      ? draft(at, minor, who, other, more)
      : draft(at, minor, other, who, more)
  })
  return { aims: ['R17'], drafts }
}

/** Parts around the lines of R06, R16 and R17. */
export const avoidanceParts: readonly Draw[] = [sameDay, inARow, inAMonth, round, alike]
