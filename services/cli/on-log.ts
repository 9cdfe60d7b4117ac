import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadConfig } from '../platform/config/config.ts'
import type { IdentityVault } from '../platform/identity/port.ts'
import type { Log } from '../platform/log/port.ts'
import { processParts } from '../platform/process/parts.ts'
import { createTelemetry } from '../platform/telemetry/telemetry.ts'
import { CommandError, exitCodes } from './terminal.ts'

/**
 * Runs `work` on the configured log, beside whatever runs on it.
 * @param service name in telemetry @param data folder of an embedded log; default: as configured
 * @param whenMissing whether an embedded log may be made
 * @throws CommandError `notFound` when there is no data yet
 */
export async function onConfiguredLog<T>(
  service: string,
  data: string | undefined,
  work: (log: Log, prefix: string, vault: () => Promise<IdentityVault>) => Promise<T>,
  whenMissing: 'refuse' | 'create' = 'refuse',
): Promise<T> {
  const named = data === undefined ? {} : { WEIR_DATA_DIRECTORY: data }
  const config = loadConfig({ WEIR_LOG_LEVEL: 'warn', ...process.env, ...named })
  if (
    whenMissing === 'refuse' &&
    config.mode === 'embedded' &&
    !existsSync(join(config.dataDirectory, 'log'))
  ) {
    throw new CommandError(
      `${config.dataDirectory} 里没有数据 / there is no data in ${config.dataDirectory}: name the folder that holds log/`,
      exitCodes.notFound,
    )
  }
  const parts = processParts(config, createTelemetry({ service, level: config.logLevel }))
  try {
    return await work(await parts.log(), config.topicPrefix, () => parts.vault())
  } finally {
    await parts.close()
  }
}
