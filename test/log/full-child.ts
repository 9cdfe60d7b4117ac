/** Run with a limit on file sizes: publishes until the log refuses three times, then says what was accepted. */
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import { LogError } from '../../services/platform/log/port.ts'
import { record } from './contract/harness.ts'

const topic = { name: 'full.v1', partitions: 2, cleanup: 'delete', retentionMs: 0 } as const
const log = await openEmbeddedLog({ directory: process.argv[2] ?? '', sync: 'none' })
await log.ensureTopics([topic])
const publisher = await log.publisher('full')
const refused: string[] = []
let accepted = 0
while (refused.length < 3 && accepted < 100_000) {
  const records = Array.from({ length: 10 }, (_, n) =>
    record(topic, `k${n}`, accepted * 10 + n, { value: Buffer.alloc(1_000) }),
  )
  try {
    await publisher.publish(records, accepted + 1)
    accepted += 1
  } catch (error) {
    refused.push(error instanceof LogError ? error.code : String(error))
  }
}
process.stdout.write(JSON.stringify({ accepted, refused }))
await log.close()
