/** The HTTP API of one service that runs as a process of its own. People reach it through services/web, which passes requests on. */
import type { FastifyPluginAsync } from 'fastify'
import { principalPlugin } from '../auth/plugin.ts'
import type { Sessions } from '../auth/sessions.ts'
import { healthPlugin } from '../health/server.ts'
import { sendNotFound } from './problems.ts'
import { createHttpServer, listen } from './server.ts'
import type { Address, HttpServer, HttpServerOptions } from './server.ts'

/** What the server is made of. */
export interface ApiServerOptions
  extends Address, Pick<HttpServerOptions, 'telemetry' | 'trustProxy' | 'description'> {
  /** The service's API, with full paths (/api/…). */
  readonly routes: FastifyPluginAsync
  /** Where sessions are kept: the one store that all servers of the site share. */
  readonly sessions: Sessions
  /** Whether people took a seat to sign in; decides the name of the cookie. */
  readonly demo: boolean
  /** Answer of /readyz. */
  readonly isReady: () => Promise<boolean>
}

/** Starts the server. @throws Error when the port is taken */
export async function startApiServer(options: ApiServerOptions): Promise<HttpServer> {
  const { sessions, demo, isReady } = options
  const app = await createHttpServer({ ...options, isBehindWeb: true })
  await app.register(principalPlugin({ sessions, demo }))
  await app.register(healthPlugin({ isReady }))
  app.get('/api/openapi.json', { schema: { hide: true } }, () => app.swagger())
  await app.register(options.routes)
  app.setNotFoundHandler(sendNotFound)
  return listen(app, options)
}
