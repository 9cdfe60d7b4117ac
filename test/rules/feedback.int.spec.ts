/** Grades come back: people grade cases in casework, the engine's log gets labels, the report on rules counts them. Real parts on one embedded log. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import pino from 'pino'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { Control } from '../../schemas/types.ts'
import type { Casework } from '../../services/casework/app.ts'
import { loadConfig } from '../../services/platform/config/config.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { partitionOf } from '../../services/platform/log/partitioner.ts'
import type { ProcessParts } from '../../services/platform/process/parts.ts'
import { processParts } from '../../services/platform/process/parts.ts'
import type { Database } from '../../services/platform/store/port.ts'
import { flowTypes, startWarn } from '../../services/warn/app.ts'
import type { Warn } from '../../services/warn/app.ts'
import {
  aWarning,
  command,
  member,
  monday,
  recordsOf,
  testCasework,
  visit,
  warningRecord,
} from '../casework/support.ts'
import { temporaryDatabase } from '../support/database.ts'
import { until } from '../support/until.ts'
import { weir } from '../support/weir.ts'

/** Five people with R12: how many paid in, and what the visit found. */
const people = [
  { subject: 'p_test1', payers: '31', card: 'cleared' },
  { subject: 'p_test2', payers: '35', card: 'green' },
  { subject: 'p_test3', payers: '52', card: 'red' },
  { subject: 'p_test4', payers: '58', card: 'cleared' },
  { subject: 'p_test5', payers: '77', card: 'yellow' },
] as const

const directory = await mkdtemp(join(tmpdir(), 'weir-feedback-'))
const environment = { WEIR_DATA_DIRECTORY: join(directory, 'data'), WEIR_LOG_LEVEL: 'error' }
const registry = new Registry()
const telemetry = { log: pino({ level: 'silent' }), registry }

async function labelControls(log: Log): Promise<{ partition: number; control: Control }[]> {
  const found: { partition: number; control: Control }[] = []
  for (const [partition, { first }] of (await log.offsets(topics.flows)).entries()) {
    for await (const { headers, value } of log.read(topics.flows, partition, first)) {
      if (headers['ce_type'] !== flowTypes.control || value === null) continue
      const control = codecs.control.decode(value)
      if (control.kind === 'label') found.push({ partition, control })
    }
  }
  return found
}

/** Takes one lead from the inbox to its grade. */
async function grade(casework: Casework, caseId: string, card: string): Promise<void> {
  const d01 = member('D01')
  const d12 = member('D12', 'grid_worker')
  const give = async (who: typeof d01, change: Parameters<typeof command>[0]): Promise<void> => {
    expect(await casework.execute(command(change), caseId, who)).toMatchObject({ outcome: 'done' })
  }
  await give(d01, { type: 'acknowledge' })
  await give(d01, { type: 'start_verification' })
  await give(d12, { type: 'acknowledge' })
  await give(d12, { type: 'record_verification', verification: visit })
  await give(d01, { type: 'grade', card: card as 'red', reason: '现场核实' })
}

describe('grades', () => {
  let parts: ProcessParts
  let database: Database
  let casework: Casework
  let warn: Warn
  let log: Log

  beforeAll(async () => {
    parts = processParts(loadConfig({ ...process.env, ...environment }), telemetry)
    log = await parts.log()
    database = await temporaryDatabase()
    warn = await startWarn({ log, telemetry })
    casework = await testCasework({ log, database })
    const [hit] = aWarning().rules
    const warnings = people.map(({ subject, payers }) =>
      aWarning({
        warning_id: `w-${subject}`,
        subject_id: subject,
        rules: hit === undefined ? [] : [{ ...hit, values: { payers } }],
        event_time: monday - 60_000,
      }),
    )
    const publisher = await log.publisher('test-warnings')
    await publisher.publish(
      warnings.map((one) => warningRecord(one)),
      1,
    )
    await publisher.close()
    await casework.idle()
    for (const task of await casework.tasks('D01')) {
      const person = people.find(({ subject }) => subject === task.lead.subject_id)
      if (task.purpose === 'verify' && person !== undefined)
        await grade(casework, task.lead.case_id, person.card)
    }
    await casework.idle()
    await until(async () => (await recordsOf(log, topics.labels)).length >= people.length)
    await warn.idle()
  })
  afterAll(async () => {
    await warn.stop()
    await casework.stop()
    await database.close()
    await parts.close()
    await rm(directory, { recursive: true, force: true })
  })

  it('become labels on the log, once each, without the subject', async () => {
    const labels = (await recordsOf(log, topics.labels)).map(({ value }) =>
      codecs.label.decode(value ?? new Uint8Array()),
    )
    expect(labels.map(({ card, warnings }) => [warnings[0]?.warning_id, card]).toSorted()).toEqual(
      people.map(({ subject, card }) => [`w-${subject}`, card]),
    )
  })

  it('become controls in the partition of the subject, which say nothing of it', async () => {
    const controls = await labelControls(log)
    const partitions = (await log.offsets(topics.flows)).length
    expect(controls.map(({ partition }) => partition).toSorted()).toEqual(
      people.map(({ subject }) => partitionOf(subject, partitions)).toSorted(),
    )
    expect(JSON.stringify(controls)).not.toContain('p_test')
  })

  it('are counted by the fold, by rule, level and card', async () => {
    const text = await registry.metrics()
    const lines = text.split('\n').filter((line) => line.startsWith('weir_labelled_warnings{'))
    const sum = lines.reduce((total, line) => total + Number(line.split(' ').at(-1)), 0)
    expect(sum).toBe(people.length)
    expect(lines.join('\n')).toContain('rule="R12",level="yellow",card="cleared"')
  })

  it('make precision, and a threshold that people may think about', async () => {
    await warn.stop()
    await casework.stop()
    await parts.close()
    const ended = await weir(['rules', 'report', '--json'], environment).ended
    expect(ended.code).toBe(0)
    const report = JSON.parse(ended.stdout) as Record<string, unknown>
    expect(report).toMatchObject({
      rules: [
        {
          rule_id: 'R12',
          level: 'yellow',
          labels: { red: 1, yellow: 1, green: 1, cleared: 2 },
          labelled: 5,
          precision: 0.4,
        },
      ],
      proposals: [
        { rule_id: 'R12', metric: 'payers', threshold: 30, proposed: 52, n: 5, confirmed: 2, spared: 2 },
      ],
    })
    expect(report['silent']).toContain('R01')
    expect(report['silent']).not.toContain('R12')
    const text = await weir(['rules', 'report'], environment).ended
    expect(text.stdout).toContain('R12 yellow payers 30 → 52')
    expect((await weir(['rules', 'report', '--days', '0'], environment).ended).code).toBe(2)
  })
})
