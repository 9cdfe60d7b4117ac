/** The Kafka adapter passes the contract of the log port. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { logContract } from '../../services/platform/log/contract.ts'
import { describeWithKafka } from '../support/kafka.ts'
import { kafkaUnderTest } from './support.ts'

await describeWithKafka('with a broker', () => {
  logContract(
    'the log on Kafka',
    async () => {
      const directory = await mkdtemp(join(tmpdir(), 'weir-kafka-log-'))
      const subject = await kafkaUnderTest(directory)
      return {
        ...subject,
        remove: async () => {
          await subject.remove()
          await rm(directory, { recursive: true, force: true })
        },
      }
    },
    { runs: 12 },
  )
})
