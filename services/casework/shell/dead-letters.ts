/** Dead letters of casework go through the outbox, in the transaction that moves the position. */
import { deadLetterRecord } from '../../platform/dead-letters/letter.ts'
import type { DeadLetterFacts } from '../../platform/dead-letters/letter.ts'
import type { Batch, LogRecord } from '../../platform/log/port.ts'
import type { Message } from './append.ts'
import { outputs } from './records.ts'
import type { Output } from './records.ts'

/** A record set aside: the message for the outbox, and the reason for the metrics. */
export interface SetAside {
  readonly message: Message
  readonly reason: string
}

/** Sets one record aside. @param prefix of topic names, for the facts */
export function setAside(
  output: Extract<Output, `${string}_dead_letters`>,
  { partition }: Batch,
  record: LogRecord,
  facts: DeadLetterFacts,
  prefix: string,
): SetAside {
  const letter = deadLetterRecord(outputs[output], partition, record, facts, prefix)
  const { key, value, headers, timestamp: at } = letter
  return { message: { output, key, value, headers, at }, reason: facts.reason }
}
