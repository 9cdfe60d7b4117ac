/** How often each counterparty of a subject paid and was paid, over all flows kept: lets rules be passed over without measuring. Pure. */

/** Words of a slot: number of the party + 1 (0 is free), receipts from it, payments to it. */
const slotWords = 3
/** Payments to somebody who paid in before they can be called regular. */
export const regularMin = 2

/** Counts by counterparty. */
export class Parties {
  private slots = new Uint32Array(slotWords << 6)
  private mask = (1 << 6) - 1
  private used = 0
  /** Different counterparties, those who paid in, those who were paid, those who paid in and were paid at least `regularMin` times. */
  all = 0
  payers = 0
  payees = 0
  paidBack = 0
  /** Those who paid in and were paid; and pairs of a receipt from somebody and a payment to the same, each flow in one pair. */
  mutual = 0
  exchanges = 0

  /** Memory taken. */
  get bytes(): number {
    return this.slots.byteLength + 200
  }

  /** Counts a flow. */
  add(party: number, isIncoming: boolean): void {
    const at = this.slotOf(party)
    const { slots } = this
    const received = slots[at + 1] ?? 0
    const paid = slots[at + 2] ?? 0
    if (received + paid === 0) this.all += 1
    if (isIncoming ? received < paid : paid < received) this.exchanges += 1
    if (isIncoming) {
      if (received === 0 && paid > 0) this.mutual += 1
      if (received === 0) this.payers += 1
      if (received === 0 && paid >= regularMin) this.paidBack += 1
      slots[at + 1] = received + 1
    } else {
      if (paid === 0 && received > 0) this.mutual += 1
      if (paid === 0) this.payees += 1
      if (received > 0 && paid + 1 === regularMin) this.paidBack += 1
      slots[at + 2] = paid + 1
    }
  }

  /** Undoes an `add`. */
  remove(party: number, isIncoming: boolean): void {
    const at = this.slotOf(party)
    const { slots } = this
    const received = slots[at + 1] ?? 0
    const paid = slots[at + 2] ?? 0
    if (received + paid === 1) this.all -= 1
    if (isIncoming ? received <= paid : paid <= received) this.exchanges -= 1
    if (isIncoming) {
      if (received === 1 && paid > 0) this.mutual -= 1
      if (received === 1) this.payers -= 1
      if (received === 1 && paid >= regularMin) this.paidBack -= 1
      slots[at + 1] = received - 1
    } else {
      if (paid === 1 && received > 0) this.mutual -= 1
      if (paid === 1) this.payees -= 1
      if (received > 0 && paid === regularMin) this.paidBack -= 1
      slots[at + 2] = paid - 1
    }
  }

  private slotOf(party: number): number {
    if (4 * (this.used + 1) > 3 * (this.mask + 1)) this.double()
    const { slots, mask } = this
    let slot = Math.imul(party, 0x9e3779b1) >>> 7
    for (; ; slot += 1) {
      const at = slotWords * (slot & mask)
      const found = slots[at] ?? 0
      if (found === party + 1) return at
      if (found === 0) {
        slots[at] = party + 1
        this.used += 1
        return at
      }
    }
  }

  /** Parties without flows are left out. */
  private double(): void {
    const { slots } = this
    if (2 * this.all > this.used) this.mask = 2 * this.mask + 1
    this.slots = new Uint32Array(slotWords * (this.mask + 1))
    this.used = 0
    for (let at = 0; at < slots.length; at += slotWords) {
      const received = slots[at + 1] ?? 0
      const paid = slots[at + 2] ?? 0
      if (received + paid === 0) continue
      const to = this.slotOf((slots[at] ?? 0) - 1)
      this.slots[to + 1] = received
      this.slots[to + 2] = paid
    }
  }
}
