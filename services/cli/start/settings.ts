/** The settings of each child: its own ports, and where it finds the others. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { Config } from '../../platform/config/config.ts'
import { localUrl } from '../../platform/process/http.ts'
import type { ChildSpec } from './child.ts'
import { processes } from './processes.ts'
import type { ProcessName } from './processes.ts'

/** A port that nobody listens on now. */
async function freePort(host: string): Promise<number> {
  const server = createServer()
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  server.once('error', reject)
  server.listen({ host, port: 0 }, () => resolve(undefined))
  await promise
  const { port } = server.address() as AddressInfo
  const closed = Promise.withResolvers<undefined>()
  server.close(() => closed.resolve(undefined))
  await closed.promise
  return port
}

async function fixed(host: string, port: number): Promise<number> {
  return port === 0 ? freePort(host) : port
}

/** Names as they are told apart on lines and in events: the second of a name is `warn-score.2`. */
function labels(names: readonly ProcessName[]): string[] {
  return names.map((name, index) => {
    const before = names.slice(0, index).filter((other) => other === name).length
    return before === 0 ? name : `${name}.${before + 1}`
  })
}

/**
 * What to run for the given names. Ports left open (0) are chosen here, once, so that a child that is started again is found
 * where it was; each child shows its metrics one port above the one before.
 */
export async function childSpecs(
  config: Config,
  names: readonly ProcessName[],
  environment: NodeJS.ProcessEnv,
): Promise<ChildSpec[]> {
  const { httpHost, apiHost, metricsHost, metricsPort } = config
  const caseworkPort = await fixed(apiHost, config.caseworkPort)
  const supervisePort = await fixed(apiHost, config.supervisePort)
  const shared = {
    WEIR_HTTP_PORT: String(await fixed(httpHost, config.httpPort)),
    WEIR_CASEWORK_PORT: String(caseworkPort),
    WEIR_CASEWORK_URL: config.caseworkUrl ?? localUrl({ config }, caseworkPort),
    WEIR_SUPERVISE_PORT: String(supervisePort),
    WEIR_SUPERVISE_URL: config.superviseUrl ?? localUrl({ config }, supervisePort),
  }
  const label = labels(names)
  return Promise.all(
    names.map(async (name, index) => {
      const port = metricsPort === 0 ? await freePort(metricsHost) : metricsPort + index
      const { main, args } = processes[name]
      return {
        name: label[index] ?? name,
        main,
        args,
        environment: { ...environment, ...shared, WEIR_METRICS_PORT: String(port) },
      }
    }),
  )
}
