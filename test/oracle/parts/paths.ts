/** Around the lines of R18 and R19: money that goes from one to the next, and home again or not. */
import { anchor, day, draft, hour, minute, slip } from '../draft.ts'
import type { Draft, Draw } from '../draft.ts'

const firsts = [100_000_00, 99_999_99, 1_000_000_00, 999_999_99, 200_000_00] as const
const steps = [1, 1, 0.95, 0.9, 0.8, 1.05, 0.79, 1.06] as const

/** One to nine payments; each a share of the one before it, on the edges of 80 % and 105 % now and then, at the same moment now and then. */
const path: Draw = (random) => {
  const isCircle = random.chance(0.5)
  const length = random.pick([2, 3, 3, 3, 4, 5, 8, 9])
  const gaps = isCircle
    ? [hour, day, 2 * day, 3 * day, 5 * day]
    : [minute, 2 * hour, 8 * hour, 12 * hour, 12 * hour - 1, 0]
  const gap = random.pick(gaps)
  const isClean = random.chance(0.6)
  let at = anchor(random) + random.int(24) * hour
  let minor: number = random.pick(firsts)
  const drafts: Draft[] = []
  for (let index = 0; index < length; index += 1) {
    const isLast = index === length - 1
    const to = isLast && isCircle ? 'N0' : random.chance(0.04) ? 'N1' : `N${index + 1}`
    const toKind = isLast && random.chance(0.15) ? 'institution' : 'person'
    drafts.push(draft(at, minor, `N${index}`, to, { toKind, country: random.pick(['', 'US']) }))
    at += isClean ? gap : random.pick([gap, 0, 1, hour])
    const step = random.pick(isClean ? [1, 1, 0.95] : steps)
    minor = Math.round(minor * step) + (step === 0.8 || step === 1.05 ? slip(random) : 0)
  }
  return { aims: [isCircle ? 'R18' : 'R19'], drafts }
}

/** Home again with about a million, or a hundred thousand, after about ten working days or at once. */
const circle: Draw = (random) => {
  const length = random.between(3, 5)
  const first = random.pick([1_000_000_00, 1_000_000_00, 999_999_99, 100_000_00])
  const gap = random.pick([hour, day, 2 * day, 4 * day, 6 * day])
  const begins = anchor(random) + random.int(24) * hour
  const drafts = Array.from({ length }, (_, index) =>
    draft(
      begins + index * gap,
      Math.round(first * (1 - 0.05 * index)) + (index === length - 1 ? slip(random) : 0),
      `N${index}`,
      `N${(index + 1) % length}`,
    ),
  )
  return { aims: ['R18'], drafts }
}

/** Parts around the lines of R18 and R19. */
export const pathParts: readonly Draw[] = [path, path, circle]
