import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { Secret } from '../config/secret.ts'
import { restartDefault } from '../log/restart.ts'
import { createTelemetry } from '../telemetry/telemetry.ts'
import { openRegistry } from './client.ts'
import type { RegistryOptions, SchemaRegistry } from './client.ts'
import type { RegistryError } from './error.ts'

type Reply = readonly [status: number, body: unknown] | 'hang' | 'cut'

interface Asked {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly authorization: string | undefined
  readonly body: string
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function answer(response: ServerResponse, reply: Reply): void {
  if (reply === 'hang') return
  if (reply === 'cut') response.destroy()
  else {
    response.statusCode = reply[0]
    response.end(typeof reply[1] === 'string' ? reply[1] : JSON.stringify(reply[1]))
  }
}

/** A server that gives the replies in turn, the last one for ever. */
async function scripted(
  replies: readonly Reply[],
  options: Partial<RegistryOptions> = {},
): Promise<{ readonly registry: SchemaRegistry; readonly asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void bodyOf(request).then((body) => {
      const { method, url, headers } = request
      const reply = replies[Math.min(asked.length, replies.length - 1)] ?? 'cut'
      asked.push({ method, url, authorization: headers.authorization, body })
      answer(response, reply)
    })
  })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.listen(0, '127.0.0.1', () => resolve(undefined))
  await promise
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  const policy = { ...restartDefault, attemptsMax: 3, delayMsFirst: 1, delayMsMax: 2 }
  return { registry: openRegistry({ url: `http://127.0.0.1:${port}/base/`, policy, ...options }), asked }
}

const failing = (code: RegistryError['code'], message: RegExp): Error =>
  expect.objectContaining({
    name: 'RegistryError',
    code,
    message: expect.stringMatching(message) as string,
  }) as Error

describe('a schema registry', () => {
  it('is asked below the root it was given, with the subject escaped', async () => {
    const { registry, asked } = await scripted([[200, { id: 7 }]])
    expect(await registry.register('weir.a/b-value', '{"type":"int"}')).toBe(7)
    expect(asked).toEqual([
      {
        method: 'POST',
        url: '/base/subjects/weir.a%2Fb-value/versions',
        authorization: undefined,
        body: JSON.stringify({ schema: '{"type":"int"}' }),
      },
    ])
  })

  it('is told who asks, and no message shows the password', async () => {
    const auth = { username: 'weir', password: new Secret('pa:ss') }
    const { registry, asked } = await scripted([[401, { error_code: 401, message: 'no' }]], { auth })
    const refused = registry.schemaOf(1)
    await expect(refused).rejects.toThrow(failing('refused', /WEIR_SCHEMA_REGISTRY_PASSWORD/))
    await expect(refused).rejects.not.toThrow(/pa:ss/)
    expect(asked.map(({ authorization }) => authorization)).toEqual([
      `Basic ${Buffer.from('weir:pa:ss').toString('base64')}`,
    ])
  })

  it.each<[string, Reply]>([
    ['answers 500', [500, { error_code: 50001, message: 'store' }]],
    ['answers 503 with a page', [503, '<html>']],
    ['answers 429', [429, { error_code: 429, message: 'slow down' }]],
    ['closes the connection', 'cut'],
    ['does not answer in time', 'hang'],
  ])('is asked again when it %s', async (_, reply) => {
    const { registry, asked } = await scripted([reply, reply, [200, { schema: '"int"' }]], { timeoutMs: 300 })
    expect(await registry.schemaOf(3)).toBe('"int"')
    expect(asked).toHaveLength(3)
  })

  it('is unavailable when it stays away', async () => {
    const { registry, asked } = await scripted(['cut'])
    await expect(registry.schemaOf(3)).rejects.toThrow(failing('unavailable', /cannot be reached/))
    expect(asked).toHaveLength(3)
  })

  it('is asked without end by who must not skip, until told to stop', async () => {
    const { registry, asked } = await scripted([...Array.from({ length: 20 }, () => 'cut' as const), 'hang'])
    const stop = new AbortController()
    const waiting = registry.schemaOf(3, { endless: true, signal: stop.signal })
    await expect.poll(() => asked.length).toBe(21)
    stop.abort()
    await expect(waiting).rejects.toThrow(failing('unavailable', /cannot be reached/))
    expect(asked).toHaveLength(21)
  })

  it.each<[string, Reply, RegistryError['code'], RegExp]>([
    [
      'a schema that does not fit',
      [409, { error_code: 409, message: 'b is missing' }],
      'incompatible',
      /b is missing/,
    ],
    ['text that is no schema', [422, { error_code: 42201, message: 'no schema' }], 'refused', /no schema/],
    [
      'an address that is no registry',
      [404, '<html>not found</html>'],
      'refused',
      /root of its Confluent API/,
    ],
    ['a page in place of an answer', [200, '<html>sign in</html>'], 'refused', /root of its Confluent API/],
    ['an answer without id', [200, {}], 'refused', /registration under s/],
    ['an id that is none', [200, { id: -1 }], 'refused', /registration under s/],
  ])('says no at once to %s', async (_, reply, code, message) => {
    const { registry, asked } = await scripted([reply])
    await expect(registry.register('s', '"int"')).rejects.toThrow(failing(code, message))
    expect(asked).toHaveLength(1)
  })

  it('knows no schema for an unknown id, nor one that is no Avro', async () => {
    const { registry } = await scripted([
      [404, { error_code: 40403, message: 'Schema not found' }],
      [200, { schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' }],
      [404, { error_code: 40401, message: 'Subject not found' }],
    ])
    expect(await registry.schemaOf(9)).toBeUndefined()
    expect(await registry.schemaOf(9)).toBeUndefined()
    expect(await registry.idOf('s', '"int"')).toBeUndefined()
  })

  it.each([
    ['none', [404, { error_code: 40408, message: 'no level' }], ['GET', 'PUT']],
    ['a weaker one', [200, { compatibilityLevel: 'NONE' }], ['GET', 'PUT']],
    ['a stricter one', [200, { compatibilityLevel: 'FULL_TRANSITIVE' }], ['GET']],
  ] as const)(
    'gets BACKWARD as level of a subject that has %s only if that is more',
    async (_, reply, methods) => {
      const { registry, asked } = await scripted([reply, [200, { compatibility: 'BACKWARD' }]])
      await registry.demandBackward('s')
      expect(asked.map(({ method }) => method)).toEqual(methods)
    },
  )

  it('gives its reasons when asked whether a schema fits', async () => {
    const { registry } = await scripted([
      [200, { is_compatible: false, messages: ['b has no default'] }],
      [404, { error_code: 40402, message: 'Version not found' }],
    ])
    expect(await registry.compatibility('s', '"int"')).toEqual({
      compatible: false,
      reasons: ['b has no default'],
    })
    expect(await registry.compatibility('s', '"int"')).toEqual({ compatible: true, reasons: [] })
  })

  it('counts what its requests came to', async () => {
    const telemetry = createTelemetry({ service: 'test', level: 'silent' })
    const { registry } = await scripted(
      [
        [503, {}],
        [200, { id: 1 }],
        [404, { error_code: 40403 }],
      ],
      {
        telemetry,
      },
    )
    await registry.register('s', '"int"')
    await registry.schemaOf(2)
    const text = await telemetry.registry.getSingleMetricAsString('weir_schema_registry_requests_total')
    for (const outcome of ['unavailable', 'answered', 'missing'])
      expect(text).toContain(`weir_schema_registry_requests_total{outcome="${outcome}"} 1`)
  })
})
