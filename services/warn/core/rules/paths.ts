/** Paths of money as a rule sees them: which payments make one, and which of those that a subject holds end with one of its flows. Pure. */
import { minorUnits } from '../../../platform/money/money.ts'
import { isIncoming, ownBit } from '../flow.ts'
import type { StoredFlow } from '../flow.ts'
import type { HeldPath } from '../paths/held-paths.ts'
import type { RateTable } from '../rates.ts'
import type { Subject } from '../subject.ts'
import { channels, kinds } from '../wire/transaction.ts'
import { fenAt } from './money.ts'
import type { RuleSpec } from './schema.ts'
import type { Reach } from './windows.ts'

/** Ratios are compared in whole numbers: so many parts make one. */
const parts = 10_000

/** What a rule demands of a path. */
export interface PathSpec {
  readonly shape: 'chain' | 'cycle'
  readonly paymentsMin: number
  readonly paymentsMax: number
  /** Each payment over the one before, in parts of ten thousand. */
  readonly hopMin: number
  readonly hopMax: number
  /** Each payment over the first, in parts of ten thousand. */
  readonly retainedMin: number
  /** First payment, fen. */
  readonly startMin: number
  /** A path lies within the window that ends with its last payment. */
  readonly reach: Reach
}

/** Whether payments, from the first on, are a path or the beginning of one. A payment without a rate (NaN) is on no path. */
export function fits(spec: PathSpec, fens: readonly number[], times: readonly number[]): boolean {
  const count = fens.length
  const first = fens[0] ?? Number.NaN
  if (count > spec.paymentsMax || !(first >= spec.startMin)) return false
  if (!((times[0] ?? Number.NaN) > spec.reach.start(times[count - 1] ?? Number.NaN))) return false
  for (let at = 1; at < count; at += 1) {
    const before = fens[at - 1] ?? Number.NaN
    const share = parts * (fens[at] ?? Number.NaN)
    if (!(share >= spec.hopMin * before && share <= spec.hopMax * before)) return false
    if (share < spec.retainedMin * first) return false
    if (!((times[at] ?? Number.NaN) > (times[at - 1] ?? Number.NaN))) return false
  }
  return true
}

/** The paths of one rule. */
export interface CompiledPath {
  readonly spec: PathSpec
  /** Paths that end with the flow at `index`, the most telling first: the largest first payment, then the most payments, then by name. */
  endings(subject: Subject, index: number): readonly HeldPath[]
  /** The payments of the most telling one; those on the way to the subject count as received, those from it on as paid. */
  story(subject: Subject, index: number): StoredFlow[]
  /** CNY of the largest first payment of the paths that end with a flow, fen; NaN when none does. */
  start(subject: Subject, index: number): number
  /** The most payments of the paths that end with a flow; NaN when none does. */
  payments(subject: Subject, index: number): number
}

/** Compiles what a rule says about paths; undefined when it says nothing. */
export function compilePath(rule: RuleSpec, reach: Reach, rates: RateTable): CompiledPath | undefined {
  if (rule.path === undefined) return undefined
  const { shape, payments, hop, retained = 0, start } = rule.path
  const startMin = minorUnits(start, 'CNY')
  if (typeof startMin !== 'number') throw new Error(`start of a path ${start}: ${startMin.detail}`)
  const spec: PathSpec = {
    shape,
    paymentsMin: payments.min,
    paymentsMax: payments.max,
    hopMin: Math.round(parts * hop.min),
    hopMax: Math.round(parts * hop.max),
    retainedMin: Math.round(parts * retained),
    startMin,
    reach,
  }
  return shape === 'chain' ? new Chains(spec, rates) : new Cycles(spec, rates)
}

abstract class Paths implements CompiledPath {
  readonly spec: PathSpec
  protected readonly rates: RateTable
  /** Payments of a path that no token tells: the subject's own. */
  protected abstract readonly own: number

  constructor(spec: PathSpec, rates: RateTable) {
    this.spec = spec
    this.rates = rates
  }

