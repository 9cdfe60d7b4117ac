/** The stored form of a subject: versioned, compact, exact. Derived facts (CNY, windows) are not stored; they follow from the rule set. Pure. */
import type { PathToken, RuleHit } from '../../../schemas/types.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import type { Household } from './household.ts'
import type { Names } from './names.ts'
import { StateFormatError } from './state.ts'
import { HeldFacts } from './facts/held-facts.ts'
import { IncomingFlow, IncomingProfile } from './incoming.ts'
import { HeldPath, HeldPaths } from './paths/held-paths.ts'
import { Subject } from './subject.ts'
import { kinds } from './wire/transaction.ts'

const formatVersion = 3
/** Added to the rank of a hit that is kept as long as flows are. */
const lastingMark = 8
/** Added to the rank of a hit of a rule at facts. */
const atFactMark = 16
const writer = new ByteWriter()

/** Bytes of a subject. */
export function encodeSubject(subject: Subject, home: Household): Uint8Array {
  const { names } = home
  // Texts are numbered in order of first use; parties that no flow names any more are left out.
  names.beginMarks()
  const currencies = home.currencies.map(() => -1)
  const origins = new Map<number, number>()
  for (let index = 0; index < subject.count; index += 1) {
    names.mark(subject.partyAt(index))
    const origin = subject.originAt(index)
    if (!origins.has(origin)) {
      origins.set(origin, origins.size)
      for (const name of namesOf(home, origin)) names.mark(name)
    }
    const currency = subject.currencyAt(index)
    if ((currencies[currency] ?? 0) < 0)
      currencies[currency] = names.mark(names.numberOf(home.currencies[currency] ?? ''))
  }
  writer.count(formatVersion)
  writer.count(subject.storedTo)
  writer.count(subject.clearedDay)
  writeProfile(subject)
  writeTexts(names)
  writer.count(origins.size)
  for (const origin of origins.keys())
    for (const name of namesOf(home, origin)) writer.count(names.mark(name))
  writeFlows(subject, names, { currencies, origins })
  writer.count(subject.hits.length)
  for (const stored of subject.hits) {
    stored.text ??= JSON.stringify(stored.hit)
    writer.text(stored.ruleKey)
    writer.count(stored.period)
    writer.count(
      stored.rank +
        (stored.isLasting === true ? lastingMark : 0) +
        (stored.isAtFact === true ? atFactMark : 0),
    )
    writer.text(stored.text)
  }
  writePaths(subject.paths)
  subject.facts.write(writer, names)
  return writer.take()
}

function writePaths(paths: HeldPaths | undefined): void {
  const list = paths?.list ?? []
  const isSaid = paths !== undefined && Number.isFinite(paths.saidAt)
  writer.count(2 * list.length + (isSaid ? 1 : 0))
  if (isSaid) writer.integer(paths.saidAt)
  for (const { token } of list) writer.text(JSON.stringify(token))
}

function readPaths(reader: ByteReader): HeldPaths | undefined {
  const head = reader.count()
  if (head === 0) return undefined
  const paths = new HeldPaths()
  if (head % 2 === 1) paths.saidAt = reader.integer()
  paths.list = Array.from(
    { length: Math.floor(head / 2) },
    () => new HeldPath(JSON.parse(reader.text()) as PathToken),
  )
  return paths
}

/** Source, region of the counterparty and country, as names. */
function namesOf({ origins }: Household, origin: number): readonly [number, number, number] {
  return [origins.source(origin), origins.region(origin), origins.country(origin)]
}

/** Numbers that stand for currencies and origins in the bytes of a subject, by their numbers in the household. */
interface Renumbered {
  readonly currencies: readonly number[]
  readonly origins: ReadonlyMap<number, number>
}

function writeProfile(subject: Subject): void {
  const { profileTime, truncatedAt } = subject
  const known = Number.isFinite(profileTime)
  const isTruncated = Number.isFinite(truncatedAt)
  writer.count((known ? 1 : 0) + (isTruncated ? 2 : 0))
  if (isTruncated) writer.integer(truncatedAt)
  writer.integer(known ? profileTime : 0)
  writer.count(kinds.indexOf(subject.kind))
  writer.text(subject.region)
  writer.raw(subject.identityBytes())
}

