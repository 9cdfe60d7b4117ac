/** Ingest as a process of its own: takes in what appears in a folder. */
import { access, constants } from 'node:fs/promises'
import { topics } from '../../schemas/topics.ts'
import type { ServiceProcess } from '../platform/process/run.ts'
import { MisconfiguredError } from '../platform/process/run.ts'
import { createIngest, ingestTopics } from './app.ts'

/** Several may follow one folder: each file is taken in once. */
export const ingestProcess: ServiceProcess = {
  name: 'ingest',
  async start(context) {
    const { config, telemetry, health } = context
    const { ingestDirectory: directory, topicPrefix: prefix } = config
    if (directory === undefined) {
      throw new MisconfiguredError(
        '未设置 WEIR_INGEST_DIRECTORY:请指明要导入的文件夹。 WEIR_INGEST_DIRECTORY is not set: say which folder ingest follows.',
      )
    }
    const log = await context.log()
    await log.ensureTopics(ingestTopics)
    // A folder on a network drive may be gone for a while: it is looked for again, and this says so meanwhile.
    health.register('folder', () => access(directory, constants.R_OK).then(() => true))
    health.register('log', async () => (await log.offsets(topics.transactions)).length > 0)
    const ingest = createIngest({ log, vault: await context.vault(), telemetry, prefix })
    const failed = Promise.withResolvers<Error>()
    const following = ingest.followFolder(directory).subscribe({
      error: (error: unknown) => failed.resolve(error instanceof Error ? error : new Error(String(error))),
    })
    return {
      failed: failed.promise,
      async stop() {
        following.unsubscribe()
        await ingest.close()
      },
    }
  },
}
