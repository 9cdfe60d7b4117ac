/** Registering Weir's schemas: part of `weir topics plan|apply`. */
import type { TopicSpec } from '../../../schemas/topics.ts'
import type { CallOptions, SchemaRegistry } from './client.ts'
import { RegistryError } from './error.ts'
import type { Subject } from './subjects.ts'
import { subjectsOf } from './subjects.ts'

/** What became of one subject. */
export interface RegisteredSubject {
  /** Full name of the topic. */
  readonly topic: string
  readonly subject: string
  /** Of every retained version, oldest first; undefined where a dry run found none. */
  readonly ids: readonly (number | undefined)[]
  /** `missing`: a dry run would register something. */
  readonly status: 'unchanged' | 'registered' | 'missing'
}

/**
 * Registers every retained version of every message on these topics, oldest first, under BACKWARD compatibility. Idempotent.
 * @param dryRun only looks what is missing, and whether it would be refused
 * @returns a row per subject
 * @throws RegistryError `incompatible`, naming subject and reason: subjects before it stay registered; `unavailable`, `refused`
 */
export async function registerAll(
  registry: SchemaRegistry,
  topics: readonly TopicSpec[],
  prefix: string,
  { dryRun = false, ...call }: CallOptions & { readonly dryRun?: boolean } = {},
): Promise<RegisteredSubject[]> {
  const rows: RegisteredSubject[] = []
  for (const subject of subjectsOf(topics, prefix)) {
    rows.push(await (dryRun ? look(registry, subject, call) : register(registry, subject, call)))
  }
  return rows
}

async function register(
  registry: SchemaRegistry,
  { topic, subject, versions }: Subject,
  call: CallOptions,
): Promise<RegisteredSubject> {
  await registry.demandBackward(subject, call)
  const ids: number[] = []
  let status: RegisteredSubject['status'] = 'unchanged'
  for (const { text, version } of versions) {
    // Looked up first: a registry may judge even what it has against its newest version.
    let id = await registry.idOf(subject, text, call)
    if (id === undefined) {
      id = await naming(subject, version, async () => registry.register(subject, text, call))
      status = 'registered'
    }
    ids.push(id)
  }
  return { topic, subject, ids, status }
}

async function naming<T>(subject: string, version: number, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof RegistryError && error.code === 'incompatible')
      throw incompatible(subject, version, error.message, error)
    throw error
  }
}

function incompatible(subject: string, version: number, reason: string, cause?: unknown): RegistryError {
  return new RegistryError(
    'incompatible',
    `version ${version} cannot be registered under ${subject}: it does not read what is registered there. ${reason}. See who registered what (GET /subjects/${subject}/versions), or use another WEIR_TOPIC_PREFIX`,
    { cause },
  )
}

async function look(
  registry: SchemaRegistry,
  { topic, subject, versions }: Subject,
  call: CallOptions,
): Promise<RegisteredSubject> {
  const ids = await Promise.all(versions.map(async ({ text }) => registry.idOf(subject, text, call)))
  const [next] = versions.filter((_, index) => ids[index] === undefined)
  if (next === undefined) return { topic, subject, ids, status: 'unchanged' }
  // Later versions are judged against this one, which is not there yet: `test/schemas.spec.ts` holds that they get along.
  const { compatible, reasons } = await registry.compatibility(subject, next.text, call)
  if (!compatible)
    throw incompatible(subject, next.version, reasons.join('; ') || 'The registry gives no reason')
  return { topic, subject, ids, status: 'missing' }
}
