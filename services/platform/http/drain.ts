/** Lets requests in hand finish when the server stops; `forceCloseConnections` then ends what is left, streams above all. */
import type { FastifyInstance } from 'fastify'
import { isStream } from './streams.ts'

/** Longest wait; less than what a supervisor usually grants before it kills. */
const drainMsMax = 5000

/** Registers the counting and the wait. */
export function addDraining(app: FastifyInstance): void {
  const inHand = new Set<string>()
  const drained = Promise.withResolvers<void>()
  let closing = false
  const leave = (id: string): void => {
    inHand.delete(id)
    if (closing && inHand.size === 0) drained.resolve()
  }
  app.addHook('onRequest', async (request) => {
    // A stream never ends by itself: waiting for it would use up the whole time.
    if (!isStream(request)) inHand.add(request.id)
  })
  app.addHook('onResponse', async (request) => leave(request.id))
  app.addHook('onRequestAbort', async (request) => leave(request.id))
  app.addHook('preClose', async () => {
    closing = true
    if (inHand.size === 0) return
    const timer = setTimeout(drained.resolve, drainMsMax)
    await drained.promise
    clearTimeout(timer)
  })
}
