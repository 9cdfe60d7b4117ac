/** Composes the services of one process. Nothing else knows more than one of them. */
import { authPlugin } from '../platform/auth/plugin.ts'
import { createSessions, sessionStore } from '../platform/auth/sessions.ts'
import type { SessionTables } from '../platform/auth/sessions.ts'
import { chinaCalendar } from '../platform/calendar/china.ts'
import { systemClock } from '../platform/clock.ts'
import { createHealth } from '../platform/health/health.ts'
import { startOperatorServer } from '../platform/health/server.ts'
import { stopAll } from '../platform/lifecycle.ts'
import type { Running } from '../platform/lifecycle.ts'
import { telemetryOf } from '../platform/telemetry/telemetry.ts'
import { startCasework } from '../casework/app.ts'
import type { Casework } from '../casework/app.ts'
import { createIngest } from '../ingest/app.ts'
import type { Ingest } from '../ingest/app.ts'
import { startSupervise } from '../supervise/app.ts'
import type { Supervise } from '../supervise/app.ts'
import { startWarn } from '../warn/app.ts'
import type { Warn } from '../warn/app.ts'
import { createWebServer } from '../web/app.ts'
import type { WebServer } from '../web/app.ts'
import { ensureBuilt } from '../web/build.ts'
import type { Platform } from './platform.ts'

/** What runs in this process besides the loop itself. */
export interface Composition {
  /** Serve the browser app, the HTTP APIs, health and metrics. */
  readonly serve: boolean
}

/** All services of the loop, running. `failed` settles with the first part that fails for good. */
export interface District extends Running {
  readonly ingest: Ingest
  readonly warn: Warn
  readonly casework: Casework
  readonly supervise: Supervise
  readonly web: WebServer | undefined
}

/**
 * Starts warn, casework, supervise and web on one platform, in this order; a part that fails to start undoes those before.
 * @throws whatever a part throws at its start
 */
export async function startDistrict(platform: Platform, composition: Composition): Promise<District> {
  const { log, database, vault, clock, telemetry } = platform
  const started: Running[] = []
  const keep = <Part extends Running>(part: Part): Part => {
    started.push(part)
    return part
  }
  try {
    const of = (service: string) => telemetryOf(telemetry, service)
    const { allowedLatenessMs: lateness, sourceIdleMs: idleAfterMs, topicPrefix: prefix } = platform.config
    const ingest = createIngest({ log, vault, telemetry: of('ingest'), prefix })
    const warn = keep(
      await startWarn({ log, telemetry: of('warn'), lateness, config: { idleAfterMs }, prefix }),
    )
    const casework = keep(
      await startCasework({
        log,
        database,
        clock,
        vault,
        calendar: chinaCalendar,
        telemetry: of('casework'),
        prefix,
      }),
    )
    const supervise = keep(await startSupervise({ log, database, clock, telemetry: of('supervise') }))
    const web = composition.serve ? await serve(platform, casework, supervise, keep) : undefined
    return {
      ingest,
      warn,
      casework,
      supervise,
      web,
      failed: Promise.race(started.map(async (part) => part.failed)),
      async stop() {
        await stopAll([{ stop: async () => ingest.close() }, ...started])
      },
    }
  } catch (error) {
    await stopAll(started)
    throw error
  }
}

/** The site for people, and beside it, on a port of its own, what operators and Prometheus ask. */
async function serve(
  platform: Platform,
  casework: Casework,
  supervise: Supervise,
  keep: <Part extends Running>(part: Part) => Part,
): Promise<WebServer> {
  const { config, database, telemetry } = platform
  const health = createHealth()
  health.register('database', async () => database.ping().then(() => true))
  const { metricsHost, metricsPort } = config
  keep(
    await startOperatorServer({ host: metricsHost, port: metricsPort, health, registry: telemetry.registry }),
  )
  const sessions = createSessions(await database.open<SessionTables>(sessionStore), systemClock)
  const { directory } = await ensureBuilt()
  const web = keep(
    await createWebServer({
      host: config.httpHost,
      port: config.httpPort,
      auth: authPlugin({ sessions, demo: config.demo, environment: process.env['NODE_ENV'] }),
      plugins: [casework.routes, supervise.routes],
      staticDirectory: directory,
      telemetry: telemetryOf(telemetry, 'web'),
      secure: config.httpSecure,
      trustProxy: config.httpTrustedProxies ?? false,
      health: async () => health.isReady(),
    }),
  )
  health.start()
  return web
}
