/** What every HTTP server of Weir has in common: problems, request ids, draining, metrics, limits, a description of itself. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import swagger from '@fastify/swagger'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { Running } from '../lifecycle.ts'
import type { Telemetry } from '../telemetry/port.ts'
import { addDraining } from './drain.ts'
import { addLimits } from './limits.ts'
import { addProblems } from './problems.ts'
import { addRequestMetrics } from './request-metrics.ts'

/** Header that carries a request's id, in answers and from one server to the next. */
export const requestIdHeader = 'x-request-id'

/** What a server is made of. */
export interface HttpServerOptions {
  readonly telemetry: Telemetry
  /** Addresses of proxies whose X-Forwarded-* is believed. Default: nobody's. */
  readonly trustProxy?: string | false
  /** Requests come through services/web, which gave them their ids. Default false: each gets a new one. */
  readonly isBehindWeb?: boolean
  /** What the OpenAPI document says of the whole. */
  readonly description: string
}

/** A listening server. `url` has no slash at the end. */
export interface HttpServer extends Running {
  readonly url: string
}

/** Where a server listens; port 0 takes a free one. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** A body holds a form, never a file. */
const bodyBytesMax = 256 * 1024

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

function givenId(request: IncomingMessage): string {
  const given = request.headers[requestIdHeader]
  return typeof given === 'string' && uuid.test(given) ? given : randomUUID()
}

/** Makes the server, without routes and without listening. What is registered on it afterwards is described, measured and drained. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  const { telemetry } = options
  const app = fastify({
    genReqId: options.isBehindWeb === true ? givenId : () => randomUUID(),
    bodyLimit: bodyBytesMax,
    // Streams never become idle by themselves: only `true` lets a stop end them.
    forceCloseConnections: true,
    trustProxy: options.trustProxy ?? false,
    logger: false,
  })
  addProblems(app, telemetry.log)
  addDraining(app)
  addRequestMetrics(app, telemetry.registry)
  await addLimits(app)
  app.addHook('onRequest', async (request, reply) => {
    void reply.header(requestIdHeader, request.id)
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store')
  })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Weir 堰', description: options.description, version: '1' },
    },
  })
  return app
}

/**
 * Listens. Stopping refuses new connections, lets requests in hand finish and ends streams; it can be called more than once.
 * @throws Error with a proposal when the port is taken
 */
export async function listen(app: FastifyInstance, { host, port }: Address): Promise<HttpServer> {
  const failed = Promise.withResolvers<Error>()
  app.server.on('error', failed.resolve)
  try {
    await app.listen({ host, port })
  } catch (error) {
    await app.close()
    throw new Error(`Cannot listen on ${host}:${port}. Is something else using it? Choose another port.`, {
      cause: error,
    })
  }
  let stopping: Promise<void> | undefined
  return {
    url: urlOf(app),
    failed: failed.promise,
    stop() {
      stopping ??= app.close()
      return stopping
    },
  }
}

function urlOf(app: FastifyInstance): string {
  const address = app.addresses()[0]
  if (typeof address !== 'object') throw new Error('The server listens on no address.')
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
