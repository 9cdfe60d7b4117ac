/** A flow on its way into the state of its subject. Pure. */
import { cny } from './household.ts'

/** A flow on its way into the state of its subject; texts lie in `bytes`. */
export class IncomingFlow {
  time = 0
  /** Minor units. */
  amount = 0
  /** See `factsOf`. */
  bits = 0
  isPending = false
  /** Name of the counterparty, numbers of origin and currency. */
  party = 0
  origin = 0
  currency = cny
  bytes: Buffer = Buffer.alloc(0)
  txnFrom = 0
  txnTo = 0
}

/** What one flow says about its subject. */
export class IncomingProfile {
  time = 0
  /** Index into the kinds; 0 is unknown. */
  kind = 0
  /** Name of the region. */
  region = 0
  bytes: Buffer = Buffer.alloc(0)
  identityFrom = 0
  identityTo = 0
  /** 64 bits that stand for the identity. */
  printLow = 0
  printHigh = 0

  /** Computes what stands for the identity. */
  print(): void {
    const { bytes, identityFrom: from, identityTo: to } = this
    let low = Math.imul(to - from, 0x9e3779b1)
    let high = ~low
    let at = from
    for (; to - at >= 4; at += 4) {
      const word =
        (bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24)
      low = Math.imul(low ^ word, 0x5bd1e995)
      low ^= low >>> 15
      high = Math.imul(high ^ word, 0x2545f491)
      high ^= high >>> 13
    }
    for (; at < to; at += 1) {
      low = Math.imul(low ^ (bytes[at] ?? 0), 0x5bd1e995)
      high = Math.imul(high ^ (bytes[at] ?? 0), 0x2545f491)
    }
    this.printLow = (low ^ (low >>> 16)) >>> 0
    this.printHigh = (high ^ (high >>> 16)) >>> 0
  }
}
