/** The subjects of one partition: loaded when needed, stored at checkpoints, let go when there are too many, swept when their time is over. Pure. */
import { dayMs, dayOf } from '../../platform/calendar/day.ts'
import type { ExemptionBook } from './exemptions/book.ts'
import { Household } from './household.ts'
import { Names } from './names.ts'
import { boundSaidDays } from './paths/held-paths.ts'
import type { CompiledRuleSet } from './rules/compile.ts'
import { pathDaysMax } from './rules/schema/path.ts'
import type { StateChange, StateReader } from './state.ts'
import { stateKey } from './state.ts'
import { decodeSubject, encodeSubject } from './subject-codec.ts'
import { factRetentionDays, noFacts } from './facts/held-facts.ts'
import { Subject, flowsPerPath, silenceDaysMax } from './subject.ts'
import type { StoredHit } from './subject.ts'

/** Flows are kept this long behind the watermark: the longest window (12 months) and the greatest lateness (a day). */
export const retentionDays = 367
/** The day of the last flow given up is kept this long: whoever was silent for five years at any flow kept counts as never seen. */
const clearedRetentionDays = silenceDaysMax + retentionDays + 2
/** Hits are kept this long: the longest scoring time (60 days), a calendar month, the greatest lateness. */
const hitRetentionDays = 93
/** Paths are kept as long as a flow that they may end with. */
const pathRetentionDays = retentionDays + pathDaysMax

/** Stored subjects looked at per checkpoint, at least; and one for so many that were stored. */
const sweptMin = 50
const sweptShare = 4

/** Changed subjects are gathered by a byte of their id, and stored a few at a time in order: neighbours lie together in the store. */
const bucketCount = 256
const bucketByte = 2
const storedAtOnce = 256
/** What storing a subject costs besides its flows, in flows. */
const subjectCost = 16

/** How much of a checkpoint to do at once. */
export interface StoreBudget {
  /** Offset up to which everything was folded: the stored subjects are as of there. */
  readonly offset: number
  /** Milliseconds, or −∞. */
  readonly watermark: number
  /** Flows to store, about. */
  readonly flowsMax: number
}

/**
 * What is visible never depends on when something was cleared away: every window is shorter than what is kept.
 * Modes of a subject: resident and clean, resident and changed, only stored.
 */
export class Subjects {
  readonly home = new Household()
  private readonly stored: StateReader
  private readonly residentFlowsMax: number
  private readonly exemptions: ExemptionBook
  /** By the owner of their name, from 1 on. */
  private residents: (Subject | undefined)[] = [undefined]
  /** Changed since they were stored, by bucket. */
  private dirty = emptyBuckets()
  /** To be stored before the checkpoint under way is complete. */
  private leaving: Subject[][] = []
  /** Flows in memory, at most. */
  private flows = 0
  /** Loaded since `takeLoaded`. */
  private loaded: Subject[] = []
  /** Where sweeping goes on. */
  private cursor = 's'
  /** Something may be stored that is not in memory. */
  private isOutside: boolean

  constructor(stored: StateReader, residentFlowsMax: number, exemptions: ExemptionBook) {
    this.stored = stored
    this.exemptions = exemptions
    this.residentFlowsMax = residentFlowsMax
    this.isOutside = !isEmpty(stored.entries('s', 't'))
  }

  /** The subject of a name. @param generation rises from block to block: who was used last */
  get(name: number, rules: CompiledRuleSet | undefined, generation: number): Subject {
    const subject = this.residents[this.home.names.owner(name)] ?? this.admit(name)
    this.prepare(subject, rules, generation)
    return subject
  }

  /** The subjects of many names, so that their memory is fetched at the same time. */
  gather(names: Uint32Array, count: number, into: Subject[]): void {
    const list = into
    const { names: known } = this.home
    for (let index = 0; index < count; index += 1) {
      const name = names[index] ?? 0
      list[index] = this.residents[known.owner(name)] ?? this.admit(name)
    }
    let flows = 0
    for (let index = 0; index < count; index += 1) flows += list[index]?.count ?? 0
    let touched = 0
    for (let index = 0; index < count; index += 1) touched += list[index]?.touch() ?? 0
    known.sink = flows + touched
  }

  /** Makes a subject ready for the rule set in force. @param generation rises from block to block: who was used last */
  prepare(subject: Subject, rules: CompiledRuleSet | undefined, generation: number): void {
    subject.touched = generation
    if (subject.derivedFor !== rules && rules !== undefined) {
      subject.resetWindows()
      subject.derivedFor = rules
      const { restAtFirst } = subject.facts === noFacts ? rules : rules.withFacts
      if (subject.count === 0) subject.rest(restAtFirst)
      else subject.wake()
    }
  }

