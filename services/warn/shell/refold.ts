/** The flows of a log folded anew, and what comes of it held against what the log holds (G2). */
import { createHash } from 'node:crypto'
import { Registry } from 'prom-client'
import { topics } from '../../../schemas/topics.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'
import { LogError } from '../../platform/log/port.ts'
import type { Log, LogRecord, NewRecord } from '../../platform/log/port.ts'
import { noState } from '../core/state.ts'
import { WarnMetrics } from './metrics.ts'
import { groups } from './records.ts'
import { scoreTask } from './score-task.ts'
import type { ScoreTaskOptions } from './score-task.ts'

/** Folds records of one partition of the flows topic, in order, as stage two does; says what it would write. Begins without state; nothing is stored. */
export interface Refold {
  fold(records: readonly LogRecord[]): readonly NewRecord[]
}

/** A fold of one partition from its beginning. `partitions` of the flows topic: default as declared; `prefix` of topic names: default `weir`. */
export function createRefold(
  partition: number,
  options: Pick<ScoreTaskOptions, 'partitions' | 'prefix'> = {},
): Refold {
  const task = scoreTask(new WarnMetrics(new Registry()), {
    ...options,
    checkpointFlows: Number.POSITIVE_INFINITY,
    checkpointBatches: Number.POSITIVE_INFINITY,
  })
  const processor = task.open(partition, noState)
  return {
    fold(records) {
      const nextOffset = (records.at(-1)?.offset ?? -1) + 1
      const batch = { topic: topics.flows, partition, records, nextOffset, endOffset: nextOffset }
      const result = processor.process(batch)
      if (result instanceof Promise) throw new TypeError('stage two folds at once')
      return result.outputs
    },
  }
}

/** How what was folded anew compares with the log; ids are CloudEvents ids of records. */
export interface Refolded {
  /** Warnings and outcomes that the log holds with the same bytes. */
  same: number
  /** In the log, with other bytes. */
  readonly different: string[]
  /** Not in the log. */
  readonly missing: string[]
  /** In the log, and not found again. */
  readonly unexpected: string[]
  /** False when the log no longer begins at its beginning: what it lost cannot be folded, so differences say nothing. */
  isWhole: boolean
  /** Records of the flows topic, as far as stage two had come. */
  records: number
}

/** Told of every record that the fold would write, in order, and after each batch how far it is. */
export interface RefoldObserver {
  output(record: NewRecord): Promise<void> | void
  progress(records: number, of: number): void
}

const batchRecords = 500

async function offsetsOf(log: Log, topic: TopicSpec): ReturnType<Log['offsets']> {
  try {
    return await log.offsets(topic)
  } catch (error) {
    if (error instanceof LogError && error.code === 'unknown_topic') return []
    throw error
  }
}

function nameOf(topic: TopicSpec, headers: LogRecord['headers']): string {
  return `${topic.name} ${headers['ce_id'] ?? ''}`
}

function digest(value: Uint8Array | null): string {
  return createHash('sha256')
    .update(value ?? '')
    .digest('base64')
}

/** Digests of what the log holds, by name. */
async function recorded(log: Log): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  for (const topic of [topics.warnings, topics.outcomes]) {
    for (const [partition, { first }] of (await offsetsOf(log, topic)).entries()) {
      for await (const { headers, value } of log.read(topic, partition, first)) {
        const name = nameOf(topic, headers)
        const known = found.get(name)
        if (known === undefined) found.set(name, [digest(value)])
        else known.push(digest(value))
      }
    }
  }
  return found
}

/** @param isDue false when the log may not have held it yet when it was read */
function compare(
  held: Map<string, string[]>,
  { topic, headers, value }: NewRecord,
  isDue: boolean,
  result: Refolded,
): void {
  const name = nameOf(topic, headers)
  const digests = held.get(name) ?? []
  const at = digests.indexOf(digest(value))
  if (at >= 0) {
    result.same += 1
    digests.splice(at, 1)
  } else if (digests.pop() !== undefined) result.different.push(name)
  else if (isDue) result.missing.push(name)
}

/** Where stage two stands in each partition of the flows topic. */
async function positions(log: Log, partitions: number): Promise<number[]> {
  const found = []
  for (let partition = 0; partition < partitions; partition += 1)
    found.push(await log.committed(groups.score, topics.flows, partition))
  return found
}

/**
 * Folds every partition of the flows topic anew, with the controls recorded in it, up to where stage two has come, and compares.
 * Works beside running services. @throws LogError
 */
export async function refoldLog(log: Log, prefix: string, observer: RefoldObserver): Promise<Refolded> {
  const result: Refolded = { same: 0, different: [], missing: [], unexpected: [], isWhole: true, records: 0 }
  const spans = await offsetsOf(log, topics.flows)
  // What came of records before the first position is there when the log is read, and nothing that came of records after the second.
  const before = await positions(log, spans.length)
  const held = await recorded(log)
  const after = await positions(log, spans.length)
  const all = spans.reduce(
    (sum, { first }, partition) => sum + Math.max(0, (after[partition] ?? 0) - first),
    0,
  )
  for (const [partition, { first }] of spans.entries()) {
    if (first > 0) result.isWhole = false
    const refold = createRefold(partition, { prefix, partitions: spans.length })
    const fold = async (records: readonly LogRecord[], isDue: boolean): Promise<void> => {
      for (const output of refold.fold(records)) {
        await observer.output(output)
        if (output.topic === topics.warnings || output.topic === topics.outcomes)
          compare(held, output, isDue, result)
      }
      result.records += records.length
      observer.progress(result.records, all)
    }
    const ends = { due: before[partition] ?? 0, last: after[partition] ?? 0 }
    for await (const { records, isDue } of batches(log, partition, first, ends)) await fold(records, isDue)
  }
  for (const [name, digests] of held) for (const _ of digests) result.unexpected.push(name)
  return result
}

async function* batches(
  log: Log,
  partition: number,
  first: number,
  { due, last }: { readonly due: number; readonly last: number },
): AsyncGenerator<{ readonly records: readonly LogRecord[]; readonly isDue: boolean }, void, undefined> {
  let records: LogRecord[] = []
  let isDue = true
  for await (const record of log.read(topics.flows, partition, first)) {
    if (record.offset >= last) break
    if (records.length >= batchRecords || (isDue && record.offset >= due)) {
      yield { records, isDue }
      records = []
    }
    isDue = record.offset < due
    records.push(record)
  }
  yield { records, isDue }
}
