/** The web part as a process of its own: pages, sign-in, and the way to the services' APIs. */
import { authPlugin } from '../platform/auth/plugin.ts'
import { localUrl, sharedSessions } from '../platform/process/http.ts'
import type { ServiceProcess } from '../platform/process/run.ts'
import { createWebServer } from './app.ts'
import { ensureBuilt } from './build.ts'

/** Any number may run side by side. */
export const webProcess: ServiceProcess = {
  name: 'web',
  async start(context) {
    const { config, telemetry, health } = context
    const database = await context.database()
    health.register('database', () => database.ping().then(() => true))
    if (!config.demo) {
      telemetry.log.warn('sign-in:none: nobody can sign in yet, an identity provider comes later')
    }
    const sessions = await sharedSessions(context)
    const { directory } = await ensureBuilt()
    return createWebServer({
      host: config.httpHost,
      port: config.httpPort,
      auth: authPlugin({ sessions, demo: config.demo, environment: process.env['NODE_ENV'] }),
      plugins: [],
      upstreams: [
        { service: 'casework', url: config.caseworkUrl ?? localUrl(context, config.caseworkPort) },
        { service: 'supervise', url: config.superviseUrl ?? localUrl(context, config.supervisePort) },
      ],
      staticDirectory: directory,
      telemetry,
      secure: config.httpSecure,
      trustProxy: config.httpTrustedProxies ?? false,
      health: () => health.isReady(),
    })
  },
}
