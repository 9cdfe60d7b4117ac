/** A schema registry, by the part of the Confluent API that Weir needs. */
import { Counter } from 'prom-client'
import type { Config } from '../config/config.ts'
import { settings } from '../config/settings.ts'
import type { Secret } from '../config/secret.ts'
import type { RestartPolicy } from '../log/restart.ts'
import { restartDefault, restartDelayMs } from '../log/restart.ts'
import type { Telemetry } from '../telemetry/port.ts'
import { RegistryError } from './error.ts'

/** How the registry is reached. */
export interface RegistryOptions {
  /** Root of the Confluent API, e.g. `https://registry:8081`. */
  readonly url: string
  readonly auth?: { readonly username: string; readonly password: Secret }
  readonly fetch?: typeof fetch
  /** For one request, default 5,000. */
  readonly timeoutMs?: number
  /** How a request is repeated while the registry is away; default five attempts, about two seconds. */
  readonly policy?: RestartPolicy
  readonly telemetry?: Telemetry
}

/** How the configured registry is reached; undefined when none is configured. */
export function registryOptions(
  config: Pick<Config, 'schemaRegistryUrl' | 'schemaRegistryUsername' | 'schemaRegistryPassword'>,
): RegistryOptions | undefined {
  const {
    schemaRegistryUrl: url,
    schemaRegistryUsername: username,
    schemaRegistryPassword: password,
  } = config
  if (url === undefined) return undefined
  const isSigningIn = username !== undefined && password !== undefined
  return { url, ...(isSigningIn && { auth: { username, password } }) }
}

/** How one call is made. */
export interface CallOptions {
  /** Ends the call, which then rejects with `unavailable`. */
  readonly signal?: AbortSignal
  /** Goes on until the registry is back, however long that takes. Default false. */
  readonly endless?: boolean
}

/** Levels under which a new schema must at least read what the one before it wrote. */
const backwardLevels = ['BACKWARD', 'BACKWARD_TRANSITIVE', 'FULL', 'FULL_TRANSITIVE'] as const

/** What the registry says about a schema that somebody wants to register. */
export interface Compatibility {
  readonly compatible: boolean
  /** In the registry's words; some give none. */
  readonly reasons: readonly string[]
}

/**
 * A schema registry. Schemas are Avro, as JSON text; ids are 0 to 2³² − 1 and the same for the same text, whatever the subject.
 * Every call is repeated with back-off while the registry is away.
 * @throws RegistryError `unavailable` when it stays away; `refused` when it says no for another reason
 */
export interface SchemaRegistry {
  readonly url: string
  /** Adds a version to a subject, unless it is there. @returns its id @throws RegistryError `incompatible` */
  register(subject: string, schema: string, options?: CallOptions): Promise<number>
  /** Id of a schema under a subject; undefined when it is not registered there. */
  idOf(subject: string, schema: string, options?: CallOptions): Promise<number | undefined>
  /** The schema of an id; undefined when the registry does not know the id, or it is no Avro schema. */
  schemaOf(id: number, options?: CallOptions): Promise<string | undefined>
  /** Demands BACKWARD compatibility of a subject, existing or not; a stricter level that somebody chose stays. */
  demandBackward(subject: string, options?: CallOptions): Promise<void>
  /** Asks whether a schema could be registered; nothing is changed. */
  compatibility(subject: string, schema: string, options?: CallOptions): Promise<Compatibility>
}

/** The registry answered that it does not have what was asked for. */
const missing = Symbol('missing')
/** Error codes of the Confluent API: subject, version, schema, subject without a level of its own. */
const missingCodes = new Set([40401, 40402, 40403, 40408])
const passingStatuses = new Set([408, 425, 429])
const contentType = 'application/vnd.schemaregistry.v1+json'
const bounded: RestartPolicy = { ...restartDefault, attemptsMax: 5 }

type Answer = Readonly<Record<string, unknown>>

interface Request {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: Answer
}

const versionsPath = (subject: string): string => `/subjects/${encodeURIComponent(subject)}/versions`

class ConfluentRegistry implements SchemaRegistry {
  readonly url: string
  private readonly options: RegistryOptions
  private readonly headers: Readonly<Record<string, string>>
  private readonly count: (outcome: string) => void

  constructor(options: RegistryOptions) {
    const { auth, telemetry } = options
    this.options = options
    this.url = options.url.replace(/\/+$/, '')
    const basic = auth && Buffer.from(`${auth.username}:${auth.password.reveal()}`).toString('base64')
    this.headers = {
      accept: `${contentType}, application/json`,
      'content-type': contentType,
      ...(basic !== undefined && { authorization: `Basic ${basic}` }),
    }
    const counter = telemetry && requestCounter(telemetry)
    this.count = (outcome) => counter?.inc({ outcome })
  }

  async register(subject: string, schema: string, options?: CallOptions): Promise<number> {
    const request = { method: 'POST', path: versionsPath(subject), body: { schema } } as const
    return this.idIn(await this.call(request, options), `registration under ${subject}`)
  }

