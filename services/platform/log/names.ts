import type { TopicSpec } from '../../../schemas/topics.ts'

/** Name of a topic as stored: the prefix is put before it unless it is there already (dead-letter topics are named in full) or the topic is another's. */
export function storedTopicName(topic: TopicSpec, prefix: string): string {
  return topic.isForeign === true || topic.name.startsWith(`${prefix}.`)
    ? topic.name
    : `${prefix}.${topic.name}`
}
