/** Configuration files of a broker, as text. */
import type { KafkaVersion } from './versions.ts'

/** How clients reach a broker. */
export type BrokerProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL'

/** How a client proves who it is. */
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'

/** Someone who may sign in. */
export interface BrokerUser {
  readonly name: string
  readonly password: string
}

/** What a broker demands of its clients. */
export interface BrokerSecurity {
  readonly protocol: BrokerProtocol
  /** With SASL only: which mechanism. */
  readonly mechanism?: SaslMechanism
  /** With SASL only: who may sign in. */
  readonly users?: readonly BrokerUser[]
  /** With TLS only: PEM file with the private key (PKCS #8, not encrypted) and the certificate chain. */
  readonly keyFile?: string
  /** With TLS only: PEM file of those whose client certificates are believed; then clients must show one. */
  readonly trustFile?: string
  /** Turns access control on: these users may do anything, others what ACLs allow. */
  readonly superUsers?: readonly string[]
}

/** Where a broker listens and keeps its data. */
export interface BrokerPlace {
  /** Absolute path. */
  readonly data: string
  readonly host: string
  readonly port: number
  /** `host:port` that clients are told, where it differs. */
  readonly advertised?: string
  readonly controllerPort: number
  /** Where the broker talks to itself when clients are asked for credentials. */
  readonly internalPort: number
  readonly security: BrokerSecurity
}

const loginModule = {
  PLAIN: 'org.apache.kafka.common.security.plain.PlainLoginModule',
  SCRAM: 'org.apache.kafka.common.security.scram.ScramLoginModule',
} as const

function quoted(text: string): string {
  if (/["\\\n]/.test(text))
    throw new Error('names and passwords of broker users hold no quote, backslash or line break')
  return `"${text}"`
}

function signIn({ mechanism = 'PLAIN', users = [] }: BrokerSecurity): Record<string, string> {
  const isPlain = mechanism === 'PLAIN'
  const known = isPlain ? users.map(({ name, password }) => ` user_${name}=${quoted(password)}`).join('') : ''
  const login = isPlain ? loginModule.PLAIN : loginModule.SCRAM
  return {
    'sasl.enabled.mechanisms': mechanism,
    [`listener.name.client.${mechanism.toLowerCase()}.sasl.jaas.config`]: `${login} required${known};`,
  }
}

function encryption({ keyFile, trustFile }: BrokerSecurity): Record<string, string> {
  return {
    ...(keyFile === undefined
      ? {}
      : {
          'listener.name.client.ssl.keystore.type': 'PEM',
          'listener.name.client.ssl.keystore.location': keyFile,
        }),
    ...(trustFile === undefined
      ? {}
      : {
          'listener.name.client.ssl.truststore.type': 'PEM',
          'listener.name.client.ssl.truststore.location': trustFile,
          'listener.name.client.ssl.client.auth': 'required',
        }),
  }
}

function accessControl({ superUsers }: BrokerSecurity): Record<string, string> {
  if (superUsers === undefined) return {}
  // Whoever comes through the broker's own two listeners has no name.
  const all = ['ANONYMOUS', ...superUsers].map((name) => `User:${name}`)
  return {
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': all.join(';'),
  }
}

function listeners(place: BrokerPlace): Record<string, string> {
  const { host, port, controllerPort, internalPort, security } = place
  const client = `CLIENT://${host}:${port}`
  const advertised = `CLIENT://${place.advertised ?? `${host}:${port}`}`
  const internal = `INTERNAL://127.0.0.1:${internalPort}`
  return {
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    listeners: `${client},${internal},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `${advertised},${internal}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    'listener.security.protocol.map': `CONTROLLER:PLAINTEXT,INTERNAL:PLAINTEXT,CLIENT:${security.protocol}`,
  }
}

/**
 * All properties of a broker that is its own controller: replication 1, few internal partitions, no topic by accident, no wait before a
 * group begins, sessions down to a second.
 * @param extra laid over everything else
 */
export function brokerProperties(
  place: BrokerPlace,
  extra: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const { security } = place
  return {
    'process.roles': 'broker,controller',
    'node.id': '1',
    ...listeners(place),
    'log.dirs': place.data,
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '4',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '4',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'auto.create.topics.enable': 'false',
    // There is nobody to hand over to. And while a broker hands over, Kafka 4.1 to 4.3 take a partition without a leader for a
    // deleted one: a transaction that ends then is told to be committed and never gets its end (KAFKA-20734).
    'controlled.shutdown.enable': 'false',
    // After a crash a broker is let in again when its former self has timed out: 9 s by default.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    'log.cleaner.dedupe.buffer.size': '2097152',
    ...(security.protocol.startsWith('SASL') ? signIn(security) : {}),
    ...(security.protocol.endsWith('SSL') ? encryption(security) : {}),
    ...accessControl(security),
    ...extra,
  }
}

/** A Java properties file. Backslashes and line breaks in values are escaped. */
export function propertiesText(properties: Readonly<Record<string, string>>): string {
  const lines = Object.entries(properties).map(
    ([name, value]) => `${name}=${value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}`,
  )
  return `${lines.join('\n')}\n`
}

/** What the broker's log says once it takes requests. */
export const startedLine = 'Kafka Server started'

/** A logging configuration: warnings, and the line that says that the broker takes requests. */
export function loggingConfiguration(version: KafkaVersion): {
  readonly option: string
  readonly text: string
} {
  const isOld = version === '3.9.1'
  return isOld
    ? {
        option: '-Dlog4j.configuration=file:',
        text: propertiesText({
          'log4j.rootLogger': 'WARN, out',
          'log4j.appender.out': 'org.apache.log4j.ConsoleAppender',
          'log4j.appender.out.layout': 'org.apache.log4j.PatternLayout',
          'log4j.appender.out.layout.ConversionPattern': '%d{ISO8601} %p %m (%c)%n',
          'log4j.logger.kafka.server.KafkaRaftServer': 'INFO',
        }),
      }
    : {
        option: '-Dlog4j2.configurationFile=',
        text: propertiesText({
          'appender.out.type': 'Console',
          'appender.out.name': 'out',
          'appender.out.layout.type': 'PatternLayout',
          'appender.out.layout.pattern': '%d{ISO8601} %p %m (%c)%n',
          'rootLogger.level': 'WARN',
          'rootLogger.appenderRef.out.ref': 'out',
          'logger.started.name': 'kafka.server.KafkaRaftServer',
          'logger.started.level': 'INFO',
        }),
      }
}
