/** Rules change while the services run: at one place of the log, once, and without a restart. */
import pino from 'pino'
import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Warning } from '../../schemas/types.ts'
import { temporaryLog } from '../../test/support/temporary-log.ts'
import { instant, payment } from '../../test/support/transaction.ts'
import type { Log, LogRecord } from '../platform/log/port.ts'
import { startWarn, takeRuleStep } from './app.ts'
import type { RuleCommand, RuleSetContent } from './app.ts'
import { canonicalJson, requireRuleFile } from './core/rules/rule-file.ts'
import { flowTypes } from './shell/records.ts'
import { loadRuleSet } from './shell/rule-files.ts'

const quietTelemetry = () => ({ log: pino({ level: 'silent' }), registry: new Registry() })

const shipped = await loadRuleSet()
const { rule_set_id: ruleSetId, version: first } = shipped.file
const version = first + 1
const of = { ruleSetId, version, sha256: '' }

/** The shipped set with R02 from 300,000 on. */
function lowered(): RuleSetContent {
  const { file } = shipped
  const rules = file.rules.map((rule) =>
    rule.id === 'R02'
      ? { ...rule, version: 2, levels: [{ level: 'yellow' as const, any: [{ total: '300000' }] }] }
      : rule,
  )
  return requireRuleFile(canonicalJson({ ...file, version, rules }), file.calendar)
}

const next = lowered()

async function records(log: Log, topic: TopicSpec): Promise<LogRecord[]> {
  const found: LogRecord[] = []
  for (const [partition, { first: from }] of (await log.offsets(topic)).entries()) {
    for await (const record of log.read(topic, partition, from)) found.push(record)
  }
  return found
}

/** Findings of R02 on a topic of warnings: subject and version of the rule. */
async function findings(log: Log, topic: TopicSpec): Promise<string[]> {
  const warnings = (await records(log, topic)).map(({ value }): Warning =>
    codecs.warning.decode(value ?? Buffer.alloc(0)),
  )
  return warnings
    .filter(({ rules }) => rules[0]?.rule_id === 'R02')
    .map(({ subject_id, rules }) => `${subject_id} v${rules[0]?.version}`)
    .toSorted()
}

/** Controls of one kind on the flows topic, by partition. */
async function controls(log: Log, kind: string): Promise<number[]> {
  const found: number[] = []
  for (const partition of (await log.offsets(topics.flows)).keys()) {
    let count = 0
    for await (const { headers, value } of log.read(topics.flows, partition, 0)) {
      if (headers['ce_type'] !== flowTypes.control) continue
      if (codecs.control.decode(value ?? Buffer.alloc(0)).kind === kind) count += 1
    }
    found.push(count)
  }
  return found
}

/** 300,000 paid to a bank by each of these, in the morning of a day of March. */
async function pay(log: Log, day: number, ...from: readonly string[]): Promise<void> {
  const publisher = await log.publisher('test')
  const rows = from.map((name) => {
    const at = instant(`2026-03-0${day} 10:00`)
    const transaction = payment({ at, amount: '300000', from: name, to: 'BANK', payee_kind: 'institution' })
    return {
      topic: topics.transactions,
      key: name,
      value: codecs.transaction.encode(transaction),
      headers: {},
      timestamp: at,
    }
  })
  await publisher.publish(rows, (await publisher.position()) + 1)
  await publisher.close()
}

const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G', 'H']

async function steps(log: Log, ...commands: readonly (readonly [by: string, command: RuleCommand])[]) {
  const said: string[] = []
  for (const [by, command] of commands) {
    const decision = await takeRuleStep(log, command, { by, why: 'test', at: 1_772_415_000_000 })
    said.push(decision.kind === 'refused' ? decision.refusal.code : decision.kind)
  }
  return said
}

const upToReview = [
  ['li', { kind: 'draft', set: next }],
  ['wang', { kind: 'review', of, verdict: 'accept' }],
] as const

describe('rules on the log', () => {
  it('change while the services run, for every partition, and are still in force after a restart', async () => {
    await using temporary = await temporaryLog()
    const { log } = temporary
    const warn = await startWarn({ log, telemetry: quietTelemetry() })
    await pay(log, 2, ...names)
    await warn.idle()
    expect(await steps(log, ...upToReview, ['li', { kind: 'publish', of }])).toEqual(
      Array(3).fill('accepted'),
    )
    await pay(log, 3, ...names)
    await warn.idle()
    await warn.stop()
    expect(await findings(log, topics.warnings)).toEqual(names.map((name) => `${name} v2`))
    const again = await startWarn({ log, telemetry: quietTelemetry() })
    await pay(log, 4, 'A')
    await again.idle()
    await again.stop()
    expect(await findings(log, topics.warnings)).toHaveLength(names.length + 1)
    expect(await controls(log, 'rule_set_activated')).toEqual([2, 2, 2, 2])
  })

  it('change once, however many publish at the same time', async () => {
    await using temporary = await temporaryLog()
    const { log } = temporary
    const warn = await startWarn({ log, telemetry: quietTelemetry() })
    await steps(log, ...upToReview)
    const said = await Promise.all(names.map((name) => steps(log, [name, { kind: 'publish', of }])))
    await warn.stop()
    expect(said.flat().toSorted()).toEqual(['accepted', ...names.slice(1).map(() => 'done')])
    expect(await controls(log, 'rule_set_activated')).toEqual([2, 2, 2, 2])
  })

  it('can be switched off by one person and on again by two, and say so', async () => {
    await using temporary = await temporaryLog()
    const { log } = temporary
    const warn = await startWarn({ log, telemetry: quietTelemetry(), ruleSet: next })
    await steps(log, ['li', { kind: 'kill', ruleId: 'R02' }])
    await pay(log, 2, ...names)
    await warn.idle()
    expect(await findings(log, topics.warnings)).toEqual([])
    const outcomes = (await records(log, topics.outcomes)).map(({ value }) =>
      codecs.outcome.decode(value ?? Buffer.alloc(0)),
    )
    expect(new Set(outcomes.map(({ reason, rule_ids }) => `${reason} ${rule_ids.join()}`))).toContain(
      'rule_switched_off R02',
    )
    const restore = { kind: 'restore', ruleId: 'R02' } as const
    expect(await steps(log, ['li', restore], ['li', restore])).toEqual(['accepted', 'same_asker'])
    expect(await controls(log, 'rule_restored')).toEqual([0, 0, 0, 0])
    await steps(log, ['wang', restore])
    await pay(log, 3, ...names)
    await warn.idle()
    await warn.stop()
    expect(await findings(log, topics.warnings)).toEqual(names.map((name) => `${name} v2`))
  })

  it('run in the shadow without warning anybody', async () => {
    await using temporary = await temporaryLog()
    const { log } = temporary
    const warn = await startWarn({ log, telemetry: quietTelemetry() })
    await steps(log, ['li', { kind: 'shadow', set: next }])
    await pay(log, 2, ...names)
    await warn.idle()
    await steps(log, ['li', { kind: 'end_shadow' }])
    await pay(log, 3, ...names)
    await warn.idle()
    await warn.stop()
    expect(await findings(log, topics.warnings)).toEqual([])
    expect(await findings(log, topics.shadowWarnings)).toEqual(names.map((name) => `${name} v2`))
  })
})
