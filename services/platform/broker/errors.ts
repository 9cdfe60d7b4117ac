/** What kept a broker or a registry from running; the message says what to do next. */
export class BrokerError extends Error {
  readonly code: 'java_unusable' | 'maven_missing' | 'download_failed' | 'broker_not_started'
  constructor(code: BrokerError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BrokerError'
    this.code = code
  }
}

/** Ways that need neither Java nor Maven, to end a message with. */
const otherWays =
  'or go without: Docker can run the broker, KAFKA_BROKERS (host:port) names one that runs already, SCHEMA_REGISTRY_URL a registry'

const tailLines = 12

/** Java is not there. */
export function javaMissing(java: string, cause?: unknown): BrokerError {
  return new BrokerError(
    'java_unusable',
    `Java was not found as '${java}'. Install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless) or set JAVA_HOME, ${otherWays}.`,
    { cause },
  )
}

/** Java is there, but too old. @param version as it says itself */
export function javaTooOld(java: string, version: string): BrokerError {
  return new BrokerError(
    'java_unusable',
    `'${java}' is Java ${version}; Kafka needs 17 or newer. Install it (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME to it, ${otherWays}.`,
  )
}

/** Maven is not there. @param folder where the files belong */
export function mavenMissing(maven: string, folder: string, cause?: unknown): BrokerError {
  return new BrokerError(
    'maven_missing',
    `Maven was not found as '${maven}'; it downloads the broker once. Install it (Debian: apt-get install maven), or copy ${folder} from a machine that has it, ${otherWays}.`,
    { cause },
  )
}

/** Maven could not download. @param output what it printed */
export function downloadFailed(what: string, folder: string, output: string): BrokerError {
  const lines = output.split('\n').filter((line) => line.includes('[ERROR]'))
  const reason = (lines[0] ?? output.trim().split('\n').at(-1) ?? '').replace(/^.*\[ERROR\]\s*/, '')
  return new BrokerError(
    'download_failed',
    `${what} could not be downloaded: ${reason === '' ? 'Maven said nothing' : reason}\nCheck the network, or the mirror and proxy in Maven's settings.xml, or copy ${folder} from a machine that has it, ${otherWays}.`,
  )
}

/**
 * The process ended or did not answer in time.
 * @param log what it logged; stack traces are left out
 * @param logFile where the log stays, if it does
 */
export function notStarted(what: string, why: string, log: string, logFile?: string): BrokerError {
  const lines = log.split('\n').filter((line) => line.trim() !== '' && !/^\s+at /.test(line))
  const tail = lines.length === 0 ? '(nothing)' : lines.slice(-tailLines).join('\n')
  const where = logFile === undefined ? '' : ` (${logFile})`
  return new BrokerError(
    'broker_not_started',
    `${what} did not start: ${why}. Its log${where} ends with:\n${tail}`,
  )
}

/** A port that was asked for is taken. */
export function portTaken(host: string, port: number): BrokerError {
  return new BrokerError(
    'broker_not_started',
    `port ${port} of ${host} is in use: stop what uses it, or take another (0: any free one)`,
  )
}

/** Data were written by a newer broker than the one that is to read them. */
export function dataTooNew(directory: string, written: string, version: string): BrokerError {
  return new BrokerError(
    'broker_not_started',
    `${directory} holds data of Kafka ${written}, which Kafka ${version} cannot read: start ${written}, or use another folder`,
  )
}
