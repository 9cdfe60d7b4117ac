/** Raw → checked → frozen: what the environment says becomes one typed record, or every problem at once. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Static, TSchema } from 'typebox'
import { Check, Errors } from 'typebox/value'
import type { Bilingual } from '../../../schemas/http/common.ts'
import { checkConnections } from './connections.ts'
import { Secret } from './secret.ts'
import { settings } from './settings.ts'
import type { Setting, SettingName } from './settings.ts'

type Value<Declared> = Declared extends {
  readonly secret: true
  readonly schema: infer Schema extends TSchema
}
  ? Static<Schema> extends readonly string[]
    ? readonly Secret[]
    : Secret
  : Declared extends { readonly schema: infer Schema extends TSchema }
    ? Static<Schema>
    : never

type Optional = {
  [Name in SettingName]: (typeof settings)[Name] extends { readonly optional: true } ? Name : never
}[SettingName]

/** The checked settings. Frozen; paths are absolute, durations in ms, secrets wrapped. */
export type Config = {
  readonly [Name in Exclude<SettingName, Optional>]: Value<(typeof settings)[Name]>
} & {
  readonly [Name in Optional]: Value<(typeof settings)[Name]> | undefined
} & {
  /** NODE_ENV=production. */
  readonly production: boolean
}

/** One thing wrong with the configuration: which variable, what about it, what to do. */
export interface ConfigProblem {
  readonly variable: string
  readonly problem: Bilingual
}

/** Weir does not start with a wrong configuration. Holds every problem, and no secret. */
export class ConfigError extends Error {
  readonly code = 'invalid_config'
  readonly problems: readonly ConfigProblem[]
  constructor(problems: readonly ConfigProblem[]) {
    const lines = problems.map(({ variable, problem }) => `  ${variable}: ${problem.zh}\n    ${problem.en}`)
    super(
      `配置有 ${problems.length} 处问题 / ${problems.length} problem(s) with the configuration:\n${lines.join('\n')}`,
    )
    this.name = 'ConfigError'
    this.problems = problems
  }
}

type Environment = Readonly<Record<string, string | undefined>>
/** Takes one problem: which variable, what about it in both languages. */
export type Report = (variable: string, zh: string, en: string) => void

/** Read by test runs only; no setting of the product. */
const testVariables = /^WEIR_(?:SEED$|SHARED$|TEST_)/

/**
 * Reads the settings from the environment (`WEIR_…`, for secrets also `WEIR_…_FILE`); command-line flags are laid over it
 * by the caller under the same names. An empty value is a mistake, not an absence.
 * @throws ConfigError with all problems
 */
export function loadConfig(environment: Environment): Config {
  const problems: ConfigProblem[] = []
  const report: Report = (variable, zh, en) => problems.push({ variable, problem: { zh, en } })
  refuseUnknown(environment, report)
  const values = Object.entries<Setting>(settings).map(
    ([name, declared]) => [name, valueOf(declared, environment, report)] as const,
  )
  const config = {
    ...Object.fromEntries(values),
    production: environment['NODE_ENV'] === 'production',
  } as Config
  // A rule across settings means nothing while the settings themselves are wrong.
  if (problems.length === 0) checkTogether(config, report)
  if (problems.length > 0) throw new ConfigError(problems)
  return Object.freeze({ ...config, dataDirectory: resolve(config.dataDirectory) })
}

function refuseUnknown(environment: Environment, report: Report): void {
  const known = new Set(
    Object.values<Setting>(settings).flatMap(({ variable, secret }) =>
      secret === true ? [variable, `${variable}_FILE`] : [variable],
    ),
  )
  for (const variable of Object.keys(environment)) {
    if (!variable.startsWith('WEIR_') || known.has(variable) || testVariables.test(variable)) continue
    const near = [...known].find((name) => name.replaceAll('_', '') === variable.replaceAll('_', ''))
    report(
      variable,
      `没有这个设置${near === undefined ? '，见 docs/configuration.md' : `，是否指 ${near}？`}`,
      `no such setting${near === undefined ? '; docs/configuration.md lists them' : `; did you mean ${near}?`}`,
    )
  }
}

