/** Limits on how often somebody may write, the same for every server that people reach. */
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Writes per minute and person (or address, before sign-in). */
const writesPerMinute = 240

/** Registers the limit; a route may set its own with `config.rateLimit`. Needs `request.principal` to tell people apart. */
export async function addLimits(app: FastifyInstance): Promise<void> {
  await app.register(rateLimit, {
    max: writesPerMinute,
    timeWindow: 60_000,
    hook: 'preHandler',
    allowList: (request: FastifyRequest) => ['GET', 'HEAD', 'OPTIONS'].includes(request.method),
    keyGenerator: (request: FastifyRequest) => request.principal?.user ?? request.ip,
    errorResponseBuilder: (_, context) =>
      Object.assign(new Error(`Too many requests; try again in ${context.after}.`), {
        statusCode: context.statusCode,
        code: 'too_many_requests',
      }),
  })
}
