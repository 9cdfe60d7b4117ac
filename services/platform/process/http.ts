import type { FastifyPluginAsync } from 'fastify'
import { createSessions, sessionStore } from '../auth/sessions.ts'
import type { Sessions, SessionTables } from '../auth/sessions.ts'
import { systemClock } from '../clock.ts'
import { startApiServer } from '../http/api-server.ts'
import type { HttpServer } from '../http/server.ts'
import type { ServiceContext } from './run.ts'

/** The sessions that every server of the site shares: begun at services/web, checked wherever a request arrives. */
export async function sharedSessions({ database }: Pick<ServiceContext, 'database'>): Promise<Sessions> {
  const store = await (await database()).open<SessionTables>(sessionStore)
  return createSessions(store, systemClock)
}

/** What of a service's HTTP API is its own. */
export interface ServiceApi {
  readonly routes: FastifyPluginAsync
  readonly port: number
  readonly description: string
}

/** Serves the API of a service on a port of its own, with the settings and the sessions of the process. */
export async function serveApi(context: ServiceContext, api: ServiceApi): Promise<HttpServer> {
  const { config, telemetry, health } = context
  return startApiServer({
    ...api,
    host: config.apiHost,
    sessions: await sharedSessions(context),
    demo: config.demo,
    telemetry,
    trustProxy: config.httpTrustedProxies ?? false,
    isReady: () => health.isReady(),
  })
}

/** Where a service listens on this machine, unless a setting says where it is. */
export function localUrl({ config }: Pick<ServiceContext, 'config'>, port: number): string {
  const isEverywhere = ['0.0.0.0', '::'].includes(config.apiHost)
  return `http://${isEverywhere ? '127.0.0.1' : config.apiHost}:${port}`
}
