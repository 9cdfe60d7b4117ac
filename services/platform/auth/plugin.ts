/**
 * Sign-in for one Fastify instance: sets `request.principal`, serves /api/session and (demo only) /api/seats,
 * and refuses writes without the header that a foreign page cannot send.
 */
import cookie from '@fastify/cookie'
import Type from 'typebox'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Seat, Session } from '../../../schemas/http/common.ts'
import { AuthError, requirePrincipal } from './port.ts'
import { demoSeats } from './seats.ts'
import type { Sessions } from './sessions.ts'

/** Header that every write must carry; a cross-site form or image cannot set it. */
export const requestHeader = 'x-weir-request'

/** What the plugin needs. */
export interface AuthOptions {
  readonly sessions: Sessions
  /** Lets anybody take a seat. Refused in production. */
  readonly demo: boolean
  /** `production` makes demo sign-in impossible; the composition root passes NODE_ENV. */
  readonly environment?: string | undefined
  /** Seats to offer; default: the demo district's. */
  readonly seats?: readonly Seat[]
  /** Sign-ins per minute and address. Default 30. Counted by the rate limiter of services/web. */
  readonly signInsPerMinute?: number
}

const SignIn = Type.Object({ seat_id: Type.String({ minLength: 1, maxLength: 100 }) })
const SeatList = Type.Object({ seats: Type.Array(Seat) })

/** Fastify's own mark for a plugin whose hooks and decorations belong to the parent instance. */
const skipOverride = Symbol.for('skip-override')

/**
 * Only who asks, for a server behind services/web: sets `request.principal` from the session that was begun there, and refuses
 * writes without the header. Register it before all routes.
 */
export function principalPlugin(options: Pick<AuthOptions, 'sessions' | 'demo'>): FastifyPluginAsync {
  const plugin: FastifyPluginAsync = async (app) => {
    await app.register(cookie)
    addPrincipal(app, options)
  }
  return Object.assign(plugin, { [skipOverride]: true })
}

/**
 * The plugin. Register it before all routes.
 * @throws Error at once when demo sign-in is asked for in production
 */
export function authPlugin(options: AuthOptions): FastifyPluginAsync {
  if (options.demo && options.environment === 'production') {
    throw new Error(
      'Demo sign-in cannot be switched on with NODE_ENV=production: set demo to false or NODE_ENV to something else.',
    )
  }
  const plugin: FastifyPluginAsync = async (app) => {
    await app.register(cookie)
    addPrincipal(app, options)
    addSessionRoutes(app.withTypeProvider<TypeBoxTypeProvider>(), options)
    if (options.demo) addSeatRoute(app, options.seats ?? demoSeats)
  }
  return Object.assign(plugin, { [skipOverride]: true })
}

/** `__Host-` needs Secure, which a demo on plain HTTP cannot have. */
function cookieName(options: Pick<AuthOptions, 'demo'>): string {
  return options.demo ? 'weir_session' : '__Host-weir_session'
}

function isWrite(request: FastifyRequest): boolean {
  return !['GET', 'HEAD', 'OPTIONS'].includes(request.method)
}

function addPrincipal(app: FastifyInstance, options: Pick<AuthOptions, 'sessions' | 'demo'>): void {
  app.decorateRequest('principal', undefined)
  app.addHook('onRequest', async (request) => {
    if (!request.url.startsWith('/api/')) return
    if (isWrite(request) && request.headers[requestHeader] !== '1') {
      throw new AuthError('header_missing', 403, `Writes need the header ${requestHeader}: 1.`)
    }
    const id = request.cookies[cookieName(options)]
    if (id !== undefined) request.principal = await options.sessions.find(id)
  })
}

type TypedInstance = ReturnType<typeof typed>
function typed(app: FastifyInstance) {
  return app.withTypeProvider<TypeBoxTypeProvider>()
}

function addSessionRoutes(app: TypedInstance, options: AuthOptions): void {
  const limit = { rateLimit: { max: options.signInsPerMinute ?? 30, timeWindow: 60_000 } }
  const tags = ['session']
  app.get(
    '/api/session',
    { schema: { tags, summary: 'Who is signed in', response: { 200: Session } } },
    async (request) => requirePrincipal(request),
  )
  app.post(
    '/api/session',
    {
      config: limit,
      schema: { tags, summary: 'Take a seat (demo only)', body: SignIn, response: { 200: Session } },
    },
    async (request, reply) => signIn(options, request, reply, request.body.seat_id),
  )
  app.delete('/api/session', { schema: { tags, summary: 'Sign out' } }, async (request, reply) => {
    await endCurrent(options, request)
    // 14.3.1: nothing of the session stays in the browser.
    return reply
      .clearCookie(cookieName(options), { path: '/' })
      .header('clear-site-data', '"cache"')
      .code(204)
      .send()
  })
}

async function signIn(
  options: AuthOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  seatId: string,
): Promise<Session> {
  if (!options.demo)
    throw new AuthError(
      'demo_off',
      404,
      'Seats can be taken in demo mode only; sign in through the identity provider.',
    )
  const seat = (options.seats ?? demoSeats).find((candidate) => candidate.seat_id === seatId)
  if (seat === undefined)
    throw new AuthError('seat_unknown', 404, 'There is no such seat; see GET /api/seats.')
  // A new id at every sign-in, and the old one dies with it: nobody can fix a session id beforehand.
  await endCurrent(options, request)
  const { id, session } = await options.sessions.begin(`demo:${seat.seat_id}`, seat, true)
  void reply.setCookie(cookieName(options), id, {
    path: '/',
    httpOnly: true,
    sameSite: 'strict',
    secure: !options.demo,
  })
  return session
}

async function endCurrent(options: AuthOptions, request: FastifyRequest): Promise<void> {
  const id = request.cookies[cookieName(options)]
  if (id !== undefined) await options.sessions.revoke(id)
}

function addSeatRoute(app: FastifyInstance, seats: readonly Seat[]): void {
  app.get(
    '/api/seats',
    { schema: { tags: ['session'], summary: 'Seats of the demo', response: { 200: SeatList } } },
    async () => ({ seats }),
  )
}
