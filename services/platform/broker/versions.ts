/** Which programs Weir starts itself when nobody gives it a broker: versions that were tried, by their Maven coordinates. */

/** Kafka versions that can be started: the current one, and the last with the old coordinator and first-generation transactions. */
export const kafkaVersions = ['4.3.0', '3.9.1'] as const
export type KafkaVersion = (typeof kafkaVersions)[number]

/** Whether one version is older than another, both as `4.3.0`. */
export function isOlder(version: string, than: string): boolean {
  return version.localeCompare(than, 'en', { numeric: true }) < 0
}

/** What is started when no version is named. */
export const kafkaVersionDefault: KafkaVersion = '4.3.0'

/**
 * Maven coordinates `group:artifact:version` of a broker; what they depend on follows from them. Kafka's own POM leaves the logging
 * classes out, without which it does not start.
 */
export const kafkaArtifacts: Readonly<Record<KafkaVersion, readonly string[]>> = {
  '4.3.0': [
    'org.apache.kafka:kafka_2.13:4.3.0',
    'org.apache.logging.log4j:log4j-core:2.25.1',
    'org.apache.logging.log4j:log4j-slf4j-impl:2.25.1',
  ],
  '3.9.1': ['org.apache.kafka:kafka_2.13:3.9.1', 'org.slf4j:slf4j-reload4j:1.7.36'],
}

/** The schema registry that is started: the newest that runs on Java 17. */
export const registryVersion = '3.0.9'