  endings(subject: Subject, index: number): readonly HeldPath[] {
    const { spec, rates, own } = this
    const found: HeldPath[] = []
    for (const path of subject.paths?.list ?? []) {
      if (path.length + own >= spec.paymentsMin && this.ends(path, subject, index)) found.push(path)
    }
    const first = (path: HeldPath): number => path.money(rates)[0] ?? 0
    return found.length < 2
      ? found
      : found.toSorted((a, b) => first(b) - first(a) || b.length - a.length || (a.key < b.key ? -1 : 1))
  }

  protected abstract ends(path: HeldPath, subject: Subject, index: number): boolean

  abstract story(subject: Subject, index: number): StoredFlow[]

  start(subject: Subject, index: number): number {
    return this.endings(subject, index)[0]?.money(this.rates)[0] ?? Number.NaN
  }

  payments(subject: Subject, index: number): number {
    const lengths = this.endings(subject, index).map((path) => path.length + this.own)
    return lengths.length === 0 ? Number.NaN : Math.max(...lengths)
  }
}

/** End with a payment of the subject, to anybody who has not been on the way. */
class Chains extends Paths {
  protected readonly own = 1

  protected ends(path: HeldPath, subject: Subject, index: number): boolean {
    const { spec, rates } = this
    if (path.isHome || isIncoming(subject.bitsAt(index)) || (subject.bitsAt(index) & ownBit) !== 0)
      return false
    const fen = fenAt(rates, subject, index)
    const fens = path.money(rates)
    if (!follows(spec, fens.at(-1) ?? Number.NaN, fen)) return false
    if (!fits(spec, [...fens, fen], [...path.times, subject.timeAt(index)])) return false
    return !path.isPayer(subject.flow(index).counterparty)
  }

  story(subject: Subject, index: number): StoredFlow[] {
    const [path] = this.endings(subject, index)
    const before = path?.token.payments.map((payment) =>
      told(payment, true, payment.payer_id, payment.payer_kind),
    )
    return [...(before ?? []), subject.flow(index)]
  }
}

/** End with a receipt of the subject that paid first. */
class Cycles extends Paths {
  protected readonly own = 0

  protected ends(path: HeldPath, subject: Subject, index: number): boolean {
    const { spec, rates } = this
    return path.isHome && isFlowOf(path, subject, index) && fits(spec, path.money(rates), path.times)
  }

  story(subject: Subject, index: number): StoredFlow[] {
    const [path] = this.endings(subject, index)
    const payments = path?.token.payments ?? []
    const before = payments.flatMap((payment, at) => {
      const payee = payments[at + 1]
      return payee === undefined ? [] : [told(payment, false, payee.payer_id, payee.payer_kind)]
    })
    return [...before, subject.flow(index)]
  }
}

/** Whether a payment may pass on what one before it brought: asked first, because it is quickly answered. */
export function follows(spec: PathSpec, before: number, fen: number): boolean {
  return parts * fen >= spec.hopMin * before && parts * fen <= spec.hopMax * before
}

/** Whether the last payment of a path is the subject's receipt at `index`. */
export function isFlowOf({ last }: HeldPath, subject: Subject, index: number): boolean {
  if (subject.timeAt(index) !== last.event_time || !isIncoming(subject.bitsAt(index))) return false
  const { txnId, sourceId } = subject.flow(index)
  return txnId === last.txn_id && sourceId === last.source_id
}

/** A payment of others, as a warning shows it. */
function told(
  payment: HeldPath['first'],
  incoming: boolean,
  counterparty: string,
  kind: (typeof kinds)[number],
): StoredFlow {
  return {
    time: payment.event_time,
    txnId: payment.txn_id,
    sourceId: payment.source_id,
    bits: (incoming ? 1 : 0) | (kinds.indexOf(kind) << 3) | (channels.indexOf(payment.channel) << 5),
    amount: payment.amount,
    currency: payment.currency,
    counterparty,
  }
}
