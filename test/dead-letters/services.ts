/** Dead letters of the real services, replayed to them. */
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Transaction } from '../../schemas/types.ts'
import { caseIdOf } from '../../services/casework/shell/receive-warnings.ts'
import { outputs } from '../../services/casework/shell/records.ts'
import { surveyLetters } from '../../services/platform/dead-letters/read.ts'
import type { Log, NewRecord } from '../../services/platform/log/port.ts'
import type { Database } from '../../services/platform/store/port.ts'
import { startWarn, warnDeadLetters } from '../../services/warn/app.ts'
import {
  acknowledgementRecord,
  aWarning,
  emptyDatabase,
  member,
  recordsOf,
  testCasework,
  warningRecord,
} from '../casework/support.ts'
import { temporaryDatabase } from '../support/database.ts'
import { payment } from '../support/transaction.ts'
import { replay } from './harness.ts'
import type { LogForLetters } from './harness.ts'

async function publish(log: Log, ...records: NewRecord[]): Promise<void> {
  const publisher = await log.publisher('services-test')
  await publisher.publish(records, (await publisher.position()) + 1)
  await publisher.close()
}

function transactionRecord(transaction: Transaction, value?: Buffer): NewRecord {
  return {
    topic: topics.transactions,
    key: transaction.payer_id,
    value: value ?? codecs.transaction.encode(transaction),
    headers: {},
    timestamp: transaction.booked_at,
  }
}

/** The tests. */
export function servicesContract(current: () => LogForLetters): void {
  describe('warn', () => {
    test('sets aside what contradicts and what cannot be read; replayed unmended, both come back and nothing is counted twice', async () => {
      const { prefix, open } = current()
      const log = await open()
      const registry = new Registry()
      const telemetry = { log: pino({ level: 'silent' }), registry }
      const warn = await startWarn({ log, telemetry, prefix })
      try {
        const first = payment({ at: '2026-01-05 10:00', amount: '1000000', from: 'A', to: 'B' })
        const other = transactionRecord({ ...first, amount: first.amount + 1 })
        const garbage = transactionRecord(first, Buffer.from('no avro'))
        await publish(log, transactionRecord(first), other, garbage)
        await warn.endOfInput()
        const warnings = (await recordsOf(log, topics.warnings)).length
        const chosen = { topics: Object.values(warnDeadLetters) }
        expect(await replay(log, prefix, chosen)).toMatchObject({ replayed: 2 })
        await warn.endOfInput()
        const { groups } = await surveyLetters(log, chosen.topics, {}, prefix, 0)
        expect(groups.toSorted((a, b) => a.reason.localeCompare(b.reason))).toMatchObject([
          { reason: 'conflicting_duplicate', letters: 2, replayed: 1, open: 1, cameBack: 1 },
          { reason: 'not_single_object', letters: 2, replayed: 1, open: 1, cameBack: 1 },
        ])
        const letters = await recordsOf(log, warnDeadLetters.transactions)
        const values = [other.value, garbage.value].map((value) => Buffer.from(value ?? []).toString('hex'))
        expect(letters.map(({ value }) => Buffer.from(value ?? []).toString('hex')).toSorted()).toEqual(
          [...values, ...values].toSorted(),
        )
        expect(letters[0]?.headers['__streams.errors.topic']).toBe(`${prefix}.ingest.transactions.v1`)
        expect(await recordsOf(log, topics.warnings)).toHaveLength(warnings)
        const topic = `${prefix}.ingest.transactions.v1`
        expect(await registry.metrics()).toContain(
          `weir_dead_letters_total{topic="${topic}",reason="not_single_object"} 2`,
        )
      } finally {
        await warn.stop()
      }
    })
  })

  describe('casework', () => {
    let database: Database
    beforeAll(async () => {
      database = await temporaryDatabase()
    })
    afterAll(() => database.close())

    test('takes an answer that came before its dispatch when it is replayed after it, once', async () => {
      const { prefix, open } = current()
      const log = await open()
      const telemetry = { log: pino({ level: 'silent' }), registry: new Registry() }
      const casework = await testCasework({ log, database, prefix, telemetry })
      const chosen = { topics: [outputs.acknowledgement_dead_letters, outputs.warning_dead_letters] }
      try {
        const warning = aWarning()
        const caseId = caseIdOf(warning.warning_id)
        await publish(log, acknowledgementRecord({ dispatch_id: `${caseId}-d1` }))
        await casework.idle()
        const before = await surveyLetters(log, chosen.topics, {}, prefix, 1)
        expect(before.groups).toMatchObject([{ reason: 'unknown_dispatch', letters: 1, open: 1 }])
        expect(before.letters[0]?.letter.origin.topic).toBe(`${prefix}.inbound.acknowledgements.v1`)
        await publish(log, warningRecord(warning))
        await casework.idle()
        expect((await casework.detail(caseId, member('D01')))?.lead.state).toBe('alerted')
        expect(await replay(log, prefix, chosen)).toMatchObject({ replayed: 1 })
        await casework.idle()
        expect(await replay(log, prefix, chosen)).toMatchObject({ replayed: 0, replayedBefore: 1 })
        await casework.idle()
        const detail = await casework.detail(caseId, member('D01'))
        expect(detail?.lead.state).toBe('acknowledged')
        expect(detail?.events.filter(({ type }) => type === 'acknowledged')).toHaveLength(1)
        expect(await recordsOf(log, outputs.acknowledgement_dead_letters)).toHaveLength(1)
        expect(await telemetry.registry.metrics()).toContain(
          `weir_dead_letters_total{topic="${prefix}.inbound.acknowledgements.v1",reason="unknown_dispatch"} 1`,
        )
      } finally {
        await casework.stop()
        await emptyDatabase(database)
      }
    })
  })
}
