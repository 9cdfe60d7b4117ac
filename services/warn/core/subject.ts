/** What the fold knows about one subject: its flows in event order, the hits already reported, and windows that move over the flows. Pure. */
import type { RuleHit } from '../../../schemas/types.ts'
import { dayOf } from '../../platform/calendar/day.ts'
import type { Day } from '../../platform/calendar/day.ts'
import type { SubjectExemptions } from './exemptions/subject-exemptions.ts'
import { HeldFacts, noFacts } from './facts/held-facts.ts'
import type { HeldFact } from './facts/held-facts.ts'
import { bitsMask, isIncoming, pendingFlag } from './flow.ts'
import { HeldFlows } from './held-flows.ts'
import type { IncomingFlow } from './incoming.ts'
import type { HeldPaths } from './paths/held-paths.ts'
import { Parties, regularMin } from './parties.ts'
import type { RuleRests } from './rule-rests.ts'
import { RunTree, shortRun, sumOfRun } from './runs.ts'
import type { RunShape } from './runs.ts'
import { MovingWindow } from './windows.ts'
import type { WindowAggregate, WindowShape } from './windows.ts'

/** A hit that was reported; what makes each one be reported once. */
export interface StoredHit {
  /** Rule id and version, `R12|1`. */
  readonly ruleKey: string
  /** Number of the day, day and direction, or month it stands for; 0 for single transactions. */
  readonly period: number
  /** Rank of its level, 0 blue … 3 red. */
  readonly rank: number
  readonly hit: RuleHit
  /** Kept as long as flows are: what completes a path may come long after it. */
  readonly isLasting?: boolean
  /** Of a rule at facts: kept as long as facts are, because one may still come to its period. */
  readonly isAtFact?: boolean
  /** `hit` as stored, once it was. */
  text?: string
}

/** A subject is remembered for so long after its last flow, days: five years. Silent for longer, it counts as never seen. */
export const silenceDaysMax = 1_827
/** Counterparties are counted for subjects with at least so many flows. */
const countedMin = 24
/** A subject without its ranges, its name and its place in the list; a hit. Measured once. */
const objectBytes = 336
const hitBytes = 1_200
/** A path takes as much memory as so many flows. */
export const flowsPerPath = 16
const noWindows: (MovingWindow | undefined)[] = []
const noRuns: (RunTree | undefined)[] = []
/** Flows that lie so many behind the newest have windows of their own. */
const behindMin = 64
/** Shared by those who have none. */
const noHits: StoredHit[] = []

/** Modes: fresh (no flows), resident, and changed since the last checkpoint (`isDirty`). */
export class Subject extends HeldFlows {
  isDirty = false
  /** Batch in which it was last used. */
  touched = 0
  /** Identity of the rule set that the windows stand for. */
  derivedFor: object | undefined = undefined
  hits = noHits
  /** Shanghai day of the newest flow that was given up; 0: none was, or it is over as well. */
  clearedDay: Day = 0
  /** Few have any; nothing is asked of the others. */
  exemptions: SubjectExemptions | undefined = undefined
  /** Paths that money took to this subject, if it was told of any. */
  paths: HeldPaths | undefined = undefined
  /** What is known besides flows; `noFacts` is shared by those who have none. */
  facts: HeldFacts = noFacts
  /** When each rule looks again; undefined: nothing ended the first rest yet, or all look at the next flow. */
  ruleRests: RuleRests | undefined = undefined
  private parties: Parties | undefined = undefined
  private windows = noWindows
  /** The same windows for what is decided later, behind the newest flows: one window would go back and forth. */
  private windowsBehind = noWindows
  private runs = noRuns

  /** Puts a flow in its place in event order. @returns its index, or -1 when the very same flow is there already */
  insert(flow: IncomingFlow): number {
    const index = this.put(flow)
    if (index < 0) return index
    if (index < this.count - 1) this.moved(index)
    if (this.parties !== undefined) this.parties.add(flow.party, isIncoming(flow.bits))
    else if (this.count >= countedMin) this.countParties()
    if (this.exemptions !== undefined) this.exemptions.inserted(this, index)
    return index
  }

  override disturb(fen: number, isReceipt: boolean, time: number): boolean {
    this.ruleRests?.add(fen, isReceipt)
    return super.disturb(fen, isReceipt, time)
  }

  override wake(): void {
    super.wake()
    this.forgetRests()
  }

  /** A flow came between others. */
  private moved(index: number): void {
    for (const window of this.windows) window?.inserted(this, index)
    for (const window of this.windowsBehind) window?.inserted(this, index)
    for (const run of this.runs) run?.changed(index)
  }

  private countParties(): void {
    this.parties = new Parties()
    for (let index = 0; index < this.count; index += 1)
      this.parties.add(this.partyAt(index), isIncoming(this.bitsAt(index)))
  }

  /** Notes whether a flow waits for the watermark. */
  setPending(index: number, isPending: boolean): void {
    this.setFlags(index, pendingFlag, isPending ? pendingFlag : 0)
  }

