/**
 * Follows money from subject to subject: joins the payments of one subject with what it received before, and with the paths
 * that it was told of, and makes tokens of the longer paths for those who received the payments. Every pair is looked at once,
 * when the later of the two arrives, so the set of tokens does not depend on the order of arrival. Pure.
 */
import type { PathPayment, PathToken } from '../../../../schemas/types.ts'
import { channels, kinds } from '../wire/transaction.ts'
import { factsOf, isIncoming, ownBit } from '../flow.ts'
import type { StoredFlow } from '../flow.ts'
import type { RateTable } from '../rates.ts'
import { fenAt } from '../rules/money.ts'
import { fits, follows, isFlowOf } from '../rules/paths.ts'
import type { PathSpec } from '../rules/paths.ts'
import type { Subject } from '../subject.ts'
import type { HeldPath } from './held-paths.ts'

/** Tokens made of one payment, or with one token, at most: those that were received last, or paid first. */
export const madeMax = 16
/** Flows of a subject looked at for one payment or token, at most. */
export const scannedMax = 4_096

/** What the rules in force say about paths. */
export interface PathRules {
  readonly specs: readonly PathSpec[]
  readonly rates: RateTable
  /** Least first payment, fen. */
  readonly startMin: number
  /** Least payment that can pass a first one on, fen. */
  readonly passMin: number
}

/** Sums up the rules; undefined when none of them is about paths. */
export function pathRulesOf(specs: readonly PathSpec[], rates: RateTable): PathRules | undefined {
  if (specs.length === 0) return undefined
  return {
    specs,
    rates,
    startMin: Math.min(...specs.map(({ startMin }) => startMin)),
    passMin: Math.min(...specs.map(({ startMin, hopMin }) => (startMin * hopMin) / 10_000)),
  }
}

const institution = kinds.indexOf('institution')

/** What may precede a payment: one receipt, or the path that ended with it. */
interface Before {
  readonly payments: readonly PathPayment[]
  readonly fens: readonly number[]
  readonly times: readonly number[]
}

/** What came of a token. */
export interface Arrival {
  /** Indices of flows that it may end with: the rules are to be asked there. */
  readonly flows: readonly number[]
  /** False when a bound cut something off. */
  readonly isWhole: boolean
}

const unused: Arrival = { flows: [], isWhole: true }

/** One for each fold: holds the tokens made until they are taken. */
export class PathFollower {
  private made: PathToken[] = []

  /** The tokens made since the last call, in the order they were made. */
  take(): readonly PathToken[] {
    const { made } = this
    if (made.length > 0) this.made = []
    return made
  }

  /** A flow was put at `index`. @returns false when a bound cut something off */
  flow(rules: PathRules, subject: Subject, index: number): boolean {
    const bits = subject.bitsAt(index)
    if ((bits & ownBit) !== 0) return true
    if (isIncoming(bits)) return index === subject.count - 1 || this.receipt(rules, subject, index)
    const isAlone = subject.paths === undefined
    if (isAlone && !(fenAt(rules.rates, subject, index) >= rules.passMin)) return true
    return this.payment(rules, subject, index)
  }

  /** A receipt with flows after it: it came out of order. */
  private receipt(rules: PathRules, subject: Subject, index: number): boolean {
    const before = startOf(rules, subject, index)
    return before === undefined || this.onward(rules, subject, before).isWhole
  }

  private payment(rules: PathRules, subject: Subject, index: number): boolean {
    const { rates } = rules
    if (kindOfParty(subject, index) === institution) return true
    const time = subject.timeAt(index)
    const fen = fenAt(rates, subject, index)
    const found: Before[] = []
    const paths = subject.paths?.list ?? []
    for (let at = paths.length - 1; at >= 0; at -= 1) {
      const path = paths[at]
      if (path === undefined || path.isHome || path.last.event_time >= time) continue
      const before = beforeOf(path, rates)
      if (this.goesOn(rules, before, subject, index, fen)) found.push(before)
    }
    if (found.length === 0 && !(fen >= rules.passMin)) return true
    const { isWhole, since } = this.receipts(rules, subject, index, found)
    const payee = subject.flow(index).counterparty
    const news = found.filter(
      ({ payments, times }) => payments[0]?.payer_id === payee || (times.at(-1) ?? 0) >= since,
    )
    return this.makeAll(latestOfEach(news), subject, index) && isWhole
  }

