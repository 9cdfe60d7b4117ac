/** Topics as code, the pure part: what a topic should be, what it is, and what is to be done about the difference. Nothing is ever deleted or shrunk. */
import type { TopicSpec } from '../../../../../schemas/topics.ts'
import { storedTopicName } from '../../names.ts'
import { messageBytesMax } from '../limits.ts'

/** How all topics of a log are laid out. */
export interface TopicLayout {
  readonly prefix: string
  /** Copies of every topic that is made. */
  readonly replication: number
}

/** Settings of a topic at the broker, by Kafka's names. */
export type TopicSettings = Readonly<Record<string, string>>

/** What a topic should be. */
export interface WantedTopic {
  /** Full name. */
  readonly name: string
  readonly partitions: number
  readonly replication: number
  readonly settings: TopicSettings
  /** Full name of the topic whose partition p is read and written by the same task as partition p of this one. */
  readonly alignedWith?: string
}

/** What a topic is. */
export interface ExistingTopic {
  readonly name: string
  readonly partitions: number
  /** Copies of the partition that has fewest. */
  readonly replication: number
  /** All settings in force, defaults included; undefined when they were not asked for. */
  readonly settings?: TopicSettings
  /** Those that were set for this topic by somebody: what is altered is sent together with them. */
  readonly own?: TopicSettings
}

/** One setting that is to become another. */
export interface SettingChange {
  readonly setting: string
  readonly from: string
  readonly to: string
}

/** Why a topic cannot become what it should be. */
export type Refusal =
  | { readonly reason: 'partitions_differ'; readonly found: number; readonly wanted: number }
  | { readonly reason: 'not_aligned'; readonly found: number; readonly wanted: number; readonly with: string }
  | { readonly reason: 'cleanup_differs'; readonly found: string; readonly wanted: string }
  | { readonly reason: 'too_few_brokers'; readonly found: number; readonly wanted: number }

/** What is otherwise than wanted and stays: more generous than asked, or not to be changed from here. */
export interface Difference {
  readonly setting: string
  readonly found: string
  readonly wanted: string
}

/** What is to be done about one topic. */
export type TopicAction =
  | { readonly action: 'create'; readonly topic: WantedTopic }
  | {
      readonly action: 'alter'
      readonly topic: WantedTopic
      readonly changes: readonly SettingChange[]
      /** Everything to send: the request replaces all settings of the topic. */
      readonly settings: TopicSettings
      readonly kept: readonly Difference[]
    }
  | { readonly action: 'keep'; readonly topic: WantedTopic; readonly kept: readonly Difference[] }
  | { readonly action: 'refuse'; readonly topic: WantedTopic; readonly refusal: Refusal }

/** The plan for all topics, in the order they were asked for. */
export type TopicPlan = readonly TopicAction[]

const minute = 60_000
const mebibyte = 1024 * 1024
const forever = '-1'
/** Kafka's largest number: no limit. */
const unlimited = '9223372036854775807'

/** Compacted topics are read from their beginning when a task starts, so they are kept short. */
const compactSettings: TopicSettings = {
  'segment.ms': String(30 * minute),
  'segment.bytes': String(64 * mebibyte),
  'min.cleanable.dirty.ratio': '0.2',
  'delete.retention.ms': String(24 * 60 * minute),
}

function settingsOf(topic: TopicSpec, replication: number): TopicSettings {
  return {
    'cleanup.policy': topic.cleanup,
    'retention.ms': topic.retentionMs === 0 ? forever : String(topic.retentionMs),
    'retention.bytes': forever,
    'min.insync.replicas': replication > 2 ? '2' : '1',
    'max.message.bytes': String(messageBytesMax),
    // Records carry event time: the broker must keep it, and must not refuse a bank's clock that runs ahead (1 h since Kafka 4).
    'message.timestamp.type': 'CreateTime',
    'message.timestamp.before.max.ms': unlimited,
    'message.timestamp.after.max.ms': unlimited,
    'unclean.leader.election.enable': 'false',
    ...(topic.cleanup === 'compact' ? compactSettings : {}),
  }
}

