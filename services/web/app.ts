/** Composition root of the web part: one HTTP server for the browser app and the APIs of the services, which it holds or passes requests on to. */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import { healthPlugin } from '../platform/health/server.ts'
import { createHttpServer, listen } from '../platform/http/server.ts'
import type { Address, HttpServer } from '../platform/http/server.ts'
import type { Telemetry } from '../platform/telemetry/port.ts'
import { addPages } from './shell/pages.ts'
import { addUpstreams, describeAll } from './shell/pass-on.ts'
import type { Upstream } from './shell/pass-on.ts'
import { addSecurity } from './shell/security.ts'

export type { Upstream } from './shell/pass-on.ts'

/** What the server is made of. */
export interface WebOptions extends Address {
  /** From `authPlugin`: sets `request.principal`. */
  readonly auth: FastifyPluginAsync
  /** HTTP APIs of services of this process, with their full paths (/api/…). */
  readonly plugins: readonly FastifyPluginAsync[]
  /** Services that run as processes of their own. Default: none. */
  readonly upstreams?: readonly Upstream[]
  /** The built browser app (`ensureBuilt`); undefined serves the API alone. */
  readonly staticDirectory: string | undefined
  readonly telemetry: Telemetry
  /** Answer of /readyz; default: always ready. */
  readonly health?: () => Promise<boolean>
  /** The site is reached by HTTPS (through a proxy). Default false. */
  readonly secure?: boolean
  /** Addresses of proxies whose X-Forwarded-* is believed. Default: nobody's. */
  readonly trustProxy?: string | false
}

/** A listening server. `url` has no slash at the end. */
export type WebServer = HttpServer

/**
 * Builds the server without listening: for `inject` in tests, and for writing out the OpenAPI document.
 * Routes come in this order: security, sign-in, services, pages.
 */
export async function buildWeb(options: Omit<WebOptions, 'host' | 'port'>): Promise<FastifyInstance> {
  const { telemetry, upstreams = [] } = options
  const app = await createHttpServer({
    telemetry,
    trustProxy: options.trustProxy ?? false,
    description:
      'Leads, cases and supervision. Writes need the header `x-weir-request: 1` and a session cookie.',
  })
  await addSecurity(app, options.secure ?? false)
  await app.register(options.auth)
  await app.register(healthPlugin({ isReady: options.health ?? (async () => true) }))
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => describeAll(app.swagger(), upstreams))
  for (const plugin of options.plugins) await app.register(plugin)
  await addUpstreams(app, upstreams, telemetry.registry)
  await addPages(app, options.staticDirectory)
  return app
}

/**
 * Starts the server. Stopping refuses new connections, lets requests in hand finish and ends open streams.
 * @throws Error when the port is taken; the message names it
 */
export async function createWebServer(options: WebOptions): Promise<WebServer> {
  return listen(await buildWeb(options), options)
}
