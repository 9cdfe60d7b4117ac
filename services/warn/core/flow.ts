/** Flows as the fold keeps them: packed facts, and the filters over them as look-up tables. Pure. */
import type { Channel, Flow, SubjectKind, Transaction } from '../../../schemas/types.ts'

const kinds: readonly SubjectKind[] = ['unknown', 'person', 'enterprise', 'institution']
const channels: readonly Channel[] = ['unknown', 'transfer', 'cash', 'third_party', 'card']

/** Number of different `bits`: direction 1, kind 2, counterparty kind 2, channel 3, foreign 1, own 1. */
export const bitsCount = 1024

/** One flow in the state of its subject. */
export interface StoredFlow {
  readonly time: number
  readonly txnId: string
  readonly sourceId: string
  /** Direction, kinds, channel, foreign, own; see `bitsOf`. */
  readonly bits: number
  /** Minor units of `currency`. */
  readonly amount: number
  readonly currency: string
  /** Index into the subject's parties. */
  party: number
  /** Derived under the rule set in force: fen, NaN without a rate. */
  cny: number
  /** Derived: US cents of a flow booked in a foreign currency, 0 when booked in CNY, NaN without a rate. */
  usd: number
  /** A condition held here that later data may undo; looked at again once the watermark has passed. */
  pending: boolean
}

/** What a filter may ask of a flow. */
export interface FlowFacts {
  readonly incoming: boolean
  readonly kind: SubjectKind
  readonly counterpartyKind: SubjectKind
  readonly channel: Channel
  readonly domestic: boolean
  /** Both sides are the same subject. */
  readonly own: boolean
}

/** Domestic is: no country named, or China. */
export function isDomestic(country: string): boolean {
  return country === '' || country === 'CN'
}

/** Packs the facts of a flow into 0 … 1023. */
export function bitsOf(flow: Flow): number {
  return (
    (flow.direction === 'in' ? 1 : 0) |
    (kinds.indexOf(flow.kind) << 1) |
    (kinds.indexOf(flow.counterparty_kind) << 3) |
    (channels.indexOf(flow.channel) << 5) |
    (isDomestic(flow.country) ? 0 : 256) |
    (flow.subject_id === flow.counterparty_id ? 512 : 0)
  )
}

/** The facts behind `bits`. */
export function factsOf(bits: number): FlowFacts {
  return {
    incoming: (bits & 1) === 1,
    kind: kinds[(bits >> 1) & 3] ?? 'unknown',
    counterpartyKind: kinds[(bits >> 3) & 3] ?? 'unknown',
    channel: channels[(bits >> 5) & 7] ?? 'unknown',
    domestic: (bits & 256) === 0,
    own: (bits & 512) !== 0,
  }
}

const allFacts: readonly FlowFacts[] = Array.from({ length: bitsCount }, (_, bits) => factsOf(bits))

/** A filter as a table: 1 where flows with those bits pass. */
export function tableOf(accepts: (facts: FlowFacts) => boolean): Uint8Array {
  return Uint8Array.from(allFacts, (facts) => (accepts(facts) ? 1 : 0))
}

/** True for a receipt. */
export function isIncoming(flow: StoredFlow): boolean {
  return (flow.bits & 1) === 1
}

/** Event order: time, then transaction, source and direction, so that the order of arrival never matters. */
export function compareFlows(a: StoredFlow, b: StoredFlow): number {
  if (a.time !== b.time) return a.time - b.time
  if (a.txnId !== b.txnId) return a.txnId < b.txnId ? -1 : 1
  if (a.sourceId !== b.sourceId) return a.sourceId < b.sourceId ? -1 : 1
  return (a.bits & 1) - (b.bits & 1)
}

/** Who pays: the id, else the account. */
export function payerOf(transaction: Transaction): string {
  return transaction.payer_id === '' ? transaction.payer_account : transaction.payer_id
}

/** Who is paid: the id, else the account. */
export function payeeOf(transaction: Transaction): string {
  return transaction.payee_id === '' ? transaction.payee_account : transaction.payee_id
}

/** The flows of a transaction: payer `out`, payee `in`. A side of kind institution is a counterparty, not a subject: no flow. */
export function flowsOf(transaction: Transaction): Flow[] {
  const flows: Flow[] = []
  if (transaction.payer_kind !== 'institution') flows.push(outFlow(transaction))
  if (transaction.payee_kind !== 'institution') flows.push(inFlow(transaction))
  return flows
}

function outFlow(transaction: Transaction): Flow {
  return {
    subject_id: payerOf(transaction),
    direction: 'out',
    txn_id: transaction.txn_id,
    event_time: transaction.booked_at,
    amount: transaction.amount,
    currency: transaction.currency,
    kind: transaction.payer_kind,
    region: transaction.payer_region,
    identity: transaction.payer_identity,
    counterparty_id: payeeOf(transaction),
    counterparty_kind: transaction.payee_kind,
    channel: transaction.channel,
    country: transaction.country,
    remark: transaction.remark,
    source_id: transaction.source_id,
  }
}

function inFlow(transaction: Transaction): Flow {
  return {
    subject_id: payeeOf(transaction),
    direction: 'in',
    txn_id: transaction.txn_id,
    event_time: transaction.booked_at,
    amount: transaction.amount,
    currency: transaction.currency,
    kind: transaction.payee_kind,
    region: transaction.payee_region,
    identity: transaction.payee_identity,
    counterparty_id: payerOf(transaction),
    counterparty_kind: transaction.payer_kind,
    channel: transaction.channel,
    country: transaction.country,
    remark: transaction.remark,
    source_id: transaction.source_id,
  }
}
