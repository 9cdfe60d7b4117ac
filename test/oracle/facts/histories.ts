/** Random histories of payments and facts, steered to the lines of the rules over facts: windows at their edges, one too few, one fen too little. */
import fc from 'fast-check'
import type { FactContents, FactKind } from '../../../schemas/fact.ts'
import type { Fact, Transaction, WatchList } from '../../../schemas/types.ts'
import { fact } from '../../support/fact.ts'
import { payment } from '../../support/transaction.ts'
import { listLevels } from './recompute.ts'

const hour = 3_600_000
const day = 24 * hour

/** A fact about somebody, before it has an id. */
interface FactDraft {
  readonly about: string
  readonly at: number
  readonly kind: FactKind
  readonly content: Partial<FactContents[FactKind]>
  readonly source?: string
}

interface PaymentDraft {
  readonly at: number
  readonly fen: number
  readonly from: string
  readonly to: string
}

interface Part {
  readonly facts: readonly FactDraft[]
  readonly payments: readonly PaymentDraft[]
}

/** What happened, and where among the payments the facts came. */
export interface FactHistory {
  /** In order of event time. */
  readonly payments: readonly Transaction[]
  /** In order of arrival. */
  readonly facts: readonly Fact[]
  /** For each fact: how many payments came before it. */
  readonly places: readonly number[]
}

/** 00:30 in Shanghai on days where calendars are difficult. */
const anchors = ['2024-02-29', '2025-03-31', '2026-02-10', '2026-03-02'].map((text) =>
  Date.parse(`${text}T00:30:00+08:00`),
)
const anchor = fc.constantFrom(...anchors)
const person = fc.constantFrom('A', 'B')
/** Half an hour before midnight is the day before. */
const nudge = fc.constantFrom(-hour, -1, 0, 1, hour)

/** Suits as plaintiff whose oldest lie at the edge of 24 or 36 months, or as defendant at that of 90 days. */
const suits = fc
  .record({
    about: person,
    end: anchor,
    months: fc.constantFrom(24, 36),
    recent: fc.constantFrom(7, 8, 9, 17, 18, 19),
    nudge,
    role: fc.constantFrom('plaintiff', 'plaintiff', 'defendant'),
    cause: fc.constantFrom('private_lending', 'private_lending', 'private_lending', 'loan_contract'),
  })
  .map(({ about, end, months, recent, nudge: off, role, cause }): Part => {
    const edge = role === 'defendant' ? end - 89 * day - hour : monthsEarlier(end, months)
    const count = role === 'defendant' ? (recent % 3) + 3 : recent
    const times = [edge + off, ...Array.from({ length: count }, (_, index) => end - index * hour)]
    return {
      payments: [],
      facts: times.map((at, index) => {
        const content = { role, cause: index === 1 ? cause : 'private_lending' } as const
        return { about, at, kind: 'lawsuit', content }
      }),
    }
  })

function monthsEarlier(at: number, months: number): number {
  const local = new Date(at + 8 * hour)
  return Date.UTC(local.getUTCFullYear(), local.getUTCMonth() - months, local.getUTCDate(), -8, 30)
}

/** Complaints of few or many, some without a name, the oldest at the edge of 30 days. */
const complaints = fc
  .record({
    about: person,
    end: anchor,
    nudge,
    who: fc.oneof(
      fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 2, maxLength: 4 }),
      fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 10, maxLength: 24 }),
    ),
  })
  .map(({ about, end, nudge: off, who }): Part => ({
    payments: [],
    facts: who.map((number, index) => {
      const at = index === 0 ? end - 29 * day - hour + off : end - index * hour
      return { about, at, kind: 'complaint', content: { complainant: number === 0 ? '' : `C${number}` } }
    }),
  }))

const watchLists = Object.keys(listLevels) as WatchList[]

/** Lists with entries and, where asked for, removals, by two sources; payments after them. */
const entries = (mayRemove: boolean) =>
  fc
    .record({
      about: person,
      end: anchor,
      list: fc.constantFrom(...watchLists),
      steps: fc.array(
        fc.record({
          days: fc.integer({ min: -40, max: 0 }),
          removed: mayRemove ? fc.boolean() : fc.constant(false),
          source: fc.constantFrom('register_a', 'register_b'),
        }),
        { minLength: 1, maxLength: 4 },
      ),
    })
    .map(({ about, end, list, steps }): Part => ({
      payments: [{ at: end + hour, fen: 12_000, from: about, to: 'Z' }],
      facts: steps.map(({ days, removed, source }) => {
        return { about, at: end + days * day, kind: 'list_entry', content: { list, removed }, source }
      }),
    }))

const registrations = fc
  .record({
    about: person,
    end: anchor,
    words: fc.constantFrom<readonly string[]>([], ['理财'], ['财富', '理财']),
    licensed: fc.boolean(),
    days: fc.integer({ min: -400, max: 0 }),
  })
  .map(({ about, end, words, licensed, days }): Part => {
    const content = { words: [...words], licensed }
    return { payments: [], facts: [{ about, at: end + days * day, kind: 'registration', content }] }
  })

