import { codecs } from '../../../../schemas/codec.ts'
import { topicName, topics } from '../../../../schemas/topics.ts'
import type { DeadLetterTopic } from '../../../../schemas/topics.ts'
import type { Fact, Transaction } from '../../../../schemas/types.ts'
import { factHeaders } from '../../../platform/dead-letters/letter.ts'
import type { IdentityVault } from '../../../platform/identity/port.ts'
import type { NewRecord } from '../../../platform/log/port.ts'
import { payerSubject } from '../../core/canonical.ts'
import { fileReasons, recordReasons } from '../../core/reasons.ts'
import type { FileRefusal } from '../../core/reasons.ts'
import type { RefusedRow } from '../../core/read-result.ts'

type Headers = Readonly<Record<string, string>>

/** What a batch of records has in common. */
export interface BatchFacts {
  /** First part of every event id: the file's hash, or the publisher's name. */
  readonly origin: string
  /** Where those go that cannot be used; its origin is where they were meant for. */
  readonly deadLetters: DeadLetterTopic
  readonly prefix: string
  readonly traceparent: string
}

function cloudEvent(id: string, type: string, at: number, contentType: string, traceparent: string): Headers {
  return {
    ce_id: id,
    ce_source: '/weir/ingest',
    ce_type: type,
    ce_specversion: '1.0',
    ce_time: new Date(at).toISOString(),
    'content-type': contentType,
    traceparent,
  }
}

/** The record of one transaction: key = payer subject, timestamp = event time. `position` makes its event id unique within its origin. */
export function transactionRecord(transaction: Transaction, position: number, facts: BatchFacts): NewRecord {
  const { booked_at: at } = transaction
  return {
    topic: topics.transactions,
    key: payerSubject(transaction),
    value: codecs.transaction.encode(transaction),
    headers: cloudEvent(
      `${facts.origin}:${position}`,
      'weir.transaction',
      at,
      'application/avro',
      facts.traceparent,
    ),
    timestamp: at,
  }
}

/**
 * The record of one fact: key = subject. Its timestamp is when it was taken in, because retention goes by it and a fact may be
 * years old. `now`: ms since 1970.
 */
export function factRecord(fact: Fact, position: number, now: number, facts: BatchFacts): NewRecord {
  return {
    topic: topics.facts,
    key: fact.subject_id,
    value: codecs.fact.encode(fact),
    headers: cloudEvent(
      `${facts.origin}:${position}`,
      'weir.fact',
      fact.event_time,
      'application/avro',
      facts.traceparent,
    ),
    timestamp: now,
  }
}

/** CloudEvents type of a record that was refused. */
function refusedType({ deadLetters }: BatchFacts): string {
  return deadLetters.origin === topics.facts ? 'weir.fact.refused' : 'weir.transaction.refused'
}

function errorHeaders(
  facts: BatchFacts,
  offset: number,
  message: string,
  refusal: Omit<FileRefusal, 'reason'> & { readonly reason: string },
): Headers {
  return {
    ...factHeaders(
      { topic: topicName(facts.deadLetters.origin, facts.prefix), partition: -1, offset },
      {
        reason: refusal.reason,
        exception: 'weir.ingest.Refused',
        message: refusal.detail === '' ? message : `${message} (${refusal.detail})`,
      },
    ),
    'x-detail': refusal.detail,
    'x-origin': facts.origin,
    'x-sealed': 'identity-vault',
  }
}

/**
 * The dead letter of one record: the raw bytes sealed, because they hold clear account numbers; the facts in headers, because they
 * hold none. `now`: ms since 1970.
 */
export function deadLetterOfRow(
  row: RefusedRow,
  vault: IdentityVault,
  now: number,
  facts: BatchFacts,
): NewRecord {
  const id = `${facts.origin}:${row.position}`
  return {
    topic: facts.deadLetters,
    key: facts.origin,
    value: vault.sealBytes(row.raw),
    headers: {
      ...cloudEvent(id, refusedType(facts), now, 'application/octet-stream', facts.traceparent),
      ...errorHeaders(facts, row.position, recordReasons[row.reason].en, row),
      'x-line': String(row.line),
      'x-position': String(row.position),
    },
    timestamp: now,
  }
}

/** The dead letter of a whole file: facts only, its content stays where it is. */
export function deadLetterOfFile(refusal: FileRefusal, now: number, facts: BatchFacts): NewRecord {
  return {
    topic: facts.deadLetters,
    key: facts.origin,
    value: new Uint8Array(),
    headers: {
      ...cloudEvent(
        `${facts.origin}:file`,
        'weir.file.refused',
        now,
        'application/octet-stream',
        facts.traceparent,
      ),
      ...errorHeaders(facts, 0, fileReasons[refusal.reason].en, refusal),
    },
    timestamp: now,
  }
}
