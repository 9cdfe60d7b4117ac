/** The memory of one subject: its flows in event order, and who it is, as numbers in pages that many subjects share. Pure. */
import type { SubjectKind } from '../../../schemas/types.ts'
import { bitsMask, pendingFlag } from './flow.ts'
import type { StoredFlow } from './flow.ts'
import { cny } from './household.ts'
import type { Household } from './household.ts'
import type { IncomingFlow, IncomingProfile } from './incoming.ts'
import { noRange } from './memory.ts'
import type { Page } from './memory.ts'
import type { Rest } from './rules/rest.ts'
import { kinds } from './wire/transaction.ts'

/*
 * The range of the flows begins with 64 bytes about the subject: how long it rests (fen received, fen paid and event time as doubles,
 * flows as two words), event time of its profile and of the last word on its bound, as doubles, 64 bits that stand for its identity, and
 * the offset up to which it is stored. A flow takes 32 bytes: time and amount as doubles, then 32-bit words: party, origin, currency and
 * flags, place of its text. Texts (the sealed identity, transaction ids with their length) lie in a range of their own, in order of arrival.
 */
const rowBytes = 32
const rowDoubles = 4
const rowWords = 8
const headBytes = 64
const headDoubles = 8
const partyWord = 4
const originWord = 5
const flagsWord = 6
const textWord = 7
const currencyShift = 16
/** More flows than this are not waited for. */
const longestRest = 1 << 30
/** Fewer doubles than this are copied one by one: a call out of JavaScript costs more. */
const loopMax = 96

/** What `Subject` adds windows and hits to. */
export class HeldFlows {
  // What every flow touches comes first: near to each other in memory.
  private rows: Page
  /** Place of the first row in its page, in doubles. */
  private base: number
  private rowsSize: number
  /** Number of flows. */
  count = 0
  private texts: Page = noRange.page
  private textsAt = 0
  private textsSize = 0
  /** Bytes of texts in use; the identity comes first. */
  private textLength = 0
  private identityLength = 0
  private profileKind = 0
  private profileRegion: number
  /** Something was booked in another currency than CNY. Stays true, so it only rules out. */
  hasForeign = false
  readonly home: Household
  /** Number of the subject's id. */
  name: number

  /** @param name number of its id among the household's names */
  constructor(name: number, home: Household) {
    this.name = name
    this.home = home
    this.profileRegion = home.noName
    const { page, at, size } = home.memory.take(headBytes + 2 * rowBytes)
    this.rows = page
    this.base = at / 8 + headDoubles
    this.rowsSize = size
    this.profileTime = Number.NEGATIVE_INFINITY
    this.truncatedAt = Number.NEGATIVE_INFINITY
    this.storedTo = 0
    this.setPrint(0, 0)
    this.wake()
  }

  /** Something else than a flow changed what rules see here: the next flow is looked at by all of them. */
  wake(): void {
    this.rows.doubles[this.base - headDoubles] = 0
    this.rows.words[2 * this.base - 10] = 0
  }

  /** Rests as said, or until less has come. */
  rest({ received, paid, until, flows }: Rest): void {
    const { doubles, words } = this.rows
    const at = this.base - headDoubles
    doubles[at] = received
    doubles[at + 1] = paid
    doubles[at + 2] = until
    words[2 * at + 6] = Math.max(0, Math.min(longestRest, Math.ceil(flows)))
  }

  /** A flow of so many fen came. @returns whether the rest is over */
  disturb(fen: number, isReceipt: boolean, time: number): boolean {
    const { doubles, words } = this.rows
    const at = this.base - headDoubles
    const side = isReceipt ? at : at + 1
    doubles[side] = (doubles[side] ?? 0) - fen
    const flows = words[2 * at + 6] ?? 0
    if (flows > 0) words[2 * at + 6] = flows - 1
    return (
      flows <= 1 || !((doubles[at] ?? 0) > 0 && (doubles[at + 1] ?? 0) > 0) || time >= (doubles[at + 2] ?? 0)
    )
  }

  /** Event time of the newest facts about who the subject is; −∞: nothing known. */
  get profileTime(): number {
    return this.rows.doubles[this.base - 4] ?? Number.NaN
  }

  set profileTime(time: number) {
    this.rows.doubles[this.base - 4] = time
  }

