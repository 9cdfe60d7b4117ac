/** Brings the flows of a block into the shape the fold works with: whom they name as numbers, the subjects at hand. Pure. */
import { kindOf, ownBit } from './flow.ts'
import { IncomingFlow, IncomingProfile } from './incoming.ts'
import { RepeatedName } from './names.ts'
import type { Subject } from './subject.ts'
import type { Subjects } from './subjects.ts'
import { FlowColumns, column } from './wire/flow-block.ts'

/** One block at a time, and one of its flows at a time; everything is used again for the next. */
export class Intake {
  /** The flow at hand. */
  readonly flow = new IncomingFlow()
  private readonly columns = new FlowColumns()
  private readonly profile = new IncomingProfile()
  private readonly sources = new RepeatedName()
  private readonly farRegions = new RepeatedName()
  private readonly countries = new RepeatedName()
  private readonly currencies = new RepeatedName()
  private readonly regions = new RepeatedName()
  /** Names of subjects and counterparties, and the subjects, by number of the flow. */
  private named = new Uint32Array(0)
  private parties = new Uint32Array(0)
  private readonly subjects: Subject[] = []
  /** Place of the flow at hand among the spans. */
  private row = 0

  /** Flows of the block. */
  get count(): number {
    return this.columns.count
  }

  /** Source partition of the block. */
  get source(): number {
    return this.columns.source
  }

  /** Event time of that source, milliseconds since 1970. */
  get sourceEventTime(): number {
    return this.columns.sourceEventTime
  }

  /** Reads a block. @returns false when the codec must decide, see `FlowColumns.read` */
  read(bytes: Buffer, body: number): boolean {
    return this.columns.read(bytes, body)
  }

  /** Finds out whom the flows name, for all of them together: so the memory of many is fetched at the same time. */
  resolve(subjects: Subjects): void {
    const { bytes, spans, count } = this.columns
    const { names } = subjects.home
    if (this.named.length < count) {
      this.named = new Uint32Array(2 * count)
      this.parties = new Uint32Array(2 * count)
    }
    names.resolve(bytes, { spans, first: column.subject, stride: column.count, count }, this.named)
    names.resolve(bytes, { spans, first: column.counterparty, stride: column.count, count }, this.parties)
    subjects.gather(this.named, count, this.subjects)
  }

  /** The subject of a flow. */
  subject(number: number): Subject {
    const subject = this.subjects[number]
    if (subject === undefined) throw new RangeError(`flow ${number} of the block has no subject`)
    return subject
  }

  /** Makes a flow of the block the one at hand. */
  take(number: number, subject: Subject, { home }: Subjects): void {
    const { columns, flow } = this
    const { bytes, spans } = columns
    const row = number * column.count
    this.row = row
    flow.time = columns.times[number] ?? 0
    flow.amount = columns.amounts[number] ?? 0
    flow.party = this.parties[number] ?? 0
    flow.bytes = bytes
    flow.txnFrom = spans[row + column.txn] ?? 0
    flow.txnTo = spans[row + column.txn + 1] ?? 0
    flow.origin = home.origins.number(
      this.repeated(this.sources, column.source, home.names),
      this.repeated(this.farRegions, column.counterpartyRegion, home.names),
      this.repeated(this.countries, column.country, home.names),
    )
    flow.currency = home.currencyNamed(this.repeated(this.currencies, column.currency, home.names))
    flow.bits = (spans[row + column.bits] ?? 0) | (flow.party === subject.name ? ownBit : 0)
  }

  private repeated(name: RepeatedName, place: number, names: Subjects['home']['names']): number {
    const { bytes, spans } = this.columns
    const at = this.row + place
    return name.number(names, bytes, spans[at] ?? 0, spans[at + 1] ?? 0)
  }

  /** Id of the transaction at hand. */
  get txnId(): string {
    const { bytes, txnFrom, txnTo } = this.flow
    return bytes.toString('utf8', txnFrom, txnTo)
  }

  /** What the flow at hand says about its subject; good until the next call. */
  facts({ home }: Subjects): IncomingProfile {
    const { profile, flow } = this
    const { bytes, spans } = this.columns
    profile.time = flow.time
    profile.kind = kindOf(flow.bits)
    profile.region = this.repeated(this.regions, column.region, home.names)
    profile.bytes = bytes
    profile.identityFrom = spans[this.row + column.identity] ?? 0
    profile.identityTo = spans[this.row + column.identity + 1] ?? 0
    profile.print()
    return profile
  }
}
