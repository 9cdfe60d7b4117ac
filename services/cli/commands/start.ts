import { loadConfig } from '../../platform/config/config.ts'
import { startDistrict } from '../compose.ts'
import { openPlatform } from '../platform.ts'
import { stopSignal } from '../stop-signal.ts'
import { CommandError, exitCodes, say } from '../terminal.ts'

/** Services that can be named; in embedded mode one process runs them all. */
const names = ['ingest', 'warn', 'casework', 'supervise', 'web'] as const

/** Runs the services until a signal, or until one of them fails for good. */
export async function start(services: readonly string[]): Promise<void> {
  const unknown = services.filter((service) => !(names as readonly string[]).includes(service))
  if (unknown.length > 0) {
    throw new CommandError(
      `unknown service ${unknown.join(', ')}; there are ${names.join(', ')}`,
      exitCodes.usage,
    )
  }
  const config = loadConfig(process.env)
  if (config.mode === 'embedded' && services.length > 0) {
    throw new CommandError(
      'the embedded mode runs all services in one process: leave the names out (single services need WEIR_MODE=cluster, which needs the Kafka adapter that is not built yet)',
      exitCodes.usage,
    )
  }
  const signal = stopSignal('stopping …')
  const platform = await openPlatform(config)
  try {
    const district = await startDistrict(platform, { serve: true })
    try {
      say(`Weir is running: ${district.web?.url ?? ''}  (data in ${config.dataDirectory}; Ctrl-C stops)`)
      if (!config.demo) {
        say(
          'Nobody can sign in yet: an identity provider comes later. WEIR_DEMO=true lets anybody take a seat.',
        )
      }
      const failed = await Promise.race([district.failed, aborted(signal)])
      if (failed !== undefined) throw failed
    } finally {
      await district.stop()
    }
  } finally {
    await platform.close()
  }
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return undefined
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
