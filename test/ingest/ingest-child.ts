/** Takes in one file, slowly, and says so when the first records are in: to be killed in the midst. Arguments: data folder, file. */
import { setTimeout as pause } from 'node:timers/promises'
import { createIngest } from '../../services/ingest/app.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import type { Log } from '../../services/platform/log/port.ts'
import { silentTelemetry, testVault } from './support.ts'

const [directory = '', path = ''] = process.argv.slice(2)
const real = await openEmbeddedLog({ directory, sync: 'none' })

const slow: Pick<Log, 'ensureTopics' | 'publisher'> = {
  ensureTopics: (topics) => real.ensureTopics(topics),
  async publisher(name) {
    const publisher = await real.publisher(name)
    return {
      position: () => publisher.position(),
      close: () => publisher.close(),
      async publish(records, position) {
        await publisher.publish(records, position)
        process.send?.(position)
        // A busy parent has its signal arrive before the last commit all the same.
        await pause(100)
      },
    }
  },
}
const ingest = createIngest({ log: slow as Log, vault: testVault(), telemetry: silentTelemetry() })
await ingest.ingestFile(path)
