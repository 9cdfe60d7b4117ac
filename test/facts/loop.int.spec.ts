/** Facts through the whole loop: from a file into a warning, a lead and the case page; repeats, contradictions, restarts. */
import { describe, expect, test } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Fact, FactsFed, Warning } from '../../schemas/types.ts'
import { createIngest } from '../../services/ingest/app.ts'
import type { Log, LogRecord } from '../../services/platform/log/port.ts'
import { startWarn, warnDeadLetters } from '../../services/warn/app.ts'
import { member, testCasework, testClock } from '../casework/support.ts'
import { silentTelemetry, temporaryFolder, testVault } from '../ingest/support.ts'
import { temporaryDatabase } from '../support/database.ts'
import { fact } from '../support/fact.ts'
import { temporaryLog } from '../support/temporary-log.ts'

const vault = testVault()
const arrival = Date.UTC(2026, 2, 3)

async function recordsOf(log: Log, topic: TopicSpec): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  for (const [partition, { first }] of (await log.offsets(topic)).entries()) {
    for await (const record of log.read(topic, partition, first)) found.push(record)
  }
  return found
}

async function warningsIn(log: Log): Promise<readonly Warning[]> {
  const records = await recordsOf(log, topics.warnings)
  return records.map(({ value }) => codecs.warning.decode(value ?? new Uint8Array()))
}

async function publish(log: Log, facts: readonly Fact[]): Promise<void> {
  await log.ensureTopics([topics.facts])
  const publisher = await log.publisher('test-facts')
  const records = facts.map((one) => ({
    topic: topics.facts,
    key: one.subject_id,
    value: codecs.fact.encode(one),
    headers: { ce_type: 'weir.fact' },
    timestamp: arrival,
  }))
  await publisher.publish(records, (await publisher.position()) + 1)
  await publisher.close()
}

/** Ten suits of one lender, old enough to be gone if retention went by their dates. */
const suits = [
  'fact_id,event_time,subject_id,subject_name,subject_kind,subject_region,role,other_id,cause,legal_basis,allowed_purpose',
  ...Array.from(
    { length: 10 },
    (_, index) =>
      `S${index},2023-02-0${1 + (index % 9)},999004199001011234,测试甲,person,331004,plaintiff,99900419900101${5000 + index},private_lending,司法共享协议,risk_warning`,
  ),
  '',
].join('\n')

describe('a subject without any payment', () => {
  test('is warned of by what a file says, opens a lead, and its case page says why', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const { log } = temporary
    const database = await temporaryDatabase()
    const clock = testClock(Date.parse('2026-07-01T00:00:00Z'))
    const telemetry = silentTelemetry()
    const ingest = createIngest({ log, vault, telemetry, now: () => arrival })
    const warn = await startWarn({ log, telemetry: silentTelemetry() })
    const casework = await testCasework({ log, database, clock })
    try {
      await ingest.ingestFacts('lawsuit', await folder.file('suits.csv', suits))
      await warn.idle()
      const [warning, ...more] = await warningsIn(log)
      expect(more).toEqual([])
      expect(warning).toMatchObject({
        subject_id: vault.pseudonym('id', '999004199001011234'),
        subject_kind: 'person',
        subject_region: '331004',
        risk_type: 'T2',
        level: 'yellow',
        rules: [{ rule_id: 'R24', values: { plaintiff: '10', plaintiff_longer: '10' } }],
        first_txn_id: '',
        txn_ids: [],
        evidence: [],
      })
      expect(vault.open(warning?.subject_identity ?? new Uint8Array()).name).toBe('测试甲')
      const [record] = await recordsOf(log, topics.warnings)
      expect(record?.timestamp).toBe(arrival)

      await casework.idle()
      expect(await casework.summary()).toMatchObject({ leads: 1 })
      const [task] = await casework.tasks('D01')
      const page = await casework.detail(task?.lead.case_id ?? '', member('D01'))
      expect(page?.warnings).toMatchObject([{ rules: [{ rule_id: 'R24' }], evidence: [] }])
    } finally {
      await casework.stop()
      await warn.stop()
      await ingest.close()
      await database.close()
    }
  })
})

describe('facts on the log', () => {
  test('are passed on once each; a contradiction is set aside; how many of each kind is told', async () => {
    await using temporary = await temporaryLog()
    const { log } = temporary
    const listed = fact('list_entry', '2026-01-05 00:00', {}, { fact_id: 'L1' })
    const contradicting = fact('list_entry', '2026-01-05 00:00', { list: 'accused' }, { fact_id: 'L1' })
    await publish(log, [listed, listed, contradicting])
    const warn = await startWarn({ log, telemetry: silentTelemetry() })
    await warn.idle()
    await warn.stop()
    // After a restart the memory is the same.
    await publish(log, [
      listed,
      fact('list_entry', '2026-01-06 00:00', { list: 'accused' }, { fact_id: 'L2' }),
    ])
    const again = await startWarn({ log, telemetry: silentTelemetry() })
    await again.idle()
    await again.stop()

    const passedOn = (await recordsOf(log, topics.flows)).filter(
      ({ headers }) => headers['ce_type'] === 'weir.fact',
    )
    expect(passedOn.map(({ value }) => codecs.fact.decode(value ?? new Uint8Array()).fact_id)).toEqual([
      'L1',
      'L2',
    ])
    const letters = await recordsOf(log, warnDeadLetters.facts)
    expect(letters.map(({ headers }) => headers['x-reason'])).toEqual(['conflicting_duplicate'])
    expect((await warningsIn(log)).map(({ rules: [hit] }) => `${hit?.rule_id} ${hit?.level}`)).toEqual([
      'R21 red',
      'R21 orange',
    ])
    const fed = (await recordsOf(log, topics.factsFed)).map(({ value }): FactsFed =>
      codecs.factsFed.decode(value ?? new Uint8Array()),
    )
    expect(fed.at(-1)).toMatchObject({ kind: 'list_entry', delivered: 2, arrived_at: arrival })
  })
})