/** What a topic should be at the broker. `alignedWith`: the topic whose tasks own this one's partitions too. */
export function wantedTopic(topic: TopicSpec, layout: TopicLayout, alignedWith?: TopicSpec): WantedTopic {
  return {
    name: storedTopicName(topic, layout.prefix),
    partitions: topic.partitions,
    replication: layout.replication,
    settings: settingsOf(topic, layout.replication),
    ...(alignedWith && { alignedWith: storedTopicName(alignedWith, layout.prefix) }),
  }
}

/** Settings of which more is more generous: they are raised, never lowered. */
const generous = new Set(['retention.ms', 'retention.bytes', 'max.message.bytes', 'delete.retention.ms'])

function isShrinking(setting: string, from: string, to: string, replication: number): boolean {
  // A topic that asks for more answers than it has copies takes no write at all.
  if (setting === 'min.insync.replicas') return Number(to) < Number(from) && Number(from) <= replication
  if (!generous.has(setting)) return false
  const size = (text: string): number => (text === forever ? Infinity : Number(text))
  return size(to) < size(from)
}

/** Equal as numbers, or as text where one is none. */
function isSame(found: string, wanted: string): boolean {
  return found === wanted || (found.trim() !== '' && Number(found) === Number(wanted))
}

function refusalOf(
  topic: WantedTopic,
  found: ExistingTopic,
  all: ReadonlyMap<string, ExistingTopic>,
): Refusal | undefined {
  const { partitions, alignedWith } = topic
  const input = alignedWith === undefined ? undefined : all.get(alignedWith)
  if (alignedWith !== undefined && input !== undefined && input.partitions !== found.partitions)
    return { reason: 'not_aligned', found: found.partitions, wanted: input.partitions, with: alignedWith }
  if (found.partitions !== partitions)
    return { reason: 'partitions_differ', found: found.partitions, wanted: partitions }
  const cleanup = found.settings?.['cleanup.policy']
  const wanted = topic.settings['cleanup.policy'] ?? ''
  if (cleanup !== undefined && cleanup !== wanted)
    return { reason: 'cleanup_differs', found: cleanup, wanted }
  return undefined
}

function planExisting(topic: WantedTopic, found: ExistingTopic): TopicAction {
  const changes: SettingChange[] = []
  const kept: Difference[] = []
  if (found.replication !== topic.replication) {
    const { replication } = topic
    kept.push({ setting: 'replication', found: String(found.replication), wanted: String(replication) })
  }
  // How many copies must answer follows from the copies there are: more would stop every write.
  const minimum = String(found.replication > 2 ? 2 : 1)
  for (const [setting, asked] of Object.entries(topic.settings)) {
    const to = setting === 'min.insync.replicas' ? minimum : asked
    const from = found.settings?.[setting]
    if (from === undefined || isSame(from, to)) continue
    if (isShrinking(setting, from, to, found.replication)) kept.push({ setting, found: from, wanted: to })
    else changes.push({ setting, from, to })
  }
  if (changes.length === 0) return { action: 'keep', topic, kept }
  const settings = { ...found.own, ...Object.fromEntries(changes.map(({ setting, to }) => [setting, to])) }
  return { action: 'alter', topic, changes, settings, kept }
}

/**
 * What is to be done so that the topics are what they should be. A number of partitions is fixed for life, so a different one is
 * refused, as is a topic of a group whose number differs from that of the group's input; copies that differ are told and stay.
 * @param brokers how many there are; a topic cannot have more copies
 */
export function planTopics(
  wanted: readonly WantedTopic[],
  existing: readonly ExistingTopic[],
  brokers = Infinity,
): TopicPlan {
  const found = new Map(existing.map((topic) => [topic.name, topic]))
  return wanted.map((topic): TopicAction => {
    const one = found.get(topic.name)
    if (one === undefined) {
      const input = topic.alignedWith === undefined ? undefined : found.get(topic.alignedWith)
      if (input !== undefined && input.partitions !== topic.partitions) {
        const { partitions } = topic
        const refusal = { reason: 'not_aligned', found: partitions, wanted: input.partitions } as const
        return { action: 'refuse', topic, refusal: { ...refusal, with: input.name } }
      }
      const { replication } = topic
      if (replication <= brokers) return { action: 'create', topic }
      return {
        action: 'refuse',
        topic,
        refusal: { reason: 'too_few_brokers', found: brokers, wanted: replication },
      }
    }
    const refusal = refusalOf(topic, one, found)
    return refusal === undefined ? planExisting(topic, one) : { action: 'refuse', topic, refusal }
  })
}