  async idOf(subject: string, schema: string, options?: CallOptions): Promise<number | undefined> {
    const path = `/subjects/${encodeURIComponent(subject)}`
    const answer = await this.call({ method: 'POST', path, body: { schema } }, options)
    return answer === missing ? undefined : this.idIn(answer, `look-up under ${subject}`)
  }

  async schemaOf(id: number, options?: CallOptions): Promise<string | undefined> {
    const answer = await this.call({ method: 'GET', path: `/schemas/ids/${id}` }, options)
    if (answer === missing) return undefined
    const { schema, schemaType } = answer
    // Avro is what a registry means when it names no type.
    if (typeof schema === 'string') return (schemaType ?? 'AVRO') === 'AVRO' ? schema : undefined
    throw this.strange(`schema ${id}`)
  }

  async demandBackward(subject: string, options?: CallOptions): Promise<void> {
    const path = `/config/${encodeURIComponent(subject)}`
    const answer = await this.call({ method: 'GET', path }, options)
    const level = answer === missing ? undefined : answer['compatibilityLevel']
    if (backwardLevels.some((one) => one === level)) return
    await this.call({ method: 'PUT', path, body: { compatibility: 'BACKWARD' } }, options)
  }

  async compatibility(subject: string, schema: string, options?: CallOptions): Promise<Compatibility> {
    const path = `/compatibility${versionsPath(subject)}/latest?verbose=true`
    const answer = await this.call({ method: 'POST', path, body: { schema } }, options)
    if (answer === missing) return { compatible: true, reasons: [] }
    const { is_compatible: compatible, messages } = answer
    if (typeof compatible !== 'boolean') throw this.strange(`compatibility with ${subject}`)
    return { compatible, reasons: Array.isArray(messages) ? messages.map(String) : [] }
  }

  private idIn(answer: Answer | typeof missing, what: string): number {
    const id = answer === missing ? undefined : answer['id']
    if (typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < 2 ** 32) return id
    throw this.strange(what)
  }

  private strange(what: string): RegistryError {
    const { variable } = settings.schemaRegistryUrl
    return new RegistryError(
      'refused',
      `${this.url} gave no answer of a schema registry (${what}): is ${variable} the root of its Confluent API?`,
    )
  }

  private async call(request: Request, options: CallOptions = {}): Promise<Answer | typeof missing> {
    const { policy = bounded, telemetry } = this.options
    const { signal = new AbortController().signal, endless = false } = options
    for (let attempt = 1; ; attempt += 1) {
      try {
        const answer = await this.attempt(request, signal)
        this.count(answer === missing ? 'missing' : 'answered')
        return answer
      } catch (error) {
        if (!(error instanceof RegistryError)) throw error
        this.count(error.code)
        const isLast = !endless && attempt >= policy.attemptsMax
        if (!error.retriable || isLast || signal.aborted) throw error
        telemetry?.log.warn({ err: error, attempt }, 'schema registry: trying again')
        await policy.sleep(restartDelayMs(attempt, policy), signal)
      }
    }
  }

  private async attempt(
    { method, path, body }: Request,
    signal: AbortSignal,
  ): Promise<Answer | typeof missing> {
    const { fetch: send = fetch, timeoutMs = 5_000 } = this.options
    try {
      const response = await send(this.url + path, {
        method,
        headers: this.headers,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
        ...(body && { body: JSON.stringify(body) }),
      })
      return this.read(response.status, await response.text(), `${method} ${path}`)
    } catch (cause) {
      if (cause instanceof RegistryError) throw cause
      throw new RegistryError('unavailable', `the schema registry ${this.url} cannot be reached`, { cause })
    }
  }

  private read(status: number, text: string, what: string): Answer | typeof missing {
    const answer = objectIn(text)
    if (status >= 200 && status < 300) {
      if (answer !== undefined) return answer
      throw this.strange(what)
    }
    const code = answer?.['error_code']
    if (status === 404 && typeof code === 'number' && missingCodes.has(code)) return missing
    const reason = answer?.['message']
    const words = typeof reason === 'string' ? reason : 'no reason given'
    const message = `schema registry ${this.url}, ${what}: ${words} (status ${status})`
    if (status >= 500 || passingStatuses.has(status)) throw new RegistryError('unavailable', message)
    if (status === 409) throw new RegistryError('incompatible', message)
    if (status === 404) throw this.strange(`${what}: status 404`)
    const { schemaRegistryUsername: user, schemaRegistryPassword: password } = settings
    const advice = `. Check ${user.variable}, ${password.variable} and what that user may do`
    throw new RegistryError('refused', message + (status === 401 || status === 403 ? advice : ''))
  }
}

function objectIn(text: string): Answer | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Answer) : undefined
  } catch {
    return undefined
  }
}

function requestCounter({ registry }: Telemetry): Counter {
  const name = 'weir_schema_registry_requests_total'
  const help = 'Requests to the schema registry by outcome: answered, missing, or the code of the error'
  const known = registry.getSingleMetric(name) as Counter | undefined
  return known ?? new Counter({ name, help, labelNames: ['outcome'], registers: [registry] })
}

/** Opens a registry; nothing is asked yet. */
export function openRegistry(options: RegistryOptions): SchemaRegistry {
  return new ConfluentRegistry(options)
}
