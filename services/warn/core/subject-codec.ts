/** The stored form of a subject: versioned, compact, exact. Derived facts (CNY, windows) are not stored; they follow from the rule set. Pure. */
import type { RuleHit, SubjectKind } from '../../../schemas/types.ts'
import { ByteReader, ByteWriter } from './bytes.ts'
import { Subject } from './subject.ts'

const formatVersion = 1
const kinds: readonly SubjectKind[] = ['unknown', 'person', 'enterprise', 'institution']
const writer = new ByteWriter()

/** The stored state cannot be read by this version. */
export class StateFormatError extends Error {
  readonly code = 'state_format'
}

/** Numbers texts in order of first use. */
class Dictionary {
  private readonly index = new Map<string, number>()

  number(text: string): number {
    let number = this.index.get(text)
    if (number === undefined) {
      number = this.index.size
      this.index.set(text, number)
    }
    return number
  }

  write(): void {
    writer.count(this.index.size)
    for (const text of this.index.keys()) writer.text(text)
  }
}

/** Bytes of a subject. Parties that no flow names any more are left out. */
export function encodeSubject(subject: Subject): Uint8Array {
  const texts = new Dictionary()
  for (const flow of subject.flows) {
    texts.number(subject.parties[flow.party] ?? '')
    texts.number(flow.sourceId)
    texts.number(flow.currency)
  }
  writer.count(formatVersion)
  writeProfile(subject)
  texts.write()
  writeFlows(subject, texts)
  writer.count(subject.hits.length)
  for (const { ruleKey, period, rank, hit } of subject.hits) {
    writer.text(ruleKey)
    writer.count(period)
    writer.count(rank)
    writer.text(JSON.stringify(hit))
  }
  return writer.take()
}

function writeProfile({ profile, truncatedAt }: Subject): void {
  const known = Number.isFinite(profile.time)
  const isTruncated = Number.isFinite(truncatedAt)
  writer.count((known ? 1 : 0) + (isTruncated ? 2 : 0))
  if (isTruncated) writer.integer(truncatedAt)
  writer.integer(known ? profile.time : 0)
  writer.count(kinds.indexOf(profile.kind))
  writer.text(profile.region)
  writer.raw(profile.identity)
}

function writeFlows(subject: Subject, texts: Dictionary): void {
  writer.count(subject.flows.length)
  let time = 0
  for (const flow of subject.flows) {
    writer.integer(flow.time - time)
    time = flow.time
    writer.text(flow.txnId)
    writer.count(texts.number(flow.sourceId))
    writer.count(flow.bits * 2 + (flow.pending ? 1 : 0))
    writer.count(flow.amount)
    writer.count(texts.number(flow.currency))
    writer.count(texts.number(subject.parties[flow.party] ?? ''))
  }
}

/**
 * A subject from its bytes; its derived facts are to be made before use.
 * @throws StateFormatError when a newer version wrote it; RangeError when the bytes are cut off
 */
export function decodeSubject(id: string, bytes: Uint8Array): Subject {
  const reader = new ByteReader(bytes)
  const version = reader.count()
  if (version !== formatVersion) {
    throw new StateFormatError(
      `the state of a subject has format ${version}, this version reads ${formatVersion}: start the newer Weir, or fold the flows anew`,
    )
  }
  const subject = new Subject(id)
  readProfile(reader, subject)
  const texts = Array.from({ length: reader.count() }, () => reader.text())
  readFlows(reader, subject, texts)
  for (let left = reader.count(); left > 0; left -= 1) {
    subject.hits.push({
      ruleKey: reader.text(),
      period: reader.count(),
      rank: reader.count(),
      hit: JSON.parse(reader.text()) as RuleHit,
    })
  }
  return subject
}

function readProfile(reader: ByteReader, subject: Subject): void {
  const flags = reader.count()
  if ((flags & 2) !== 0) subject.truncatedAt = reader.integer()
  const time = reader.integer()
  subject.profile = {
    time: (flags & 1) === 1 ? time : Number.NEGATIVE_INFINITY,
    kind: kinds[reader.count()] ?? 'unknown',
    region: reader.text(),
    identity: reader.raw(),
  }
}

function readFlows(reader: ByteReader, subject: Subject, texts: readonly string[]): void {
  let time = 0
  for (let left = reader.count(); left > 0; left -= 1) {
    time += reader.integer()
    const txnId = reader.text()
    const sourceId = texts[reader.count()] ?? ''
    const packed = reader.count()
    const amount = reader.count()
    const currency = texts[reader.count()] ?? ''
    if (currency !== 'CNY') subject.hasForeign = true
    const party = subject.party(texts[reader.count()] ?? '')
    subject.flows.push({
      time,
      txnId,
      sourceId,
      bits: packed >> 1,
      amount,
      currency,
      party,
      cny: Number.NaN,
      usd: Number.NaN,
      pending: (packed & 1) === 1,
    })
  }
}
