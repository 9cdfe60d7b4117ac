/** Security headers of every answer to a browser (ecosystem.md 4). */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from '@fastify/helmet'
import type { FastifyInstance, FastifyReply } from 'fastify'

const nonces = new WeakMap<ServerResponse, string>()

/** Permission for the one inline style sheet of an HTML page; a new one for every answer. */
export function styleNonce(reply: FastifyReply): string {
  return nonceOf(reply.raw)
}

function nonceOf(response: ServerResponse): string {
  const known = nonces.get(response)
  if (known !== undefined) return known
  const nonce = randomBytes(16).toString('base64url')
  nonces.set(response, nonce)
  return nonce
}

const self = "'self'"
const none = "'none'"

/** Helmet's defaults would upgrade to HTTPS and break an intranet on plain HTTP, so each directive is our own. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    defaultSrc: [none],
    scriptSrc: [self],
    styleSrc: [self, (_: IncomingMessage, response: ServerResponse) => `'nonce-${nonceOf(response)}'`],
    imgSrc: [self, 'data:'],
    connectSrc: [self],
    fontSrc: [self],
    manifestSrc: [self],
    formAction: [self],
    baseUri: [none],
    objectSrc: [none],
    frameAncestors: [none],
  },
}

/**
 * Registers them.
 * @param secure the site is reached by HTTPS, so that browsers may be told to insist on it
 */
export async function addSecurity(app: FastifyInstance, secure: boolean): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy,
    strictTransportSecurity: secure,
    crossOriginEmbedderPolicy: false,
    // Browsers ignore both on plain HTTP and complain on the console.
    crossOriginOpenerPolicy: secure,
    originAgentCluster: secure,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  })
}
