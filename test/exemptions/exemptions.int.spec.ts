/** `weir exemptions` and `weir outcomes` as people run them, beside an engine on the same data. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { Registry } from 'prom-client'
import { afterAll, describe, expect, it } from 'vitest'
import { codecs } from '../../schemas/codec.ts'
import { topics } from '../../schemas/topics.ts'
import type { TopicSpec } from '../../schemas/topics.ts'
import type { Warning } from '../../schemas/types.ts'
import { loadConfig } from '../../services/platform/config/config.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { processParts } from '../../services/platform/process/parts.ts'
import { startWarn } from '../../services/warn/app.ts'
import { weir } from '../support/weir.ts'
import type { Ended } from '../support/weir.ts'

const day = 86_400_000
const directory = await mkdtemp(join(tmpdir(), 'weir-exemptions-'))
const environment = { WEIR_DATA_DIRECTORY: join(directory, 'data') }
const run = (...args: string[]): Promise<Ended> => weir(args, environment).ended
const json = ({ stdout }: Ended): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>
/** The Shanghai day so many days from now. */
const dayFromNow = (days: number): string =>
  new Date(Date.now() + 8 * 3_600_000 + days * day).toISOString().slice(0, 10)

const grant = (...args: string[]): Promise<Ended> =>
  run(
    'exemptions',
    'grant',
    '--from',
    dayFromNow(-20),
    '--until',
    dayFromNow(20),
    '--reason',
    '测试备案',
    '--applicant',
    '测试李',
    '--json',
    ...args,
  )

afterAll(async () => rm(directory, { recursive: true, force: true }))

/** A million from each payer at noon, so many days ago. */
async function takeIn(name: string, payers: readonly string[], daysAgo: number): Promise<void> {
  const header =
    'txn_id,booked_at,amount,currency,payer_account,payer_id,payer_name,payer_kind,payee_account,payee_id,payee_name,payee_kind,channel'
  const rows = payers.map(
    (payer) =>
      `${name}-${payer},${dayFromNow(-daysAgo)}T12:00:00+08:00,1000000.00,CNY,,${payer},测试付,person,,BANK-0001,测试银行,institution,transfer`,
  )
  const file = join(directory, `${name}.csv`)
  await writeFile(file, `${[header, ...rows].join('\n')}\n`)
  expect(await run('ingest', file)).toMatchObject({ code: 0 })
}

/** Runs the engine until all is decided. @returns the warnings on the log */
async function score(): Promise<readonly Warning[]> {
  const telemetry = { log: pino({ level: 'silent' }), registry: new Registry() }
  const parts = processParts(
    loadConfig({ ...process.env, ...environment, WEIR_LOG_LEVEL: 'error' }),
    telemetry,
  )
  try {
    const log = await parts.log()
    const warn = await startWarn({ log, telemetry })
    await warn.endOfInput()
    await warn.stop()
    return await recordsOf(log, topics.warnings)
  } finally {
    await parts.close()
  }
}

async function recordsOf(log: Log, topic: TopicSpec): Promise<Warning[]> {
  const found: Warning[] = []
  for (const [partition, { first }] of (await log.offsets(topic)).entries())
    for await (const { value } of log.read(topic, partition, first))
      if (value !== null) found.push(codecs.warning.decode(value))
  return found
}

describe('weir exemptions', () => {
  let id = ''

  it('has nothing to work on before there is data', async () => {
    expect((await run('exemptions', 'list')).code).toBe(4)
  })

  it('refuses one person, and grants once what two of them want', async () => {
    await takeIn('first', ['TEST-ID-1', 'TEST-ID-2'], 10)
    const who = ['--kind', 'registered_private_lending', '--subject', 'TEST-ID-1']
    const alone = await grant(...who, '--approver', '测试李')
    expect([alone.code, json(alone)['code']]).toEqual([3, 'same_person'])
    const told = await grant(...who, '--approver', '测试王', '--reason', 'TEST-ID-1 的备案')
    expect(told.code).toBe(2)
    const granted = await grant(...who, '--approver', '测试王')
    expect(granted.code).toBe(0)
    expect(json(granted)).toMatchObject({ outcome: 'granted', exemption: { state: 'in_force' } })
    const exemption = json(granted)['exemption'] as { exemption_id: string; subject_id: string }
    id = exemption.exemption_id
    expect(exemption.subject_id).toMatch(/^p_/)
    expect(json(await grant(...who, '--approver', '测试王'))).toMatchObject({ outcome: 'known' })
    expect(json(await run('exemptions', 'list', '--json'))).toMatchObject({
      exemptions: [{ exemption_id: id, applicant: '测试李', approver: '测试王', reason: '测试备案' }],
    })
  })

  it('keeps R01 of that subject from being a warning, and shows it as an outcome', async () => {
    const warnings = await score()
    expect(warnings.map(({ rules }) => rules[0]?.rule_id).toSorted()).toEqual(['R01', 'R02'])
    const found = json(await run('outcomes', '--kind', 'exempted', '--subject', 'TEST-ID-1', '--json'))
    expect(found).toMatchObject({
      total: 2,
      groups: [
        { kind: 'exempted', reason: 'registered_private_lending', rule: 'R01', outcomes: 1 },
        { kind: 'exempted', reason: 'registered_private_lending', rule: 'R02', outcomes: 1 },
      ],
    })
    const text = await run('outcomes', '--rule', 'R01')
    expect(text.stdout).toContain(`until ${dayFromNow(20)} (approved by 测试王)`)
    expect(json(await run('outcomes', '--since', dayFromNow(-5), '--json'))).toMatchObject({ total: 0 })
    expect((await run('outcomes', '--kind', 'other')).code).toBe(2)
  })

  it('warns again from the time on at which it is revoked, and tells of it', async () => {
    const revoke = ['exemptions', 'revoke', id, '--reason', '备案注销', '--as', '测试赵', '--json']
    const at = ['--at', dayFromNow(-5)]
    expect(json(await run(...revoke, ...at))).toMatchObject({
      outcome: 'revoked',
      exemption: { state: 'revoked', revoked_by: '测试赵' },
    })
    expect(json(await run(...revoke, ...at))).toMatchObject({ outcome: 'known' })
    expect((await run('exemptions', 'revoke', 'nothing', '--reason', 'x')).code).toBe(4)
    await takeIn('second', ['TEST-ID-1'], 2)
    const warnings = (await score()).filter(({ exemptions }) => exemptions.length > 0)
    expect(warnings.map(({ rules }) => rules[0]?.rule_id).toSorted()).toEqual(['R01', 'R02'])
    expect(warnings[0]?.exemptions).toMatchObject([{ exemption_id: id, result: 'expired' }])
    expect(json(await run('exemptions', 'list', '--json'))).toEqual({ exemptions: [] })
    expect((await run('exemptions', 'list', '--all')).stdout).toContain('已撤销 revoked')
  })
})
