/** Records casework cannot use: bytes untouched, facts in headers (KIP-1034), nothing about a person in the message. */
import { topicName } from '../../../schemas/topics.ts'
import type { Batch, LogRecord } from '../../platform/log/port.ts'
import type { Message } from './append.ts'
import type { Output } from './records.ts'

/** Why a record is set aside. */
export interface DeadLetterFacts {
  /** Short, stable, for metrics and tools. */
  readonly reason: string
  readonly exception: string
  readonly message: string
}

/** The message that sets one record aside. */
export function deadLetter(
  output: Extract<Output, `${string}_dead_letters`>,
  { topic, partition }: Batch,
  record: LogRecord,
  facts: DeadLetterFacts,
): Message {
  return {
    output,
    key: record.key,
    value: record.value,
    headers: {
      ...record.headers,
      '__streams.errors.topic': topicName(topic),
      '__streams.errors.partition': String(partition),
      '__streams.errors.offset': String(record.offset),
      '__streams.errors.exception': facts.exception,
      '__streams.errors.message': facts.message,
      'x-reason': facts.reason,
    },
    at: record.timestamp,
  }
}
