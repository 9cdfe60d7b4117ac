/** Payments of a history before they get ids and a place in the file. */
import type { Random } from '../../services/simulate/core/random.ts'
import type { Row } from './row.ts'

/** Milliseconds. */
export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour

/** A payment; fen or the like in `minor`. */
export interface Draft {
  readonly at: number
  readonly minor: number
  readonly from: string
  readonly to: string
  readonly fromKind: string
  readonly toKind: string
  readonly channel: string
  readonly country: string
  readonly currency: string
  readonly fromRegion?: string
  readonly toRegion?: string
  /** Delivered this long after its time instead of within half an hour. */
  readonly lateBy?: number
}

/** What a part of a history consists of and which rules it was steered to. */
export interface Part {
  readonly drafts: readonly Draft[]
  readonly aims: readonly string[]
}

/** One kind of part. */
export type Draw = (random: Random) => Part

export const kinds = ['person', 'person', 'person', 'enterprise', 'institution', 'unknown'] as const
export const channels = ['transfer', 'transfer', 'cash', 'third_party', 'card', 'unknown'] as const
export const countries = ['', '', '', 'CN', 'US'] as const
export const currencies = ['CNY', 'CNY', 'CNY', 'CNY', 'USD', 'EUR', 'JPY', 'CHF'] as const

const quiet = {
  fromKind: 'person',
  toKind: 'person',
  channel: 'transfer',
  country: '',
  currency: 'CNY',
} as const

/** A domestic transfer between persons unless said otherwise. */
export function draft(
  at: number,
  minor: number,
  from: string,
  to: string,
  more: Partial<Omit<Draft, 'at' | 'minor' | 'from' | 'to'>> = {},
): Draft {
  return { ...quiet, at, minor, from, to, ...more }
}

/** 00:00 of a Shanghai day. */
export function midnight(text: string): number {
  return Date.parse(`${text}T00:00:00+08:00`)
}

/** Days where calendars are difficult: year's end, 29 February, month ends, Spring Festival and its make-up days. */
const anchors = [
  '2023-12-28',
  '2024-02-02',
  '2024-02-27',
  '2025-01-22',
  '2025-02-27',
  '2025-09-26',
  '2026-01-30',
  '2026-02-10',
  '2026-06-01',
]

/** 00:00 of one of the difficult days. */
export function anchor(random: Random): number {
  return midnight(random.pick(anchors))
}

/** One of few subjects that parts share. */
export function subject(random: Random): string {
  return random.pick(['S', 'S', 'T', 'U'])
}

/** −1, 0 or 1 of the unit: just below, at, just above a line. */
export function slip(random: Random, unit = 1): number {
  return random.between(-1, 1) * unit
}

const offsets = ['+08:00', 'Z', '-05:00', '+05:30', '+14:00', '-12:00'] as const
type Offset = (typeof offsets)[number]

/** RFC 3339 with the given offset. */
function written(at: number, offset: Offset): string {
  if (offset === 'Z') return new Date(at).toISOString()
  const sign = offset.startsWith('-') ? -1 : 1
  const shift = sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))) * minute
  return new Date(at + shift).toISOString().replace('Z', offset)
}

function decimals(minor: number, currency: string): string {
  if (currency === 'JPY') return String(Math.ceil(minor / 100))
  return `${Math.floor(minor / 100)}.${String(minor % 100).padStart(2, '0')}`
}

/** A row of the file. Ids do not rise with time, so that ties are decided by the text of the id. */
export function rowOf(one: Draft, id: string, random: Random): Row {
  const withoutId = random.chance(0.3)
  const side = (name: string): [account: string, id: string] =>
    withoutId ? [name, ''] : [`ACC-${name}-${random.int(3)}`, name]
  const [payer_account, payer_id] = side(one.from)
  const [payee_account, payee_id] = side(one.to)
  return {
    txn_id: id,
    booked_at: written(one.at, random.pick(offsets)),
    amount: decimals(one.minor, one.currency),
    currency: one.currency,
    payer_account,
    payer_id,
    payer_kind: one.fromKind,
    payer_region: one.fromRegion ?? '',
    payee_account,
    payee_id,
    payee_kind: one.toKind,
    payee_region: one.toRegion ?? '',
    channel: one.channel,
    country: one.country,
    source_id: 'bank_a',
  }
}
