/** What the contract suite asks of an adapter, and the small things its tests share. */
import { setTimeout as delay } from 'node:timers/promises'
import { randomUUID } from 'node:crypto'
import type { Observable, Subscription } from 'rxjs'
import type { TopicSpec } from '../../../schemas/topics.ts'
import type { Log, LogRecord, NewRecord, Progress } from '../../../services/platform/log/port.ts'
import type { RestartPolicy } from '../../../services/platform/log/restart.ts'

/** How a test opens the log. */
export interface OpenOptions {
  /** Called around every commit: throwing in `before` must look like a commit that failed, in `after` like one whose answer was lost. */
  readonly faults?: { readonly before?: () => void; readonly after?: () => void }
  readonly restart?: Partial<RestartPolicy>
}

/** An adapter on a data store of its own. */
export interface LogUnderTest {
  /** Opens the log; several may be open on the same data. All are closed by `remove`. */
  open(options?: OpenOptions): Promise<Log>
  /** From now on this opener is a process that stands still: it says nothing to anybody, but may wake up with work in hand. */
  stall?(log: Log): void
  /** Deletes the records before an offset, as retention would, whoever still needs them. */
  deleteBefore(topic: TopicSpec, partition: number, offset: number): Promise<void>
  /** Records with values of this size are accepted … */
  readonly valueBytesAccepted: number
  /** … and of this size refused. */
  readonly valueBytesRefused: number
  remove(): Promise<void>
}

/** Restarts at once, and often. */
export const quickRestart: Partial<RestartPolicy> = {
  attemptsMax: 50,
  random: () => 0,
  sleep: async () => undefined,
}

/** A topic that no other test knows. */
export function newTopic(partitions = 1, cleanup: TopicSpec['cleanup'] = 'delete'): TopicSpec {
  return { name: `contract.${randomUUID()}.v1`, partitions, cleanup, retentionMs: 0 }
}

/** A group or publisher name that no other test knows. */
export function newName(): string {
  return `contract-${randomUUID()}`
}

/** A record with a value of text; `n` also becomes its timestamp. */
export function record(topic: TopicSpec, key: string, n: number, more: Partial<NewRecord> = {}): NewRecord {
  return { topic, key, value: Buffer.from(String(n)), headers: { ce_id: String(n) }, timestamp: n, ...more }
}

/** Publishes under a name of its own. */
export async function publish(log: Log, records: readonly NewRecord[]): Promise<void> {
  const publisher = await log.publisher(newName())
  await publisher.publish(records, 1)
  await publisher.close()
}

/** Everything in a partition. */
export async function all(log: Log, topic: TopicSpec, partition: number, from = 0): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  for await (const one of log.read(topic, partition, from)) found.push(one)
  return found
}

/** Values of a partition as text, tombstones as null. */
export async function texts(log: Log, topic: TopicSpec, partition: number): Promise<(string | null)[]> {
  return (await all(log, topic, partition)).map(({ value }) =>
    value === null ? null : Buffer.from(value).toString(),
  )
}

/** A reader that was started, what it told, and how it ended. */
export interface Started {
  readonly progress: Progress[]
  /** Resolves when it completed, rejects with its error. */
  readonly ended: Promise<void>
  /** Unsubscribes. */
  stop(): void
}

/** Subscribes. */
export function start(stream: Observable<Progress>): Started {
  const progress: Progress[] = []
  let subscription: Subscription | undefined
  const ended = new Promise<void>((resolve, reject) => {
    subscription = stream.subscribe({ next: (one) => progress.push(one), error: reject, complete: resolve })
  })
  // A test may not care how its reader ends.
  ended.catch(() => undefined)
  return { progress, ended, stop: () => subscription?.unsubscribe() }
}

/** Waits until a condition holds. The limit only ends what hangs. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> {
  const limit = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`${what} did not come to hold within a minute`)
    await delay(2)
  }
}

/** True when a group has committed everything a topic holds. */
export async function isCaughtUp(log: Log, group: string, topic: TopicSpec): Promise<boolean> {
  const ends = await log.offsets(topic)
  const positions = await Promise.all(ends.map((_, partition) => log.committed(group, topic, partition)))
  return ends.every(({ next }, partition) => (positions[partition] ?? 0) >= next)
}

/** Waits until a group has committed everything a topic holds; rejects when its stream fails. */
export async function caughtUp(log: Log, group: string, topic: TopicSpec, started?: Started): Promise<void> {
  let failure: { readonly error: unknown } | undefined
  started?.ended.catch((error: unknown) => (failure = { error }))
  await until(async () => {
    if (failure) throw asError(failure.error)
    return isCaughtUp(log, group, topic)
  }, `group ${group} at the end of ${topic.name}`)
}

/** A promise to be resolved by hand. */
export function gate(): { readonly passed: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}