function valueOf(declared: Setting, environment: Environment, report: Report): unknown {
  const text = textOf(declared, environment, report)
  if (text === undefined) return undefined
  const value = understood(declared.schema, text)
  if (!Check(declared.schema, value)) {
    const [error] = Errors(declared.schema, value)
    const shown = declared.secret === true ? '' : ` '${text.replace(/\/\/[^/@]*@/, '//[secret]@')}'`
    const expected = `${error?.message ?? 'has another form'} (${rangeOf(declared)})`
    report(
      declared.variable,
      `取值${shown}不符合要求：${expected}`,
      `value${shown} is not allowed: ${expected}`,
    )
    return undefined
  }
  return declared.secret === true ? wrapped(value) : value
}

function textOf(
  { variable, fallback, secret, also }: Setting,
  environment: Environment,
  report: Report,
): string | undefined {
  const direct = environment[variable] ?? (also === undefined ? undefined : environment[also])
  const file = secret === true ? environment[`${variable}_FILE`] : undefined
  if (direct !== undefined && file !== undefined) {
    report(variable, `与 ${variable}_FILE 只能设一个`, `set either this or ${variable}_FILE, not both`)
    return undefined
  }
  const text = file === undefined ? direct : contentOf(variable, file, report)
  if (text !== '') return text ?? fallback
  report(variable, '为空；不需要就不要设置', 'is empty; leave it unset if it is not needed')
  return undefined
}

function contentOf(variable: string, file: string, report: Report): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    report(`${variable}_FILE`, `无法读取 ${file}（${why}）`, `cannot read ${file} (${why})`)
    return undefined
  }
}

/** Text as the environment has it, in the type the schema wants; what cannot be converted stays text and fails the check. */
function understood(schema: TSchema, text: string): unknown {
  const type: unknown = 'type' in schema ? schema.type : undefined
  if (type === 'integer') return /^-?\d+$/.test(text) ? Number(text) : text
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : text
  if (type === 'array') return text.split(',').map((part) => part.trim())
  return text
}

function wrapped(value: unknown): Secret | readonly Secret[] {
  return Array.isArray(value)
    ? Object.freeze((value as string[]).map((part) => new Secret(part)))
    : new Secret(value as string)
}

function checkTogether(config: Config, report: Report): void {
  if (config.production && config.demo) {
    report(
      settings.demo.variable,
      '生产环境不能开启演示模式',
      'demo mode is impossible with NODE_ENV=production: anyone could take any seat',
    )
  }
  if (config.production && !config.httpSecure) {
    report(
      settings.httpSecure.variable,
      '生产环境必须经 HTTPS 访问',
      'must be true with NODE_ENV=production: session cookies travel by HTTPS only',
    )
  }
  const isCluster = config.mode === 'cluster'
  const needsKeys = config.production || (isCluster && !config.demo)
  const needed: readonly SettingName[] = [
    ...(isCluster ? (['kafkaBrokers', 'postgresUrl'] as const) : []),
    ...(needsKeys ? (['pseudonymKey', 'identityKeys'] as const) : []),
  ]
  for (const name of needed.filter((candidate) => config[candidate] === undefined)) {
    const reason = isCluster ? 'WEIR_MODE=cluster' : 'NODE_ENV=production'
    report(settings[name].variable, `${reason} 时必填`, `is needed with ${reason}; there is no default`)
  }
  if (config.httpPort !== 0 && config.httpPort === config.metricsPort) {
    report(settings.metricsPort.variable, '与网页端口相同', `is the same as ${settings.httpPort.variable}`)
  }
  checkConnections(config, report)
}

/** What values a setting takes, in one line for people. */
export function rangeOf({ schema }: Setting): string {
  const limits = schema as {
    readonly enum?: readonly string[]
    readonly type?: string
    readonly minimum?: number
    readonly maximum?: number
    readonly items?: { readonly pattern?: string }
    readonly pattern?: string
  }
  if (limits.enum !== undefined) return limits.enum.join(' | ')
  if (limits.type === 'boolean') return 'true | false'
  if (limits.type === 'integer') return `${limits.minimum ?? ''}–${limits.maximum ?? ''}`
  const pattern = limits.pattern ?? limits.items?.pattern
  return pattern ?? 'text'
}

/** The configuration as it may be shown: secrets read `[secret]`. */
export function redacted(config: Config): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(config)) as Record<string, unknown>
}
