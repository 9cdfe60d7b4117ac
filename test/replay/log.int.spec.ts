/** `weir replay --log`: what a log recorded, folded anew by a process that knows nothing else, is what the log holds (G2). */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { topics } from '../../schemas/topics.ts'
import { createIngest } from '../../services/ingest/app.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { defaultSimulation, simulate } from '../../services/simulate/app.ts'
import { loadRuleSet, startWarn } from '../../services/warn/app.ts'
import { silentTelemetry, testVault } from '../ingest/support.ts'
import { weir } from '../support/weir.ts'

let root = ''

/** Works on the log of a data folder. */
async function onLog<T>(work: (log: Log) => Promise<T>): Promise<T> {
  const log = await openEmbeddedLog({ directory: root, sync: 'none' })
  try {
    return await work(log)
  } finally {
    await log.close()
  }
}

async function replayed(out: string) {
  const { code, stdout, stderr } = await weir(['replay', '--log', root, '--out', join(root, out), '--json'])
    .ended
  return { code, stderr, summary: JSON.parse(stdout) as Record<string, unknown> }
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'weir-replay-log-'))
  await onLog(async (log) => {
    const telemetry = silentTelemetry()
    const ingest = createIngest({ log, vault: testVault(), telemetry })
    const rows = [...simulate({ ...defaultSimulation, transactions: 3000, days: 90, seed: 4 })]
    const fields = rows.map(({ label: _, ...row }) => row)
    const first = await startWarn({ log, telemetry: silentTelemetry() })
    await ingest.ingestBatch('early', fields.slice(0, 1500), 1500)
    await first.endOfInput()
    await first.stop()
    const { file, ...rest } = await loadRuleSet()
    const next = { ...file, version: file.version + 1 }
    const second = await startWarn({
      log,
      telemetry: silentTelemetry(),
      ruleSet: { ...rest, file: next, content: JSON.stringify(next) },
    })
    await ingest.ingestBatch('later', fields.slice(1500), 3000)
    await second.endOfInput()
    await second.stop()
    await ingest.close()
  })
})

afterAll(async () => {
  await rm(root, { recursive: true, force: true })
})

describe('weir replay --log', () => {
  it('finds every warning and outcome that the log holds, to the byte', async () => {
    const { code, stderr, summary } = await replayed('same')
    expect(code, stderr).toBe(0)
    expect(summary).toMatchObject({
      whole: true,
      different: { count: 0 },
      missing: { count: 0 },
      unexpected: { count: 0 },
    })
    expect(summary['same']).toBeGreaterThan(20)
    expect(summary['warnings']).toBeGreaterThan(20)
  })

  it('names a warning that the flows do not lead to, and ends with 1', async () => {
    await onLog(async (log) => {
      for await (const record of log.read(topics.warnings, 0, 0)) {
        const forged = { ...record, topic: topics.warnings, headers: { ...record.headers, ce_id: 'forged' } }
        const publisher = await log.publisher('forger')
        await publisher.publish([forged], 1)
        await publisher.close()
        break
      }
    })
    const { code, stderr, summary } = await replayed('forged')
    expect(code, stderr).toBe(1)
    expect(summary).toMatchObject({ unexpected: { count: 1, first: ['public.warnings.v1 forged'] } })
    expect(stderr).toContain('not as recorded')
  })

  it('refuses a folder without a log with 4, and a file besides with 2', async () => {
    const elsewhere = ['--out', join(root, 'refused')]
    expect((await weir(['replay', '--log', join(root, 'nothing'), ...elsewhere]).ended).code).toBe(4)
    expect(existsSync(join(root, 'refused'))).toBe(false)
    expect((await weir(['replay', 'file.csv', '--log', root]).ended).code).toBe(2)
    expect((await weir(['replay']).ended).code).toBe(2)
  })
})
