/** Random histories around the lines of R01, R02, R03 and R12: crowded accounts, busy days, single payments, noise; out of order, any offset. */
import fc from 'fast-check'
import type { Row } from './row.ts'

const minute = 60_000
const day = 86_400_000
const offsets = ['+08:00', 'Z', '-05:00', '+05:30', '+14:00', '-12:00'] as const
const kinds = ['person', 'person', 'person', 'enterprise', 'institution', 'unknown'] as const
const channels = ['transfer', 'transfer', 'cash', 'third_party', 'card', 'unknown'] as const
const countries = ['', '', '', 'CN', 'US'] as const
const currencies = ['CNY', 'CNY', 'CNY', 'CNY', 'USD', 'EUR'] as const

/** A payment before it gets an id and its place in the file. */
interface Draft {
  readonly at: number
  readonly cents: number
  readonly from: string
  readonly to: string
  readonly fromKind: string
  readonly toKind: string
  readonly channel: string
  readonly country: string
  readonly currency: string
  /** How long after its time it is delivered, ms. */
  readonly delay: number
  readonly offset: (typeof offsets)[number]
  readonly withoutId: boolean
}

/** RFC 3339 with the given offset. */
function written(at: number, offset: (typeof offsets)[number]): string {
  if (offset === 'Z') return new Date(at).toISOString()
  const sign = offset.startsWith('-') ? -1 : 1
  const shift = sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))) * minute
  return new Date(at + shift).toISOString().replace('Z', offset)
}

const delivery = {
  delay: fc.integer({ min: 0, max: 30 * minute }),
  offset: fc.constantFrom(...offsets),
  withoutId: fc.boolean(),
}

// Around the year's end, a leap day, and the ends of months.
const start = fc
  .constantFrom('2023-12-28', '2024-02-27', '2025-02-27', '2026-01-30', '2026-06-01')
  .map((text) => Date.parse(`${text}T00:00:00+08:00`))

const person = fc.integer({ min: 0, max: 40 }).map((number) => `P${number}`)

/** Up to 36 people, a few of them twice, pay one account within a span that may be longer than a year. */
const crowd = fc
  .record({
    from: start,
    size: fc.integer({ min: 26, max: 36 }),
    spanDays: fc.constantFrom(1, 20, 364, 366, 380),
    cents: fc.constantFrom(1_000_00, 33_333_33, 33_333_34, 40_000_00),
    toKind: fc.constantFrom(...kinds),
    odd: fc.integer({ min: 0, max: 4 }),
    seedling: fc.array(fc.record({ ...delivery, shift: fc.integer({ min: 0, max: day }) }), {
      minLength: 36,
      maxLength: 36,
    }),
  })
  .map(({ from, size, spanDays, cents, toKind, odd, seedling }): Draft[] =>
    seedling.slice(0, size).map(({ shift, ...rest }, index) => ({
      at: from + Math.floor((index * spanDays * day) / size) + (spanDays > 1 ? shift : 0),
      cents,
      from: index % 9 === odd ? 'HUB' : `P${index}`,
      to: 'HUB',
      fromKind: index % 7 === odd ? 'enterprise' : 'person',
      toKind,
      channel: 'transfer',
      country: '',
      currency: index % 11 === odd ? 'USD' : 'CNY',
      ...rest,
    })),
  )

const noon = 12 * 60 * minute
const monthsLater = (at: number, months: number): number => {
  const local = new Date(at + 8 * 60 * minute)
  const last = new Date(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + months + 1, 0)).getUTCDate()
  const moved = Date.UTC(
    local.getUTCFullYear(),
    local.getUTCMonth() + months,
    Math.min(local.getUTCDate(), last),
  )
  return moved + (at + 8 * 60 * minute - Math.floor((at + 8 * 60 * minute) / day) * day) - 8 * 60 * minute
}

