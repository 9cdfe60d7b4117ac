/** What the fold knows about one subject: its flows in event order, the hits already reported, and windows that move over the flows. Pure. */
import type { RuleHit, SubjectKind } from '../../../schemas/types.ts'
import { compareFlows } from './flow.ts'
import type { StoredFlow } from './flow.ts'

/** A hit that was reported; what makes each one be reported once. */
export interface StoredHit {
  /** Rule id and version, `R12|1`. */
  readonly ruleKey: string
  /** Number of the day, day and direction, or month it stands for; 0 for single transactions. */
  readonly period: number
  /** Rank of its level, 0 blue … 3 red. */
  readonly rank: number
  readonly hit: RuleHit
}

/** Newest facts about who the subject is, by event order. */
export interface Profile {
  readonly time: number
  readonly kind: SubjectKind
  readonly region: string
  readonly identity: Uint8Array
}

/** Nothing known yet. */
export const unknownProfile: Profile = {
  time: Number.NEGATIVE_INFINITY,
  kind: 'unknown',
  region: '',
  identity: Buffer.alloc(0),
}

/** Running totals of the flows inside a window. Adding and removing must undo each other exactly. */
export interface WindowAggregate {
  add(flow: StoredFlow): void
  remove(flow: StoredFlow): void
}

/** A kind of window that all subjects share: which flows, how far back, what is totalled. */
export interface WindowShape {
  /** Index into a subject's windows. */
  readonly slot: number
  /** By `bits`. */
  readonly accepts: Uint8Array
  /** A window ending at `time` holds the flows with start < event time ≤ time. */
  start(time: number): number
  create(): WindowAggregate
}

/** One window of one subject: always totals exactly `flows[from … to)`. */
class MovingWindow {
  from = 0
  to = 0
  private readonly shape: WindowShape
  readonly aggregate: WindowAggregate

  constructor(shape: WindowShape) {
    this.shape = shape
    this.aggregate = shape.create()
  }

  /** Makes the window end with the flow at `index`, wherever it was before. */
  align(flows: readonly StoredFlow[], index: number): void {
    const last = flows[index]
    if (last === undefined) throw new RangeError(`there is no flow ${index} among ${flows.length}`)
    const end = index + 1
    while (this.to > end && this.to > this.from) this.remove(flows[--this.to])
    if (this.to > end) {
      this.from = end
      this.to = end
    }
    while (this.to < end) this.add(flows[this.to++])
    this.alignStart(flows, end, this.shape.start(last.time))
  }

  private alignStart(flows: readonly StoredFlow[], end: number, start: number): void {
    let before = this.from > 0 ? flows[this.from - 1] : undefined
    while (before !== undefined && before.time > start) {
      this.from -= 1
      this.add(before)
      before = this.from > 0 ? flows[this.from - 1] : undefined
    }
    let first = flows[this.from]
    while (this.from < end && first !== undefined && first.time <= start) {
      this.remove(first)
      this.from += 1
      first = flows[this.from]
    }
  }

  /** A flow was put in at `index`. */
  inserted(flows: readonly StoredFlow[], index: number): void {
    if (index >= this.to) return
    this.to += 1
    if (index < this.from) this.from += 1
    else this.add(flows[index])
  }

  private add(flow: StoredFlow | undefined): void {
    if (flow !== undefined && this.shape.accepts[flow.bits] === 1) this.aggregate.add(flow)
  }

  private remove(flow: StoredFlow | undefined): void {
    if (flow !== undefined && this.shape.accepts[flow.bits] === 1) this.aggregate.remove(flow)
  }
}

function timeAt(flows: readonly StoredFlow[], index: number): number {
  return flows[index]?.time ?? Number.NaN
}

/** Number of parties from which on a map is kept besides the list. */
const listedMax = 8

/** Modes: fresh (no flows), resident, and changed since the last checkpoint (`isDirty`). */
export class Subject {
  readonly id: string
  /** In event order. */
  readonly flows: StoredFlow[] = []
  readonly parties: string[] = []
  hits: StoredHit[] = []
  profile: Profile = unknownProfile
  /** Event time at which it was last said that the oldest flows are given up because there are too many; −∞: never. */
  truncatedAt = Number.NEGATIVE_INFINITY
  isDirty = false
  /** Something was booked in another currency than CNY. Stays true, so it only rules out. */
  hasForeign = false
  /** Batch in which it was last used. */
  touched = 0
  /** Identity of the rule set that `cny`, `usd` and the windows stand for. */
  derivedFor: object | undefined = undefined
  private partyIndex: Map<string, number> | undefined = undefined
  private windows: (MovingWindow | undefined)[] = []

  constructor(id: string) {
    this.id = id
  }

  /** Number of a counterparty, given out on first sight. */
  party(id: string): number {
    const known = this.partyIndex === undefined ? this.parties.indexOf(id) : (this.partyIndex.get(id) ?? -1)
    if (known >= 0) return known
    this.parties.push(id)
    if (this.partyIndex !== undefined) this.partyIndex.set(id, this.parties.length - 1)
    else if (this.parties.length > listedMax)
      this.partyIndex = new Map(this.parties.map((name, index) => [name, index]))
    return this.parties.length - 1
  }

  /** Puts a flow in its place in event order. @returns its index, or -1 when the very same flow is there already */
  insert(flow: StoredFlow): number {
    const { flows } = this
    if (flow.currency !== 'CNY') this.hasForeign = true
    const last = flows.at(-1)
    if (last === undefined || compareFlows(last, flow) < 0) {
      flows.push(flow)
      return flows.length - 1
    }
    const index = this.placeOf(flow)
    const there = flows[index]
    if (there !== undefined && compareFlows(there, flow) === 0) return -1
    flows.splice(index, 0, flow)
    for (const window of this.windows) window?.inserted(flows, index)
    return index
  }

  private placeOf(flow: StoredFlow): number {
    let low = 0
    let high = this.flows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const there = this.flows[middle]
      if (there !== undefined && compareFlows(there, flow) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Index of the first flow later than `time`. */
  firstAfter(time: number): number {
    let low = 0
    let high = this.flows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (timeAt(this.flows, middle) <= time) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Totals of a window that ends with the flow at `index`. */
  totals(shape: WindowShape, index: number): WindowAggregate {
    let window = this.windows[shape.slot]
    if (window === undefined) {
      window = new MovingWindow(shape)
      this.windows[shape.slot] = window
    }
    window.align(this.flows, index)
    return window.aggregate
  }

  /** Forgets the windows; they are built anew when asked for. */
  resetWindows(): void {
    this.windows = []
  }

  /** Gives up the first `count` flows. */
  dropOldest(count: number): void {
    if (count <= 0) return
    this.flows.splice(0, count)
    this.resetWindows()
    if (this.parties.length > 2 * this.flows.length + listedMax) this.renumberParties()
  }

  /** Forgets the parties that no flow names any more. */
  private renumberParties(): void {
    const names = [...this.parties]
    this.parties.length = 0
    this.partyIndex = undefined
    for (const flow of this.flows) flow.party = this.party(names[flow.party] ?? '')
  }

  /** Ranks of the levels reported for a rule and period, as a set of bits. */
  reachedRanks(ruleKey: string, period: number): number {
    let ranks = 0
    for (const stored of this.hits) {
      if (stored.period === period && stored.ruleKey === ruleKey) ranks |= 1 << stored.rank
    }
    return ranks
  }
}
