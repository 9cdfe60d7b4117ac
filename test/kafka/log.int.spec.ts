/** The Kafka adapter passes the contract of the log port; what is exactly once is so on the older line of brokers as well. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { logContract } from '../../services/platform/log/contract.ts'
import { exactlyOnceContract } from '../log/contract/exactly-once.ts'
import type { LogUnderTest } from '../log/contract/harness.ts'
import type { TestKafka } from '../support/kafka.ts'
import { describeWithKafka, startKafka } from '../support/kafka.ts'
import { kafkaUnderTest } from './support.ts'

async function subjectOn(broker?: TestKafka): Promise<LogUnderTest> {
  const directory = await mkdtemp(join(tmpdir(), 'weir-kafka-log-'))
  const subject = await kafkaUnderTest(directory, {}, broker)
  return {
    ...subject,
    remove: async () => {
      await subject.remove()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

await describeWithKafka('with a broker', () => {
  logContract('the log on Kafka', async () => subjectOn(), { runs: 12 })
})

// The old coordinator and the first version of transactions.
const older = { version: '3.9.1' } as const
await describeWithKafka(
  'with a broker of Kafka 3.9',
  () => {
    let broker: TestKafka | undefined
    let subject: LogUnderTest | undefined
    beforeAll(async () => {
      broker = await startKafka(older)
    })
    beforeEach(async () => {
      subject = await subjectOn(broker)
    })
    afterEach(async () => subject?.remove())
    afterAll(async () => broker?.remove())
    exactlyOnceContract(() => {
      if (subject === undefined) throw new Error('the log under test is not open')
      return subject
    }, 6)
  },
  older,
)
