import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { EmbeddedLogOptions } from '../../services/platform/log/embedded/open.ts'
import { openEmbeddedLog } from '../../services/platform/log/embedded/open.ts'
import type { Log } from '../../services/platform/log/port.ts'

/** An embedded log of a test's own. */
export interface TemporaryLog {
  readonly log: Log
  /** Its data folder, to open it a second time. */
  readonly directory: string
  /** Closes the log and removes the folder; also what `await using` calls. */
  remove(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens a log in a new temporary folder: `await using temporary = await temporaryLog()`. Nothing is forced to disk. */
export async function temporaryLog(options: Partial<EmbeddedLogOptions> = {}): Promise<TemporaryLog> {
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'weir-log-')))
  const log = await openEmbeddedLog({ sync: 'none', ...options, directory })
  const remove = async (): Promise<void> => {
    await log.close()
    await rm(directory, { recursive: true, force: true })
  }
  return { log, directory, remove, [Symbol.asyncDispose]: remove }
}
