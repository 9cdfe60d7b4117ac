/** The golden recording: a flows log as it was once written, and what the engine made of it, to the byte. */
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { gunzipSync, gzipSync } from 'node:zlib'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { LogRecord, NewRecord } from '../../services/platform/log/port.ts'
import { createRefold, flowTypes } from '../../services/warn/app.ts'

/** A record of the flows topic. */
export interface RecordedFlows {
  readonly partition: number
  readonly type: keyof typeof flowTypes
  readonly value: Uint8Array
}

const file = (name: string): URL => new URL(`recording/${name}`, import.meta.url)

/** The flows log as it was recorded, partition by partition in order of writing. */
export function recordedFlows(): RecordedFlows[] {
  const text = gunzipSync(readFileSync(file('flows.ndjson.gz'))).toString('utf8')
  return text
    .trimEnd()
    .split('\n')
    .map((line) => {
      const { partition, type, value } = JSON.parse(line) as Omit<RecordedFlows, 'value'> & { value: string }
      return { partition, type, value: Buffer.from(value, 'base64') }
    })
}

/** Records a flows log in place of the one there is. */
export function recordFlows(records: readonly RecordedFlows[]): void {
  const lines = records.map(({ value, ...rest }) =>
    JSON.stringify({ ...rest, value: Buffer.from(value).toString('base64') }),
  )
  writeFileSync(file('flows.ndjson.gz'), gzipSync(`${lines.join('\n')}\n`, { level: 9 }))
}

/** What was said of it then, a line each. */
export function recordedSayings(): string[] {
  return readFileSync(file('said.ndjson'), 'utf8').trimEnd().split('\n')
}

/** Puts down what is said of it now. */
export function recordSayings(lines: readonly string[]): void {
  writeFileSync(file('said.ndjson'), `${lines.join('\n')}\n`)
}

/** Version of the engine that said it. */
export function recordedEngine(): number {
  return (JSON.parse(readFileSync(file('engine.json'), 'utf8')) as { readonly engine: number }).engine
}

/** Puts down the version of the engine. */
export function recordEngine(engine: number): void {
  writeFileSync(file('engine.json'), `{ "engine": ${engine} }\n`)
}

/** In words, so that a change can be read, and the digest of the bytes, so that none is overlooked. */
function saying(partition: number, { topic, key, value, timestamp }: NewRecord): string {
  const bytes = Buffer.from(value ?? '')
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  const words = wordsOf(topic, bytes)
  return JSON.stringify({ partition, topic: topic.name, key, timestamp, sha256, words })
}

function wordsOf(topic: TopicSpec, bytes: Buffer): unknown {
  if (topic === topics.outcomes) return codecs.outcome.decode(bytes)
  if (topic !== topics.flows) return shown(bytes)
  return codecs.pathBlock.decode(bytes).tokens.map(({ subject_id: subject, payments }) => ({
    subject,
    path: payments.map(({ payer_id, txn_id }) => [payer_id, txn_id]),
  }))
}

function shown(bytes: Buffer): unknown {
  const { level, score, rules, event_time, txn_ids, explanation } = codecs.warning.decode(bytes)
  return {
    level,
    score,
    rules: rules.map(({ rule_id, version, level: own, values }) => [rule_id, version, own, values]),
    event_time,
    txn_ids,
    explanation: explanation.en,
  }
}

/** Partitions of the recorded topic. */
export const partitions = 2

/** A record as the fold reads it. */
export function logRecord({ type, value }: RecordedFlows, offset: number): LogRecord {
  return { offset, key: '', value, headers: { ce_type: flowTypes[type] }, timestamp: 0 }
}

/**
 * What the engine says of a flows log now, a line for each record it would write to others, partition by partition. What it tells
 * itself of paths is in the log already. @param batch records folded at once
 */
export function sayingsOf(records: readonly RecordedFlows[], batch = 100): string[] {
  const byPartition = Map.groupBy(records, ({ partition }) => partition)
  return [...byPartition].flatMap(([partition, own]) => {
    const refold = createRefold(partition, { partitions })
    const log = own.map(logRecord)
    const outputs: NewRecord[] = []
    for (let from = 0; from < log.length; from += batch)
      outputs.push(...refold.fold(log.slice(from, from + batch)))
    return outputs.filter(({ topic }) => topic !== topics.flows).map((output) => saying(partition, output))
  })
}
