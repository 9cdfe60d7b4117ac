/** The operator's port: /livez, /readyz and /metrics, apart from what people use. Answers carry no details. */
import fastify from 'fastify'
import type { FastifyInstance, FastifyPluginCallback } from 'fastify'
import type { Registry } from 'prom-client'
import type { Running } from '../lifecycle.ts'
import type { Health } from './health.ts'

/** `/livez` answers while the process does; `/readyz` 200 when ready, else 503. Never says which condition failed. */
export function healthPlugin(health: Pick<Health, 'isReady'>): FastifyPluginCallback {
  return (app, _options, done) => {
    app.get('/livez', { schema: { hide: true } }, () => ({ status: 'ok' }))
    app.get('/readyz', { schema: { hide: true } }, async (_request, reply) => {
      const ready = await health.isReady()
      return reply.code(ready ? 200 : 503).send({ status: ready ? 'ok' : 'unavailable' })
    })
    done()
  }
}

/** `/metrics` in the Prometheus text format. */
export function metricsPlugin(registry: Registry): FastifyPluginCallback {
  return (app, _options, done) => {
    app.get('/metrics', { schema: { hide: true } }, async (_request, reply) =>
      reply.header('content-type', registry.contentType).send(await registry.metrics()),
    )
    done()
  }
}

/** What the operator's port shows. */
export interface OperatorServerOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  readonly health: Health
  readonly registry: Registry
}

/** Builds the operator's server without listening. */
export function buildOperatorServer({
  health,
  registry,
}: Pick<OperatorServerOptions, 'health' | 'registry'>): FastifyInstance {
  const app = fastify({ logger: false, forceCloseConnections: true })
  app.register(healthPlugin(health))
  app.register(metricsPlugin(registry))
  return app
}

/** Listens. `url` has no slash at the end. Stopping drains first, then closes the port. */
export async function startOperatorServer(
  options: OperatorServerOptions,
): Promise<Running & { readonly url: string }> {
  const app = buildOperatorServer(options)
  const url = await app.listen({ host: options.host, port: options.port })
  const { promise: failed, resolve } = Promise.withResolvers<Error>()
  app.server.on('error', resolve)
  return {
    url,
    failed,
    stop: async () => {
      options.health.drain()
      await app.close()
    },
  }
}
