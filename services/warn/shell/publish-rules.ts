/** Puts a rule set into force: one atomic write to every partition of the flows topic, so that it applies at one place in each. */
import { setTimeout as pause } from 'node:timers/promises'
import { codecs } from '../../../schemas/codec.ts'
import { topics } from '../../../schemas/topics.ts'
import type { Log, NewRecord } from '../../platform/log/port.ts'
import { LogError } from '../../platform/log/port.ts'
import { activationOf } from '../core/control.ts'
import type { RuleSetContent } from '../core/rules/rule-file.ts'
import { blockRecord, controlRecords, headersOf } from './records.ts'

/** Who wrote and approved a set; `approver` is empty only for the set shipped with the product. */
export interface Publication {
  readonly author: string
  readonly approver: string
  /** Milliseconds since 1970. */
  readonly publishedAt: number
}

/** What became of it: now in force; in force already; or a newer or different set of that version is in force and stays. */
export type PublishOutcome = 'published' | 'in_force' | 'superseded' | 'version_taken'

/** Processes that start together take the publisher from one another; each looks again after the others. */
const triesMax = 10
const pauseMs = 50

/** Publishes a set unless its version was published before. Repeating it, also from several processes, changes nothing. */
export async function publishRuleSet(
  log: Log,
  set: RuleSetContent,
  by: Publication,
): Promise<PublishOutcome> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await tryToPublish(log, set, by)
    } catch (error) {
      const mayPass = error instanceof LogError && (error.code === 'fenced' || error.retriable)
      if (!mayPass || tries === triesMax) throw error
      await pause(pauseMs * tries * Math.random())
    }
  }
}

async function tryToPublish(log: Log, set: RuleSetContent, by: Publication): Promise<PublishOutcome> {
  const publisher = await log.publisher('warn-control')
  try {
    const position = await publisher.position()
    if (position < set.file.version) {
      const sources = (await log.offsets(topics.transactions)).length
      const partitions = (await log.offsets(topics.flows)).length
      await publisher.publish(
        [...activation(set, by, partitions), ...(position === 0 ? announcements(sources, partitions) : [])],
        set.file.version,
      )
      return 'published'
    }
    if (position > set.file.version) return 'superseded'
    return (await publishedSha256(log, set)) === set.sha256 ? 'in_force' : 'version_taken'
  } catch (error) {
    if (error instanceof LogError && error.code === 'position_behind') return 'in_force'
    throw error
  } finally {
    await publisher.close()
  }
}

function activation(set: RuleSetContent, by: Publication, partitions: number): NewRecord[] {
  const { rule_set_id: id, version } = set.file
  const control = activationOf(set, { issued_at: by.publishedAt })
  const published = {
    rule_set_id: id,
    version,
    content: set.content,
    content_sha256: set.sha256,
    author: by.author,
    approver: by.approver,
    published_at: by.publishedAt,
    step: 'activated',
    position: version,
    by: by.author,
    why: '',
    rule_id: '',
    rule_version: 0,
  } as const
  const record: NewRecord = {
    topic: topics.ruleSets,
    key: id,
    value: codecs.ruleSet.encode(published),
    headers: headersOf(`${id}/${version}`, 'weir.rule-set.v1', by.publishedAt, ''),
    timestamp: by.publishedAt,
  }
  return [...controlRecords(control, partitions), record]
}

/** Makes every source known from the start: one that was not read yet holds the watermark back. */
function announcements(sources: number, partitions: number): NewRecord[] {
  const records: NewRecord[] = []
  for (let source = 0; source < sources; source += 1) {
    for (let partition = 0; partition < partitions; partition += 1) {
      const block = { source, source_event_time: 0, flows: [] }
      records.push(blockRecord(partition, block, `announce/${source}/${partition}`, ''))
    }
  }
  return records
}

async function publishedSha256(log: Log, set: RuleSetContent): Promise<string | undefined> {
  const { rule_set_id: id, version } = set.file
  let found: string | undefined
  const [bounds] = await log.offsets(topics.ruleSets)
  for await (const record of log.read(topics.ruleSets, 0, bounds?.first ?? 0)) {
    if (record.key !== id || record.value === null) continue
    const published = codecs.ruleSet.decode(record.value)
    if (published.version === version) found = published.content_sha256
  }
  return found
}
