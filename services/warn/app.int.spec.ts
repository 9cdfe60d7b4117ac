import pino from 'pino'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Outcome, Transaction, Warning } from '../../schemas/types.ts'
import { payment } from '../../test/support/transaction.ts'
import { temporaryLog } from '../../test/support/temporary-log.ts'
import type { Log, LogRecord } from '../platform/log/port.ts'
import { scoreTransactions, startWarn } from './app.ts'
import type { RuleSetContent } from './app.ts'
import { deadLetterTopics } from './shell/records.ts'
import { loadRuleSet } from './shell/rule-files.ts'

const telemetry = () => ({ log: pino({ level: 'silent' }), registry: new Registry() })

async function records(log: Log, topic: TopicSpec): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  for (const [partition, { first }] of (await log.offsets(topic)).entries()) {
    for await (const record of log.read(topic, partition, first)) found.push(record)
  }
  return found
}

async function warnings(log: Log): Promise<Warning[]> {
  const found = await records(log, topics.warnings)
  return found.map((record) => codecs.warning.decode(record.value ?? new Uint8Array(0)))
}

function ids(list: readonly Warning[]): string[] {
  return list.map((warning) => warning.warning_id).toSorted()
}

async function outcomes(log: Log): Promise<Outcome[]> {
  const found = await records(log, topics.outcomes)
  return found.map((record) => codecs.outcome.decode(record.value ?? new Uint8Array(0)))
}

function inMemory(transactions: readonly Transaction[], ruleSet: RuleSetContent): Warning[] {
  return [...scoreTransactions(transactions, ruleSet)].flatMap((emission) =>
    emission.type === 'warning' ? [emission.warning] : [],
  )
}

async function publish(log: Log, transactions: readonly Transaction[], perWrite = 50): Promise<void> {
  await log.ensureTopics([topics.transactions])
  const publisher = await log.publisher('test')
  for (let from = 0; from < transactions.length; from += perWrite) {
    const rows = transactions.slice(from, from + perWrite).map((transaction) => ({
      topic: topics.transactions,
      key: transaction.payer_id,
      value: codecs.transaction.encode(transaction),
      headers: { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' },
      timestamp: transaction.booked_at,
    }))
    await publisher.publish(rows, (await publisher.position()) + 1)
  }
}

const minute = 60_000

/** A year of a small district: everyone pays everyone, one collects from many, one passes money on, one splits. */
function district(size: number): Transaction[] {
  const start = Date.parse('2026-01-01T00:00:00+08:00')
  return Array.from({ length: size }, (_, index) => {
    const at = start + index * 97 * minute
    const person = `P${(index * 7) % 61}`
    if (index % 5 === 0) return payment({ at, amount: '20000', from: person, to: 'COLLECTOR' })
    if (index % 5 === 1) return payment({ at, amount: '60000', from: person, to: 'MULE' })
    if (index % 5 === 2) return payment({ at, amount: '59000', from: 'MULE', to: `P${(index * 11) % 61}` })
    if (index % 5 === 3)
      return payment({ at, amount: index % 50 === 3 ? '1200000' : '300', from: person, to: `Q${index % 13}` })
    return payment({ at, amount: '45000', from: 'SPLITTER', to: person, channel: 'cash' })
  })
}

describe('warn on the log', () => {
  it('turns a million in one payment into one orange warning for each side', async () => {
    await using temporary = await temporaryLog()
    const { log } = temporary
    const warn = await startWarn({ log, telemetry: telemetry() })
    await publish(log, [payment({ at: '2026-01-05 10:00', amount: '1000000', from: 'A', to: 'B' })])
    await warn.idle()
    await warn.stop()
    const found = await warnings(log)
    const single = found.filter(({ rules }) => rules[0]?.rule_id === 'R01')
    expect(
      single.map(({ subject_id, level, risk_type }) => [subject_id, level, risk_type]).toSorted(),
    ).toEqual([
      ['A', 'orange', 'T0'],
      ['B', 'orange', 'T0'],
    ])
    const [record] = await records(log, topics.warnings)
    expect(record?.headers).toMatchObject({
      ce_type: 'weir.warning.v1',
      'content-type': 'application/avro',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    })
  })

  it('gives the same warnings, none doubled, when it is stopped and started again in the middle', async () => {
    const transactions = district(1_500)
    const ruleSet = await loadRuleSet()
    const expected = inMemory(transactions, ruleSet)
    await using temporary = await temporaryLog()
    const { log } = temporary
    const config = { checkpointFlows: 150, checkpointBatches: 7, residentFlowsMax: 200 }
    for (let from = 0; from < transactions.length; from += 300) {
      const warn = await startWarn({ log, telemetry: telemetry(), ruleSet, config })
      await publish(log, transactions.slice(from, from + 300))
      if (from + 300 >= transactions.length) await warn.endOfInput()
      await warn.stop()
    }
    const found = await warnings(log)
    expect(ids(found)).toEqual(ids(expected))
    expect(found.length).toBeGreaterThan(50)
  })

  it('reads a backlog with warnings as if it had been there all along', async () => {
    const transactions = district(1_000)
    const ruleSet = await loadRuleSet()
    const expected = inMemory(transactions, ruleSet)
    await using temporary = await temporaryLog()
    const { log } = temporary
    await publish(log, transactions)
    const warn = await startWarn({ log, telemetry: telemetry(), ruleSet })
    await warn.endOfInput()
    await warn.stop()
    expect(ids(await warnings(log))).toEqual(ids(expected))
    expect(await outcomes(log)).toEqual([])
  })

  it('sets aside what it cannot decode and what contradicts an earlier record, and drops repeats', async () => {
    await using temporary = await temporaryLog()
    const { log } = temporary
    const { registry, log: quiet } = telemetry()
    const warn = await startWarn({ log, telemetry: { registry, log: quiet } })
    const first = payment({ at: '2026-01-05 10:00', amount: '1000000', from: 'A', to: 'B' })
    await publish(log, [first])
    await publish(log, [first, { ...first, amount: first.amount + 1 }])
    const publisher = await log.publisher('broken')
    await publisher.publish(
      [
        {
          topic: topics.transactions,
          key: 'A',
          value: Buffer.from('no avro'),
          headers: { a: 'b' },
          timestamp: 5,
        },
      ],
      1,
    )
    await warn.idle()
    const metrics = await registry.metrics()
    await warn.stop()
    const letters = await records(log, deadLetterTopics.transactions)
    const reasons = letters.map(({ headers }) => headers['x-reason'])
    expect(reasons.toSorted()).toEqual(['conflicting_duplicate', 'not_single_object'])
    const broken = letters[reasons.indexOf('not_single_object')]
    expect(broken?.value?.toString()).toBe('no avro')
    expect(broken?.headers).toMatchObject({ a: 'b', '__streams.errors.topic': 'weir.ingest.transactions.v1' })
    const single = (await warnings(log)).filter(({ rules }) => rules[0]?.rule_id === 'R01')
    expect(single).toHaveLength(2)
    expect(metrics).toContain('weir_duplicates_total 1')
    expect(metrics).toContain('weir_warnings_total{level="orange",rule="R01"} 2')
  })
})
