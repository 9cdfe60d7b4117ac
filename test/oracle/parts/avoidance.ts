/** Around the lines of R06: payments just below a reporting line. */
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

/** Parts around the lines of R06. */
export const avoidanceParts: readonly Draw[] = [sameDay, inARow, inAMonth]
