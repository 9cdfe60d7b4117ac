/** A real Kafka in tests: suites that need one are skipped, and counted as skipped, where there is none. */
import { describe, inject } from 'vitest'
import { kafkaSource, NoKafkaError, registrySource } from './kafka-sources.ts'
import type { KafkaNeeds, TestKafka } from './kafka-sources.ts'

export { startKafka, startTestRegistry } from './kafka-sources.ts'
export type { TestKafka, TestRegistry } from './kafka-sources.ts'

/** What a suite needs: a broker, and perhaps a registry. */
export interface SuiteNeeds extends KafkaNeeds {
  readonly registry?: boolean
}

const said = new Set<string>()

/** @returns whether there is one; says loudly, once in a process, when there is none */
async function isThere(source: Promise<unknown>): Promise<boolean> {
  try {
    await source
    return true
  } catch (error) {
    if (!(error instanceof NoKafkaError)) throw error
    if (!said.has(error.message)) {
      process.stderr.write(`\n*** KAFKA TESTS ARE SKIPPED ***\n${error.message}\n\n`)
      said.add(error.message)
    }
    return false
  }
}

/** Whether a broker that fits can be had. */
export async function kafkaAvailable(needs: KafkaNeeds = {}): Promise<boolean> {
  return isThere(kafkaSource(needs))
}

/** Whether a registry can be had. @param own one that may be stopped */
export async function registryAvailable(own = false): Promise<boolean> {
  return isThere(registrySource(own))
}

/**
 * A suite that needs Kafka: `await describeWithKafka('…', () => { … })`. Skipped, and counted so, where no broker fits.
 * Each test waits for its own broker or the shared one.
 */
export async function describeWithKafka(
  name: string,
  suite: () => void,
  { registry = false, ...needs }: SuiteNeeds = {},
): Promise<void> {
  const isAvailable =
    (await kafkaAvailable(needs)) && (!registry || (await registryAvailable(needs.own === true)))
  describe.skipIf(!isAvailable)(name, () => {
    suite()
  })
}

/** A suite that needs a registry and no broker. @param own it will be stopped */
export async function describeWithRegistry(name: string, suite: () => void, own = false): Promise<void> {
  describe.skipIf(!(await registryAvailable(own)))(name, () => {
    suite()
  })
}

/**
 * The broker that all test files of this run share: started when the first asks, gone with the run. Use topics, groups and
 * transactional ids of your own, and leave it running.
 * @throws Error when it does not start
 */
export async function sharedKafka(): Promise<Pick<TestKafka, 'source' | 'bootstrap'>> {
  const response = await fetch(inject('kafkaDesk'), { signal: AbortSignal.timeout(200_000) })
  const text = await response.text()
  if (!response.ok) throw new Error(`the shared broker did not start: ${text}`)
  return JSON.parse(text) as Pick<TestKafka, 'source' | 'bootstrap'>
}
