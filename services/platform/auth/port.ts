/**
 * Who asks. Every HTTP request carries `request.principal`; routes refuse with the two helpers below, so that a refusal
 * looks the same everywhere (problem details, RFC 9457, made by services/web).
 */
import type { FastifyRequest } from 'fastify'
import type { Role, Session } from '../../../schemas/http/common.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** The signed-in person, or undefined. Set by the auth plugin before any route runs. */
    principal: Session | undefined
  }
}

/** A request that may not be answered. `statusCode` is what Fastify sends; `code` is stable; the message says what to do next. */
export class AuthError extends Error {
  readonly code: 'not_signed_in' | 'forbidden' | 'seat_unknown' | 'demo_off' | 'header_missing'
  readonly statusCode: 400 | 401 | 403 | 404
  constructor(code: AuthError['code'], statusCode: AuthError['statusCode'], message: string) {
    super(message)
    this.name = 'AuthError'
    this.code = code
    this.statusCode = statusCode
  }
}

/**
 * The signed-in person of a request.
 * @throws AuthError `not_signed_in` (401)
 */
export function requirePrincipal(request: FastifyRequest): Session {
  if (request.principal === undefined) throw new AuthError('not_signed_in', 401, 'Sign in first.')
  return request.principal
}

/**
 * The signed-in person of a request, who must have one of the roles.
 * @throws AuthError `not_signed_in` (401), `forbidden` (403)
 */
export function requireRole(request: FastifyRequest, ...roles: readonly Role[]): Session {
  const principal = requirePrincipal(request)
  if (!roles.includes(principal.seat.role)) {
    throw new AuthError(
      'forbidden',
      403,
      `The role ${principal.seat.role} may not do this; it needs ${roles.join(' or ')}.`,
    )
  }
  return principal
}
