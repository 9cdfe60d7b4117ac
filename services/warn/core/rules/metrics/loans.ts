/** Loans that can be told from payments alone: money paid out that came back from the same party with interest. Pure. */
import Type from 'typebox'
import type { Static } from 'typebox'
import { dayMs } from '../../../../platform/calendar/day.ts'
import { isIncoming } from '../../flow.ts'
import type { RateTable } from '../../rates.ts'
import type { Subject } from '../../subject.ts'
import type { WindowAggregate } from '../../windows.ts'
import { fenAt } from '../money.ts'
import { Decimal, Named, object } from '../schema/parts.ts'
import { indices, unbounded } from './metric.ts'
import type { Measure, MetricKind, MetricSource } from './metric.ts'

const Terms = object({
  /** A loan is one of these when what came back covers principal and this much interest a year on what was outstanding. */
  yearly_rate: Type.Number({ exclusiveMinimum: 0 }),
  /** Least principal, CNY. */
  principal_min: Decimal,
  /** Least days from the first payment out to the one that settles the loan. */
  days_min: Type.Number({ minimum: 0 }),
  /** What came back is at most so many times the principal: more is another business. */
  repaid_max: Type.Number({ minimum: 1 }),
})

/** Shape in a rule file. */
export const LoansSpec = object({ ...Named, terms: Terms, metric: Type.Literal('loans') })
/** Shape in a rule file. */
export const BorrowersSpec = object({ ...Named, terms: Terms, metric: Type.Literal('borrowers') })
/** Shape in a rule file. */
export const LentSpec = object({ ...Named, terms: Terms, metric: Type.Literal('lent') })

type TermsSpec = Static<typeof LoansSpec> | Static<typeof BorrowersSpec> | Static<typeof LentSpec>

const yearMs = 365 * dayMs

interface Limits {
  readonly yearlyRate: number
  /** Fen. */
  readonly principalMin: number
  readonly termMsMin: number
  readonly repaidMax: number
}

interface Move {
  readonly time: number
  readonly isBack: boolean
  /** Fen. */
  readonly fen: number
}

/** By time, then money lent before money paid back, then the smaller amount. */
function order(a: Move, b: Move): number {
  return a.time - b.time || Number(a.isBack) - Number(b.isBack) || a.fen - b.fen
}

/** Loans of one party that were settled at the rate, and their principal in fen. */
interface Settled {
  readonly loans: number
  readonly principal: number
}

/**
 * Follows the account of one party. Money paid out when nothing is owed begins a loan, more of it adds to the loan. Interest is counted
 * from move to move on the principal outstanding, rounded to the fen; what comes back pays the interest first. The loan is
 * settled by the payment that covers all. What comes back while nothing is owed is no repayment.
 */
function settledLoans(moves: readonly Move[], limits: Limits): Settled {
  let loans = 0
  let principal = 0
  let begun = 0
  let last = 0
  let lent = 0
  let outstanding = 0
  let interest = 0
  let repaid = 0
  for (const { time, isBack, fen } of moves) {
    if (lent > 0) interest += Math.round((outstanding * limits.yearlyRate * (time - last)) / yearMs)
    else if (isBack) continue
    else begun = time
    last = time
    if (!isBack) {
      lent += fen
      outstanding += fen
      continue
    }
    repaid += fen
    const toPrincipal = Math.max(0, fen - interest)
    interest = Math.max(0, interest - fen)
    outstanding -= toPrincipal
    if (interest > 0 || outstanding > 0) continue
    const isLoan =
      lent >= limits.principalMin && time - begun >= limits.termMsMin && repaid <= limits.repaidMax * lent
    if (isLoan) {
      loans += 1
      principal += lent
    }
    lent = 0
    outstanding = 0
    repaid = 0
  }
  return { loans, principal }
}

const none: Settled = { loans: 0, principal: 0 }

interface Party {
  readonly moves: Move[]
  settled: Settled
}

/** Loans settled at the rate, over all parties. */
class LoanAggregate implements WindowAggregate {
  private readonly limits: Limits
  private readonly rates: RateTable
  private readonly parties = new Map<number, Party>()
  /** Parties looked at again before the next answer. */
  private readonly stale = new Set<number>()
  loans = 0
  borrowers = 0
  /** Principal, fen. */
  lent = 0

