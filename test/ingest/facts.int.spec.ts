/** Files of facts: in once, whatever happens; what cannot be used is set aside with facts, nothing in the clear. */
import { describe, expect, test } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { contentOf } from '../../schemas/fact.ts'
import { topics } from '../../schemas/topics.ts'
import { createIngest, factDeadLetters } from '../../services/ingest/app.ts'
import { temporaryLog } from '../support/temporary-log.ts'
import { recordsOf, silentTelemetry, temporaryFolder, testVault } from './support.ts'

const vault = testVault()
const arrival = Date.UTC(2026, 2, 3)

/** Suits of one lender; every third names a role that there is not. */
function suits(count: number): string {
  const header = 'fact_id,event_time,subject_id,subject_name,role,other_id,cause,legal_basis,allowed_purpose'
  const rows = Array.from({ length: count }, (_, index) => {
    const role = index % 3 === 2 ? 'judge' : 'plaintiff'
    return `S${index},2019-03-04,999004199001011234,测试甲,${role},99900419900101${5000 + index},private_lending,司法共享协议,risk_warning`
  })
  return [header, ...rows, ''].join('\n')
}

describe('A file of facts', () => {
  test('is taken in once, plain or compressed; a fault refuses one row with its line and reason', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const { log } = temporary
    const ingest = createIngest({ log, vault, telemetry: silentTelemetry(), now: () => arrival })
    const first = await ingest.ingestFacts('lawsuit', await folder.file('a.csv', suits(2_400)))
    expect(first).toMatchObject({
      status: 'ingested',
      published: 1_600,
      refused: 800,
      refusedBy: { unknown_word: 800 },
    })
    const again = await folder.file('b.gz', suits(2_400), { gzip: true })
    expect(await ingest.ingestFacts('lawsuit', again)).toMatchObject({
      status: 'unchanged',
      alreadyTaken: 2_400,
    })
    const records = await recordsOf(log, topics.facts)
    expect(records).toHaveLength(1_600)
    const fact = codecs.fact.decode(records[0]?.value ?? new Uint8Array())
    expect(contentOf(fact)).toMatchObject({
      kind: 'lawsuit',
      content: { role: 'plaintiff', cause: 'private_lending' },
    })
    expect(records[0]).toMatchObject({ key: fact.subject_id, headers: { ce_type: 'weir.fact' } })
    // Retention goes by the timestamp: a fact of 2019 must not be gone at once.
    expect(records[0]?.timestamp).toBe(arrival)
    const letters = await recordsOf(log, factDeadLetters)
    expect(letters).toHaveLength(800)
    expect(letters[0]?.headers).toMatchObject({
      'x-reason': 'unknown_word',
      'x-detail': 'role',
      'x-line': '4',
      '__streams.errors.topic': 'weir.ingest.facts.v1',
    })
    const held = Buffer.concat([...records, ...letters].map(({ value }) => value ?? new Uint8Array()))
    expect(held.includes('测试甲')).toBe(false)
    expect(held.includes('999004199001011234')).toBe(false)
    await ingest.close()
  })

  test('of another kind than its columns say is refused as a whole, on record', async () => {
    await using temporary = await temporaryLog()
    await using folder = await temporaryFolder()
    const { log } = temporary
    const ingest = createIngest({ log, vault, telemetry: silentTelemetry(), now: () => arrival })
    expect(await ingest.ingestFacts('list_entry', await folder.file('a.csv', suits(2)))).toMatchObject({
      status: 'refused',
      refusal: { reason: 'missing_columns', detail: 'list, status' },
    })
    expect(await recordsOf(log, topics.facts)).toHaveLength(0)
    expect(await recordsOf(log, factDeadLetters)).toHaveLength(1)
    // As what it is, it can still be taken in.
    expect(await ingest.ingestFacts('lawsuit', await folder.file('a.csv', suits(2)))).toMatchObject({
      status: 'ingested',
      published: 2,
    })
    await ingest.close()
  })
})
