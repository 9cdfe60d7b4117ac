/** A rule whose facts were never delivered is shown as not fed, never as no hit. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startWarn } from '../../services/warn/app.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import { csvOf, fieldsWith, silentTelemetry } from '../ingest/support.ts'
import { weir } from '../support/weir.ts'

let root = ''
const at = (name: string): string => join(root, name)

const lists = [
  'fact_id,event_time,subject_account,list,status,legal_basis,allowed_purpose',
  'L1,2026-01-05,9990000000000000011,accused,listed,协议,risk_warning',
  '',
].join('\n')

interface Status {
  readonly rules: readonly {
    readonly rule_id: string
    readonly feeding: string
    readonly missing: string[]
  }[]
  readonly facts: readonly { readonly kind: string; readonly delivered: number }[]
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-facts-'))
  await writeFile(at('lists.csv'), lists)
  await writeFile(at('paid.csv'), csvOf([fieldsWith()]))
})
afterAll(async () => rm(root, { recursive: true, force: true }))

describe('weir replay', () => {
  test('scores with facts, and says which rules could not hit without them', async () => {
    const { code } = await weir([
      ...['replay', at('paid.csv'), '--facts', `list_entry=${at('lists.csv')}`, '--out', at('out'), '--json'],
    ]).ended
    expect(code).toBe(0)
    const summary = JSON.parse(await readFile(at('out/summary.json'), 'utf8')) as Record<string, unknown>
    expect(summary).toMatchObject({
      by_rule: { R21: 2 },
      facts: { fed: ['list_entry'], refused: {} },
      not_fed: ['R15', 'R22', 'R23', 'R24', 'R25', 'R28'],
      partly_fed: ['R12'],
    })
    const warnings = await readFile(at('out/warnings.ndjson'), 'utf8')
    const [listed = ''] = warnings.split('\n')
    expect(JSON.parse(listed)).toMatchObject({
      subject_id: '9990000000000000011',
      first_txn_id: '',
      txn_ids: [],
    })
  })
})

describe('weir rules status', () => {
  const status = async (): Promise<Status> => {
    const { stdout } = await weir(['rules', 'status', '--data', at('data'), '--json']).ended
    return JSON.parse(stdout) as Status
  }
  const passOn = async (): Promise<void> => {
    const log = await openEmbeddedLog({ directory: at('data'), sync: 'none' })
    const warn = await startWarn({ log, telemetry: silentTelemetry() })
    await warn.idle()
    await warn.stop()
    await log.close()
  }

  test('tells a rule that is not fed from one that is', async () => {
    await passOn()
    const before = await status()
    expect(before.facts).toEqual([])
    expect(before.rules.find((rule) => rule.rule_id === 'R21')).toMatchObject({
      feeding: 'not_fed',
      missing: ['list_entry'],
    })
    expect(before.rules.find((rule) => rule.rule_id === 'R01')).toMatchObject({ feeding: 'fed', missing: [] })

    const taken = await weir(['ingest', '--facts', 'list_entry', at('lists.csv'), '--data', at('data')]).ended
    expect(taken.code).toBe(0)
    await passOn()
    const after = await status()
    expect(after.facts).toMatchObject([{ kind: 'list_entry', delivered: 1 }])
    expect(after.rules.find((rule) => rule.rule_id === 'R21')).toMatchObject({ feeding: 'fed', missing: [] })
  })
})