function writeTexts(names: Names): void {
  const marks = names.marks()
  writer.count(marks.length)
  for (const name of marks) {
    const start = names.start(name)
    writer.span(names.bytes(name), start, start + names.length(name))
  }
}

function writeFlows(subject: Subject, names: Names, { currencies, origins }: Renumbered): void {
  writer.count(subject.count)
  let last = 0
  for (let index = 0; index < subject.count; index += 1) {
    const time = subject.timeAt(index)
    writer.integer(time - last)
    last = time
    const [from, to] = subject.txnSpan(index)
    writer.span(subject.textBytes, from, to)
    writer.count(origins.get(subject.originAt(index)) ?? 0)
    writer.count(subject.bitsAt(index) * 2 + (subject.isPendingAt(index) ? 1 : 0))
    writer.count(subject.amountAt(index))
    writer.count(currencies[subject.currencyAt(index)] ?? 0)
    writer.count(names.mark(subject.partyAt(index)))
  }
}

/**
 * A subject from its bytes.
 * @throws StateFormatError when another version wrote it; RangeError when the bytes are cut off
 */
export function decodeSubject(name: number, bytes: Uint8Array, home: Household): Subject {
  const reader = new ByteReader(bytes)
  const version = reader.count()
  if (version !== formatVersion) {
    throw new StateFormatError(
      `the state of a subject has format ${version}, this version reads ${formatVersion}: start the Weir that made it, or fold the flows anew`,
    )
  }
  const subject = new Subject(name, home)
  subject.storedTo = reader.count()
  subject.clearedDay = reader.count()
  readProfile(reader, subject, home)
  const texts = Array.from({ length: reader.count() }, () => {
    const length = reader.span()
    return home.names.number(reader.bytes, reader.at - length, reader.at)
  })
  const read = (): number => texts[reader.count()] ?? home.noName
  const origins = Array.from({ length: reader.count() }, () => home.origins.number(read(), read(), read()))
  readFlows(reader, subject, { texts, origins }, home)
  for (let left = reader.count(); left > 0; left -= 1) {
    const ruleKey = reader.text()
    const period = reader.count()
    const marked = reader.count()
    const text = reader.text()
    subject.addHit({
      ruleKey,
      period,
      rank: marked % lastingMark,
      hit: JSON.parse(text) as RuleHit,
      isLasting: (marked & lastingMark) !== 0,
      isAtFact: (marked & atFactMark) !== 0,
      text,
    })
  }
  subject.paths = readPaths(reader)
  subject.facts = HeldFacts.read(reader, home.names)
  return subject
}

function readProfile(reader: ByteReader, subject: Subject, home: Household): void {
  const flags = reader.count()
  if ((flags & 2) !== 0) subject.truncatedAt = reader.integer()
  const facts = new IncomingProfile()
  facts.time = reader.integer()
  facts.kind = reader.count()
  facts.region = home.names.numberOf(reader.text())
  facts.bytes = reader.bytes
  facts.identityFrom = -reader.span()
  facts.identityTo = reader.at
  facts.identityFrom += reader.at
  facts.print()
  if ((flags & 1) === 1) subject.describe(facts, false)
}

function readFlows(
  reader: ByteReader,
  subject: Subject,
  { texts, origins }: { readonly texts: readonly number[]; readonly origins: readonly number[] },
  home: Household,
): void {
  const flow = new IncomingFlow()
  flow.bytes = reader.bytes
  const count = reader.count()
  for (let left = count; left > 0; left -= 1) {
    flow.time += reader.integer()
    const length = reader.span()
    flow.txnTo = reader.at
    flow.txnFrom = reader.at - length
    flow.origin = origins[reader.count()] ?? 0
    const packed = reader.count()
    flow.bits = packed >> 1
    flow.isPending = (packed & 1) === 1
    flow.amount = reader.count()
    flow.currency = home.currencyNamed(texts[reader.count()] ?? home.noName)
    flow.party = texts[reader.count()] ?? home.noName
    subject.insert(flow)
  }
}
