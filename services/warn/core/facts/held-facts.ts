/** What is known about one subject besides its payments, in event order. Pure. */
import { contentOf, factKinds } from '../../../../schemas/fact.ts'
import type { FactContent, FactContents, FactKind } from '../../../../schemas/fact.ts'
import type { Fact, LinkRelation } from '../../../../schemas/types.ts'
import { dayMs } from '../../../platform/calendar/day.ts'
import type { ByteReader, ByteWriter } from '../bytes.ts'
import { knownBit, ownBit } from '../flow.ts'
import type { Names } from '../names.ts'

/** Most facts kept of one subject; beyond, the oldest of those that count by number go first. */
export const factsMax = 500
/**
 * Facts that count within a window are kept this long behind the watermark: twice the longest window of the shipped rules (36 months)
 * and a month, so that a fact which comes up to 37 months late finds its window whole.
 */
export const factRetentionDays = 2_225

/** One fact of a subject. */
export interface HeldFact {
  /** Event time, milliseconds since 1970. */
  readonly time: number
  readonly id: string
  readonly source: string
  readonly said: FactContent
  /** Number of the name of the linked party; −1 for other kinds. */
  readonly party: number
}

/** Kinds of which the number within a window counts; all others say how things stand and are kept for good. */
const counted: ReadonlySet<FactKind> = new Set(['account_opened', 'account_closed', 'lawsuit', 'complaint'])

const noIdentity: Uint8Array = Buffer.alloc(0)

/** How the link facts of one pair and relation read at a time. */
interface LinkState {
  readonly relation: LinkRelation
  readonly from: number
  readonly until: number
}

/** Relations that make the other a known party: left out where different counterparties are counted (domain.md 3.0). */
const knownRelations: ReadonlySet<LinkRelation> = new Set(['employer', 'family'])
/** Relations by which the other acts for the enterprise. */
const controlRelations: ReadonlySet<LinkRelation> = new Set([
  'legal_representative',
  'actual_controller',
  'insider',
])

/** Event order: time, then source and id, so that the order of arrival never matters. */
function compare(a: HeldFact, b: HeldFact): number {
  if (a.time !== b.time) return a.time - b.time
  if (a.source !== b.source) return a.source < b.source ? -1 : 1
  return a.id === b.id ? 0 : a.id < b.id ? -1 : 1
}

function kindMask(kind: FactKind): number {
  return 1 << factKinds.indexOf(kind)
}

/** The facts of one subject. Modes: empty (shared by all who have none, never written to) and a subject's own. */
export class HeldFacts {
  private list: HeldFact[] = []
  /** Kinds there are, as a set of bits. */
  private kinds = 0
  /** Link facts by number of the other's name. */
  private links = new Map<number, HeldFact[]>()
  /** Event time at which it was last said that facts are given up; −∞: never. */
  truncatedAt = Number.NEGATIVE_INFINITY

  get size(): number {
    return this.list.length
  }

  /** Whether there is any fact of a kind. */
  has(kind: FactKind): boolean {
    return (this.kinds & kindMask(kind)) !== 0
  }

  /** The fact at a place in event order. */
  at(index: number): HeldFact | undefined {
    return this.list[index]
  }

  /** Puts a fact in its place. @returns the place, or −1 when the same fact is there already */
  insert(fact: HeldFact): number {
    let index = this.list.length
    while (index > 0) {
      const before = this.list[index - 1]
      const order = before === undefined ? -1 : compare(before, fact)
      if (order === 0) return -1
      if (order < 0) break
      index -= 1
    }
    this.list.splice(index, 0, fact)
    this.index()
    return index
  }

  /** Derived from the list. */
  private index(): void {
    this.kinds = 0
    this.links = new Map()
    for (const fact of this.list) {
      this.kinds |= kindMask(fact.said.kind)
      if (fact.party < 0) continue
      const links = this.links.get(fact.party)
      if (links === undefined) this.links.set(fact.party, [fact])
      else links.push(fact)
    }
  }

  /** Gives up the oldest fact that counts by number, else the oldest, while there are more than `factsMax`. @returns those given up */
  keepBounded(): readonly HeldFact[] {
    const dropped: HeldFact[] = []
    while (this.list.length > factsMax) {
      const first = this.list.findIndex(({ said }) => counted.has(said.kind))
      dropped.push(...this.list.splice(Math.max(0, first), 1))
    }
    if (dropped.length > 0) this.index()
    return dropped
  }

