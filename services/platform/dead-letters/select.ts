/** Which dead letters are meant, and how many there are of which kind. Pure. */
import { storedTopicName } from '../log/names.ts'
import type { DeadLetter } from './letter.ts'

/** Offsets from `first` to `last`, both included. */
export interface OffsetRange {
  readonly first: number
  readonly last: number
}

/** What a letter must be like; what is left out does not matter. */
export interface LetterFilter {
  readonly reason?: string
  readonly offsets?: readonly OffsetRange[]
}

/** Whether a letter is meant. */
export function isMeant({ facts, record }: DeadLetter, { reason, offsets }: LetterFilter): boolean {
  if (reason !== undefined && facts.reason !== reason) return false
  return offsets?.some(({ first, last }) => first <= record.offset && record.offset <= last) ?? true
}

/** What became of a letter: waiting to be replayed, replayed, or not to be replayed as it is. */
export type LetterState = 'open' | 'replayed' | 'unreplayable'

/** State of a letter. @param isReplayed as the audit record says */
export function stateOf({ obstacle }: DeadLetter, isReplayed: boolean): LetterState {
  if (isReplayed) return 'replayed'
  return obstacle === undefined ? 'open' : 'unreplayable'
}

/** The dead letters of one topic with one reason. `open + replayed + unreplayable = letters`. */
export interface LetterGroup {
  /** Full name. */
  readonly topic: string
  readonly reason: string
  readonly letters: number
  readonly open: number
  readonly replayed: number
  readonly unreplayable: number
  /** How many are replays that came back. */
  readonly cameBack: number
  /** Earliest and latest event time, ms since 1970. */
  readonly firstAt: number
  readonly lastAt: number
  /** Places of the first and the last one in the topic. */
  readonly first: string
  readonly last: string
}

/** Groups letters by topic and reason as they are read; holds counts only. */
export class LetterGroups {
  private readonly groups = new Map<string, LetterGroup>()
  private readonly prefix: string

  /** @param prefix of topic names */
  constructor(prefix: string) {
    this.prefix = prefix
  }

  /** Counts one letter; letters come in the order of their topic. */
  add(letter: DeadLetter, state: LetterState): void {
    const topic = storedTopicName(letter.topic, this.prefix)
    const { place, record, facts, replayOf } = letter
    const key = JSON.stringify([topic, facts.reason])
    const group = this.groups.get(key)
    const counts = group ?? { letters: 0, open: 0, replayed: 0, unreplayable: 0, cameBack: 0 }
    this.groups.set(key, {
      topic,
      reason: facts.reason,
      ...counts,
      letters: counts.letters + 1,
      [state]: counts[state] + 1,
      cameBack: counts.cameBack + (replayOf === undefined ? 0 : 1),
      firstAt: Math.min(group?.firstAt ?? record.timestamp, record.timestamp),
      lastAt: Math.max(group?.lastAt ?? record.timestamp, record.timestamp),
      first: group?.first ?? place,
      last: place,
    })
  }

  /** Topics in the order in which they were read, within one the most frequent reason first. */
  all(): LetterGroup[] {
    const topics = [...new Set([...this.groups.values()].map(({ topic }) => topic))]
    return [...this.groups.values()].toSorted(
      (a, b) => topics.indexOf(a.topic) - topics.indexOf(b.topic) || b.letters - a.letters,
    )
  }
}
