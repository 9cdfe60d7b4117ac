/**
 * The one place where dead letters are made, and where their facts are read back. A dead letter is the record as it was
 * (key, value, timestamp and headers untouched) with facts in further headers, named as Kafka Streams names them (KIP-1034).
 * No fact repeats a value of the record, and there is no stack trace: both could say something about a person. Pure.
 */
import type { UndecodableError } from '../../../schemas/codec.ts'
import type { DeadLetterTopic } from '../../../schemas/topics.ts'
import { storedTopicName } from '../log/names.ts'
import type { LogRecord, NewRecord } from '../log/port.ts'

/** Headers that a dead letter has besides those of its record, and two that a replay adds to the record. */
export const letterHeaders = {
  topic: '__streams.errors.topic',
  partition: '__streams.errors.partition',
  offset: '__streams.errors.offset',
  exception: '__streams.errors.exception',
  message: '__streams.errors.message',
  reason: 'x-reason',
  /** Bytes of a record that was too large to be carried along: it stays where it was read. */
  leftOut: 'x-left-out',
  /** Place of the dead letter that was published again as this record. */
  replayOf: 'x-replay-of',
  /** How often the record was replayed. */
  replays: 'x-replays',
} as const

/** Every fact that Kafka Streams may add begins so. */
const streamsPrefix = '__streams.errors.'

/** Why a record is set aside. */
export interface DeadLetterFacts {
  /** Short and stable, for metrics and tools. */
  readonly reason: string
  /** Kind of error, as a class name. */
  readonly exception: string
  /** For people; never a value of the record. */
  readonly message: string
}

/** Where a record was read when it was set aside. */
export interface Origin {
  /** Full name of the topic, prefix included. */
  readonly topic: string
  /** -1 when the record never got into the topic: ingestion refused it. */
  readonly partition: number
  readonly offset: number
}

/** Why a dead letter cannot be replayed as it is. */
export type Obstacle = 'never_published' | 'left_out' | 'origin_unknown'

/** A dead letter with its facts read back. */
export interface DeadLetter {
  readonly topic: DeadLetterTopic
  readonly partition: number
  /** Partitions of `topic.origin` in this log. */
  readonly originPartitions: number
  /** `topic/partition/offset` with the full name of the topic; unique. */
  readonly place: string
  readonly record: LogRecord
  readonly facts: DeadLetterFacts
  readonly origin: Origin
  /** Place of the dead letter whose replay came back as this one. */
  readonly replayOf: string | undefined
  /** How often the record was replayed before it came here; 0 at first. */
  readonly replays: number
  readonly obstacle: Obstacle | undefined
}

/**
 * Bytes of key, value and headers that a dead letter may have: less than the log's limit for one record, so that setting
 * aside never fails. What is larger leaves a letter with facts only; the record stays where it was read.
 */
export const letterBytesMax = 990_000

/** The facts of a record that no codec could decode. */
export function undecodableFacts({ reason, name, message }: UndecodableError): DeadLetterFacts {
  return { reason, exception: name, message }
}

/** The facts as headers. */
export function factHeaders(origin: Origin, facts: DeadLetterFacts): Record<string, string> {
  return {
    [letterHeaders.topic]: origin.topic,
    [letterHeaders.partition]: String(origin.partition),
    [letterHeaders.offset]: String(origin.offset),
    [letterHeaders.exception]: facts.exception,
    [letterHeaders.message]: facts.message,
    [letterHeaders.reason]: facts.reason,
  }
}

function bytesOf({ key, value, headers }: Pick<NewRecord, 'key' | 'value' | 'headers'>): number {
  const texts = [key, ...Object.entries(headers).flat()]
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), value?.length ?? 0)
}

/**
 * The record that sets another one aside, to be written in the commit that moves the reader's position behind it.
 * @param partition where the record was read
 * @param prefix of topic names, for the facts
 */
export function deadLetterRecord(
  topic: DeadLetterTopic,
  partition: number,
  record: LogRecord,
  facts: DeadLetterFacts,
  prefix: string,
): NewRecord {
  const { key, value, timestamp, offset } = record
  const known = factHeaders({ topic: storedTopicName(topic.origin, prefix), partition, offset }, facts)
  const whole = { topic, key, value, headers: { ...record.headers, ...known }, timestamp }
  if (bytesOf(whole) <= letterBytesMax) return whole
  const headers = { ...known, [letterHeaders.leftOut]: String(bytesOf(record)) }
  return { topic, key: '', value: null, headers, timestamp }
}

/** `topic/partition/offset` with the full name of the topic. */
function placeOf(topic: DeadLetterTopic, partition: number, offset: number, prefix: string): string {
  return `${storedTopicName(topic, prefix)}/${partition}/${offset}`
}

function numberOf(text: string | undefined): number {
  return text !== undefined && /^-?\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}

function obstacleOf(record: LogRecord, origin: Origin, partitions: number): Obstacle | undefined {
  if (origin.partition < 0) return 'never_published'
  if (record.headers[letterHeaders.leftOut] !== undefined) return 'left_out'
  // Comparisons with what is not a number are false.
  return origin.partition < partitions && origin.offset >= 0 ? undefined : 'origin_unknown'
}

/** Where a letter was read, and what is known of the log it was read from. */
export interface LetterPlace extends Pick<DeadLetter, 'topic' | 'partition' | 'originPartitions'> {
  /** Prefix of topic names. */
  readonly prefix: string
}

/** Reads the facts of a dead letter back. One without facts, put there by somebody else, has the reason `unknown`. */
export function readLetter(place: LetterPlace, record: LogRecord): DeadLetter {
  const { topic, partition, originPartitions, prefix } = place
  const { headers } = record
  const origin = {
    topic: headers[letterHeaders.topic] ?? storedTopicName(topic.origin, prefix),
    partition: numberOf(headers[letterHeaders.partition]),
    offset: numberOf(headers[letterHeaders.offset]),
  }
  return {
    topic,
    partition,
    originPartitions,
    place: placeOf(topic, partition, record.offset, prefix),
    record,
    facts: {
      reason: headers[letterHeaders.reason] ?? 'unknown',
      exception: headers[letterHeaders.exception] ?? '',
      message: headers[letterHeaders.message] ?? '',
    },
    origin,
    replayOf: headers[letterHeaders.replayOf],
    replays: Math.max(0, numberOf(headers[letterHeaders.replays]) || 0),
    obstacle: obstacleOf(record, origin, originPartitions),
  }
}

/** Headers of the record itself: those of a letter without the facts, and without what an earlier replay added. */
export function originalHeaders({ record }: Pick<DeadLetter, 'record'>): Record<string, string> {
  const own = new Set<string>(Object.values(letterHeaders))
  return Object.fromEntries(
    Object.entries(record.headers).filter(([name]) => !own.has(name) && !name.startsWith(streamsPrefix)),
  )
}
