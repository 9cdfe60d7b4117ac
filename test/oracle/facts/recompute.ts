/**
 * R15, R21, R23, R24, R25 and R28 recomputed from docs/spec/warn.md section 3 alone, without windows that move, without state: every moment looks at
 * all payments and all facts there are. Slow on purpose.
 *
 * Facts are known before the payments and, where one takes away what another gave, came in event order: else it matters when they came.
 */
import { contentOf } from '../../../schemas/fact.ts'
import type { FactContents, FactKind } from '../../../schemas/fact.ts'
import type { Fact, Transaction } from '../../../schemas/types.ts'

const dayMs = 86_400_000
const shanghaiMs = 8 * 3_600_000

/** A fact with what it says. */
interface Known<Kind extends FactKind> {
  readonly at: number
  readonly source: string
  readonly content: FactContents[Kind]
}

/** A payment as one of its two sides sees it; fen. */
interface Side {
  readonly at: number
  readonly isReceipt: boolean
  readonly fen: number
  readonly other: string
  readonly otherKind: string
}

/** Days on which people work. */
export interface Calendar {
  readonly off: readonly string[]
  readonly work: readonly string[]
}

/** Number of the Shanghai day. */
function dayOf(at: number): number {
  return Math.floor((at + shanghaiMs) / dayMs)
}

function dayText(day: number): string {
  return new Date(day * dayMs).toISOString().slice(0, 10)
}

function monthOf(at: number): string {
  return dayText(dayOf(at)).slice(0, 7)
}

/** The same time of day so many calendar months earlier; the last of the month when it has no such day. */
function monthsBefore(at: number, months: number): number {
  const day = new Date(dayOf(at) * dayMs)
  const last = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - months + 1, 0)).getUTCDate()
  const back = Date.UTC(day.getUTCFullYear(), day.getUTCMonth() - months, Math.min(day.getUTCDate(), last))
  return at - (day.getTime() - back)
}

function isWorkingDay(day: number, { off, work }: Calendar): boolean {
  if (off.includes(dayText(day))) return false
  // 1 January 1970 was a Thursday.
  return work.includes(dayText(day)) || (day + 3) % 7 < 5
}

/** First day of the ten working days that end on a day, or on the last working day before it. */
function tenWorkingDaysBack(day: number, calendar: Calendar): number {
  let left = 10
  for (let at = day; ; at -= 1) {
    if (isWorkingDay(at, calendar)) left -= 1
    if (left === 0) return at
  }
}

function sum(sides: readonly Side[]): number {
  return sides.reduce((total, { fen }) => total + fen, 0)
}

/** What is known of one subject. */
class Dossier {
  readonly sides: readonly Side[]
  readonly isEnterprise: boolean
  private readonly facts: readonly Fact[]

  constructor(subject: string, payments: readonly Transaction[], facts: readonly Fact[]) {
    this.facts = facts.filter(({ subject_id: about }) => about === subject)
    this.isEnterprise = payments.some(
      (one) =>
        (one.payer_id === subject && one.payer_kind === 'enterprise') ||
        (one.payee_id === subject && one.payee_kind === 'enterprise'),
    )
    this.sides = payments.flatMap((one): Side[] => {
      const { booked_at: at, amount: fen } = one
      const paid = { at, fen, isReceipt: false, other: one.payee_id, otherKind: one.payee_kind }
      const received = { at, fen, isReceipt: true, other: one.payer_id, otherKind: one.payer_kind }
      return [...(one.payer_id === subject ? [paid] : []), ...(one.payee_id === subject ? [received] : [])]
    })
  }

  of<Kind extends FactKind>(kind: Kind): Known<Kind>[] {
    return this.facts.flatMap((fact) => {
      const known = contentOf(fact)
      if (known.kind !== kind) return []
      return [{ at: fact.event_time, source: fact.source_id, content: known.content as FactContents[Kind] }]
    })
  }

  /** Payments whose day is one of so many that end with a moment's, up to it. */
  within(days: number, moment: number): Side[] {
    return this.sides.filter(({ at }) => at <= moment && dayOf(at) > dayOf(moment) - days)
  }
}

/** Levels of a rule that hold at a moment. */
type Found = readonly (readonly [rule: string, at: number, level: string])[]

/** Levels of the lists that people and firms are put on. */
export const listLevels: Readonly<Record<string, string>> = {
  aml40: 'red',
  fundraiser: 'orange',
  accused: 'orange',
  fraud_card: 'orange',
  professional_lender: 'orange',
  dishonest_debtor: 'yellow',
}

function lists(dossier: Dossier): Found {
  const entries = dossier.of('list_entry')
  const moments = [
    ...entries.filter(({ content }) => !content.removed).map(({ at }) => at),
    ...dossier.sides.map(({ at }) => at),
  ]
  return moments.flatMap((moment) => {
    const before = entries.filter(({ at }) => at <= moment)
    const isOn = before.filter(
      ({ at, source, content: { list, removed } }) =>
        !removed &&
        !before.some((other) => other.source === source && other.content.list === list && other.at > at),
    )
    return isOn.map(({ content: { list } }) => ['R21', moment, listLevels[list] ?? ''] as const)
  })
}