  private admit(name: number): Subject {
    const { home } = this
    const bytes = this.isOutside ? this.stored.get(stateKey('s', home.names.text(name))) : undefined
    const subject = bytes === undefined ? new Subject(name, home) : decodeSubject(name, bytes, home)
    if (bytes !== undefined) this.loaded.push(subject)
    this.flows += subject.weight
    if (!this.exemptions.isEmpty) subject.exemptions = this.exemptions.of(subject.id)
    home.names.setOwner(name, this.residents.length)
    this.residents.push(subject)
    return subject
  }

  /** The exemptions of a subject changed. */
  exempt(id: string): void {
    const { names } = this.home
    const name = names.find(id)
    const subject = name < 0 ? undefined : this.residents[names.owner(name)]
    if (subject !== undefined) subject.exemptions = this.exemptions.of(id)
  }

  /** Subjects that came back from the stored state since the last call. */
  takeLoaded(): readonly Subject[] {
    const { loaded } = this
    if (loaded.length > 0) this.loaded = []
    return loaded
  }

  /** Notes that the subject got a flow. */
  grew(subject: Subject): void {
    this.flows += 1
    this.changed(subject)
  }

  /** Notes that the subject was told of a path. */
  wasTold(subject: Subject): void {
    this.flows += flowsPerPath
    this.changed(subject)
  }

  /** Notes that the subject is to be stored at the next checkpoint. */
  changed(subject: Subject): void {
    if (subject.isDirty) return
    subject.isDirty = true
    const { names } = this.home
    const byte = names.bytes(subject.name)[names.start(subject.name) + bucketByte] ?? 0
    this.dirty[byte]?.push(subject)
  }

  /** Memory of every resident subject, bytes, about. */
  sizes(): number[] {
    return this.residents.flatMap((subject) => (subject === undefined ? [] : subject.bytes))
  }

  /** Begins to store what changed up to now. A checkpoint that is under way is complete first. */
  beginCheckpoint(): void {
    this.leaving = this.dirty
    this.dirty = emptyBuckets()
  }

  /**
   * Stores subjects that changed before the checkpoint began, as they are now, and what was swept.
   * @returns what to store, and whether the checkpoint is complete with it
   */
  store(budget: StoreBudget): { readonly changes: StateChange[]; readonly isComplete: boolean } {
    const changes: StateChange[] = []
    let left = budget.flowsMax
    while (left > 0) {
      const bucket = this.leaving.at(-1)
      if (bucket === undefined) break
      if (bucket.length === 0) this.leaving.pop()
      else left -= this.storeSome(bucket, budget, changes)
    }
    const isComplete = this.leaving.length === 0
    if (Number.isFinite(budget.watermark)) {
      const count = Math.ceil(changes.length / sweptShare) + (isComplete ? sweptMin : 0)
      for (const change of this.swept(budget.watermark, count)) changes.push(change)
    }
    if (isComplete) this.letGo()
    return { changes, isComplete }
  }

  /** @returns what it cost, in flows */
  private storeSome(bucket: Subject[], { offset, watermark }: StoreBudget, changes: StateChange[]): number {
    const some = inOrder(bucket.splice(-storedAtOnce), this.home.names)
    let cost = 0
    for (const subject of some) {
      forgetExpired(subject, watermark, 4)
      subject.isDirty = false
      subject.storedTo = Math.max(subject.storedTo, offset)
      changes.push(changeOf(stateKey('s', subject.id), subject, this.home))
      cost += subjectCost + subject.count
    }
    return cost
  }

  /** Clears what is over from stored subjects that nobody asked for lately: data about people is not kept longer than it counts. */
  private swept(watermark: number, count: number): StateChange[] {
    const changes: StateChange[] = []
    // Names of its own: those of the fold are only given back all at once.
    const home = new Household()
    let left = count
    for (const [key, bytes] of this.stored.entries(this.cursor, 't')) {
      if (left === 0) {
        this.cursor = key
        return changes
      }
      left -= 1
      if (!key.startsWith('s|')) continue
      const id = key.slice(2)
      const known = this.home.names.find(id)
      if (known >= 0 && this.home.names.owner(known) > 0) continue
      const subject = decodeSubject(home.names.numberOf(id), bytes, home)
      if (forgetExpired(subject, watermark, Number.POSITIVE_INFINITY))
        changes.push(changeOf(key, subject, home))
      subject.release()
    }
    this.cursor = 's'
    return changes
  }

  /** Lets those go that were used least recently and are stored as they are. */
  private letGo(): void {
    if (this.flows <= this.residentFlowsMax) return
    const all = this.residents.filter((subject) => subject !== undefined)
    this.flows = all.reduce((sum, subject) => sum + subject.weight, 0)
    if (this.flows <= this.residentFlowsMax) return
    const kept = new Set(all)
    for (const subject of all.toSorted((a, b) => a.touched - b.touched)) {
      if (this.flows <= this.residentFlowsMax / 2) break
      if (subject.isDirty) continue
      this.flows -= subject.weight
      kept.delete(subject)
      subject.release()
    }
    this.isOutside = true
    this.rename(kept)
  }

