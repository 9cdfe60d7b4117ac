/** A publisher whose requests fail, one after the other, goes on by itself; only a successor ends it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TopicSpec } from '../../schemas/topics.ts'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import { LogError } from '../../services/platform/log/port.ts'
import type { Log, NewRecord } from '../../services/platform/log/port.ts'
import { describeWithKafka, sharedKafka } from '../support/kafka.ts'
import { newPrefix } from './support.ts'

const topic: TopicSpec = { name: 'published.v1', partitions: 2, cleanup: 'delete', retentionMs: 0 }
const requests = ['InitProducerId', 'AddPartitionsToTxn', 'Produce', 'EndTxn'] as const
const moments = ['before', 'after'] as const

function record(text: string): NewRecord {
  return { topic, key: text, value: Buffer.from(text), headers: {}, timestamp: Date.now() }
}

async function published(log: Log): Promise<string[]> {
  const found: string[] = []
  for (const partition of [0, 1]) for await (const { key } of log.read(topic, partition, 0)) found.push(key)
  return found.toSorted()
}

await describeWithKafka('a publisher on Kafka', () => {
  const logs: Log[] = []
  let directory: string
  /** Requests that are still to fail, in order. */
  let failing: string[] = []

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'weir-publisher-'))
  })
  afterAll(async () => {
    await Promise.all(logs.map(async (log) => log.close()))
    await rm(directory, { recursive: true, force: true })
  })

  async function open(prefix: string): Promise<Log> {
    const { bootstrap } = await sharedKafka()
    const strike = (moment: string, request: string): void => {
      if (failing[0] !== `${request} ${moment}`) return
      failing.shift()
      throw Object.assign(new Error('gone'), { name: 'KafkaJSConnectionClosedError' })
    }
    const log = await openKafkaLog({
      connection: { brokers: bootstrap, clientId: 'weir-test' },
      directory,
      prefix,
      faults: {
        requests: {
          before: (request) => strike('before', request),
          after: (request) => strike('after', request),
        },
      },
    })
    logs.push(log)
    await log.ensureTopics([topic])
    return log
  }

  /** Asks until there is an answer. */
  async function position(of: { position(): Promise<number> }): Promise<number> {
    for (;;) {
      try {
        return await of.position()
      } catch (error) {
        if (!(error instanceof LogError && error.retriable)) throw error
      }
    }
  }

  describe.each(requests.flatMap((request) => moments.map((moment) => [request, moment] as const)))(
    'that fails at %s, %s it was carried out',
    (request, moment) => {
      it('finds out what was written, however often that fails at the same request', async () => {
        const log = await open(newPrefix())
        const publisher = await log.publisher('bank')
        await publisher.publish([record('a')], 1)
        failing = ['EndTxn after', ...Array.from({ length: 3 }, () => `${request} ${moment}`)]
        await expect(publisher.publish([record('b')], 2)).rejects.toMatchObject({ retriable: true })
        expect(await position(publisher)).toBe(2)
        expect(failing).toEqual([])
        await publisher.publish([record('c')], 3)
        expect(await published(log)).toEqual(['a', 'b', 'c'])
      })
    },
  )

  it('ends when somebody younger took its name while it was finding out', async () => {
    const prefix = newPrefix()
    const older = await (await open(prefix)).publisher('bank')
    failing = ['EndTxn after']
    await expect(older.publish([record('a')], 1)).rejects.toMatchObject({ retriable: true })
    const younger = await (await open(prefix)).publisher('bank')
    await expect(older.position()).rejects.toMatchObject({ code: 'fenced' })
    await younger.publish([record('b')], 2)
    expect(await younger.position()).toBe(2)
  })
})