  constructor(limits: Limits, rates: RateTable) {
    this.limits = limits
    this.rates = rates
  }

  /** Whether a party settled a loan at the rate. */
  isBorrower(party: number): boolean {
    return (this.parties.get(party)?.settled.loans ?? 0) > 0
  }

  /** The totals as they are now. */
  current(): this {
    for (const name of this.stale) {
      const party = this.parties.get(name)
      if (party === undefined) continue
      this.total(party.settled, -1)
      party.settled = party.moves.length === 0 ? none : settledLoans(party.moves, this.limits)
      this.total(party.settled, 1)
      if (party.moves.length === 0) this.parties.delete(name)
    }
    this.stale.clear()
    return this
  }

  private total({ loans, principal }: Settled, sign: 1 | -1): void {
    if (loans === 0) return
    this.loans += sign * loans
    this.borrowers += sign
    this.lent += sign * principal
  }

  add(subject: Subject, index: number): void {
    const move = this.moveAt(subject, index)
    if (Number.isNaN(move.fen)) return
    const name = subject.partyAt(index)
    let party = this.parties.get(name)
    if (party === undefined) {
      party = { moves: [], settled: none }
      this.parties.set(name, party)
    }
    const { moves } = party
    let at = moves.length
    while (at > 0 && order(move, moves[at - 1] ?? move) < 0) at -= 1
    moves.splice(at, 0, move)
    this.stale.add(name)
  }

  remove(subject: Subject, index: number): void {
    const move = this.moveAt(subject, index)
    const name = subject.partyAt(index)
    const moves = this.parties.get(name)?.moves ?? []
    const at = moves.findIndex((other) => order(move, other) === 0)
    if (at < 0) return
    moves.splice(at, 1)
    this.stale.add(name)
  }

  private moveAt(subject: Subject, index: number): Move {
    const fen = fenAt(this.rates, subject, index)
    return { time: subject.timeAt(index), isBack: isIncoming(subject.bitsAt(index)), fen }
  }
}

function limitsOf({ terms }: TermsSpec): Limits {
  return {
    yearlyRate: terms.yearly_rate,
    principalMin: Math.round(Number(terms.principal_min) * 100),
    termMsMin: terms.days_min * dayMs,
    repaidMax: terms.repaid_max,
  }
}

/** What the three metrics have in common, and the value that one of them takes from the totals. */
function loanMetric(
  source: MetricSource<TermsSpec>,
  parts: Pick<Measure, 'unit' | 'cost' | 'bound' | 'grows'>,
  value: (totals: LoanAggregate) => number,
): Measure {
  const { spec, reach, pool } = source
  const limits = limitsOf(spec)
  const shape = pool.shape(source, ['loans', limits], () => new LoanAggregate(limits, pool.rates))
  return {
    ...parts,
    needs: 'cny',
    measure: (subject, index) => value(subject.totals(shape, index).current()),
    story(subject, index) {
      const totals = subject.totals(shape, index).current()
      return indices(subject, reach, index, (at) => totals.isBorrower(subject.partyAt(at)))
    },
  }
}

/** Loans settled at the rate or above. */
export const loans: MetricKind<Static<typeof LoansSpec>> = {
  onlyReceived: true,
  compile: (source) =>
    loanMetric(
      source,
      {
        unit: 'count',
        cost: 8,
        bound: (subject) => subject.exchangesMax,
        grows: { by: 'flow', most: (subject) => subject.exchangesMax },
      },
      (totals) => totals.loans,
    ),
}

/** Parties that settled such a loan. */
export const borrowers: MetricKind<Static<typeof BorrowersSpec>> = {
  onlyReceived: true,
  compile: (source) =>
    loanMetric(
      source,
      {
        unit: 'count',
        cost: 9,
        bound: (subject) => subject.mutualMax,
        grows: { by: 'flow', most: (subject) => subject.mutualMax },
      },
      (totals) => totals.borrowers,
    ),
}

/** Principal of such loans, fen. */
export const lent: MetricKind<Static<typeof LentSpec>> = {
  isMoney: true,
  onlyReceived: true,
  compile: (source) =>
    loanMetric(source, { unit: 'cny', cost: 10, bound: unbounded }, (totals) => totals.lent),
}
