/** How Weir reaches Kafka: from the settings to a typed record, from there to what kafkajs wants, and from its errors to what an operator can do. */
import { readFileSync } from 'node:fs'
import type { Config, ConfigProblem } from '../../config/config.ts'
import { ConfigError } from '../../config/config.ts'
import { Secret } from '../../config/secret.ts'
import { settings } from '../../config/settings.ts'
import { LogError } from '../port.ts'
import { typeOf } from './errors.ts'
import type { ConnectionOptions } from './kafkajs/internals.ts'

/** Where the brokers are and how Weir proves who it is. Certificates are PEM text. */
export interface KafkaConnection {
  /** `host:port` */
  readonly brokers: readonly string[]
  /** Name that brokers log and count by. */
  readonly clientId: string
  /** Present: by TLS, with the broker's certificate and host name checked. */
  readonly tls?: {
    /** Who must have signed the broker's certificate; without it, the authorities that Node knows. */
    readonly authority?: string
    /** Weir's own certificate and its key, for brokers that ask. */
    readonly own?: { readonly certificate: string; readonly key: Secret }
  }
  readonly sasl?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512'
    readonly username: string
    readonly password: Secret
  }
}

/** The settings a connection is made from. */
export type KafkaSettings = Pick<
  Config,
  | 'kafkaBrokers'
  | 'kafkaTls'
  | 'kafkaTlsCaFile'
  | 'kafkaTlsCertFile'
  | 'kafkaTlsKeyFile'
  | 'kafkaSaslMechanism'
  | 'kafkaSaslUsername'
  | 'kafkaSaslPassword'
>

/**
 * The connection that the settings describe; reads the certificate files, once.
 * @throws ConfigError when there are no brokers, or for every file that cannot be read or holds no PEM
 */
export function kafkaConnection(config: KafkaSettings, clientId = 'weir'): KafkaConnection {
  const problems: ConfigProblem[] = []
  const { kafkaBrokers: brokers = [], kafkaSaslMechanism: mechanism, kafkaSaslUsername: username } = config
  if (brokers.length === 0) {
    const problem = { zh: '未设置：不知道 Kafka 在哪里', en: 'is not set: nobody says where Kafka is' }
    problems.push({ variable: settings.kafkaBrokers.variable, problem })
  }
  const tls = config.kafkaTls ? tlsOf(config, problems) : undefined
  if (problems.length > 0) throw new ConfigError(problems)
  const { kafkaSaslPassword: password } = config
  const isSigningIn = mechanism !== undefined && username !== undefined && password !== undefined
  return Object.freeze({
    brokers,
    clientId,
    ...(tls && { tls }),
    ...(isSigningIn && { sasl: { mechanism, username, password } }),
  })
}

function tlsOf(config: KafkaSettings, problems: ConfigProblem[]): NonNullable<KafkaConnection['tls']> {
  const authority = pemOf('kafkaTlsCaFile', config, problems)
  const certificate = pemOf('kafkaTlsCertFile', config, problems)
  const key = pemOf('kafkaTlsKeyFile', config, problems)
  const hasOwn = certificate !== undefined && key !== undefined
  return {
    ...(authority !== undefined && { authority }),
    ...(hasOwn && { own: { certificate, key: new Secret(key) } }),
  }
}

function pemOf(
  name: 'kafkaTlsCaFile' | 'kafkaTlsCertFile' | 'kafkaTlsKeyFile',
  config: KafkaSettings,
  problems: ConfigProblem[],
): string | undefined {
  const file = config[name]
  if (file === undefined) return undefined
  const { variable } = settings[name]
  try {
    const text = readFileSync(file, 'utf8')
    if (text.includes('-----BEGIN ')) return text
    problems.push({
      variable,
      problem: { zh: `${file} 不是 PEM 文件`, en: `${file} is not a PEM file (-----BEGIN …)` },
    })
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    problems.push({
      variable,
      problem: { zh: `无法读取 ${file}（${why}）`, en: `cannot read ${file} (${why})` },
    })
  }
  return undefined
}

/** How many copies a topic gets that is made: as configured, else 3 in production and 1 elsewhere. */
export function replicationOf(config: Pick<Config, 'kafkaReplication' | 'production'>): number {
  return config.kafkaReplication ?? (config.production ? 3 : 1)
}