function registrations(dossier: Dossier): Found {
  return dossier
    .of('registration')
    .filter(({ content: { licensed, words } }) => !licensed && words.length > 0)
    .map(({ at }) => ['R23', at, 'yellow'] as const)
}

function suits(dossier: Dossier): Found {
  const all = dossier.of('lawsuit').filter(({ content: { cause } }) => cause === 'private_lending')
  return all.flatMap(({ at: moment }) => {
    const asPlaintiff = (months: number): number =>
      all.filter(
        ({ at, content: { role } }) =>
          role === 'plaintiff' && at <= moment && at > monthsBefore(moment, months),
      ).length
    const asDefendant = all.filter(
      ({ at, content: { role } }) => role === 'defendant' && at <= moment && dayOf(at) > dayOf(moment) - 90,
    ).length
    return [
      ...(asPlaintiff(24) >= 10 ? [['R24', moment, 'yellow'] as const] : []),
      ...(asPlaintiff(36) >= 20 || asDefendant >= 5 ? [['R24', moment, 'orange'] as const] : []),
    ]
  })
}

function complaints(dossier: Dossier): Found {
  const all = dossier.of('complaint')
  return all.flatMap(({ at: moment }) => {
    const within = all.filter(({ at }) => at <= moment && dayOf(at) > dayOf(moment) - 30)
    const people = new Set(within.map(({ content: { complainant } }) => complainant)).size
    return [
      ...(people >= 3 ? [['R25', moment, 'yellow'] as const] : []),
      ...(people >= 10 ? [['R25', moment, 'orange'] as const] : []),
    ]
  })
}

function accounts(dossier: Dossier): Found {
  const opened = dossier.of('account_opened')
  const closed = dossier.of('account_closed')
  const different = (list: readonly Known<'account_opened' | 'account_closed'>[], moment: number): number =>
    new Set(
      list
        .filter(({ at }) => at <= moment && dayOf(at) > dayOf(moment) - 30)
        .map(({ content: { account } }) => account),
    ).size
  return dossier.sides.flatMap(({ at: moment, isReceipt }) => {
    const same = dossier.sides.filter((one) => one.isReceipt === isReceipt && one.at <= moment)
    const openings = opened.filter(({ at }) => at <= moment && dayOf(at) >= dayOf(moment) - 15)
    const first = Math.min(...openings.map(({ at }) => at))
    const since = sum(same.filter(({ at }) => at >= first))
    const month = sum(dossier.within(30, moment).filter((one) => one.isReceipt === isReceipt))
    const isChanging = different(opened, moment) >= 4 || different(closed, moment) >= 2
    const holds = since >= 100_000_000 || (month >= 40_000_000 && isChanging)
    return holds ? [['R28', moment, 'yellow'] as const] : []
  })
}

const acting: readonly string[] = ['legal_representative', 'actual_controller', 'insider']

function pooling(dossier: Dossier, calendar: Calendar): Found {
  if (!dossier.isEnterprise) return []
  const all = dossier.of('link').filter(({ content: { relation } }) => acting.includes(relation))
  // Of several on one pair and relation the newest counts.
  const links = all.filter(
    ({ at, content: { relation, other_id: id } }) =>
      !all.some(
        (other) => other.content.relation === relation && other.content.other_id === id && other.at > at,
      ),
  )
  const actsAt = (other: string, moment: number): boolean =>
    links.some(
      ({ content: { other_id: id, from, until } }) =>
        id === other && moment >= from && (until === 0 || moment < until),
    )
  return dossier.sides.flatMap(({ at: moment }) => {
    const first = tenWorkingDaysBack(dayOf(moment), calendar)
    const within = dossier.sides.filter(({ at }) => at <= moment && dayOf(at) >= first)
    const payers = new Set(
      within
        .filter(({ isReceipt, otherKind }) => isReceipt && otherKind === 'person')
        .map(({ other }) => other),
    ).size
    const paid = within.filter(({ isReceipt }) => !isReceipt)
    const toThem = sum(paid.filter(({ at, other, otherKind }) => otherKind === 'person' && actsAt(other, at)))
    const holds = payers >= 10 && toThem >= 5_000_000 && toThem >= 0.5 * sum(paid)
    return holds ? [['R15', moment, 'orange'] as const] : []
  })
}

/** Lines `rule subject month level`, ascending, each once. */
export function recomputed(
  payments: readonly Transaction[],
  facts: readonly Fact[],
  calendar: Calendar,
): string[] {
  const subjects = new Set([
    ...payments.flatMap((one) => [one.payer_id, one.payee_id]),
    ...facts.map((one) => one.subject_id),
  ])
  const lines = [...subjects].flatMap((subject) => {
    const dossier = new Dossier(subject, payments, facts)
    const found = [
      ...lists(dossier),
      ...registrations(dossier),
      ...suits(dossier),
      ...complaints(dossier),
      ...accounts(dossier),
      ...pooling(dossier, calendar),
    ]
    return found.map(([rule, at, level]) => [rule, subject, monthOf(at), level].join(' '))
  })
  return [...new Set(lines)].toSorted()
}
