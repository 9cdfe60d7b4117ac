/** Every error leaves as problem details (RFC 9457), with a stable code, what to do next, and the id under which the log knows it. */
import { STATUS_CODES } from 'node:http'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { Problem } from '../../../schemas/http/common.ts'

/** What an error may bring along. Fastify's own errors and the services' error classes both fit. */
interface Refusal {
  readonly statusCode: number
  readonly code: string
  readonly detail: string
}

const internal: Refusal = {
  statusCode: 500,
  code: 'internal_error',
  detail: 'Something went wrong on our side. Try again; if it stays, tell the operator the request id.',
}

/** Fastify's codes are about its inside; these are the words the API promises. */
const fastifyCodes: Readonly<Record<string, string>> = {
  FST_ERR_VALIDATION: 'invalid_request',
  FST_ERR_CTP_INVALID_JSON_BODY: 'invalid_request',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'invalid_request',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
}

/** Refuses an address that leads nowhere. */
export function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const detail = `There is nothing at this address (${request.method}). GET /api/openapi.json lists what there is.`
  return sendProblem(request, reply, { statusCode: 404, code: 'not_found', detail })
}

/** Sends one problem. */
export function sendProblem(request: FastifyRequest, reply: FastifyReply, refusal: Refusal): FastifyReply {
  const problem: Problem = {
    type: `urn:weir:problem:${refusal.code}`,
    title: STATUS_CODES[refusal.statusCode] ?? 'Error',
    status: refusal.statusCode,
    code: refusal.code,
    detail: refusal.detail,
    request_id: request.id,
  }
  return reply
    .code(refusal.statusCode)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify)
    .send(problem)
}

/** Turns errors and unknown addresses of the whole instance into problems. Only errors of status 4xx tell their own message. */
export function addProblems(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500
    if (status >= 500) {
      log.error({ err: error, request_id: request.id, route: request.routeOptions.url }, 'request:failed')
      return sendProblem(request, reply, { ...internal, statusCode: status })
    }
    const code = fastifyCodes[error.code] ?? (error.code === '' ? 'refused' : error.code)
    return sendProblem(request, reply, { statusCode: status, code, detail: error.message })
  })
}
