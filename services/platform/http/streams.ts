import type { FastifyRequest } from 'fastify'

/** Whether a request asks for server-sent events: every address of a stream ends with `/stream`, also one that is passed on. */
export function isStream(request: FastifyRequest): boolean {
  const [path = ''] = request.url.split('?', 1)
  return path.endsWith('/stream')
}
