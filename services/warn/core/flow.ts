/** What a flow says in ten bits, and filters over that as look-up tables. Pure. */
import type { Channel, SubjectKind } from '../../../schemas/types.ts'
import { channels, kinds } from './wire/transaction.ts'

/** Number of different `bits`: direction 1, kind 2, counterparty kind 2, channel 3, foreign 1, own 1, known 1. */
export const bitsCount = 2048
/** All of them. */
export const bitsMask = bitsCount - 1
/** Beside the bits: the flow waits for the watermark. */
export const pendingFlag = 2048
/** Set in `bits` of a receipt. */
export const receiptBit = 1
/** Set in `bits` when the country is named and is not China. */
export const foreignBit = 256
/** Set in `bits` when both sides are the same subject. */
export const ownBit = 512
/** Set in `bits` when the counterparty is family or employer of the subject, as links say. */
export const knownBit = 1024

/** One flow of a subject, taken out of its state for people to see. */
export interface StoredFlow {
  readonly time: number
  readonly txnId: string
  readonly sourceId: string
  /** Direction, kinds, channel, foreign, own, known; see `factsOf`. */
  readonly bits: number
  /** Minor units of `currency`. */
  readonly amount: number
  readonly currency: string
  readonly counterparty: string
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
  /** The counterparty is family or employer: left out where different counterparties are counted. */
  readonly known: boolean
}

/** The facts behind `bits`. */
export function factsOf(bits: number): FlowFacts {
  return {
    incoming: (bits & 1) === 1,
    kind: kinds[(bits >> 1) & 3] ?? 'unknown',
    counterpartyKind: kinds[(bits >> 3) & 3] ?? 'unknown',
    channel: channels[(bits >> 5) & 7] ?? 'unknown',
    domestic: (bits & foreignBit) === 0,
    own: (bits & ownBit) !== 0,
    known: (bits & knownBit) !== 0,
  }
}

/** Kind of the subject in `bits`, as an index into the kinds. */
export function kindOf(bits: number): number {
  return (bits >> 1) & 3
}

const allFacts: readonly FlowFacts[] = Array.from({ length: bitsCount }, (_, bits) => factsOf(bits))

/** A filter as a table: 1 where flows with those bits pass. */
export function tableOf(accepts: (facts: FlowFacts) => boolean): Uint8Array {
  return Uint8Array.from(allFacts, (facts) => (accepts(facts) ? 1 : 0))
}

/** True when the counterparty is family or employer. */
export function isKnown(bits: number): boolean {
  return (bits & knownBit) !== 0
}

/** True for a receipt. */
export function isIncoming(bits: number): boolean {
  return (bits & 1) === 1
}