  /** Changes what is known of a flow's counterparty; direction, kinds and channel stay. Windows over the flows are to be reset. */
  setBits(index: number, bits: number): void {
    this.setFlags(index, bitsMask, bits)
  }

  /** A subject of the same name for one flow or moment: it knows what is known, and is never stored. Release it after use. */
  alone(): Subject {
    const alone = new Subject(this.name, this.home)
    // Were it taken for changed, it would be stored in the place of the one it stands for.
    alone.isDirty = true
    alone.hits = this.hits
    alone.facts = this.facts
    return alone
  }

  /** There are at most so many counterparties of one kind. */
  partiesMax(which: 'all' | 'payers' | 'payees'): number {
    return this.parties === undefined ? this.count : this.parties[which]
  }

  /** At most so many paid in and were paid at least `regularMin` times. */
  get paidBackMax(): number {
    return this.parties === undefined ? Math.floor(this.count / (1 + regularMin)) : this.parties.paidBack
  }

  /** At most so many counterparties paid in and were paid. */
  get mutualMax(): number {
    return this.parties === undefined ? Math.floor(this.count / 2) : this.parties.mutual
  }

  /** At most so often money went to somebody and came from the same. */
  get exchangesMax(): number {
    return this.parties === undefined ? Math.floor(this.count / 2) : this.parties.exchanges
  }

  /** The window of a shape, if there is one already. */
  windowOf(shape: WindowShape): MovingWindow | undefined {
    return this.windows[shape.slot]
  }

  /** Totals of a window that ends with the flow at `index`. */
  totals<Totals extends WindowAggregate>(shape: WindowShape<Totals>, index: number): Totals {
    const isBehind = index + behindMin < this.count
    if (isBehind && this.windowsBehind === noWindows) this.windowsBehind = []
    if (!isBehind && this.windows === noWindows) this.windows = []
    const windows = isBehind ? this.windowsBehind : this.windows
    let window = windows[shape.slot]
    if (window === undefined) {
      window = new MovingWindow(shape)
      windows[shape.slot] = window
    }
    window.align(this, index)
    return window.aggregate as Totals
  }

  /** Sums up the flows from `from` to `to` (exclusive); good until the next question. */
  run(shape: RunShape, from: number, to: number): Float64Array {
    let tree = this.runs[shape.slot]
    if (tree === undefined) {
      if (to - from <= shortRun) return sumOfRun(shape, this, from, to)
      tree = new RunTree(shape)
      if (this.runs === noRuns) this.runs = []
      this.runs[shape.slot] = tree
    }
    return tree.sum(this, from, to)
  }

  /** Forgets the windows; they are built anew when asked for. */
  resetWindows(): void {
    this.windows = noWindows
    this.windowsBehind = noWindows
    this.runs = noRuns
    this.exemptions?.forget()
  }

  /** Gives up the first `count` flows. */
  override dropOldest(count: number): void {
    if (count <= 0) return
    this.clearedDay = Math.max(this.clearedDay, dayOf(this.timeAt(count - 1)))
    for (const window of this.windows) window?.dropping(this, count)
    for (const window of this.windowsBehind) window?.dropping(this, count)
    for (const run of this.runs) run?.changed(0)
    for (let index = 0; index < count; index += 1)
      this.parties?.remove(this.partyAt(index), isIncoming(this.bitsAt(index)))
    super.dropOldest(count)
    this.exemptions?.forget()
    // What a flow is held against got less.
    this.wake()
  }

  private forgetRests(): void {
    this.ruleRests?.release()
    this.ruleRests = undefined
  }

  override release(): void {
    this.exemptions?.forget()
    this.forgetRests()
    super.release()
  }

  /** All names are new. @param renamed @param movedOrigin the new number of an old name, of an old origin */
  override rename(renamed: (name: number) => number, movedOrigin: (origin: number) => number): void {
    super.rename(renamed, movedOrigin)
    this.resetWindows()
    if (this.facts !== noFacts) this.facts.rename(renamed)
    if (this.parties !== undefined) this.countParties()
  }

  /** Memory taken, in flows, about. */
  get weight(): number {
    return this.count + 1 + flowsPerPath * (this.paths?.list.length ?? 0)
  }

  /** Memory taken, without windows: bytes, about. */
  get bytes(): number {
    const derived = (this.parties?.bytes ?? 0) + (this.ruleRests?.bytes ?? 0)
    const told = (this.paths?.bytes ?? 0) + this.facts.bytes
    return objectBytes + this.heldBytes + derived + told + hitBytes * this.hits.length
  }

  /** Puts a fact in its place. @returns the place, or −1 when it is there already */
  addFact(fact: HeldFact): number {
    if (this.facts === noFacts) this.facts = new HeldFacts()
    return this.facts.insert(fact)
  }

  /** Notes what was reported. */
  addHit(hit: StoredHit): void {
    if (this.hits === noHits) this.hits = [hit]
    else this.hits.push(hit)
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