  /** Gives up what no window reaches any more. @returns how many */
  dropExpired(watermark: number): number {
    const before = this.list.length
    if (!Number.isFinite(watermark) || before === 0) return 0
    const oldest = watermark - factRetentionDays * dayMs
    const kept = this.list.filter(({ time, said }) => time > oldest || !counted.has(said.kind))
    if (kept.length === before) return 0
    this.list = kept
    this.index()
    return before - kept.length
  }

  /** Facts of one kind with start < event time ≤ end, in event order. */
  *within<Kind extends FactKind>(
    kind: Kind,
    start: number,
    end: number,
  ): Generator<HeldFact & { readonly content: FactContents[Kind] }, void, undefined> {
    if (!this.has(kind)) return
    for (const fact of this.list) {
      if (fact.time > end) return
      if (fact.time > start && fact.said.kind === kind)
        yield { ...fact, content: fact.said.content as FactContents[Kind] }
    }
  }

  /** What a flow with this counterparty at this time is besides: own when the other is the subject itself, known when family or employer. */
  bitsOf(party: number, time: number): number {
    if (this.links.size === 0) return 0
    let bits = 0
    for (const { relation } of this.linksAt(party, time)) {
      if (relation === 'own_account') bits |= ownBit
      if (knownRelations.has(relation)) bits |= knownBit
    }
    return bits
  }

  /** Whether the other acts for this subject at a time: legal representative, actual controller or insider. */
  isControl(party: number, time: number): boolean {
    if (this.links.size === 0) return false
    return this.linksAt(party, time).some(({ relation }) => controlRelations.has(relation))
  }

  /** Of several facts on one pair and relation the last in event order counts; it holds from (inclusive) until (exclusive). */
  private linksAt(party: number, time: number): readonly LinkState[] {
    const newest = new Map<LinkRelation, LinkState>()
    for (const { said } of this.links.get(party) ?? [])
      if (said.kind === 'link') newest.set(said.content.relation, said.content)
    return [...newest.values()].filter(({ from, until }) => from <= time && (until === 0 || time < until))
  }

  /** All names are new. @param renamed the new number of an old one */
  rename(renamed: (name: number) => number): void {
    this.list = this.list.map((fact) => (fact.party < 0 ? fact : { ...fact, party: renamed(fact.party) }))
    this.index()
  }

  /** Memory taken, bytes, about. */
  get bytes(): number {
    return 250 * this.list.length
  }

  /** Writes the facts. */
  write(writer: ByteWriter, names: Names): void {
    writer.count(this.list.length)
    if (this.list.length === 0) return
    writer.integer(Number.isFinite(this.truncatedAt) ? this.truncatedAt : 0)
    for (const { time, id, source, said, party } of this.list) {
      writer.integer(time)
      writer.text(id)
      writer.text(source)
      writer.text(party < 0 ? '' : names.text(party))
      writer.text(JSON.stringify(said, withoutIdentity))
    }
  }

  /** Facts as `write` left them; `noFacts` when there are none. */
  static read(reader: ByteReader, names: Names): HeldFacts {
    const count = reader.count()
    if (count === 0) return noFacts
    const facts = new HeldFacts()
    const truncatedAt = reader.integer()
    if (truncatedAt !== 0) facts.truncatedAt = truncatedAt
    for (let left = count; left > 0; left -= 1) {
      const time = reader.integer()
      const id = reader.text()
      const source = reader.text()
      const other = reader.text()
      const said = withIdentity(JSON.parse(reader.text()) as FactContent)
      facts.list.push({ time, id, source, said, party: other === '' ? -1 : names.numberOf(other) })
    }
    facts.index()
    return facts
  }
}

function withoutIdentity(name: string, value: unknown): unknown {
  return name === 'other_identity' ? undefined : value
}

function withIdentity(said: FactContent): FactContent {
  return said.kind === 'link'
    ? { kind: 'link', content: { ...said.content, other_identity: noIdentity } }
    : said
}

/** Of a subject without facts. */
export const noFacts: HeldFacts = new HeldFacts()

/** A fact as it is kept. The sealed identity of a linked party stays behind. */
export function heldFact(fact: Fact, names: Names): HeldFact {
  const said = contentOf(fact)
  const isLink = said.kind === 'link'
  return {
    time: fact.event_time,
    id: fact.fact_id,
    source: fact.source_id,
    said: withIdentity(said),
    party: isLink ? names.numberOf(said.content.other_id) : -1,
  }
}

/** Whether something happened at a fact that rules look at: being taken off a list is no occasion to warn. */
export function isMoment({ said }: HeldFact): boolean {
  return said.kind !== 'list_entry' || !said.content.removed
}
