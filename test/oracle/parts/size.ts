/** Around the lines of R01 to R05: single payments, busy days, payments that come late, noise. */
import type { Random } from '../../../services/simulate/core/random.ts'
import {
  anchor,
  channels,
  countries,
  currencies,
  day,
  draft,
  hour,
  kinds,
  minute,
  slip,
  subject,
} from '../draft.ts'
import type { Draft, Draw } from '../draft.ts'

function anything(random: Random, at: number, minor: number): Draft {
  const someone = (): string => (random.chance(0.5) ? subject(random) : `P${random.int(40)}`)
  return draft(at, minor, someone(), someone(), {
    fromKind: random.pick(kinds),
    toKind: random.pick(kinds),
    channel: random.pick(channels),
    country: random.pick(countries),
    currency: random.pick(currencies),
  })
}

const million = [999_999_99, 1_000_000_00, 140_845_07, 140_845_08, 128_205_12, 128_205_13] as const

/** One payment of about a million, here or abroad. */
const single: Draw = (random) => ({
  aims: ['R01'],
  drafts: [anything(random, anchor(random) + random.int(400 * 1_440) * minute, random.pick(million))],
})

/** Whatever. */
const noise: Draw = (random) => ({
  aims: [],
  drafts: Array.from({ length: random.between(1, 12) }, () =>
    anything(random, anchor(random) + random.int(20 * 1_440) * minute, 1 + random.int(2_000_000_00)),
  ),
})

const daily = [100_000_00, 166_666_67, 166_666_66, 249_999_99, 250_000_00, 500_000_00, 1_000_000_00] as const

/** Several payments by one subject within two days whose sums come near the daily lines. */
const busyDay: Draw = (random) => {
  const from = anchor(random)
  const who = subject(random)
  const kind = random.pick(['person', 'enterprise', 'unknown'])
  const drafts = Array.from({ length: random.between(1, 9) }, () => {
    const [at, isOut] = [from + random.int(2_880) * minute, random.chance(0.5)]
    return draft(at, random.pick(daily), isOut ? who : 'SHOP', isOut ? 'SHOP' : who, {
      fromKind: isOut ? kind : 'institution',
      toKind: isOut ? 'institution' : kind,
      channel: random.pick(channels),
      country: random.pick(countries),
      currency: random.pick(currencies),
    })
  })
  return { aims: [kind === 'enterprise' ? 'R03' : 'R02'], drafts }
}

interface DayLine {
  readonly rule: string
  readonly line: number
  readonly currency: string
  readonly kind: string
  readonly channel: string
  readonly country: string
}

const [transfer, home] = [{ channel: 'third_party' }, { country: '' }] as const
const [person, firm, nobody] = [{ kind: 'person' }, { kind: 'enterprise' }, { kind: 'unknown' }] as const
const [yuan, dollars] = [{ currency: 'CNY' }, { currency: 'USD' }] as const
const cash = { rule: 'R04', channel: 'cash' } as const
const abroad = { rule: 'R05', channel: 'card', country: 'HK', ...person } as const

/** In minor units. */
const dayLines: readonly DayLine[] = [
  { rule: 'R02', line: 500_000_00, ...person, ...yuan, ...transfer, ...home },
  { rule: 'R02', line: 100_000_00, ...person, ...dollars, ...transfer, country: 'CN' },
  { rule: 'R03', line: 2_000_000_00, ...firm, ...yuan, ...transfer, country: 'US' },
  { rule: 'R03', line: 200_000_00, ...firm, ...dollars, ...transfer, ...home },
  { line: 50_000_00, ...cash, ...person, ...yuan, ...home },
  { line: 50_000_00, ...cash, ...nobody, ...yuan, country: 'US' },
  { line: 10_000_00, ...cash, ...firm, ...dollars, ...home },
  { line: 300_000_00, ...cash, ...person, ...yuan, ...home },
  { line: 300_000_00, ...cash, ...nobody, ...yuan, ...home },
  { line: 500_000_00, ...cash, ...firm, ...yuan, ...home },
  { line: 200_000_00, ...abroad, ...yuan },
  { line: 10_000_00, ...abroad, ...dollars },
]

/** The money of one day in one currency, on the line or a cent off; the last payment at the day's last or the next day's first moment. */
const exactDay: Draw = (random) => {
  const [from, who] = [anchor(random), subject(random)]
  const { rule, line, kind, ...more } = random.pick(dayLines)
  const half = line / 2
  const last = random.pick([12 * hour, day - 1, day - 1, day])
  const sides = { fromKind: kind, toKind: 'institution', ...more }
  return {
    aims: [rule],
    drafts: [
      draft(from + random.pick([0, 7 * hour]), half, who, 'SHOP', sides),
      draft(from + last, half + slip(random), who, 'SHOP', sides),
    ],
  }
}

/** Hourly payments, and in the end some that were made hours before: beyond the lateness, or within it by a hair. */
const late: Draw = (random) => {
  const from = anchor(random)
  const who = subject(random)
  const steady = Array.from({ length: 12 }, (_, index) => draft(from + index * hour, 30_000_00, 'P1', who))
  const tardy = Array.from({ length: random.between(1, 4) }, () => {
    const at = from + random.int(11) * hour + random.pick([0, 1, 30 * minute])
    const minor = random.pick([48_000_00, 450_000_00, 999_999_99, 1_000_000_00])
    const [payer, payee] = random.chance(0.5) ? [who, 'P2'] : ['P2', who]
    return draft(at, minor, payer, payee, {
      channel: random.pick(channels),
      lateBy: from + 12 * hour - at,
    })
  })
  return { aims: ['R01', 'R02', 'late'], drafts: [...steady, ...tardy] }
}

/** Parts around the lines of R01 to R05; the exact ones twice as often, because they have many lines to share. */
export const sizeParts: readonly Draw[] = [single, noise, busyDay, exactDay, exactDay, late]
