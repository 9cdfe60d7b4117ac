/** Around the lines of R10 and R11: sleepers that awake, habits that break. */
import type { Random } from '../../../services/simulate/core/random.ts'
import { anchor, day, draft, hour, midnight, slip, subject } from '../draft.ts'
import type { Draft, Draw } from '../draft.ts'

/** Either way, by transfer or cash. */
function either(random: Random, at: number, minor: number, who: string, channels: readonly string[]): Draft {
  const channel = random.pick(channels)
  return random.chance(0.6)
    ? draft(at, minor, 'X', who, { channel })
    : draft(at, minor, who, 'Y', { channel })
}

/** A flow long ago, nothing for about a year (or about five), then about two million within about 30 days. */
const sleeper: Draw = (random) => {
  const [from, who] = [
    random.pick([anchor(random), midnight('2024-02-29'), midnight('2019-01-15')]) + 10 * hour,
    subject(random),
  ]
  const quietDays = random.pick([363, 364, 365, 365, 366, 367, 500, 1_826, 1_827, 1_828])
  const awake = from + quietDays * day + random.pick([0, -10 * hour, 13 * hour])
  const pieces = random.between(1, 4)
  const last = random.pick([3, 28, 29, 30])
  const drafts = Array.from({ length: pieces }, (_, index) => {
    const at = awake + Math.floor((index * last * day) / Math.max(1, pieces - 1))
    return either(random, at, 2_000_000_00 / pieces + (index === 0 ? slip(random) : 0), who, [
      'transfer',
      'cash',
    ])
  })
  const first = random.chance(0.2)
    ? draft(from, 100, who, who)
    : either(random, from, 5_000_00, who, ['transfer'])
  return {
    aims: ['R10'],
    drafts: [first, ...drafts.map((one) => ({ ...one, minor: Math.round(one.minor) }))],
  }
}

/** Half a year of small receipts, or none, then about 400,000 within ten days: about ten times the average. */
const surge: Draw = (random) => {
  const [from, who] = [anchor(random) + 9 * hour, subject(random)]
  const knownDays = random.pick([189, 190, 191, 200, 250])
  const end = from + knownDays * day
  const drafts: Draft[] = [draft(from, 1_00, who, 'Y')]
  // 18 times ten days; 720,000 in all is a tenth of 400,000 each.
  const sum = random.pick([0, 720_000_00, 720_000_01, 719_999_99, 300_000_00])
  const count = sum === 0 ? 0 : random.between(2, 6)
  for (let index = 0; index < count; index += 1) {
    const minor = Math.floor(sum / count) + (index === 0 ? sum % count : 0)
    const daysBefore = random.pick([10, 11, 40, 90, 150, 188, 189])
    drafts.push(draft(end - daysBefore * day, minor, 'X', who))
  }
  const pieces = random.between(1, 3)
  for (let index = 0; index < pieces; index += 1) {
    const minor = Math.floor(400_000_00 / pieces) + (index === 0 ? 400_000_00 % pieces : 0)
    const at = end - (pieces - 1 - index) * random.pick([1, 4, 5]) * day
    drafts.push(draft(at, minor, 'X', who, { channel: random.pick(['transfer', 'card', 'card', 'cash']) }))
  }
  return { aims: ['R10'], drafts }
}

/** About 30 payments over half a year, then about ten times as much in a month. */
const habit: Draw = (random) => {
  const [from, who] = [anchor(random) + 12 * hour, subject(random)]
  const count = random.between(28, 34)
  const usual = random.pick([2_000_00, 5_000_00, 4_000_00])
  const isEven = random.chance(0.3)
  const drafts = Array.from({ length: count }, (_, index) => {
    const daysIn = isEven ? (index % 30) * 6 : random.int(180)
    const minor = isEven ? usual : usual + random.int(usual)
    return either(random, from + daysIn * day, minor, who, ['transfer', 'cash', 'card'])
  })
  const total = random.pick([200_000_00, 199_999_99, 250_000_00, 10 * 5 * usual, 60_000_00])
  const pieces = random.between(1, 3)
  for (let index = 0; index < pieces; index += 1) {
    const minor = Math.floor(total / pieces) + (index === 0 ? total % pieces : 0)
    drafts.push(
      either(random, from + (180 + index * random.pick([1, 14, 15])) * day, minor, who, ['transfer']),
    )
  }
  return { aims: ['R11'], drafts }
}

/** Parts around the lines of R10 and R11. */
export const stateParts: readonly Draw[] = [sleeper, surge, habit]