  /**
   * Receipts that a payment may pass on, the last first; back to the last payment of the same amount to the same receiver: what came
   * before that one was passed on by it already, and whoever got both can go on from the first.
   */
  private receipts(
    rules: PathRules,
    subject: Subject,
    index: number,
    found: Before[],
  ): { readonly isWhole: boolean; readonly since: number } {
    const fen = fenAt(rules.rates, subject, index)
    const party = subject.partyAt(index)
    let since = earliestStart(rules, subject.timeAt(index)) + 1
    for (let at = index - 1; at >= 0 && subject.timeAt(at) >= since; at -= 1) {
      if (index - at > scannedMax) return { isWhole: false, since }
      if (!isIncoming(subject.bitsAt(at))) {
        const isSame = subject.partyAt(at) === party && fenAt(rules.rates, subject, at) === fen
        if (isSame) since = Math.max(since, subject.timeAt(at))
        continue
      }
      if (!(fenAt(rules.rates, subject, at) >= rules.startMin)) continue
      const before = startOf(rules, subject, at)
      if (before !== undefined && this.goesOn(rules, before, subject, index, fen)) found.push(before)
    }
    return { isWhole: true, since }
  }

  private makeAll(found: readonly Before[], subject: Subject, index: number): boolean {
    // Most often there is nothing or one; only a crowd is put in order.
    const chosen =
      found.length <= madeMax
        ? found
        : found
            .toSorted(
              (a, b) => (b.times.at(-1) ?? 0) - (a.times.at(-1) ?? 0) || (nameOf(a) < nameOf(b) ? -1 : 1),
            )
            .slice(0, madeMax)
    for (const before of chosen) this.make(before, subject, index)
    return chosen.length === found.length
  }

  /**
   * A subject was told of a path that ended with it; it is held already.
   * @param visibleFrom a path that ended at this event time or before is not followed any more
   * @returns the flows at which rules are to be asked
   */
  token(rules: PathRules, subject: Subject, path: HeldPath, visibleFrom: number): Arrival {
    const { event_time: time } = path.last
    // Flows of that time are given up, or about to be: whether they are there must not show.
    if (time <= visibleFrom) return { flows: [], isWhole: false }
    if (!path.isHome) return this.onward(rules, subject, beforeOf(path, rules.rates))
    for (let at = subject.firstAfter(time - 1); subject.timeAt(at) === time; at += 1)
      if (isFlowOf(path, subject, at)) return { flows: [at], isWhole: true }
    return unused
  }

  /** Payments of the subject that lie there already and pass on what came before. */
  private onward(rules: PathRules, subject: Subject, before: Before): Arrival {
    const from = before.times.at(-1) ?? Number.POSITIVE_INFINITY
    const begun = before.times[0] ?? Number.NaN
    const flows: number[] = []
    const passedOn = new Set<string>()
    const first = subject.firstAfter(from)
    let made = 0
    let isWhole = true
    for (let at = first; at < subject.count && begun > earliestStart(rules, subject.timeAt(at)); at += 1) {
      if (at - first >= scannedMax) return { flows, isWhole: false }
      const bits = subject.bitsAt(at)
      if (isIncoming(bits) || (bits & ownBit) !== 0) continue
      const fen = fenAt(rules.rates, subject, at)
      if (!rules.specs.some((spec) => mayGoOn(spec, before, fen, subject.timeAt(at)))) continue
      flows.push(at)
      if (kindOfParty(subject, at) === institution || !this.goesOn(rules, before, subject, at, fen)) continue
      // Who gets the same amount again can go on from the first time; only money that is home is told each time.
      const isHome = before.payments[0]?.payer_id === subject.flow(at).counterparty
      const same = `${subject.partyAt(at)} ${fen}`
      if (!isHome && passedOn.has(same)) continue
      passedOn.add(same)
      made += 1
      if (made <= madeMax) this.make(before, subject, at)
      else isWhole = false
    }
    return { flows, isWhole }
  }

