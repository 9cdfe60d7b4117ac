/** Money paid back to those who paid in. Pure. */
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

/** What went to and fro with one counterparty within the window: fen and numbers of flows. */
interface Exchange {
  received: number
  paid: number
  receipts: number
  payments: number
}

/** Totals over the counterparties that paid in. */
class PaidBackAggregate implements WindowAggregate {
  private readonly rates: RateTable
  private readonly parties = new Map<number, Exchange>()
  /** Paid in by anybody, fen. */
  received = 0
  /** Paid to those who paid in, fen. */
  paidBack = 0
  /** Counterparties that paid in and were paid. */
  count = 0

  constructor(rates: RateTable) {
    this.rates = rates
  }

  /** Whether a counterparty paid in. */
  hasPaidIn(party: number): boolean {
    return (this.parties.get(party)?.receipts ?? 0) > 0
  }

  add(subject: Subject, index: number): void {
    this.change(subject, index, 1)
  }

  remove(subject: Subject, index: number): void {
    this.change(subject, index, -1)
  }

  private change(subject: Subject, index: number, sign: 1 | -1): void {
    const party = subject.partyAt(index)
    const exchange = this.parties.get(party) ?? { received: 0, paid: 0, receipts: 0, payments: 0 }
    this.total(exchange, -1)
    const fen = sign * moneyOf.cny(this.rates, subject, index)
    if (isIncoming(subject.bitsAt(index))) {
      exchange.received += fen
      exchange.receipts += sign
    } else {
      exchange.paid += fen
      exchange.payments += sign
    }
    this.total(exchange, 1)
    if (exchange.receipts + exchange.payments === 0) this.parties.delete(party)
    else this.parties.set(party, exchange)
  }

  private total({ received, paid, receipts, payments }: Exchange, sign: 1 | -1): void {
    this.received += sign * received
    if (receipts === 0 || payments === 0) return
    this.paidBack += sign * paid
    this.count += sign
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
    measure: (subject, index) => value(subject.totals(shape, index)),
    story(subject, index) {
      const totals = subject.totals(shape, index)
      return indices(subject, reach, index, (at) => {
        const bits = subject.bitsAt(at)
        return accepts[bits] === 1 && !isIncoming(bits) && totals.hasPaidIn(subject.partyAt(at))
      })
    },
  }
}

/** Paid to counterparties that paid in, over what they paid in; 0 when nobody did. */
export const paidBackRatio: MetricKind = {
  onlyPaid: true,
  compile: (source) =>
    paidBack(
      source,
      { unit: 'ratio', cost: 7, bound: (subject) => (subject.mutualMax > 0 ? Number.POSITIVE_INFINITY : 0) },
      ({ received, paidBack: paid }) => (received === 0 ? 0 : paid / received),
    ),
}

/** Counterparties that paid in and were paid. */
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