  /** Event time at which it was last said that the oldest flows are given up because there are too many; −∞: never. */
  get truncatedAt(): number {
    return this.rows.doubles[this.base - 3] ?? Number.NaN
  }

  set truncatedAt(time: number) {
    this.rows.doubles[this.base - 3] = time
  }

  /** Offset of the flows up to which the stored form of the subject is known to reach; 0: not stored. */
  get storedTo(): number {
    return this.rows.doubles[this.base - 1] ?? Number.NaN
  }

  set storedTo(offset: number) {
    this.rows.doubles[this.base - 1] = offset
  }

  private setPrint(low: number, high: number): void {
    this.rows.words[2 * this.base - 4] = low
    this.rows.words[2 * this.base - 3] = high
  }

  private hasPrint(low: number, high: number): boolean {
    return this.rows.words[2 * this.base - 4] === low && this.rows.words[2 * this.base - 3] === high
  }

  /** Reads what `insert` is going to read, so that the memory of many subjects is fetched at the same time. */
  touch(): number {
    const { doubles } = this.rows
    const last = this.base + this.count * rowDoubles
    const text = this.texts.bytes[this.textsAt + this.textLength] ?? 0
    return (doubles[this.base - 1] ?? 0) + (doubles[last - 1] ?? 0) + text
  }

  get id(): string {
    return this.home.names.text(this.name)
  }

  get kind(): SubjectKind {
    return kinds[this.profileKind] ?? 'unknown'
  }

  get region(): string {
    return this.home.names.text(this.profileRegion)
  }

  /** A copy. */
  get identity(): Buffer {
    return Buffer.from(this.identityBytes())
  }

  /** The sealed identity where it lies. */
  identityBytes(): Buffer {
    return this.texts.bytes.subarray(this.textsAt, this.textsAt + this.identityLength)
  }

  /** Event time of a flow, milliseconds since 1970; NaN when there is none. */
  timeAt(index: number): number {
    return index < this.count ? (this.rows.doubles[this.base + index * rowDoubles] ?? Number.NaN) : Number.NaN
  }

  /** Minor units of the flow's currency. */
  amountAt(index: number): number {
    return this.rows.doubles[this.base + index * rowDoubles + 1] ?? Number.NaN
  }

  private word(index: number, word: number): number {
    return this.rows.words[2 * this.base + index * rowWords + word] ?? 0
  }

  /** Direction, kinds, channel, foreign, own. */
  bitsAt(index: number): number {
    return this.word(index, flagsWord) & bitsMask
  }

  /** Sets the bits of `mask` in what is noted of a flow. */
  protected setFlags(index: number, mask: number, flags: number): void {
    const at = 2 * this.base + index * rowWords + flagsWord
    this.rows.words[at] = ((this.rows.words[at] ?? 0) & ~mask) | flags
  }

  /** Name of the counterparty. */
  partyAt(index: number): number {
    return this.word(index, partyWord)
  }

  /** Number of source, region of the counterparty and country. */
  originAt(index: number): number {
    return this.word(index, originWord)
  }

  /** Country of the far side; empty when domestic. */
  countryTextAt(index: number): string {
    return this.home.names.text(this.home.origins.country(this.originAt(index)))
  }

  /** Name of the counterparty's region; the empty name when it is not known. */
  farRegionAt(index: number): number {
    return this.home.origins.region(this.originAt(index))
  }

  /** The counterparty's region; empty when it is not known. */
  farRegionTextAt(index: number): string {
    return this.home.names.text(this.farRegionAt(index))
  }

  /** Number of the currency; 0 is CNY. */
  currencyAt(index: number): number {
    return this.word(index, flagsWord) >>> currencyShift
  }

  currencyTextAt(index: number): string {
    return this.home.currencies[this.currencyAt(index)] ?? ''
  }

  /** A condition held here that later data may undo; looked at again once the watermark has passed. */
  isPendingAt(index: number): boolean {
    return (this.word(index, flagsWord) & pendingFlag) !== 0
  }

  /** Where the transaction's id lies among `textBytes`: start and end. */
  txnSpan(index: number): readonly [number, number] {
    const { bytes } = this.texts
    let at = this.textsAt + this.word(index, textWord)
    let length = 0
    let scale = 1
    let byte = 0x80
    while (byte >= 0x80) {
      byte = bytes[at++] ?? 0
      length += (byte & 0x7f) * scale
      scale *= 0x80
    }
    return [at, at + length]
  }

