/** Reads dead letters and the audit of their replays from the log. Topics that were never made are empty. */
import { topics } from '../../../schemas/topics.ts'
import type { DeadLetterTopic, TopicSpec } from '../../../schemas/topics.ts'
import type { DeadLetterReplay } from '../../../schemas/types.ts'
import { codecs } from '../../../schemas/codec.ts'
import { LogError } from '../log/port.ts'
import type { Log, LogRecord } from '../log/port.ts'
import { letterHeaders, readLetter } from './letter.ts'
import type { DeadLetter } from './letter.ts'
import { isMeant, LetterGroups, stateOf } from './select.ts'
import type { LetterFilter, LetterGroup, LetterState } from './select.ts'

/** First and next offsets; none when the topic was never made. */
async function offsetsOf(log: Log, topic: TopicSpec): ReturnType<Log['offsets']> {
  try {
    return await log.offsets(topic)
  } catch (error) {
    if (error instanceof LogError && error.code === 'unknown_topic') return []
    throw error
  }
}

async function* recordsOf(
  log: Log,
  topic: TopicSpec,
  partition: number,
  from: number,
): AsyncIterable<LogRecord> {
  const first = (await offsetsOf(log, topic))[partition]?.first
  if (first !== undefined) yield* log.read(topic, partition, Math.max(first, from))
}

/** The letters of one partition from an offset on, in order, up to the end as it is now. */
export async function* readLetters(
  log: Log,
  topic: DeadLetterTopic,
  partition: number,
  prefix: string,
  from = 0,
): AsyncIterable<DeadLetter> {
  const { length: originPartitions } = await offsetsOf(log, topic.origin)
  const place = { topic, partition, originPartitions, prefix }
  for await (const record of recordsOf(log, topic, partition, from)) yield readLetter(place, record)
}

/** The letter at an offset; undefined when there is none, or no longer. */
export async function letterAt(
  log: Log,
  topic: DeadLetterTopic,
  partition: number,
  offset: number,
  prefix: string,
): Promise<DeadLetter | undefined> {
  for await (const letter of readLetters(log, topic, partition, prefix, offset)) {
    return letter.record.offset === offset ? letter : undefined
  }
  return undefined
}

/** The record as it was: in the letter, or, where it was too large for one, where it was read; undefined when it is gone there. */
export async function originalRecord(log: Log, letter: DeadLetter): Promise<LogRecord | undefined> {
  if (letter.obstacle !== 'left_out') return letter.record
  const { partition, offset } = letter.origin
  for await (const record of recordsOf(log, letter.topic.origin, partition, offset)) {
    return record.offset === offset ? record : undefined
  }
  return undefined
}

/** What is on record about a letter that was replayed. */
export interface Replayed {
  readonly audit: DeadLetterReplay
  /** Place of the letter as which it came back, if it did. */
  readonly cameBackAs: string | undefined
}

/** Looks a letter's replay up in the audit. @throws UndecodableError when a newer version of Weir wrote it */
export async function replayOf(log: Log, letter: DeadLetter, prefix: string): Promise<Replayed | undefined> {
  for await (const { key, value } of recordsOf(log, topics.deadLetterReplays, 0, 0)) {
    if (key !== letter.place || value === null) continue
    const from = letter.record.offset + 1
    let cameBackAs: string | undefined
    for await (const later of readLetters(log, letter.topic, letter.partition, prefix, from)) {
      if (later.record.headers[letterHeaders.replayOf] === letter.place) cameBackAs ??= later.place
    }
    return { audit: codecs.deadLetterReplay.decode(value), cameBackAs }
  }
  return undefined
}

/** Which letters were replayed, as the audit says; read once and then caught up with. */
export class ReplayLedger {
  private readonly log: Log
  private next = 0
  private readonly places = new Set<string>()

  constructor(log: Log) {
    this.log = log
  }

  /** Reads what was added to the audit. */
  async catchUp(): Promise<void> {
    for await (const { key, offset } of recordsOf(this.log, topics.deadLetterReplays, 0, this.next)) {
      this.places.add(key)
      this.next = offset + 1
    }
  }

  /** Whether a letter was replayed. @param place as of `DeadLetter` */
  has(place: string): boolean {
    return this.places.has(place)
  }
}

/** A letter, and what became of it. */
export interface StandingLetter {
  readonly letter: DeadLetter
  readonly state: LetterState
}

/** What a filter chose: all of it counted, some of it letter by letter. */
export interface Survey {
  readonly groups: readonly LetterGroup[]
  /** The first ones, up to the limit. */
  readonly letters: readonly StandingLetter[]
}

/** Counts the letters that a filter chooses by topic and reason. @param lettersMax how many to return themselves */
export async function surveyLetters(
  log: Log,
  chosen: readonly DeadLetterTopic[],
  filter: LetterFilter,
  prefix: string,
  lettersMax: number,
): Promise<Survey> {
  const ledger = new ReplayLedger(log)
  await ledger.catchUp()
  const groups = new LetterGroups(prefix)
  const letters: StandingLetter[] = []
  for (const topic of chosen) {
    for (let partition = 0; partition < topic.partitions; partition += 1) {
      for await (const letter of readLetters(log, topic, partition, prefix)) {
        if (!isMeant(letter, filter)) continue
        const state = stateOf(letter, ledger.has(letter.place))
        groups.add(letter, state)
        if (letters.length < lettersMax) letters.push({ letter, state })
      }
    }
  }
  return { groups: groups.all(), letters }
}
