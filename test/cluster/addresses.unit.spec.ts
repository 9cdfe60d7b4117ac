/** Every address that a service answers is passed on by the site, and each leads to that service. */
import fastify from 'fastify'
import type { FastifyPluginAsync } from 'fastify'
import { expect, it } from 'vitest'
import { caseworkRoutes } from '../../services/casework/shell/routes.ts'
import type { CaseworkApi } from '../../services/casework/shell/routes.ts'
import { Changes } from '../../services/supervise/shell/changes.ts'
import { supervisionRoutes } from '../../services/supervise/shell/routes.ts'
import type { RouteParts } from '../../services/supervise/shell/routes.ts'
import { answered } from '../../services/web/shell/pass-on.ts'

/** What a plugin registers; nothing of it is called. */
async function addressesOf(plugin: FastifyPluginAsync): Promise<{ method: string; url: string }[]> {
  const app = fastify()
  const found: { method: string; url: string }[] = []
  app.addHook('onRoute', ({ method, url }) => {
    for (const one of [method].flat()) found.push({ method: one, url })
  })
  await app.register(plugin)
  await app.close()
  return found
}

const changes = new Changes('test', 0)

it.each([
  ['casework', caseworkRoutes({} as CaseworkApi)],
  ['supervise', supervisionRoutes({ changes } as RouteParts)],
] as const)('%s', async (service, plugin) => {
  const addresses = await addressesOf(plugin)
  expect(addresses.length).toBeGreaterThan(3)
  for (const { method, url } of addresses) {
    expect(['GET', 'HEAD', 'POST'], url).toContain(method)
    const leading = Object.entries(answered).flatMap(([name, paths]) =>
      paths.some((path) => url === path || url.startsWith(`${path}/`)) ? [name] : [],
    )
    expect(leading, url).toEqual([service])
  }
})
