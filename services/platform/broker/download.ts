/** Downloads Kafka and the registry through Maven, which knows the mirrors and proxies of the place. */
import { existsSync } from 'node:fs'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { cached } from './cache.ts'
import { downloadFailed } from './errors.ts'
import { runMaven } from './tools.ts'
import type { Tools } from './tools.ts'
import { kafkaArtifacts, registryVersion } from './versions.ts'
import type { KafkaVersion } from './versions.ts'

/** With its version, so that a run today and one next year do the same. */
const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1'

/** A Maven project that depends on artifacts `group:artifact:version`. */
export function mavenProject(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((coordinates) => {
    const [group, artifact, version] = coordinates.split(':')
    return `    <dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
  })
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '  <modelVersion>4.0.0</modelVersion>',
    '  <groupId>weir</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>',
    '  <dependencies>',
    ...dependencies,
    '  </dependencies>',
    '</project>',
    '',
  ].join('\n')
}

function kafkaFolder(version: KafkaVersion): string {
  return `kafka-${version}`
}

/** Whether a Kafka version was downloaded before. */
export function hasKafka(version: KafkaVersion, { cacheDirectory }: Pick<Tools, 'cacheDirectory'>): boolean {
  return existsSync(join(cacheDirectory, kafkaFolder(version)))
}

/**
 * Downloads the jars of a Kafka version unless the cache has them (44 MB, some ten seconds).
 * @param onProgress hears a line now and then
 * @returns the folder that holds the jars
 * @throws BrokerError `maven_missing`, `download_failed`
 */
export async function downloadKafka(
  version: KafkaVersion,
  { maven, cacheDirectory }: Tools,
  onProgress: (line: string) => void,
): Promise<string> {
  const name = kafkaFolder(version)
  return cached(cacheDirectory, name, async (folder) => {
    const target = join(cacheDirectory, name)
    onProgress(`downloading Kafka ${version} to ${target} (44 MB, once)`)
    const project = join(folder, 'pom.xml')
    await writeFile(project, mavenProject(kafkaArtifacts[version]))
    const parameters = [
      '-B',
      '-f',
      project,
      `${plugin}:copy-dependencies`,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${folder}`,
    ]
    let files = 0
    const { code, output } = await runMaven(maven, parameters, target, (line) => {
      if (!/Downloaded from .*\.jar/.test(line)) return
      files += 1
      if (files % 10 === 0) onProgress(`Kafka ${version}: ${files} files downloaded`)
    })
    const names = await readdir(folder)
    if (code !== 0 || !names.includes(`kafka_2.13-${version}.jar`)) {
      throw downloadFailed(`Kafka ${version}`, target, output)
    }
    await rm(project)
  })
}

/** Maven reads the registry's own project file, whose parent was never published: a project of that name stands in for it. */
const registryProject = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>io.apicurio</groupId><artifactId>apicurio-registry</artifactId><version>${registryVersion}</version>
  <packaging>pom</packaging>
</project>
`

/**
 * Downloads Apicurio Registry unless the cache has it (109 MB).
 * @param onProgress hears a line now and then
 * @returns path of the jar to run
 * @throws BrokerError `maven_missing`, `download_failed`
 */
export async function downloadRegistry(
  { maven, cacheDirectory }: Tools,
  onProgress: (line: string) => void,
): Promise<string> {
  const name = `apicurio-registry-${registryVersion}`
  const jar = `apicurio-registry-app-${registryVersion}-runner.jar`
  const folder = await cached(cacheDirectory, name, async (made) => {
    const target = join(cacheDirectory, name)
    onProgress(`downloading Apicurio Registry ${registryVersion} to ${target} (109 MB, once)`)
    const project = join(made, 'pom.xml')
    await writeFile(project, registryProject)
    const artifact = `io.apicurio:apicurio-registry-app:${registryVersion}:tar.gz:all`
    const parameters = [
      '-B',
      '-f',
      project,
      `${plugin}:unpack`,
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${made}`,
    ]
    const { code, output } = await runMaven(maven, parameters, target, () => undefined)
    const names = await readdir(made)
    if (code !== 0 || !names.includes(jar)) {
      throw downloadFailed(`Apicurio Registry ${registryVersion}`, target, output)
    }
    await rm(project)
    await rm(join(made, 'target'), { recursive: true, force: true })
  })
  return join(folder, jar)
}