  /** Whether the payment at `index` passes on what came before, to somebody who can pass it on or is its origin. */
  private goesOn(rules: PathRules, before: Before, subject: Subject, index: number, fen: number): boolean {
    const time = subject.timeAt(index)
    if (!rules.specs.some((spec) => mayGoOn(spec, before, fen, time))) return false
    const payee = subject.flow(index).counterparty
    const { payments } = before
    const isHome = payments[0]?.payer_id === payee
    if (!isHome && payments.some(({ payer_id }) => payer_id === payee)) return false
    const length = payments.length + 1
    return rules.specs.some((spec) => {
      if (isHome ? spec.shape !== 'cycle' || length < spec.paymentsMin : length >= spec.paymentsMax)
        return false
      return mayGoOn(spec, before, fen, time)
    })
  }

  private make(before: Before, subject: Subject, index: number): void {
    const flow = subject.flow(index)
    const payment = paymentOf(flow, subject.id, factsOf(flow.bits).kind)
    this.made.push({ subject_id: flow.counterparty, payments: [...before.payments, payment] })
  }
}

/** Tells paths that are over: no payment to come can pass them on. @param since payments to come are not earlier */
export function overBefore({ specs }: PathRules, since: number): (path: HeldPath) => boolean {
  if (!Number.isFinite(since)) return () => false
  return ({ first }) => specs.every(({ reach }) => first.event_time <= reach.start(since))
}

/** Of paths over the same people with the same amounts the one that began last: whatever goes on from another goes on from it. */
function latestOfEach(found: readonly Before[]): readonly Before[] {
  if (found.length < 2) return found
  const latest = new Map<string, Before>()
  for (const before of found) {
    const route = JSON.stringify([before.payments.map(({ payer_id }) => payer_id), before.fens])
    const known = latest.get(route)
    if (known === undefined || isLater(before, known)) latest.set(route, before)
  }
  return [...latest.values()]
}

function isLater(a: Before, b: Before): boolean {
  const ms = (a.times[0] ?? 0) - (b.times[0] ?? 0)
  return ms === 0 ? nameOf(a) < nameOf(b) : ms > 0
}

function mayGoOn(spec: PathSpec, before: Before, fen: number, time: number): boolean {
  const { fens, times } = before
  if (!follows(spec, fens.at(-1) ?? Number.NaN, fen)) return false
  return fits(spec, [...fens, fen], [...times, time])
}

/** A receipt that a path can begin with: large enough, from somebody who is a subject. */
function startOf(rules: PathRules, subject: Subject, index: number): Before | undefined {
  const fen = fenAt(rules.rates, subject, index)
  if (!(fen >= rules.startMin)) return undefined
  const kind = kindOfParty(subject, index)
  if (kind === institution || (subject.bitsAt(index) & ownBit) !== 0) return undefined
  const flow = subject.flow(index)
  const payment = paymentOf(flow, flow.counterparty, factsOf(flow.bits).counterpartyKind)
  return { payments: [payment], fens: [fen], times: [flow.time] }
}

function beforeOf(path: HeldPath, rates: RateTable): Before {
  return { payments: path.token.payments, fens: path.money(rates), times: path.times }
}

function nameOf({ payments }: Before): string {
  return JSON.stringify(payments.map(({ source_id, txn_id }) => [source_id, txn_id]))
}

function paymentOf(flow: StoredFlow, payerId: string, payerKind: PathPayment['payer_kind']): PathPayment {
  return {
    payer_id: payerId,
    payer_kind: payerKind,
    txn_id: flow.txnId,
    source_id: flow.sourceId,
    event_time: flow.time,
    amount: flow.amount,
    currency: flow.currency,
    channel: channels[(flow.bits >> 5) & 7] ?? 'unknown',
  }
}

function earliestStart({ specs }: PathRules, time: number): number {
  let earliest = Number.POSITIVE_INFINITY
  for (const { reach } of specs) earliest = Math.min(earliest, reach.start(time))
  return earliest
}

/** Kind of the counterparty, as an index into the kinds. */
function kindOfParty(subject: Subject, index: number): number {
  return (subject.bitsAt(index) >> 3) & 3
}
