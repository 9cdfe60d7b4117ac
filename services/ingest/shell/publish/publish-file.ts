import { childOf } from '../../../platform/telemetry/tracing.ts'
import type { NewRecord, Publisher } from '../../../platform/log/port.ts'
import type { FactKind } from '../../../../schemas/fact.ts'
import type { DeadLetterTopic } from '../../../../schemas/topics.ts'
import { canonicalFact } from '../../core/facts/canonical.ts'
import type { ClearFact } from '../../core/facts/fact.ts'
import type { FileRefusal } from '../../core/reasons.ts'
import type { ClearTransaction } from '../../core/transaction.ts'
import type { ReadResult } from '../../core/read-result.ts'
import type { Input } from '../read/input.ts'
import { batchRecords, Tally } from './parts.ts'
import type { Published, PublishParts } from './parts.ts'
import { deadLetterOfFile, deadLetterOfRow, factRecord, transactionRecord } from './records.ts'
import type { BatchFacts } from './records.ts'
import { factDeadLetters, ingestDeadLetters } from './topics.ts'

/*
 * A publisher's position only rises, and must say two things: how many records of the file are in the log, and whether that is all.
 * So it is twice the number of records, plus one when the file is complete.
 */
const positionAt = (records: number): number => 2 * records
const positionComplete = (records: number): number => 2 * records + 1
const recordsAt = (position: number): number => Math.floor(position / 2)
const isComplete = (position: number): boolean => position % 2 === 1

/** How far a file has come. */
export interface FileProgress {
  readonly published: number
  readonly refused: number
  readonly alreadyTaken: number
  /** Bytes of the decompressed content read. */
  readonly bytes: number
}

/** How the publishing of a file ended. */
export interface FilePublished extends Published {
  /** `unchanged`: all of it was there before; `interrupted`: the signal came, the next call goes on. */
  readonly status: 'ingested' | 'resumed' | 'unchanged' | 'interrupted'
}

/** What one commit holds, while it is being put together. */
class FileBatch {
  records: NewRecord[] = []
  tally = new Tally()
  /** Position of the last record put in. */
  position = 0
}

/** Where the records of a file go, and what makes one of them. */
export interface Delivery<Clear> {
  /** The publisher is named after it and the file's hash; refusals of whole files after the second. */
  readonly publisher: string
  readonly refusals: string
  readonly deadLetters: DeadLetterTopic
  record(clear: Clear, position: number, facts: BatchFacts): NewRecord
}

/** Payments, to the transactions topic. */
export function paymentDelivery(parts: PublishParts): Delivery<ClearTransaction> {
  return {
    publisher: 'ingest:',
    refusals: 'ingest-refused:',
    deadLetters: ingestDeadLetters,
    record: (clear, position, facts) => transactionRecord(parts.canonical(clear), position, facts),
  }
}

/** Facts of one kind, to the facts topic. The same content given as another kind is another file. */
export function factDelivery(parts: PublishParts, kind: FactKind): Delivery<ClearFact> {
  return {
    publisher: `ingest-facts:${kind}:`,
    refusals: `ingest-facts-refused:${kind}:`,
    deadLetters: factDeadLetters,
    record: (clear, position, facts) =>
      factRecord(canonicalFact(clear, parts.vault), position, parts.now(), facts),
  }
}

function put<Clear>(
  batch: FileBatch,
  result: ReadResult<Clear>,
  parts: PublishParts,
  delivery: Delivery<Clear>,
  facts: BatchFacts,
): void {
  batch.position = result.position
  if (result.kind === 'row') {
    batch.records.push(delivery.record(result.clear, result.position, facts))
    batch.tally.published += 1
  } else {
    batch.records.push(deadLetterOfRow(result, parts.vault, parts.now(), facts))
    batch.tally.refuse(result.reason)
  }
}

async function publishRest<Clear>(
  parts: PublishParts,
  delivery: Delivery<Clear>,
  input: Input<Clear>,
  publisher: Publisher,
  options: {
    readonly traceparent: string
    readonly signal: AbortSignal
    readonly onProgress: (progress: FileProgress) => void
  },
): Promise<{ readonly total: Tally; readonly isInterrupted: boolean }> {
  const total = new Tally()
  const taken = recordsAt(await publisher.position())
  const begin = (): BatchFacts => ({
    origin: input.sha256,
    deadLetters: delivery.deadLetters,
    prefix: parts.prefix,
    traceparent: childOf(options.traceparent),
  })
  let facts = begin()
  let batch = new FileBatch()
  let last = taken
  const commit = async (position: number): Promise<void> => {
    await publisher.publish(batch.records, position)
    batch.tally.report(parts.metrics, input.format, delivery.deadLetters.origin)
    total.add(batch.tally)
    batch = new FileBatch()
    facts = begin()
  }
  for await (const { results, bytes } of input.read()) {
    for (const result of results) {
      if (result.position <= taken) {
        total.alreadyTaken += 1
        continue
      }
      put(batch, result, parts, delivery, facts)
      last = batch.position
      if (batch.records.length >= batchRecords) await commit(positionAt(last))
    }
    const { published, refused, alreadyTaken } = total
    options.onProgress({ published, refused, alreadyTaken, bytes })
    if (options.signal.aborted) return { total, isInterrupted: true }
  }
  await commit(positionComplete(last))
  return { total, isInterrupted: false }
}

/**
 * Publishes what is not yet in the log of one file: its records to their topic, its refused ones to the dead letters,
 * each batch and the position behind it in one commit. The same content, whatever its name, is published once; a killed run goes on
 * where it was.
 * @throws LogError `fenced` when another process takes in the same file
 */
export async function publishFile<Clear>(
  parts: PublishParts,
  delivery: Delivery<Clear>,
  input: Input<Clear>,
  options: Parameters<typeof publishRest>[4],
): Promise<FilePublished> {
  const publisher = await parts.log.publisher(`${delivery.publisher}${input.sha256}`)
  try {
    const position = await publisher.position()
    if (isComplete(position)) {
      return {
        status: 'unchanged',
        published: 0,
        refused: 0,
        refusedBy: {},
        alreadyTaken: recordsAt(position),
      }
    }
    const { total, isInterrupted } = await publishRest(parts, delivery, input, publisher, options)
    const { published, refused, refusedBy, alreadyTaken } = total
    const status = isInterrupted ? 'interrupted' : position > 0 ? 'resumed' : 'ingested'
    return { status, published, refused, refusedBy, alreadyTaken }
  } finally {
    await publisher.close()
  }
}

/** Puts a refused file on record, once for its content; it may be tried again when a later version can read it. */
export async function publishRefusal(
  parts: PublishParts,
  { refusals, deadLetters }: Pick<Delivery<never>, 'refusals' | 'deadLetters'>,
  sha256: string,
  refusal: FileRefusal,
  traceparent: string,
): Promise<void> {
  const publisher = await parts.log.publisher(`${refusals}${sha256}`)
  try {
    if ((await publisher.position()) > 0) return
    const facts = { origin: sha256, deadLetters, prefix: parts.prefix, traceparent }
    await publisher.publish([deadLetterOfFile(refusal, parts.now(), facts)], 1)
    parts.metrics.deadLetter(refusal.reason, 1, deadLetters.origin)
  } finally {
    await publisher.close()
  }
}
