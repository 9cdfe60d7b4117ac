/**
 * Passes requests on to the services that answer them, when those run as processes of their own. The browser knows one site;
 * each service checks the session itself, in the store that all of them share.
 */
import replyFrom from '@fastify/reply-from'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Gauge } from 'prom-client'
import type { Registry } from 'prom-client'
import { sendProblem } from '../../platform/http/problems.ts'
import { requestIdHeader } from '../../platform/http/server.ts'

/** A service whose API is reached through this server. */
export interface Upstream {
  readonly service: UpstreamService
  /** Where it listens, e.g. `http://127.0.0.1:8481`. */
  readonly url: string
  /** Milliseconds until an answer has begun. Default 30,000. */
  readonly answerMsMax?: number
}

/** What each service answers: these addresses and everything below them. */
export const answered = {
  casework: ['/api/leads', '/api/cases', '/api/tasks', '/api/stream'],
  supervise: ['/api/supervision'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** A service that has an API. */
export type UpstreamService = keyof typeof answered

/** Milliseconds: to connect, until an answer begins, between two parts of it (a stream shows every 15 s that it lives), to ask whether it is ready. */
const connectMsMax = 3_000
const answerMsMaxDefault = 30_000
const silenceMsMax = 60_000
const probeMsMax = 2_000

/** Belong to one connection, or are set anew: the services believe what this server says of who asked. */
const ownHeaders = new Set([
  'connection',
  'expect',
  'forwarded',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
])

type Headers = Readonly<Record<string, string | string[] | undefined>>

function without(headers: Headers): Headers {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !ownHeaders.has(name)))
}

function forwarded(request: FastifyRequest, headers: Headers): Headers {
  return {
    ...without(headers),
    'x-forwarded-for': request.ip,
    'x-forwarded-host': request.host,
    'x-forwarded-proto': request.protocol,
    [requestIdHeader]: request.id,
  }
}

const names: Readonly<Record<UpstreamService, { readonly zh: string; readonly en: string }>> = {
  casework: { zh: '办案服务', en: 'The casework service' },
  supervise: { zh: '监督服务', en: 'The supervision service' },
}

function bodyOf({ body, headers }: FastifyRequest): {
  readonly body?: unknown
  readonly contentType?: string
} {
  return body === undefined
    ? {}
    : { body, contentType: headers['content-type'] ?? 'application/octet-stream' }
}

/** @param error null when there was an answer */
function isBrokenConnection(error: Error | null): boolean {
  return error !== null && 'code' in error && error.code === 'UND_ERR_SOCKET'
}

function isLate(error: Error): boolean {
  return 'code' in error && error.code === 'FST_REPLY_FROM_GATEWAY_TIMEOUT'
}

/** Says which service does not answer, and that repeating a command is safe: its id makes it happen once. */
function refuse(service: UpstreamService, reply: FastifyReply, error: Error): FastifyReply {
  const { zh, en } = names[service]
  const repeat = '重复同一指令不会重复生效。 Sending the same command again is safe: it takes effect once.'
  return isLate(error)
    ? sendProblem(reply.request, reply, {
        statusCode: 504,
        code: 'service_late',
        detail: `${zh}未及时答复,请稍后重试。 ${en} did not answer in time; try again in a moment. ${repeat}`,
      })
    : sendProblem(reply.request, reply, {
        statusCode: 502,
        code: 'service_down',
        detail: `${zh}暂时无法连接,请稍后重试。 ${en} cannot be reached; try again in a moment. ${repeat}`,
      })
}

/** The addresses of one service. A read whose kept connection was closed meanwhile is tried once more; a write never is. */
function passOn({ service, url, answerMsMax = answerMsMaxDefault }: Upstream): FastifyPluginAsync {
  return async (app) => {
    // The body goes on byte by byte as it came, within this server's limit; the service understands it.
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
    await app.register(replyFrom, {
      base: url,
      disableCache: true,
      destroyAgent: true,
      disableRequestLogging: true,
      undici: {
        // Every open stream holds a connection: a limit would make everybody else wait behind streams.
        connections: null,
        connect: { timeout: connectMsMax, rejectUnauthorized: true },
        headersTimeout: answerMsMax,
        bodyTimeout: silenceMsMax,
      },
    })
    const handler = (request: FastifyRequest, reply: FastifyReply): FastifyReply =>
      reply.from(undefined, {
        ...bodyOf(request),
        rewriteRequestHeaders: (_, headers) => forwarded(request, headers),
        rewriteHeaders: without,
        retryDelay: ({ err, attempt }) =>
          attempt === 0 && request.method === 'GET' && isBrokenConnection(err) ? 1 : null,
        onError: (_, { error }) => void refuse(service, reply, error),
      })
    for (const path of answered[service]) {
      for (const address of [path, `${path}/*`]) {
        app.route({ method: ['GET', 'POST'], url: address, schema: { hide: true }, handler })
      }
    }
  }
}

async function isReady({ url }: Upstream): Promise<boolean> {
  const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(probeMsMax) })
  return answer.ok
}

function upstreamGauge(registry: Registry, upstreams: readonly Upstream[]): Gauge {
  return new Gauge({
    name: 'weir_upstream_up',
    help: '1 while a service behind the site says that it is ready, else 0',
    labelNames: ['upstream'],
    registers: [registry],
    async collect() {
      const states = upstreams.map(async (upstream) => {
        const ready = await isReady(upstream).catch(() => false)
        this.set({ upstream: upstream.service }, ready ? 1 : 0)
      })
      await Promise.all(states)
    },
  })
}

/** Registers the addresses of all services, and whether each of them is there for Prometheus. */
export async function addUpstreams(
  app: FastifyInstance,
  upstreams: readonly Upstream[],
  registry: Registry,
): Promise<void> {
  if (upstreams.length > 0) upstreamGauge(registry, upstreams)
  for (const upstream of upstreams) await app.register(passOn(upstream))
}

interface Description {
  readonly paths?: Readonly<Record<string, unknown>>
}

async function described({ url }: Upstream): Promise<Description> {
  const answer = await fetch(`${url}/api/openapi.json`, { signal: AbortSignal.timeout(probeMsMax) })
  return answer.ok ? ((await answer.json()) as Description) : {}
}

/** The site's own OpenAPI document with the addresses of its services in it; a service that does not answer is left out. */
export async function describeAll<Own extends Description>(
  own: Own,
  upstreams: readonly Upstream[],
): Promise<Own> {
  const others = await Promise.all(upstreams.map((upstream) => described(upstream).catch(() => ({}))))
  const paths = Object.assign({}, own.paths, ...others.map((other: Description) => other.paths)) as object
  return { ...own, paths }
}
