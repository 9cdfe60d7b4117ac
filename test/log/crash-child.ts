/** Run by crash.int.spec.ts in processes of their own, to be killed: `node crash-child.ts publish|count FOLDER`. */
import { setTimeout as delay } from 'node:timers/promises'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import {
  crashGroup,
  crashInput,
  crashOutput,
  crashProcessor,
  crashPublisher,
  crashRecords,
} from './crash-task.ts'

const [role, directory = ''] = process.argv.slice(2)
const log = await openEmbeddedLog({ directory, sync: 'none' })
await log.ensureTopics([crashInput, crashOutput])

if (role === 'publish') {
  const publisher = await log.publisher(crashPublisher)
  for (let position = await publisher.position(); ; position += 1) {
    await publisher.publish(crashRecords(position), position + 1)
    await delay(1)
  }
}
log.task({ group: crashGroup, topic: crashInput, maxRecords: 100, open: crashProcessor }).subscribe()