  /** The memory that texts lie in. */
  get textBytes(): Buffer {
    return this.texts.bytes
  }

  txnIdAt(index: number): string {
    const [from, to] = this.txnSpan(index)
    return this.textBytes.toString('utf8', from, to)
  }

  /** A flow for people to see. @throws RangeError when there is none at `index` */
  flow(index: number): StoredFlow {
    if (index < 0 || index >= this.count)
      throw new RangeError(`subject has ${this.count} flows, asked for number ${index}`)
    const { names, origins } = this.home
    return {
      time: this.timeAt(index),
      txnId: this.txnIdAt(index),
      sourceId: names.text(origins.source(this.originAt(index))),
      bits: this.bitsAt(index),
      amount: this.amountAt(index),
      currency: this.currencyTextAt(index),
      counterparty: names.text(this.partyAt(index)),
    }
  }

  /** Puts a flow in its place in event order. @returns its index, or -1 when the very same flow is there already */
  protected put(flow: IncomingFlow): number {
    if (flow.currency !== cny) this.hasForeign = true
    const last = this.count - 1
    if (last < 0 || this.timeAt(last) < flow.time) {
      this.write(this.count, flow)
      return last + 1
    }
    const index = this.placeOf(flow)
    if (index < this.count && this.compare(index, flow) === 0) return -1
    this.write(index, flow)
    return index
  }

  /** Event order: time, then transaction, source and direction, so that the order of arrival never matters. */
  private compare(index: number, flow: IncomingFlow): number {
    const time = this.timeAt(index)
    if (time !== flow.time) return time - flow.time
    const txnId = this.txnIdAt(index)
    const otherTxnId = flow.bytes.toString('utf8', flow.txnFrom, flow.txnTo)
    if (txnId !== otherTxnId) return txnId < otherTxnId ? -1 : 1
    const { names, origins } = this.home
    const source = origins.source(this.originAt(index))
    const otherSource = origins.source(flow.origin)
    if (source !== otherSource) return names.text(source) < names.text(otherSource) ? -1 : 1
    return (this.bitsAt(index) & 1) - (flow.bits & 1)
  }

  private placeOf(flow: IncomingFlow): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.compare(middle, flow) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  private write(index: number, flow: IncomingFlow): void {
    if (headBytes + (this.count + 1) * rowBytes > this.rowsSize) this.growRows()
    const { doubles, words } = this.rows
    const at = this.base + index * rowDoubles
    if (index < this.count) doubles.copyWithin(at + rowDoubles, at, this.base + this.count * rowDoubles)
    doubles[at] = flow.time
    doubles[at + 1] = flow.amount
    words[2 * at + partyWord] = flow.party
    words[2 * at + originWord] = flow.origin
    words[2 * at + flagsWord] =
      (flow.currency << currencyShift) | (flow.isPending ? pendingFlag : 0) | flow.bits
    words[2 * at + textWord] = this.writeText(flow)
    this.count += 1
  }

  private growRows(): void {
    const { memory } = this.home
    const { page, at, size } = memory.take(this.rowsSize + rowBytes)
    const from = this.base - headDoubles
    const { doubles } = page
    const { doubles: old } = this.rows
    const length = headDoubles + this.count * rowDoubles
    if (length > loopMax) doubles.set(old.subarray(from, from + length), at / 8)
    else for (let index = 0; index < length; index += 1) doubles[at / 8 + index] = old[from + index] ?? 0
    memory.give(this.rows, 8 * from, this.rowsSize)
    this.rows = page
    this.base = at / 8 + headDoubles
    this.rowsSize = size
  }

