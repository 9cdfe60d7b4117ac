/** A connection for administration: topics, settings, access lists. */
import type { KafkaConnection } from './connection.ts'
import { connectionProblem, kafkaOptions } from './connection.ts'
import { logErrorOf } from './errors.ts'
import type { Admin } from './kafkajs/door.ts'
import { Kafka, logLevel } from './kafkajs/door.ts'

const connectionTimeoutMs = 5_000
/** A broker that is just starting answers within seconds; a wrong setting should not take longer to be told. */
const retry = { initialRetryTime: 100, retries: 4, maxRetryTime: 1_000 }

/**
 * Connects, does the work, and disconnects whatever happens.
 * @throws LogError `unavailable` that says which setting to look at when there is no connection; whatever the work throws
 */
export async function withKafkaAdmin<T>(
  connection: KafkaConnection,
  work: (admin: Admin) => Promise<T>,
): Promise<T> {
  const kafka = new Kafka({
    ...kafkaOptions(connection),
    logLevel: logLevel.NOTHING,
    connectionTimeout: connectionTimeoutMs,
    retry,
  })
  const admin = kafka.admin()
  try {
    try {
      await admin.connect()
      // The first answer shows whether the user is let in: a broker may accept the connection and hang up afterwards.
      await admin.describeCluster()
    } catch (error) {
      throw connectionProblem(error, connection) ?? logErrorOf(error, connection.brokers.join(', '))
    }
    return await work(admin)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}
