/** The flows of a subject without those of exempted counterparties: what rules look at that leave them out. Pure. */
import { IncomingFlow } from '../incoming.ts'
import { Subject } from '../subject.ts'
import { holdsAt } from './exemption.ts'
import type { Exemption } from './exemption.ts'

/** A flow of some subject. */
export interface Place {
  readonly subject: Subject
  readonly index: number
}

/** Follows one subject, flow by flow; built from its flows. `release` gives its memory back. */
export class View {
  private readonly flows: Subject
  private readonly from: readonly Exemption[]
  /** Names of the counterparties of `from`. */
  private readonly parties: readonly number[]
  private readonly incoming = new IncomingFlow()

  /** @param exemptions each with a counterparty */
  constructor(subject: Subject, exemptions: readonly Exemption[]) {
    const { home } = subject
    this.from = exemptions
    this.parties = exemptions.map(({ counterparty_id: id }) => home.names.numberOf(id))
    this.flows = new Subject(subject.name, home)
    for (let index = 0; index < subject.count; index += 1) this.inserted(subject, index)
  }

  /** Takes over a flow that the subject got. */
  inserted(subject: Subject, index: number): void {
    if (this.leavesOut(subject, index)) return
    const { incoming } = this
    copy(subject, index, incoming)
    this.flows.insert(incoming)
  }

  /** Whether a flow of the subject is left out: with an exempted counterparty, at a time at which the exemption holds. */
  leavesOut(subject: Subject, index: number): boolean {
    const party = subject.partyAt(index)
    const time = subject.timeAt(index)
    for (let at = 0; at < this.parties.length; at += 1) {
      const exemption = this.from[at]
      if (this.parties[at] === party && exemption !== undefined && holdsAt(exemption, time)) return true
    }
    return false
  }

  /** Where a flow of the subject is in the view; undefined when it was left out. */
  placeOf(subject: Subject, index: number): Place | undefined {
    const { flows } = this
    flows.hits = subject.hits
    flows.facts = subject.facts
    const time = subject.timeAt(index)
    for (let at = flows.firstAfter(time - 1); flows.timeAt(at) === time; at += 1)
      if (isSame(flows, at, subject, index)) return { subject: flows, index: at }
    return undefined
  }

  /** Nobody may use it any more. */
  release(): void {
    this.flows.release()
  }
}

/** Makes `flow` the same as the one of the subject; its text stays where it is. */
function copy(subject: Subject, index: number, flow: IncomingFlow): void {
  const [txnFrom, txnTo] = subject.txnSpan(index)
  Object.assign(flow, {
    time: subject.timeAt(index),
    amount: subject.amountAt(index),
    bits: subject.bitsAt(index),
    party: subject.partyAt(index),
    origin: subject.originAt(index),
    currency: subject.currencyAt(index),
    bytes: subject.textBytes,
    txnFrom,
    txnTo,
  } satisfies Partial<IncomingFlow>)
}

function isSame(some: Subject, at: number, other: Subject, index: number): boolean {
  return (
    some.bitsAt(at) === other.bitsAt(index) &&
    some.originAt(at) === other.originAt(index) &&
    some.txnIdAt(at) === other.txnIdAt(index)
  )
}
