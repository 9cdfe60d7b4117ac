import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TopicSpec } from '../../../../schemas/topics.ts'
import { logContract } from '../contract.ts'
import type { LogUnderTest } from '../../../../test/log/contract/harness.ts'
import { blockBase, blockKey, openEnvironment } from './environment.ts'
import type { EmbeddedLog } from './open.ts'
import { openEmbeddedLog } from './open.ts'
import { Storage } from './storage.ts'

async function embedded(): Promise<LogUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-log-'))
  const opened: EmbeddedLog[] = []
  return {
    open: async (options = {}) => {
      const log = await openEmbeddedLog({ directory, sync: 'none', ...options })
      opened.push(log)
      return log
    },
    deleteBefore: (topic, partition, offset) => deleteBefore(directory, topic, partition, offset),
    // What else belongs to a record (key, headers, framing) takes less than 1,000 bytes.
    valueBytesAccepted: 999_000,
    valueBytesRefused: 1_000_001,
    remove: async () => {
      await Promise.all(opened.map((log) => log.close()))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function deleteBefore(
  directory: string,
  topic: TopicSpec,
  partition: number,
  offset: number,
): Promise<void> {
  const environment = openEnvironment({ directory, sync: 'none' })
  const storage = new Storage(environment, 'weir', 0)
  const id = storage.topic(topic).partitionIds[partition] ?? 0
  environment.transact(() => {
    const { next } = storage.bounds(id)
    for (const { key } of [...storage.blocks(id, 0, offset)])
      environment.records.removeSync(blockKey(id, blockBase(key)))
    environment.meta.putSync(`bounds:${id}`, { first: offset, next })
  })
  await environment.close()
}

logContract('the embedded log', embedded)
