/** Composition root of the web part: one HTTP server for the browser app and the APIs that services bring as plugins. */
import { randomUUID } from 'node:crypto'
import swagger from '@fastify/swagger'
import fastify from 'fastify'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { healthPlugin } from '../platform/health/server.ts'
import type { Running } from '../platform/lifecycle.ts'
import type { Telemetry } from '../platform/telemetry/port.ts'
import { addDraining } from './shell/drain.ts'
import { addPages } from './shell/pages.ts'
import { addProblems } from './shell/problems.ts'
import { addRequestMetrics } from './shell/request-metrics.ts'
import { addSecurity } from './shell/security.ts'

/** What the server is made of. */
export interface WebOptions {
  /** Address to listen on; `127.0.0.1` keeps it on this machine. */
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** From `authPlugin`: sets `request.principal`. */
  readonly auth: FastifyPluginAsync
  /** HTTP APIs of the services, with their full paths (/api/…). */
  readonly plugins: readonly FastifyPluginAsync[]
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
export interface WebServer extends Running {
  readonly url: string
}

/** A body holds a form, never a file. */
const bodyBytesMax = 256 * 1024

/**
 * Builds the server without listening: for `inject` in tests, and for writing out the OpenAPI document.
 * Routes come in this order: security, sign-in, services, pages.
 */
export async function buildWeb(options: Omit<WebOptions, 'host' | 'port'>): Promise<FastifyInstance> {
  const { telemetry } = options
  const app = fastify({
    genReqId: () => randomUUID(),
    bodyLimit: bodyBytesMax,
    // Streams never become idle by themselves: only `true` lets a stop end them.
    forceCloseConnections: true,
    trustProxy: options.trustProxy ?? false,
    logger: false,
  }).withTypeProvider<TypeBoxTypeProvider>()
  addProblems(app, telemetry.log)
  addDraining(app)
  addRequestMetrics(app, telemetry.registry)
  await addSecurity(app, options.secure ?? false)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Weir 堰',
        description:
          'Leads, cases and supervision. Writes need the header `x-weir-request: 1` and a session cookie.',
        version: '1',
      },
    },
  })
  await app.register(options.auth)
  await app.register(healthPlugin({ isReady: options.health ?? (async () => true) }))
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger())
  for (const plugin of options.plugins) await app.register(plugin)
  await addPages(app, options.staticDirectory)
  return app
}

/**
 * Starts the server. Stopping refuses new connections, lets requests in hand finish and ends open streams.
 * @throws Error when the port is taken; the message names it
 */
export async function createWebServer(options: WebOptions): Promise<WebServer> {
  const app = await buildWeb(options)
  const failed = Promise.withResolvers<Error>()
  app.server.on('error', failed.resolve)
  const url = await listen(app, options)
  let stopping: Promise<void> | undefined
  return {
    url,
    failed: failed.promise,
    stop() {
      stopping ??= app.close()
      return stopping
    },
  }
}

async function listen(app: FastifyInstance, options: WebOptions): Promise<string> {
  try {
    await app.listen({ host: options.host, port: options.port })
  } catch (error) {
    await app.close()
    throw new Error(
      `Cannot listen on ${options.host}:${options.port}. Is something else using it? Choose another port.`,
      { cause: error },
    )
  }
  const address = app.addresses()[0]
  if (typeof address !== 'object') throw new Error('The server listens on no address.')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
