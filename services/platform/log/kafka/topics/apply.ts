/** Topics as code, the part that talks to the broker: what is there, and making it what the plan says. Safe to run twice, and by two at once. */
import { setTimeout as delay } from 'node:timers/promises'
import type { TopicSpec } from '../../../../../schemas/topics.ts'
import { LogError } from '../../port.ts'
import { logErrorOf, typeOf } from '../errors.ts'
import type { Admin } from '../kafkajs/door.ts'
import { ConfigResourceTypes, ConfigSource } from '../kafkajs/door.ts'
import { planTopics, wantedTopic } from './plan.ts'
import type { ExistingTopic, TopicAction, TopicLayout, TopicPlan, WantedTopic } from './plan.ts'

/** The part of kafkajs' admin client that topics need; connected. */
export type TopicAdmin = Pick<
  Admin,
  'fetchTopicMetadata' | 'createTopics' | 'describeConfigs' | 'alterConfigs' | 'describeCluster'
>

const requestTimeoutMs = 30_000
/** What the controller accepted is known to every broker some tens of milliseconds later. */
const settlingMs = { step: 50, most: 30_000 }

type Metadata = Awaited<ReturnType<Admin['fetchTopicMetadata']>>['topics'][number]

/** What the cluster says of topics; those that do not exist are left out. */
async function metadataOf(admin: TopicAdmin, names: readonly string[]): Promise<readonly Metadata[]> {
  if (names.length === 0) return []
  try {
    return (await admin.fetchTopicMetadata({ topics: [...names] })).topics
  } catch (error) {
    if (typeOf(error) !== 'UNKNOWN_TOPIC_OR_PARTITION') throw error
    if (names.length === 1) return []
  }
  // One that is missing spoils the answer for all: find it by halves.
  const middle = Math.ceil(names.length / 2)
  const first = await metadataOf(admin, names.slice(0, middle))
  return [...first, ...(await metadataOf(admin, names.slice(middle)))]
}

function existingTopic({ name, partitions }: Metadata): ExistingTopic {
  const replication = Math.min(...partitions.map(({ replicas }) => replicas.length))
  return { name, partitions: partitions.length, replication }
}

async function settingsOf(
  admin: TopicAdmin,
  names: readonly string[],
): Promise<ReadonlyMap<string, Required<Pick<ExistingTopic, 'settings' | 'own'>>>> {
  if (names.length === 0) return new Map()
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: names.map((name) => ({ type: ConfigResourceTypes.TOPIC, name })),
  })
  return new Map(
    resources.map(({ resourceName, configEntries }) => {
      const all = configEntries.map((entry) => [entry.configName, entry.configValue] as const)
      const own = configEntries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG)
      const ownEntries = own.map((entry) => [entry.configName, entry.configValue] as const)
      return [resourceName, { settings: Object.fromEntries(all), own: Object.fromEntries(ownEntries) }]
    }),
  )
}

/**
 * The plan for these topics at this cluster. Changes nothing.
 * @throws LogError `unavailable` when the user may not see the topics' settings
 */
export async function planAtBroker(admin: TopicAdmin, wanted: readonly WantedTopic[]): Promise<TopicPlan> {
  return inWords('plan of the topics', async () => {
    const names = wanted.map(({ name }) => name)
    const found = (await metadataOf(admin, names)).map(existingTopic)
    const settings = await settingsOf(
      admin,
      found.map(({ name }) => name),
    )
    const { brokers } = await admin.describeCluster()
    const existing = found.map((topic) => ({ ...topic, ...settings.get(topic.name) }))
    return planTopics(wanted, existing, brokers.length)
  })
}

async function inWords<T>(where: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw logErrorOf(error, where)
  }
}

/** Creates topics; one that somebody else created meanwhile is fine. Resolves when all brokers that are asked know them. */
async function create(admin: TopicAdmin, wanted: readonly WantedTopic[]): Promise<void> {
  if (wanted.length === 0) return
  const topics = wanted.map(({ name, partitions, replication, settings }) => ({
    topic: name,
    numPartitions: partitions,
    replicationFactor: replication,
    configEntries: Object.entries(settings).map(([setting, value]) => ({ name: setting, value })),
  }))
  try {
    await admin.createTopics({ topics, timeout: requestTimeoutMs, waitForLeaders: false })
  } catch (error) {
    for (const one of error instanceof AggregateError || hasErrors(error) ? error.errors : [error]) {
      if (typeOf(one) !== 'TOPIC_ALREADY_EXISTS') throw creationProblem(one, wanted)
    }
  }
  await appearance(admin, wanted)
}

function hasErrors(error: unknown): error is Error & { readonly errors: readonly unknown[] } {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
}