/** The connection in kafkajs' words; hand it on at once, it holds the password in the clear. */
export function kafkaOptions(connection: KafkaConnection): ConnectionOptions {
  const { brokers, clientId, tls, sasl } = connection
  return {
    brokers: [...brokers],
    clientId,
    ...(tls && { ssl: tlsOptions(tls) }),
    ...(sasl && {
      sasl: { ...sasl, password: sasl.password.reveal() } as NonNullable<ConnectionOptions['sasl']>,
    }),
  }
}

function tlsOptions({
  authority,
  own,
}: NonNullable<KafkaConnection['tls']>): NonNullable<ConnectionOptions['ssl']> {
  return {
    // Said, because NODE_TLS_REJECT_UNAUTHORIZED=0 would otherwise turn the check off.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    ...(authority !== undefined && { ca: authority }),
    ...(own && { cert: own.certificate, key: own.key.reveal() }),
  }
}

const {
  kafkaBrokers,
  kafkaTls,
  kafkaTlsCaFile,
  kafkaTlsCertFile,
  kafkaSaslMechanism,
  kafkaSaslUsername,
  kafkaSaslPassword,
} = settings

/** What to do about errors of Node's TLS and network, by code. */
const advice: Readonly<Record<string, string>> = {
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `nobody known has signed the broker's certificate: name the authority in ${kafkaTlsCaFile.variable}`,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `nobody known has signed the broker's certificate: name the authority in ${kafkaTlsCaFile.variable}`,
  SELF_SIGNED_CERT_IN_CHAIN: `nobody known has signed the broker's certificate: name the authority in ${kafkaTlsCaFile.variable}`,
  DEPTH_ZERO_SELF_SIGNED_CERT: `the broker signed its certificate itself: name it in ${kafkaTlsCaFile.variable}`,
  CERT_HAS_EXPIRED: "the broker's certificate has expired: renew it",
  ERR_TLS_CERT_ALTNAME_INVALID: `the broker's certificate is for another name: use that name in ${kafkaBrokers.variable} and in the brokers' advertised.listeners`,
  ECONNREFUSED: `nothing listens there: check ${kafkaBrokers.variable} and that the broker runs`,
  ENOTFOUND: `there is no such host: check ${kafkaBrokers.variable}`,
}

function adviceFor(error: Error, { tls, sasl }: KafkaConnection): string | undefined {
  const text = error.message
  const signIn = `${kafkaSaslUsername.variable} and ${kafkaSaslPassword.variable}`
  if (error.name === 'KafkaJSSASLAuthenticationError')
    return `the broker does not let user ${sasl?.username ?? ''} in: check ${signIn}`
  const type = typeOf(error)
  if (type === 'UNSUPPORTED_SASL_MECHANISM')
    return `the broker does not know ${sasl?.mechanism ?? ''}: set ${kafkaSaslMechanism.variable} to what its listener offers`
  if (type === 'ILLEGAL_SASL_STATE')
    return `the broker's listener asks nobody to sign in: use the port of its SASL listener, or leave ${kafkaSaslMechanism.variable} unset`
  const { code } = error as NodeJS.ErrnoException
  if (
    tls !== undefined &&
    /before secure TLS connection|wrong version number|packet length too long/.test(text)
  )
    return `the broker does not speak TLS on this port: use the port of its TLS listener, or leave ${kafkaTls.variable} unset`
  if (tls !== undefined && /alert|handshake/i.test(text))
    return `the broker refused the TLS handshake: if it asks for a certificate, set ${kafkaTlsCertFile.variable}`
  if (code !== undefined && advice[code] !== undefined) return advice[code]
  if (error.name !== 'KafkaJSConnectionClosedError') return undefined
  const missing = [
    ...(tls === undefined ? [`TLS (${kafkaTls.variable}=true)`] : []),
    ...(sasl === undefined ? [`signing in (${kafkaSaslMechanism.variable})`] : []),
  ]
  return missing.length === 0
    ? undefined
    : `the broker hung up without a word: it may demand ${missing.join(' or ')}`
}

/**
 * Why a connection to Kafka did not come about, and what to do; undefined when the error is of another kind.
 * @returns LogError `unavailable`, retriable when waiting may help
 */
export function connectionProblem(error: unknown, connection: KafkaConnection): LogError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    const found = adviceFor(at, connection)
    if (found === undefined) continue
    const { code } = at as NodeJS.ErrnoException
    return new LogError('unavailable', `Kafka at ${connection.brokers.join(', ')}: ${found}`, {
      cause: error,
      // A broker that is going down hangs up too.
      retriable:
        code === 'ECONNREFUSED' || code === 'ENOTFOUND' || at.name === 'KafkaJSConnectionClosedError',
    })
  }
  return undefined
}