  /** @returns place of the transaction's id among the texts */
  private writeText({ bytes, txnFrom, txnTo }: IncomingFlow): number {
    const length = txnTo - txnFrom
    this.growTexts(length + 5)
    const target = this.texts.bytes
    const place = this.textLength
    let at = this.textsAt + place
    let rest = length
    while (rest >= 0x80) {
      target[at++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    target[at++] = rest
    for (let from = txnFrom; from < txnTo; from += 1) target[at++] = bytes[from] ?? 0
    this.textLength = at - this.textsAt
    return place
  }

  private growTexts(more: number): void {
    if (this.textLength + more <= this.textsSize) return
    const { memory } = this.home
    const { page, at, size } = memory.take(this.textLength + more)
    this.texts.bytes.copy(page.bytes, at, this.textsAt, this.textsAt + this.textLength)
    memory.give(this.texts, this.textsAt, this.textsSize)
    this.texts = page
    this.textsAt = at
    this.textsSize = size
  }

  /** Takes over newer facts. @param isOver what was known before is too old to count */
  describe(facts: IncomingProfile, isOver: boolean): void {
    if (isOver) this.forgetProfile()
    this.profileTime = facts.time
    if (facts.kind !== 0) this.profileKind = facts.kind
    if (this.home.names.length(facts.region) > 0) this.profileRegion = facts.region
    if (facts.identityTo > facts.identityFrom && !this.hasPrint(facts.printLow, facts.printHigh)) {
      this.setIdentity(facts.bytes, facts.identityFrom, facts.identityTo)
      this.setPrint(facts.printLow, facts.printHigh)
    }
  }

  /** Nothing is known of who it is. */
  forgetProfile(): void {
    this.profileTime = Number.NEGATIVE_INFINITY
    this.profileKind = 0
    this.profileRegion = this.home.noName
    this.setIdentity(this.texts.bytes, 0, 0)
    this.setPrint(0, 0)
  }

  private setIdentity(bytes: Buffer, from: number, to: number): void {
    const length = to - from
    if (length !== this.identityLength) this.moveTexts(length)
    bytes.copy(this.texts.bytes, this.textsAt, from, to)
  }

  /** Writes the texts of the flows anew, behind room for an identity of another length. */
  private moveTexts(identityLength: number): void {
    const { memory } = this.home
    const { texts: old, textsAt: oldAt } = this
    let needed = identityLength
    for (let index = 0; index < this.count; index += 1) {
      const [from, to] = this.txnSpan(index)
      needed += to - from + 5
    }
    const { page, at, size } = needed === 0 ? noRange : memory.take(needed)
    old.bytes.copy(page.bytes, at, oldAt, oldAt + Math.min(identityLength, this.identityLength))
    let place = identityLength
    for (let index = 0; index < this.count; index += 1) {
      const [, to] = this.txnSpan(index)
      const from = oldAt + this.word(index, textWord)
      old.bytes.copy(page.bytes, at + place, from, to)
      this.rows.words[2 * this.base + index * rowWords + textWord] = place
      place += to - from
    }
    memory.give(old, oldAt, this.textsSize)
    this.texts = page
    this.textsAt = at
    this.textsSize = size
    this.textLength = place
    this.identityLength = identityLength
  }

  /** Takes over what is known about another subject. */
  describeAs(other: HeldFlows): void {
    this.profileTime = other.profileTime
    this.profileKind = other.profileKind
    this.profileRegion = other.profileRegion
    this.setIdentity(other.textBytes, other.textsAt, other.textsAt + other.identityLength)
    this.setPrint(other.rows.words[2 * other.base - 4] ?? 0, other.rows.words[2 * other.base - 3] ?? 0)
  }

  /** Index of the first flow later than `time`. */
  firstAfter(time: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.timeAt(middle) <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Gives up the first `count` flows. */
  dropOldest(count: number): void {
    this.count -= count
    const first = this.base + count * rowDoubles
    this.rows.doubles.copyWithin(this.base, first, first + this.count * rowDoubles)
    this.moveTexts(this.identityLength)
  }

  /** Memory of flows and texts, bytes. */
  get heldBytes(): number {
    return this.rowsSize + this.textsSize
  }

  /** Gives its memory back; it is not to be used any more. */
  release(): void {
    const { memory } = this.home
    memory.give(this.rows, 8 * (this.base - headDoubles), this.rowsSize)
    memory.give(this.texts, this.textsAt, this.textsSize)
    this.count = 0
    this.textsSize = 0
    this.rowsSize = 0
  }

  /** All names are new. @param renamed @param movedOrigin the new number of an old name, of an old origin */
  rename(renamed: (name: number) => number, movedOrigin: (origin: number) => number): void {
    this.name = renamed(this.name)
    this.profileRegion = renamed(this.profileRegion)
    const { words } = this.rows
    for (let index = 0; index < this.count; index += 1) {
      const at = 2 * this.base + index * rowWords
      words[at + partyWord] = renamed(words[at + partyWord] ?? 0)
      words[at + originWord] = movedOrigin(words[at + originWord] ?? 0)
    }
  }
}
