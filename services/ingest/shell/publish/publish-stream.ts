import { setImmediate as nextTurn } from 'node:timers/promises'
import { newTraceparent } from '../../../platform/telemetry/tracing.ts'
import type { NewRecord, Publisher } from '../../../platform/log/port.ts'
import type { Transaction } from '../../../../schemas/types.ts'
import { checkFields } from '../../core/transaction.ts'
import type { TransactionFields } from '../../../../schemas/transaction-csv.ts'
import { batchRecords, Tally } from './parts.ts'
import type { Published, PublishParts } from './parts.ts'
import { deadLetterOfRow, transactionRecord } from './records.ts'
import { ingestDeadLetters } from './topics.ts'

/**
 * Publishes a generated or fetched batch once. `position` counts the records of the source up to and including this batch, so a
 * batch that is given again, whole or in part, adds only what is new.
 * @throws RangeError when `position` is below the length of the batch
 */
export async function publishFields(
  parts: PublishParts,
  publisher: Publisher,
  name: string,
  rows: readonly TransactionFields[],
  position: number,
): Promise<Published> {
  const first = position - rows.length
  if (!(first >= 0))
    throw new RangeError(`${name}: position ${position} is below the ${rows.length} records of the batch`)
  const taken = await publisher.position()
  const facts = {
    origin: name,
    deadLetters: ingestDeadLetters,
    prefix: parts.prefix,
    traceparent: newTraceparent(),
  }
  const tally = new Tally()
  const records: NewRecord[] = []
  rows.forEach((fields, index) => {
    const at = first + index + 1
    if (at <= taken) {
      tally.alreadyTaken += 1
      return
    }
    const checked = checkFields(fields)
    if ('reason' in checked) {
      const raw = Buffer.from(JSON.stringify(fields))
      records.push(
        deadLetterOfRow(
          { kind: 'refused', position: at, line: at, raw, ...checked },
          parts.vault,
          parts.now(),
          facts,
        ),
      )
      tally.refuse(checked.reason)
    } else {
      records.push(transactionRecord(parts.canonical(checked), at, facts))
      tally.published += 1
    }
  })
  if (position > taken) await publisher.publish(records, position)
  tally.report(parts.metrics, 'fields')
  const { published, refused, refusedBy, alreadyTaken } = tally
  return { published, refused, refusedBy, alreadyTaken }
}

/** Publishes canonical transactions from any source, in order and once each: the source must give the same ones every time it is read. */
export async function publishTransactions(
  parts: PublishParts,
  publisher: Publisher,
  name: string,
  source: Iterable<Transaction> | AsyncIterable<Transaction>,
): Promise<Published> {
  const taken = await publisher.position()
  const tally = new Tally()
  let records: NewRecord[] = []
  let position = 0
  let facts = {
    origin: name,
    deadLetters: ingestDeadLetters,
    prefix: parts.prefix,
    traceparent: newTraceparent(),
  }
  const commit = async (): Promise<void> => {
    if (records.length === 0) return
    await publisher.publish(records, position)
    parts.metrics.records('records', 'published', records.length)
    tally.published += records.length
    records = []
    facts = { ...facts, traceparent: newTraceparent() }
    // A synchronous source and an embedded log would otherwise keep everybody else from running.
    await nextTurn()
  }
  for await (const transaction of source) {
    position += 1
    if (position <= taken) {
      tally.alreadyTaken += 1
      continue
    }
    records.push(transactionRecord(transaction, position, facts))
    if (records.length >= batchRecords) await commit()
  }
  await commit()
  return { published: tally.published, refused: 0, refusedBy: {}, alreadyTaken: tally.alreadyTaken }
}
