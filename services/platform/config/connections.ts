/** Rules across the settings of Kafka and the schema registry: what belongs together, and what may not travel in the clear. */
import type { Config, Report } from './config.ts'
import { settings } from './settings.ts'
import type { SettingName } from './settings.ts'

/** Settings that mean nothing without another one. */
const companions: readonly (readonly [SettingName, SettingName])[] = [
  ['kafkaSaslMechanism', 'kafkaSaslUsername'],
  ['kafkaSaslMechanism', 'kafkaSaslPassword'],
  ['kafkaSaslUsername', 'kafkaSaslMechanism'],
  ['kafkaSaslPassword', 'kafkaSaslMechanism'],
  ['kafkaTlsCertFile', 'kafkaTlsKeyFile'],
  ['kafkaTlsKeyFile', 'kafkaTlsCertFile'],
  ['schemaRegistryUsername', 'schemaRegistryPassword'],
  ['schemaRegistryPassword', 'schemaRegistryUsername'],
  ['schemaRegistryUsername', 'schemaRegistryUrl'],
]

const tlsFiles = ['kafkaTlsCaFile', 'kafkaTlsCertFile', 'kafkaTlsKeyFile'] as const

/** Reports what is wrong between the settings of Kafka and of the registry. */
export function checkConnections(config: Config, report: Report): void {
  for (const [name, other] of companions) {
    if (config[name] === undefined || config[other] !== undefined) continue
    const { variable } = settings[other]
    report(
      settings[name].variable,
      `须同时设置 ${variable}`,
      `is set without ${variable}: set both or neither`,
    )
  }
  for (const name of tlsFiles) {
    if (config[name] === undefined || config.kafkaTls) continue
    const { variable } = settings.kafkaTls
    report(settings[name].variable, `只在 ${variable}=true 时有用`, `is used with ${variable}=true only`)
  }
  checkPasswords(config, report)
}

function checkPasswords(config: Config, report: Report): void {
  const {
    kafkaBrokers = [],
    kafkaSaslMechanism,
    kafkaTls,
    schemaRegistryUrl,
    schemaRegistryUsername,
  } = config
  if (kafkaSaslMechanism === 'plain' && !kafkaTls && !kafkaBrokers.every(isLoopback)) {
    const { variable } = settings.kafkaTls
    report(
      settings.kafkaSaslMechanism.variable,
      `plain 会明文发送口令：设 ${variable}=true 或改用 scram-sha-512`,
      `plain would send the password in the clear: set ${variable}=true or use scram-sha-512`,
    )
  }
  if (schemaRegistryUrl?.startsWith('http:') !== true || schemaRegistryUsername === undefined) return
  if (isLoopback(new URL(schemaRegistryUrl).host)) return
  report(
    settings.schemaRegistryUrl.variable,
    '带口令时必须用 https',
    'must be https when a password is sent to it',
  )
}

/** True for `localhost`, `127.…` and `[::1]`, with or without a port: what is sent there does not leave the machine. */
function isLoopback(hostAndPort: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(hostAndPort)
}
