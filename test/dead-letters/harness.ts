/** What the dead-letter contract asks of a log, and the small things its tests share. */
import { randomUUID } from 'node:crypto'
import { topics } from '../../schemas/topics.ts'
import { codecs } from '../../schemas/codec.ts'
import type { DeadLetterReplay } from '../../schemas/types.ts'
import { deadLetterRecord } from '../../services/platform/dead-letters/letter.ts'
import type { ReplayParts, ReplayRequest, ReplayResult } from '../../services/platform/dead-letters/replay.ts'
import { replayDeadLetters } from '../../services/platform/dead-letters/replay.ts'
import type { Log, LogRecord } from '../../services/platform/log/port.ts'
import { warnDeadLetters } from '../../services/warn/app.ts'
import type { OpenOptions } from '../log/contract/harness.ts'
import { all } from '../log/contract/harness.ts'

/** A log of a test's own, which other processes can open too. */
export interface LogForLetters {
  readonly prefix: string
  /** Opens the log; several may be open on the same data. All are closed by `remove`. */
  readonly open: (options?: OpenOptions) => Promise<Log>
  /** Settings with which the `weir` command finds it. */
  readonly environment: Readonly<Record<string, string>>
  readonly remove: () => Promise<void>
}

/** A prefix that no other test has: tests may share a broker. */
export function newPrefix(): string {
  return `dlq-${randomUUID().slice(0, 8)}`
}

/** Where the letters of these tests lie, and where they came from. */
export const letterTopic = warnDeadLetters.transactions

/** The reasons of these tests' letters, in turn. */
export const reasons = ['corrupt_body', 'unknown_schema', 'conflicting_duplicate'] as const

/** Timestamp of the first record; each later one is a second younger. */
export const firstAt = Date.parse('2026-03-02T01:30:00Z')

/** What record number `n` was before it was set aside; every fifth has no key. */
export function original(n: number): Omit<LogRecord, 'offset'> {
  return {
    key: n % 5 === 4 ? '' : `p_${n % 7}`,
    value: Buffer.from([n % 256, 255, 0, n >> 8]),
    headers: { ce_id: `event-${n}`, traceparent: `trace ${n}` },
    timestamp: firstAt + n * 1000,
  }
}

/** Publishes `count` dead letters, as a reader would. */
export async function publishLetters(log: Log, prefix: string, count: number): Promise<void> {
  await log.ensureTopics([topics.transactions, letterTopic])
  const publisher = await log.publisher(`${prefix}-letters`)
  const from = await publisher.position()
  const letters = Array.from({ length: count }, (_, index) => {
    const n = from + index
    const facts = {
      reason: reasons[n % reasons.length] ?? '',
      exception: 'UndecodableError',
      message: 'cannot be used',
    }
    const partition = n % topics.transactions.partitions
    return deadLetterRecord(letterTopic, partition, { offset: n, ...original(n) }, facts, prefix)
  })
  await publisher.publish(letters, from + count)
  await publisher.close()
}

/** Everything on the topic that letters are replayed to: partition and record. */
export async function published(log: Log): Promise<{ partition: number; record: LogRecord }[]> {
  const partitions = Array.from({ length: topics.transactions.partitions }, (_, partition) => partition)
  const found = await Promise.all(partitions.map((partition) => all(log, topics.transactions, partition)))
  return found.flatMap((records, partition) => records.map((record) => ({ partition, record })))
}

/** Numbers of the records published again, ascending: each must be there once. */
export async function publishedNumbers(log: Log): Promise<number[]> {
  const found = await published(log)
  return found
    .map(({ record }) => Number(record.headers['ce_id']?.slice('event-'.length)))
    .toSorted((a, b) => a - b)
}

/** 0 … count - 1. */
export function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n)
}

/** The audit of replays, in order. */
export async function audit(log: Log): Promise<DeadLetterReplay[]> {
  await log.ensureTopics([topics.deadLetterReplays])
  const records = await all(log, topics.deadLetterReplays, 0)
  return records.map(({ value }) => codecs.deadLetterReplay.decode(value ?? new Uint8Array()))
}

/** Replays in this process; only what matters to a test is given. */
export function replay(
  log: Log,
  prefix: string,
  request: Partial<ReplayRequest> = {},
  parts: Partial<ReplayParts> = {},
): Promise<ReplayResult> {
  return replayDeadLetters(
    {
      log,
      prefix,
      now: () => firstAt,
      ticks: () => 0,
      pause: async () => undefined,
      signal: new AbortController().signal,
      onProgress: () => undefined,
      ...parts,
    },
    {
      topics: [letterTopic],
      filter: {},
      by: 'wang',
      why: '',
      runId: 'run',
      ratePerSecond: undefined,
      triesMax: 3,
      dryRun: false,
      ...request,
    },
  )
}
