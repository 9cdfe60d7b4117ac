/** Starts a broker, says where, and waits to be killed. */
import { startKafka } from '../support/kafka-sources.ts'

const kafka = await startKafka({ process: true })
process.stdout.write(
  `${JSON.stringify({ pid: kafka.pid, bootstrap: kafka.bootstrap, directory: kafka.directory })}\n`,
)
setInterval(() => undefined, 1000)
