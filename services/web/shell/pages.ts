/** The browser app's files, and index.html for every address that is the app's own. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { sendNotFound } from '../../platform/http/problems.ts'
import { styleNonce } from './security.ts'

/** Stands in index.html where each answer gets its own nonce. */
const noncePlaceholder = '__STYLE_NONCE__'

/**
 * Serves the built app. Files under /assets carry their hash in the name and may be kept for a year; index.html never.
 * @param directory what `ensureBuilt` made; undefined serves the API alone
 */
export async function addPages(app: FastifyInstance, directory: string | undefined): Promise<void> {
  const page = directory === undefined ? undefined : await readFile(join(directory, 'index.html'), 'utf8')
  if (directory !== undefined) {
    await app.register(fastifyStatic, {
      root: join(directory, 'assets'),
      prefix: '/assets/',
      decorateReply: false,
      immutable: true,
      maxAge: '365d',
      index: false,
      preCompressed: true,
      schemaHide: true,
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const wantsPage = request.method === 'GET' && !/^\/(?:api|assets)(?:\/|$)/.test(request.url)
    return page === undefined || !wantsPage ? sendNotFound(request, reply) : sendPage(reply, page)
  })
}

function sendPage(reply: FastifyReply, page: string): FastifyReply {
  return reply
    .code(200)
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(page.replaceAll(noncePlaceholder, styleNonce(reply)))
}