/** 29 to 31 people, the first one a calendar year before the last, give or take a millisecond; a million in all, give or take a cent. */
const edge = fc
  .record({
    from: fc
      .constantFrom('2023-02-28', '2024-02-28', '2024-02-29', '2025-02-28', '2026-03-31')
      .map((text) => Date.parse(`${text}T00:00:00+08:00`) + noon),
    size: fc.integer({ min: 29, max: 31 }),
    slipMs: fc.integer({ min: -1, max: 1 }),
    slipCents: fc.integer({ min: -1, max: 1 }),
    seedling: fc.array(fc.record(delivery), { minLength: 31, maxLength: 31 }),
  })
  .map(({ from, size, slipMs, slipCents, seedling }): Draft[] =>
    seedling.slice(0, size).map((rest, index) => ({
      at: index === size - 1 ? monthsLater(from, 12) + slipMs : from + index * day,
      cents: index === 0 ? 1_000_000_00 - (size - 1) * 30_000_00 + slipCents : 30_000_00,
      from: `E${index}`,
      to: 'EDGE',
      fromKind: 'person',
      toKind: 'enterprise',
      channel: 'transfer',
      country: '',
      currency: 'CNY',
      ...rest,
    })),
  )

/** Several payments by one subject within two days whose sums come near the daily lines. */
const busyDay = fc
  .record({
    from: start,
    who: person,
    kind: fc.constantFrom('person', 'enterprise', 'unknown'),
    payments: fc.array(
      fc.record({
        ...delivery,
        minutes: fc.integer({ min: 0, max: 2_879 }),
        cents: fc.constantFrom(
          100_000_00,
          166_666_67,
          166_666_66,
          249_999_99,
          250_000_00,
          500_000_00,
          1_000_000_00,
        ),
        isOut: fc.boolean(),
        channel: fc.constantFrom(...channels),
        country: fc.constantFrom(...countries),
        currency: fc.constantFrom(...currencies),
      }),
      { minLength: 1, maxLength: 9 },
    ),
  })
  .map(({ from, who, kind, payments }): Draft[] =>
    payments.map(({ minutes, isOut, ...rest }) => ({
      at: from + minutes * minute,
      from: isOut ? who : 'SHOP',
      to: isOut ? 'SHOP' : who,
      fromKind: isOut ? kind : 'institution',
      toKind: isOut ? 'institution' : kind,
      ...rest,
    })),
  )

/** One payment of about a million, and whatever else. */
const single = fc
  .record({
    from: start,
    minutes: fc.integer({ min: 0, max: 400 * 1_440 }),
    cents: fc.oneof(
      fc.constantFrom(999_999_99, 1_000_000_00, 140_845_07, 140_845_08, 128_205_12, 128_205_13),
      fc.integer({ min: 1, max: 2_000_000_00 }),
    ),
    payer: person,
    payee: person,
    fromKind: fc.constantFrom(...kinds),
    toKind: fc.constantFrom(...kinds),
    channel: fc.constantFrom(...channels),
    country: fc.constantFrom(...countries),
    currency: fc.constantFrom(...currencies),
    ...delivery,
  })
  .map(({ from, minutes, payer, payee, ...rest }): Draft[] => [
    { at: from + minutes * minute, from: payer, to: payee, ...rest },
  ])

function rowOf(draft: Draft, index: number): Row {
  const side = (name: string): [account: string, id: string] =>
    draft.withoutId ? [name, ''] : [`ACC-${name}-${index % 3}`, name]
  const [payer_account, payer_id] = side(draft.from)
  const [payee_account, payee_id] = side(draft.to)
  return {
    txn_id: `t${index}`,
    booked_at: written(draft.at, draft.offset),
    amount: `${Math.floor(draft.cents / 100)}.${String(draft.cents % 100).padStart(2, '0')}`,
    currency: draft.currency,
    payer_account,
    payer_id,
    payer_kind: draft.fromKind,
    payee_account,
    payee_id,
    payee_kind: draft.toKind,
    channel: draft.channel,
    country: draft.country,
    source_id: 'bank_a',
  }
}

/** Histories in order of delivery, at most 30 minutes out of order. */
export const histories: fc.Arbitrary<readonly Row[]> = fc
  .array(
    fc.oneof(
      { arbitrary: crowd, weight: 1 },
      { arbitrary: edge, weight: 2 },
      { arbitrary: busyDay, weight: 2 },
      { arbitrary: single, weight: 3 },
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((parts) =>
    parts
      .flat()
      .map((draft, index) => ({ arrives: draft.at + draft.delay, row: rowOf(draft, index) }))
      .toSorted((a, b) => a.arrives - b.arrives)
      .map(({ row }) => row),
  )
