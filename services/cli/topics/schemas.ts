/** Schemas of the topics at the registry that the configuration names, if it names one. */
import { topics } from '../../../schemas/topics.ts'
import type { Config } from '../../platform/config/config.ts'
import { openRegistry } from '../../platform/registry/client.ts'
import type { SchemaRegistry } from '../../platform/registry/client.ts'
import { RegistryError } from '../../platform/registry/error.ts'
import { registerAll } from '../../platform/registry/register.ts'
import type { RegisteredSubject } from '../../platform/registry/register.ts'

/** What the registry has, or would refuse. */
export interface SchemaPlan {
  readonly subjects: readonly RegisteredSubject[]
  /** Why a schema cannot be registered: one that is there does not get along with it. */
  readonly refusal?: string
}

function registryOf(config: Config): SchemaRegistry | undefined {
  const {
    schemaRegistryUrl: url,
    schemaRegistryUsername: username,
    schemaRegistryPassword: password,
  } = config
  if (url === undefined) return undefined
  const isSigningIn = username !== undefined && password !== undefined
  return openRegistry({ url, ...(isSigningIn && { auth: { username, password } }) })
}

/**
 * Registers what is missing, or with `dryRun` looks what would be.
 * @returns undefined when no registry is configured
 * @throws RegistryError `unavailable`, `refused`
 */
export async function registerSchemas(config: Config, dryRun: boolean): Promise<SchemaPlan | undefined> {
  const registry = registryOf(config)
  if (registry === undefined) return undefined
  try {
    return { subjects: await registerAll(registry, Object.values(topics), config.topicPrefix, { dryRun }) }
  } catch (error) {
    if (!(error instanceof RegistryError) || error.code !== 'incompatible') throw error
    return { subjects: [], refusal: error.message }
  }
}
