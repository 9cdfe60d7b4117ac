/** Warnings of the engine as the peer benchmark wants them: JSON, with the timestamp of the input record. */
import { codecs } from '../../schemas/codec.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Warning } from '../../schemas/types.ts'
import { dayMs } from '../../services/platform/calendar/day.ts'
import type { NewRecord } from '../../services/platform/log/port.ts'
import { stamped } from './transaction.ts'

/** The transaction a warning was raised at, as far as the warning shows it; else the last one in its window. */
function raisedAt({ evidence, event_time, last_txn_id }: Warning): string {
  return evidence.find((one) => one.event_time === event_time)?.txn_id ?? last_txn_id
}

/** What a record of the warnings topic says, for the peers' topic. */
export function peerWarning({ value, key }: NewRecord, topic: TopicSpec): NewRecord {
  const warning = codecs.warning.decode(value ?? Buffer.alloc(0))
  const { txnId, timestamp } = stamped.read(raisedAt(warning))
  const text = JSON.stringify({
    rule: warning.rules[0]?.rule_id,
    subject: warning.subject_id,
    day: Math.floor(warning.event_time / dayMs),
    txn: txnId,
  })
  return { topic, key, value: Buffer.from(text), headers: {}, timestamp }
}
