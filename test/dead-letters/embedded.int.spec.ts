import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { weir } from '../support/weir.ts'
import { deadLetterContract } from './contract.ts'
import { newPrefix } from './harness.ts'
import type { LogForLetters } from './harness.ts'

async function embedded(): Promise<LogForLetters> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-dlq-'))
  const prefix = newPrefix()
  const opened: Log[] = []
  return {
    prefix,
    open: async (options = {}) => {
      const log = await openEmbeddedLog({ directory, prefix, sync: 'none', ...options })
      opened.push(log)
      return log
    },
    environment: { WEIR_DATA_DIRECTORY: directory, WEIR_TOPIC_PREFIX: prefix },
    remove: async () => {
      await Promise.all(opened.map((log) => log.close()))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

deadLetterContract('dead letters on the embedded log', embedded)

test('weir dlq makes no data directory where there is none', async () => {
  const data = join(tmpdir(), newPrefix())
  const ended = await weir(['dlq', 'list', '--data', data, '--json']).ended
  expect(ended.code).toBe(4)
  expect(JSON.parse(ended.stdout)).toMatchObject({
    error: expect.stringContaining('there is no data') as unknown,
  })
})