/** Accounts that are opened and closed, and sums around the lines before and after. */
const accounts = fc
  .record({
    about: person,
    end: anchor,
    opened: fc.integer({ min: 0, max: 5 }),
    closed: fc.integer({ min: 0, max: 3 }),
    days: fc.constantFrom(0, 14, 15, 16, 29, 30),
    fen: fc.constantFrom(20_000_000, 19_999_999, 50_000_000, 49_999_999),
    isReceipt: fc.boolean(),
    sameAccount: fc.boolean(),
    nudge,
  })
  .map(({ about, end, opened, closed, days, fen, isReceipt, sameAccount, nudge: off }): Part => {
    const of = (kind: 'account_opened' | 'account_closed', count: number): FactDraft[] =>
      Array.from({ length: count }, (_, index) => {
        const at = end - days * day + off + index * 60_000
        return { about, at, kind, content: { account: `K${sameAccount ? index % 2 : index}` } }
      })
    const sides = isReceipt ? { from: 'Z', to: about } : { from: about, to: 'Z' }
    return {
      facts: [...of('account_opened', opened), ...of('account_closed', closed)],
      payments: [
        { ...sides, at: end + hour, fen },
        { ...sides, at: end + 2 * hour, fen },
        { at: end + 3 * hour, fen, from: sides.to, to: sides.from },
      ],
    }
  })

/** A firm that takes in from about ten people and pays some of it to those who act for it. */
const pooling = fc
  .record({
    end: anchor,
    payers: fc.constantFrom(9, 10, 11),
    relation: fc.constantFrom('legal_representative', 'actual_controller', 'insider'),
    fen: fc.constantFrom(4_999_999, 5_000_000, 7_000_000),
    /** Paid to somebody else: nothing, just as much, a fen more. */
    more: fc.constantFrom(undefined, 0, 0, 1),
    since: fc.constantFrom(0, -1, 1),
    days: fc.constantFrom(0, 9, 13, 14, 15, 17),
    until: fc.constantFrom(0, 0, 1, -1),
    // Never two at the same time: nobody could say which is the newest.
    told: fc.integer({ min: 0, max: 10 * day }),
  })
  .map(({ end, payers, relation, fen, more, since, days, until, told }): Part => {
    const paidAt = end + 3 * hour
    const link = {
      relation,
      other_id: 'L',
      from: since === 0 ? 0 : paidAt + since,
      until: until === 0 ? 0 : paidAt + until,
    } as const
    return {
      facts: [{ about: 'E', at: end - 100 * day + told, kind: 'link', content: link }],
      payments: [
        ...Array.from({ length: payers }, (_, index) => {
          const at = index === 0 ? end - days * day : end + index * 60_000
          return { at, fen: 1_000_000, from: `P${index}`, to: 'E' }
        }),
        { at: paidAt, fen, from: 'E', to: 'L' },
        ...(more === undefined ? [] : [{ at: paidAt - hour, fen: fen + more, from: 'E', to: 'Z' }]),
      ],
    }
  })

function kindOf(id: string): 'person' | 'enterprise' {
  return id === 'E' ? 'enterprise' : 'person'
}

function joined(parts: readonly Part[]): { readonly payments: Transaction[]; readonly facts: Fact[] } {
  const payments = parts
    .flatMap((part) => part.payments)
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, fen, from, to }, index) =>
      payment({
        at,
        amount: (fen / 100).toFixed(2),
        from,
        to,
        payer_kind: kindOf(from),
        payee_kind: kindOf(to),
        txn_id: `t${String(index).padStart(4, '0')}`,
      }),
    )
  const facts = parts
    .flatMap((part) => part.facts)
    .map(({ about, at, kind, content, source = 'register_a' }, index) =>
      fact(kind, at, content, { subject_id: about, fact_id: `f${index}`, source_id: source }),
    )
  return { payments, facts }
}

const adding = fc.oneof(suits, complaints, entries(false), accounts)
const any = fc.oneof(suits, complaints, entries(true), registrations, accounts, pooling)

/** All facts before all payments, in event order: what one takes away it takes away in time. */
export const knownBefore: fc.Arbitrary<FactHistory> = fc
  .array(any, { minLength: 1, maxLength: 4 })
  .map((parts) => {
    const { payments, facts } = joined(parts)
    const inOrder = facts.toSorted((a, b) => a.event_time - b.event_time)
    return { payments, facts: inOrder, places: inOrder.map(() => 0) }
  })

/** Facts that only add, in any order, before, between and after the payments. */
export const cameAnyTime: fc.Arbitrary<FactHistory> = fc
  .record({
    // One anchor's payments only: rules at flows look back two months from the newest one.
    parts: fc.array(adding, { minLength: 1, maxLength: 3 }),
    keys: fc.array(fc.nat(), { minLength: 120, maxLength: 120 }),
  })
  .map(({ parts, keys }) => {
    const { payments, facts } = joined(parts)
    const newest = payments.at(-1)?.booked_at ?? 0
    const recent = payments.filter(({ booked_at: at }) => at > newest - 50 * day)
    const shuffled = facts
      .map((one, index) => ({ one, key: keys[index % keys.length] ?? 0 }))
      .toSorted((a, b) => a.key - b.key)
      .map(({ one }) => one)
    return {
      payments: recent,
      facts: shuffled,
      places: shuffled.map((_, index) => (keys[(7 * index) % keys.length] ?? 0) % (recent.length + 1)),
    }
  })
