/** A schema registry of one's own: Apicurio, which also speaks the Confluent API, without Docker. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { downloadRegistry } from './download.ts'
import { JavaProcess, folderMark } from './java-process.ts'
import type { Lifetime } from './java-process.ts'
import { freePorts } from './ports.ts'
import { checkJava, toolsWith } from './tools.ts'
import type { Tools } from './tools.ts'
import { registryVersion } from './versions.ts'

/** How to start a registry; every field has a default. */
export interface RegistryOptions {
  /** Its folder (schemas and log), kept on `stop`. Default: a new temporary one, which also goes when this process ends. */
  readonly directory?: string
  /** Default any free one. */
  readonly port?: number
  /** Java heap in MB, default 400. */
  readonly heapMb?: number
  /** Default `parent`. */
  readonly lifetime?: Lifetime
  /** Default: `java` and `mvn` of the path, downloads in the user's cache folder. */
  readonly tools?: Partial<Tools>
  /** Hears what takes long, a line at a time. */
  readonly onProgress?: (line: string) => void
}

/** A registry that can be taken away and given back with the same schemas under the same ids. */
export interface Registry {
  /** Root of the Confluent API, to be set as SCHEMA_REGISTRY_URL. */
  readonly url: string
  /** Process id; undefined while it is stopped. */
  readonly pid: number | undefined
  /** Absolute path. */
  readonly directory: string
  /** Starts it again after `stop` or `kill`; nothing to do while it runs. @throws BrokerError */
  start(): Promise<void>
  /** Ends it in an orderly way. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP. */
  pause(): Promise<void>
  /** SIGCONT. */
  resume(): Promise<void>
  /** Kills it and deletes its folder; also what `await using` calls. */
  remove(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const answerMsMax = 2000

async function responds(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/subjects`, { signal: AbortSignal.timeout(answerMsMax) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

/**
 * Starts a registry and waits until it answers: about two seconds, more when it has to be downloaded first.
 * @throws BrokerError `java_unusable`, `maven_missing`, `download_failed`, `broker_not_started`
 */
export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  const tools = toolsWith(options.tools)
  await checkJava(tools.java)
  const jar = await downloadRegistry(tools, options.onProgress ?? (() => undefined))
  const isTemporary = options.directory === undefined
  const directory = isTemporary ? await mkdtemp(join(tmpdir(), 'weir-registry-')) : resolve(options.directory)
  await mkdir(directory, { recursive: true })
  const { heapMb = 400, port = 0, lifetime = 'parent' } = options
  const [freePort] = await freePorts(1)
  const address = `127.0.0.1:${port === 0 ? String(freePort) : port}`
  const url = `http://${address}/apis/ccompat/v7`
  const program = new JavaProcess({
    name: `Apicurio Registry ${registryVersion}`,
    java: tools.java,
    parameters: [
      folderMark(directory),
      `-Xmx${heapMb}m`,
      '-XX:TieredStopAtLevel=1',
      '-XX:+UseSerialGC',
      '-Dquarkus.http.host=127.0.0.1',
      `-Dquarkus.http.port=${address.split(':')[1] ?? ''}`,
      '-Dquarkus.http.access-log.enabled=false',
      '-Dapicurio.storage.kind=sql',
      '-Dapicurio.storage.sql.kind=h2',
      // Written at once, so that a killed registry comes back with every id it gave out.
      `-Dapicurio.datasource.url=jdbc:h2:file:${join(directory, 'schemas')};WRITE_DELAY=0`,
      '-jar',
      jar,
    ],
    logFile: join(directory, 'registry.log'),
    lifetime,
    ...(isTemporary ? { temporaryFolder: directory } : {}),
    isReady: async () => responds(url),
  })
  const remove = async (): Promise<void> => {
    await program.kill()
    await rm(directory, { recursive: true, force: true })
  }
  try {
    await program.start()
  } catch (error) {
    if (isTemporary) await remove()
    throw error
  }
  return {
    url,
    get pid() {
      return program.pid
    },
    directory,
    start: async () => program.start(),
    stop: async () => program.stop(),
    kill: async () => program.kill(),
    pause: async () => program.pause(),
    resume: async () => program.resume(),
    remove,
    [Symbol.asyncDispose]: remove,
  }
}