  /** Begins the names anew with those that the remaining subjects use. */
  private rename(kept: ReadonlySet<Subject>): void {
    const { home } = this
    const { names: old, origins } = home
    const names = new Names()
    home.renamed(names)
    this.residents = [undefined]
    const renamed = (name: number): number => {
      const start = old.start(name)
      return names.number(old.bytes(name), start, start + old.length(name))
    }
    const moved = new Map<number, number>()
    const movedOrigin = (origin: number): number => {
      let number = moved.get(origin)
      if (number === undefined) {
        const region = renamed(origins.region(origin))
        number = home.origins.number(
          renamed(origins.source(origin)),
          region,
          renamed(origins.country(origin)),
        )
        moved.set(origin, number)
      }
      return number
    }
    for (const subject of kept) {
      subject.rename(renamed, movedOrigin)
      names.setOwner(subject.name, this.residents.length)
      this.residents.push(subject)
    }
  }
}

/** By the bytes of their ids behind the one that chose the bucket, as far as a number holds them. */
function inOrder(subjects: readonly Subject[], names: Names): Subject[] {
  const places = new Float64Array(subjects.length)
  for (const [index, { name }] of subjects.entries()) {
    const bytes = names.bytes(name)
    let place = 0
    for (let at = names.start(name) + bucketByte + 1, left = 4; left > 0; at += 1, left -= 1)
      place = 256 * place + (bytes[at] ?? 0)
    places[index] = storedAtOnce * place + index
  }
  return Array.from(places.toSorted(), (place) => subjects[place % storedAtOnce]).filter(
    (one) => one !== undefined,
  )
}

function changeOf(key: string, subject: Subject, home: Household): StateChange {
  if (isEmptyOf(subject)) {
    if (subject.clearedDay === 0) return { key, value: null }
    // Only that it was here, and when last: not who it is.
    subject.forgetProfile()
  }
  return { key, value: encodeSubject(subject, home) }
}

/** No flows, hits, facts or paths. */
function isEmptyOf(subject: Subject): boolean {
  const { count, hits, facts, paths } = subject
  return count === 0 && hits.length === 0 && facts.size === 0 && paths === undefined
}

function emptyBuckets(): Subject[][] {
  return Array.from({ length: bucketCount }, () => [])
}

function isEmpty(entries: Iterable<unknown>): boolean {
  for (const _ of entries) return false
  return true
}

/** Drops the flows that no window reaches any more. @returns how many */
export function dropExpired(subject: Subject, watermark: number): number {
  if (!Number.isFinite(watermark)) return 0
  const count = subject.firstAfter(watermark - retentionDays * dayMs)
  subject.dropOldest(count)
  return count
}

/** The hits that still count: whether older ones were cleared away already must not show, though a flow may be late by a year. */
export function hitsInForce({ hits }: Subject, watermark: number): StoredHit[] {
  const oldest = watermark - hitRetentionDays * dayMs
  const isOver = ({ hit: { event_time: time }, isLasting, isAtFact }: StoredHit): boolean =>
    time <= oldest &&
    (isLasting !== true || time <= watermark - retentionDays * dayMs) &&
    (isAtFact !== true || time <= watermark - factRetentionDays * dayMs)
  return hits.some(isOver) ? hits.filter((stored) => !isOver(stored)) : hits
}

/** @returns whether there was any to forget */
function forgetPaths(subject: Subject, watermark: number): boolean {
  const { paths } = subject
  if (paths === undefined) return false
  const before = paths.list.length
  paths.forget(({ last }) => last.event_time <= watermark - pathRetentionDays * dayMs)
  if (paths.list.length === 0 && paths.saidAt <= watermark - boundSaidDays * dayMs) subject.paths = undefined
  return subject.paths === undefined || paths.list.length < before
}

/**
 * @param share flows are dropped when they are at least one in so many: dropping is a copy
 * @returns whether anything was forgotten
 */
function forgetExpired(subject: Subject, watermark: number, share: number): boolean {
  if (!Number.isFinite(watermark)) return false
  let isChanged = false
  const expired = subject.firstAfter(watermark - retentionDays * dayMs)
  if (expired > 0 && share * expired >= subject.count) {
    subject.dropOldest(expired)
    isChanged = true
  }
  const hits = hitsInForce(subject, watermark)
  if (hits !== subject.hits) {
    subject.hits = hits
    isChanged = true
  }
  if (forgetPaths(subject, watermark)) isChanged = true
  if (subject.facts.dropExpired(watermark) > 0) isChanged = true
  if (subject.clearedDay !== 0 && subject.clearedDay < dayOf(watermark) - clearedRetentionDays) {
    subject.clearedDay = 0
    isChanged = true
  }
  return isChanged
}
