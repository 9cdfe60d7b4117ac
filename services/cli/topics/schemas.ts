/** Schemas of the topics at the registry that the configuration names, if it names one. */
import { topics } from '../../../schemas/topics.ts'
import type { Config } from '../../platform/config/config.ts'
import { openRegistry, registryOptions } from '../../platform/registry/client.ts'
import { RegistryError } from '../../platform/registry/error.ts'
import { registerAll } from '../../platform/registry/register.ts'
import type { RegisteredSubject } from '../../platform/registry/register.ts'

/** What the registry has, or would refuse. */
export interface SchemaPlan {
  readonly subjects: readonly RegisteredSubject[]
  /** Why a schema cannot be registered: one that is there does not get along with it. */
  readonly refusal?: string
}

/**
 * Registers what is missing, or with `dryRun` looks what would be.
 * @returns undefined when no registry is configured
 * @throws RegistryError `unavailable`, `refused`
 */
export async function registerSchemas(config: Config, dryRun: boolean): Promise<SchemaPlan | undefined> {
  const options = registryOptions(config)
  if (options === undefined) return undefined
  const registry = openRegistry(options)
  try {
    return { subjects: await registerAll(registry, Object.values(topics), config.topicPrefix, { dryRun }) }
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'incompatible') throw error
    return { subjects: [], refusal: error.message }
  }
}
