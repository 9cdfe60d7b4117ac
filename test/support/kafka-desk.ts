/**
 * One broker for all test files of a run, started when the first asks for it. Vitest runs every file in a process of its own; this part
 * lives in Vitest's process (`globalSetup`), where the files reach it by HTTP.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { startKafka } from './kafka-sources.ts'
import type { TestKafka } from './kafka-sources.ts'

declare module 'vitest' {
  /** What test files may ask Vitest's process for. */
  interface ProvidedContext {
    kafkaDesk: string
  }
}

/** Opens the desk; nothing is started before somebody asks. @returns what closes it and ends the broker */
export default async function openKafkaDesk(project: TestProject): Promise<() => Promise<void>> {
  let broker: Promise<TestKafka> | undefined
  const server = createServer((_request, response) => {
    broker ??= startKafka()
    broker.then(
      ({ source, bootstrap }) => response.end(JSON.stringify({ source, bootstrap })),
      (error: unknown) => {
        response.statusCode = 503
        response.end(error instanceof Error ? error.message : String(error))
      },
    )
  })
  const { promise, resolve } = Promise.withResolvers<undefined>()
  server.listen(0, '127.0.0.1', () => resolve(undefined))
  await promise
  server.unref()
  project.provide('kafkaDesk', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return async () => {
    server.close()
    server.closeAllConnections()
    await (await broker?.catch(() => undefined))?.remove()
  }
}
