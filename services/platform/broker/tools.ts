/** The programs of the machine that a broker needs: Java to run it, Maven to download it once. */
import { join } from 'node:path'
import { cacheDirectoryOf } from './cache.ts'
import { javaMissing, javaTooOld, mavenMissing } from './errors.ts'
import { isMissing, run } from './run.ts'

/** How the programs are called, and where downloads are kept. */
export interface Tools {
  readonly java: string
  readonly maven: string
  /** Absolute path. */
  readonly cacheDirectory: string
}

/** Tools with their defaults: programs of the path, downloads in the user's cache folder. */
export function toolsWith(tools: Partial<Tools> = {}): Tools {
  return { java: 'java', maven: 'mvn', cacheDirectory: cacheDirectoryOf({}), ...tools }
}

/** Lowest major version of Java that Kafka 4 and the registry run on. */
export const javaMajorMin = 17

/** Tools as an environment names them: Java of `JAVA_HOME`, downloads as in `cacheDirectoryOf`. */
export function toolsOf(environment: Readonly<Record<string, string | undefined>>): Tools {
  const home = environment['JAVA_HOME']
  return {
    java: home === undefined || home === '' ? 'java' : join(home, 'bin', 'java'),
    maven: 'mvn',
    cacheDirectory: cacheDirectoryOf(environment),
  }
}

/** The version that `java -version` prints, e.g. `17.0.15`; undefined when it prints none. */
export function javaVersionIn(output: string): string | undefined {
  return /version "([^"]+)"/.exec(output)?.[1]
}

/** Major version of Java: 17 of `17.0.15`, 8 of `1.8.0_392`. */
export function javaMajorOf(version: string): number {
  return Number.parseInt(version.replace(/^1\./, ''), 10)
}

/** Checks that Java is there and new enough. @returns its version @throws BrokerError `java_unusable` */
export async function checkJava(java: string): Promise<string> {
  const outcome = await run(java, ['-version']).catch((error: unknown) => {
    throw isMissing(error) ? javaMissing(java, error) : error
  })
  const version = javaVersionIn(outcome.output)
  if (outcome.code !== 0 || version === undefined) throw javaMissing(java, new Error(outcome.output))
  if (javaMajorOf(version) < javaMajorMin) throw javaTooOld(java, version)
  return version
}

/** Whether Maven can be run. */
export async function hasMaven(maven: string): Promise<boolean> {
  try {
    return (await run(maven, ['-version'])).code === 0
  } catch {
    return false
  }
}

/** Runs Maven. @param folder what the download is for, named in the error @throws BrokerError `maven_missing` */
export async function runMaven(
  maven: string,
  parameters: readonly string[],
  folder: string,
  onLine: (line: string) => void,
): ReturnType<typeof run> {
  return run(maven, parameters, onLine).catch((error: unknown) => {
    throw isMissing(error) ? mavenMissing(maven, folder, error) : error
  })
}
