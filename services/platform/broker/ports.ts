/** Free ports of this machine. */
import { createServer } from 'node:net'

/**
 * Ports are taken below the range from which systems give out ports to connecting clients: a client that keeps trying to reach a stopped
 * broker could otherwise be given the broker's own port, and the broker would never come back.
 */
const range = { from: 20_000, count: 12_000 }
const triesMax = 200

/** Whether nothing listens on a port of a host. @returns true when one could listen there now */
export async function isFree(port: number, host = '127.0.0.1'): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const server = createServer()
  server.once('error', () => resolve(false))
  server.listen({ port, host, exclusive: true }, () => {
    server.close(() => resolve(true))
  })
  return promise
}

/** Finds free ports, all different. Another process may take one before it is used. @throws Error when there are none */
export async function freePorts(count: number): Promise<number[]> {
  const found = new Set<number>()
  for (let tries = 0; found.size < count; tries += 1) {
    if (tries >= triesMax)
      throw new Error(`no free port between ${range.from} and ${range.from + range.count}`)
    const port = range.from + Math.floor(Math.random() * range.count)
    if (!found.has(port) && (await isFree(port))) found.add(port)
  }
  return [...found]
}
