/** Server-sent events over a Fastify reply. A stream ends with the service, the server or the browser, whichever is first. */
import { createSession } from 'better-sse'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Changes } from './changes.ts'

/** How long a browser waits before it comes back, and how often an idle stream shows that it lives; ms. */
const retryMs = 2000
const heartbeatMs = 15_000
/** What waits for a slow listener at most. */
const bufferedBytesMax = 100_000

/**
 * Answers with `event: board` for every change. A browser that comes back and missed something (or comes for the first
 * time) is told at once; what it missed is on the board, so one event is enough.
 */
export async function streamChanges(
  request: FastifyRequest,
  reply: FastifyReply,
  changes: Changes,
): Promise<void> {
  reply.hijack()
  // A hijacked reply sends what is on the raw response only; security headers must not get lost.
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) reply.raw.setHeader(name, value)
  }
  const session = await createSession(request.raw, reply.raw, { retry: retryMs, keepAlive: heartbeatMs })
  const send = ({ id, data }: Changes['last']): void => {
    // One who does not read is sent away and learns on coming back that something was missed.
    if (reply.raw.writableLength > bufferedBytesMax) request.raw.socket.destroy()
    else if (session.isConnected) session.push(data, 'board', id)
  }
  const end = (): void => {
    // A closing server waits for connections that were busy when it began; this one has nothing more to say.
    reply.raw.end(() => request.raw.socket.end())
  }
  if (request.headers['last-event-id'] !== changes.last.id) send(changes.last)
  const subscription = changes.listen().subscribe({ next: send, complete: end })
  session.once('disconnected', () => {
    subscription.unsubscribe()
  })
}
