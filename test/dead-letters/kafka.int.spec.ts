/** Dead letters on Kafka: the same contract, with the command as a process of the cluster. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openKafkaLog } from '../../services/platform/log/kafka/open.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { quickTimes } from '../kafka/support.ts'
import { describeWithKafka, sharedKafka } from '../support/kafka.ts'
import { deadLetterContract } from './contract.ts'
import { newPrefix } from './harness.ts'
import type { LogForLetters } from './harness.ts'

const key = Buffer.alloc(32, 'a key for tests').toString('base64')

async function kafka(): Promise<LogForLetters> {
  const { bootstrap } = await sharedKafka()
  const directory = await mkdtemp(join(tmpdir(), 'weir-dlq-'))
  const prefix = newPrefix()
  const connection = { brokers: bootstrap, clientId: 'weir-test' }
  const opened: Log[] = []
  return {
    prefix,
    open: async ({ faults, restart } = {}) => {
      const log = await openKafkaLog({
        connection,
        prefix,
        directory: join(directory, String(opened.length)),
        times: quickTimes,
        fetchWaitMs: 50,
        ...(restart && { restart }),
        ...(faults && { faults }),
      })
      opened.push(log)
      return log
    },
    environment: {
      WEIR_MODE: 'cluster',
      WEIR_KAFKA_BROKERS: bootstrap.join(','),
      // The configuration of a cluster names a database and keys; these commands use neither.
      WEIR_POSTGRES_URL: 'postgres://nobody@127.0.0.1/none',
      WEIR_PSEUDONYM_KEY: key,
      WEIR_IDENTITY_KEYS: `test:${key}`,
      WEIR_DATA_DIRECTORY: directory,
      WEIR_TOPIC_PREFIX: prefix,
    },
    remove: async () => {
      await Promise.all(opened.map(async (log) => log.close()))
      await rm(directory, { recursive: true, force: true })
    },
  }
}

await describeWithKafka('with a broker', () => {
  deadLetterContract('dead letters on Kafka', kafka, { runs: 6 })
})
