/** Around the lines of R20, R27, R29 and R30: other places, other countries, other hours. */
import type { Random } from '../../../services/simulate/core/random.ts'
import { anchor, day, draft, hour, kinds, minute, slip, subject } from '../draft.ts'
import type { Draft, Draw } from '../draft.ts'

/** Chinese ones, and what is none. */
const regions = ['330100', '110000', '440300', '310000', '510100', '420100', ''] as const

/** Payers from about five regions on one day, and most of it goes on within 24 hours. */
const gathered: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const count = random.between(5, 9)
  const start = from + random.pick([8 * hour, 20 * hour, 23 * hour])
  const incoming = Array.from({ length: count }, (_, index) =>
    draft(start + index * random.pick([1, 10, 40]) * minute, 10_000_00, `G${index}`, who, {
      fromRegion: random.chance(0.8) ? (regions[index % 6] ?? '') : random.pick(regions),
      fromKind: random.pick(kinds),
    }),
  )
  const paid = Math.round(count * 10_000_00 * random.pick([0.8, 0.9, 0.79, 1.2, 1.21]))
  const at = start + random.pick([-minute, 2 * hour, 5 * hour, 25 * hour])
  // A receipt after the payment, of the same day or the next.
  const after = draft(at + random.pick([hour, 4 * hour]), 1_00, 'G9', who, {
    fromRegion: random.pick(regions),
  })
  return { aims: ['R20'], drafts: [...incoming, draft(at, paid, who, 'Q'), after] }
}

/** A few yuan after about three days of silence, then about 20,000 within about an hour. */
const tested: Draw = (random) => {
  const [from, who] = [anchor(random) + 10 * hour, subject(random)]
  const before = random.chance(0.7)
    ? [draft(from - random.pick([72 * hour, 72 * hour - 1, 100 * hour]), 300_00, 'N', who)]
    : []
  const test = random.pick([
    draft(from, random.pick([10_00, 10_01, 1]), 'N', who),
    draft(from, random.pick([10_00, 5_00]), who, 'N'),
    draft(from, 10_00, who, who),
  ])
  const pieces = random.between(1, 3)
  const isMixed = random.chance(0.2)
  const large = Array.from({ length: pieces }, (_, index) => {
    const minor = Math.floor(20_000_00 / pieces) + (index === 0 ? (20_000_00 % pieces) + slip(random) : 0)
    const at =
      from +
      (index < pieces - 1 ? index * minute : random.pick([0, 30 * minute, 60 * minute - 1, 60 * minute]))
    return (isMixed && index === 0) || random.chance(0.1)
      ? draft(at, minor, who, 'L')
      : draft(at, minor, 'L', who)
  })
  return { aims: ['R20'], drafts: [...before, test, ...large] }
}

function crossing(random: Random, at: number, minor: number, who: string, country: string): Draft {
  const to = random.chance(0.1) ? who : 'ABROAD'
  const more = { country, currency: random.pick(['CNY', 'CNY', 'USD']) }
  return random.chance(0.5) ? draft(at, minor, who, to, more) : draft(at, minor, 'ABROAD', who, more)
}

/** One to three payments with listed countries and their neighbours within about 30 days. */
const listed: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const drafts = Array.from({ length: random.between(1, 3) }, () => {
    const country = random.pick(['IR', 'KP', 'MM', 'MM', 'TH', 'IQ'])
    return crossing(
      random,
      from + random.pick([0, 1, 28, 29, 30]) * day + random.int(day),
      100_00,
      who,
      country,
    )
  })
  return { aims: ['R29'], drafts }
}

/** About 20 payments abroad and about a million within about 30 days. */
const frequent: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const count = random.between(19, 22)
  const last = random.pick([10, 28, 29, 30])
  const drafts = Array.from({ length: count }, (_, index) => {
    const at = from + Math.floor((index * last * day) / (count - 1))
    const minor = 50_000_00 + (index === 0 ? slip(random) : 0)
    return { ...crossing(random, at, minor, who, random.pick(['US', 'HK'])), currency: 'CNY' }
  })
  return { aims: ['R29'], drafts }
}

/** About five people, about three days, to one abroad or close to the quota at home; or about five withdrawals in about a week. */
const split: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const count = random.between(4, 7)
  const what = random.pick(['abroad', 'at home', 'withdrawn'] as const)
  const last = what === 'withdrawn' ? random.pick([3, 6, 7]) : random.pick([1, 2, 3])
  const drafts = Array.from({ length: count }, (_, index): Draft => {
    const at = from + Math.floor((index * last * day) / (count - 1)) + random.int(2) * hour
    const name = random.chance(0.9) ? `F${index}` : 'F0'
    const fromKind = random.chance(0.95) ? 'person' : 'enterprise'
    if (what === 'abroad') {
      const more = { country: 'HK', fromKind, fromRegion: random.chance(0.95) ? '330100' : '' }
      return draft(at, 5_000_00, name, who, { ...more, currency: random.pick(['CNY', 'USD']) })
    }
    if (what === 'at home') {
      // USD 40,000 to 50,000 at 7.10.
      const minor = random.pick([284_000_00, 355_000_00, 300_000_00, 300_000_00, 283_999_99, 355_000_10])
      return draft(at, minor, name, who, { fromKind, country: random.pick(['', 'CN']) })
    }
    const [currency, minor] = random.pick([
      ['USD', 8_000_00],
      ['USD', 10_000_00],
      ['USD', 9_000_00],
      ['EUR', 9_000_00],
      ['USD', 7_999_99],
      ['USD', 10_000_01],
    ] as const)
    return draft(at, minor, who, 'BANK', { toKind: 'institution', channel: 'cash', currency })
  })
  return { aims: ['R30'], drafts }
}

/** About ten payments of about 1,000 within about a week, about three of ten at night; or about three withdrawals before five. */
const night: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const edges = [0, 5 * hour - 1, 5 * hour, 6 * hour - 1, 6 * hour, 22 * hour - 1, 22 * hour, 23 * hour]
  if (random.chance(0.4)) {
    const drafts = Array.from({ length: random.between(3, 4) }, () => {
      const at =
        from +
        random.pick([0, 1, 3, 6, 7]) * day +
        random.pick([0, 2 * hour, 4 * hour, 5 * hour - 1, 5 * hour, day - 1])
      const minor = random.pick([20_000_00, 20_000_00, 30_000_00, 19_999_99])
      return draft(at, minor, who, 'BANK', {
        channel: random.chance(0.9) ? 'cash' : 'card',
        toKind: 'institution',
      })
    })
    return { aims: ['R27'], drafts }
  }
  const count = random.between(9, 14)
  const nights = Math.round(count * 0.3) + random.between(-1, 1)
  const drafts = Array.from({ length: count }, (_, index) => {
    const clock = index < nights ? random.pick(edges) : random.between(7, 21) * hour
    const at = from + random.pick([0, 1, 2, 3, 4, 5, 6, 6, 7]) * day + clock
    const minor = random.pick([1_000_00, 1_000_00, 2_000_00, 999_99])
    return random.chance(0.5) ? draft(at, minor, who, 'SHOP') : draft(at, minor, 'SHOP', who)
  })
  return { aims: ['R27'], drafts }
}

/** Parts around the lines of R20, R27, R29 and R30. */
export const placeParts: readonly Draw[] = [night, gathered, tested, listed, frequent, split, split]