function creationProblem(error: unknown, wanted: readonly WantedTopic[]): unknown {
  const topic = (error as { readonly topic?: string }).topic ?? wanted.map(({ name }) => name).join(', ')
  const type = typeOf(error)
  const cause = { cause: error }
  if (type.endsWith('AUTHORIZATION_FAILED')) {
    const message = `topic ${topic} does not exist, and this user may not create it: let somebody who may run weir topics apply`
    return new LogError('unavailable', message, cause)
  }
  if (type === 'INVALID_REPLICATION_FACTOR') {
    const message = `topic ${topic} would need ${wanted[0]?.replication ?? 0} brokers for its copies: start more, or set WEIR_KAFKA_REPLICATION`
    return new LogError('unavailable', message, cause)
  }
  return logErrorOf(error, `creation of topic ${topic}`)
}

async function appearance(admin: TopicAdmin, wanted: readonly WantedTopic[]): Promise<void> {
  const names = wanted.map(({ name }) => name)
  await settling(`creation of ${names.join(', ')}`, async () => {
    const known = await metadataOf(admin, names)
    const isComplete = (topic: Metadata): boolean => topic.partitions.every(({ leader }) => leader >= 0)
    return known.length === names.length && known.every(isComplete)
  })
}

async function settling(what: string, isSettled: () => Promise<boolean>): Promise<void> {
  for (let waited = 0; !(await isSettled()); waited += settlingMs.step) {
    if (waited >= settlingMs.most) {
      const message = `${what} was accepted ${settlingMs.most / 1000} s ago, but the brokers do not know of it: look at the controller`
      throw new LogError('unavailable', message, { retriable: true })
    }
    await delay(settlingMs.step)
  }
}

/**
 * Does what a plan says: creates and alters, never deletes. Refused topics are left as they are.
 * @throws LogError `unavailable` when the broker or its access list refuses
 */
export async function applyTopics(admin: TopicAdmin, plan: TopicPlan): Promise<void> {
  const altered = plan.filter(isAlteration)
  await inWords('creation of topics', async () => {
    await create(
      admin,
      plan.flatMap((step) => (step.action === 'create' ? [step.topic] : [])),
    )
  })
  if (altered.length > 0) await inWords('settings of topics', async () => alter(admin, altered))
}

type Alteration = Extract<TopicAction, { readonly action: 'alter' }>

async function alter(admin: TopicAdmin, altered: readonly Alteration[]): Promise<void> {
  await admin.alterConfigs({
    validateOnly: false,
    resources: altered.map(({ topic, settings }) => ({
      type: ConfigResourceTypes.TOPIC,
      name: topic.name,
      configEntries: Object.entries(settings).map(([name, value]) => ({ name, value })),
    })),
  })
  await settling(`change of settings of ${altered.map(({ topic }) => topic.name).join(', ')}`, async () => {
    const found = await settingsOf(
      admin,
      altered.map(({ topic }) => topic.name),
    )
    return altered.every(({ topic, changes }) =>
      changes.every(({ setting, to }) => found.get(topic.name)?.settings[setting] === to),
    )
  })
}

function isAlteration(step: TopicAction): step is Alteration {
  return step.action === 'alter'
}

/**
 * What a service asks for at its start: creates the topics that are missing and checks the number of partitions of all. Settings
 * of what exists are left to `weir topics apply`, because a service has no right to look at them.
 * @throws LogError `partitions_differ`; `unavailable` when a topic is missing and the user may not create it
 */
export async function ensureKafkaTopics(
  admin: TopicAdmin,
  topics: readonly TopicSpec[],
  layout: TopicLayout,
): Promise<void> {
  const wanted = topics.map((topic) => wantedTopic(topic, layout))
  await inWords('topics', async () => {
    const names = wanted.map(({ name }) => name)
    const known = new Set((await metadataOf(admin, names)).map(({ name }) => name))
    await create(
      admin,
      wanted.filter(({ name }) => !known.has(name)),
    )
    // Also after creating: somebody with other settings may have been faster.
    const found = new Map(
      (await metadataOf(admin, names)).map((topic) => [topic.name, topic.partitions.length]),
    )
    for (const { name, partitions } of wanted) {
      const count = found.get(name)
      if (count !== undefined && count !== partitions) throw partitionsDiffer(name, count, partitions)
    }
  })
}

function partitionsDiffer(name: string, found: number, wanted: number): LogError {
  return new LogError(
    'partitions_differ',
    `topic ${name} has ${found} partitions, ${wanted} are asked for: the number is fixed when a topic is created. Set WEIR_KAFKA_PARTITIONS to the old number, or use another WEIR_TOPIC_PREFIX`,
  )
}
