/** Reads what the report on rules is made from: labels, warnings, the times of transactions. */
import { codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'
import type { Log, LogRecord } from '../../platform/log/port.ts'
import { ReportDraft } from '../core/feedback/report.ts'
import type { RulesReport } from '../core/feedback/report.ts'
import { rulesInForce } from './rules-in-force.ts'

/**
 * Reports on the rules from what the log keeps; reads each topic once.
 * @param days length of the period that is compared with the one before
 * @param onProgress told now and then how many records were read
 * @throws LogError; UndecodableError when a record cannot be read
 */
export async function reportOnRules(
  log: Log,
  days: number,
  onProgress: (records: number) => void = () => undefined,
): Promise<RulesReport> {
  await log.ensureTopics([topics.labels, topics.warnings, topics.transactions])
  const draft = new ReportDraft()
  let records = 0
  const each = async (topic: TopicSpec, take: (record: LogRecord) => void): Promise<void> => {
    for (const [partition, { first }] of (await log.offsets(topic)).entries()) {
      for await (const record of log.read(topic, partition, first)) {
        take(record)
        records += 1
        if (records % 10_000 === 0) onProgress(records)
      }
    }
  }
  await each(topics.labels, ({ value }) => {
    if (value !== null) draft.label(codecs.label.decode(value))
  })
  await each(topics.warnings, ({ value }) => {
    if (value !== null) draft.warning(codecs.warning.decode(value))
  })
  await each(topics.transactions, ({ timestamp }) => draft.transaction(timestamp))
  const file = await rulesInForce(log)
  return draft.report(
    days,
    file.rules.map(({ id }) => id),
  )
}
