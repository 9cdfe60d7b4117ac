/** Money paid back to those who had paid in. Pure. */
import Type from 'typebox'
import { isIncoming } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import type { WindowAggregate } from '../../windows.ts'
import { moneyOf } from '../money.ts'
import { Named, object } from '../schema/parts.ts'
import { acceptedBy, indices } from './metric.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

/** Shape in a rule file. */
export const PaidBackRatioSpec = object({ ...Named, metric: Type.Literal('paid_back_ratio') })
/** Shape in a rule file. */
export const PaidBackPartiesSpec = object({ ...Named, metric: Type.Literal('paid_back_parties') })

interface Move {
  readonly time: number
  readonly isIn: boolean
  /** Fen. */
  readonly fen: number
}

/** What a counterparty got back: fen, and in how many payments. */
interface Back {
  readonly paid: number
  readonly payments: number
}

const nothing: Back = { paid: 0, payments: 0 }

interface Party {
  /** Within the window, in no order. */
  readonly moves: Move[]
  back: Back
}

/** Payments from the moment of the first receipt on. */
function paidSince(moves: readonly Move[]): Back {
  let first = Number.POSITIVE_INFINITY
  for (const { time, isIn } of moves) if (isIn && time < first) first = time
  let paid = 0
  let payments = 0
  for (const { time, isIn, fen } of moves) {
    if (isIn || time < first) continue
    paid += fen
    payments += 1
  }
  return payments === 0 ? nothing : { paid, payments }
}

/** Totals over the counterparties that paid in. */
class PaidBackAggregate implements WindowAggregate {
  private readonly rates: RateTable
  private readonly parties = new Map<number, Party>()
  /** Parties looked at again before the next answer. */
  private readonly stale = new Set<number>()
  /** Paid in by anybody, fen. */
  received = 0
  /** Paid to those who had paid in, fen. */
  paid = 0
  /** Counterparties that paid in and were paid then. */
  count = 0

  constructor(rates: RateTable) {
    this.rates = rates
  }

  /** Whether a counterparty paid in and was paid then. */
  wasPaidBack(party: number): boolean {
    return (this.parties.get(party)?.back.payments ?? 0) > 0
  }

  /** The totals as they are now. */
  current(): this {
    for (const name of this.stale) {
      const party = this.parties.get(name)
      if (party === undefined) continue
      this.total(party.back, -1)
      party.back = paidSince(party.moves)
      this.total(party.back, 1)
      if (party.moves.length === 0) this.parties.delete(name)
    }
    this.stale.clear()
    return this
  }

  private total({ paid, payments }: Back, sign: 1 | -1): void {
    if (payments === 0) return
    this.paid += sign * paid
    this.count += sign
  }

  add(subject: Subject, index: number): void {
    const move = this.moveAt(subject, index)
    const name = subject.partyAt(index)
    const party = this.parties.get(name)
    if (party === undefined) this.parties.set(name, { moves: [move], back: nothing })
    else party.moves.push(move)
    if (move.isIn) this.received += move.fen
    this.stale.add(name)
  }

  remove(subject: Subject, index: number): void {
    const { time, isIn, fen } = this.moveAt(subject, index)
    const name = subject.partyAt(index)
    const moves = this.parties.get(name)?.moves ?? []
    const at = moves.findIndex((move) => move.time === time && move.isIn === isIn && move.fen === fen)
    if (at < 0) return
    moves.splice(at, 1)
    if (isIn) this.received -= fen
    this.stale.add(name)
  }

  private moveAt(subject: Subject, index: number): Move {
    const fen = moneyOf.cny(this.rates, subject, index)
    return { time: subject.timeAt(index), isIn: isIncoming(subject.bitsAt(index)), fen }
  }
}

/** What both metrics have in common, and the value that one of them takes from the totals. */
function paidBack(
  source: MetricSource,
  parts: Pick<Measure, 'unit' | 'cost' | 'bound' | 'grows'>,
  value: (totals: PaidBackAggregate) => number,
): Measure {
  const { reach, pool } = source
  const accepts = acceptedBy(source)
  const shape = pool.shape(source, 'paid back', () => new PaidBackAggregate(pool.rates))
  return {
    ...parts,
    needs: 'cny',
    measure: (subject, index) => value(subject.totals(shape, index).current()),
    story(subject, index) {
      const totals = subject.totals(shape, index).current()
      return indices(subject, reach, index, (at) => {
        const bits = subject.bitsAt(at)
        return accepts[bits] === 1 && !isIncoming(bits) && totals.wasPaidBack(subject.partyAt(at))
      })
    },
  }
}

/** Paid to counterparties that had paid in, over all that was paid in; 0 when nobody paid in. */
export const paidBackRatio: MetricKind = {
  onlyPaid: true,
  compile: (source) =>
    paidBack(
      source,
      { unit: 'ratio', cost: 7, bound: (subject) => (subject.mutualMax > 0 ? Number.POSITIVE_INFINITY : 0) },
      ({ received, paid }) => (received === 0 ? 0 : paid / received),
    ),
}

/** Counterparties that paid in and were paid then. */
export const paidBackParties: MetricKind = {
  onlyPaid: true,
  compile: (source) =>
    paidBack(
      source,
      {
        unit: 'count',
        cost: 6,
        bound: (subject) => subject.mutualMax,
        grows: { by: 'flow', most: (subject) => subject.mutualMax },
      },
      ({ count }) => count,
    ),
}
