/** Under which subjects of a registry the schemas of a topic stand. */
import { codecs, versionsOf } from '../../../schemas/codec.ts'
import type { SchemaVersion } from '../../../schemas/codec.ts'
import { messagesOn } from '../../../schemas/messages.ts'
import type { MessageName } from '../../../schemas/messages.ts'
import { topicName } from '../../../schemas/topics.ts'
import type { TopicSpec } from '../../../schemas/topics.ts'

/** One kind of message on one topic. */
export interface Subject {
  /** Full name of the topic. */
  readonly topic: string
  readonly subject: string
  /** Every retained version, oldest first. */
  readonly versions: readonly SchemaVersion[]
}

/**
 * The subject of a message on a topic: `<topic>-value` (TopicNameStrategy) where it is the only kind,
 * `<topic>-<full name>` (TopicRecordNameStrategy) where there are several.
 */
export function subjectOf(topic: TopicSpec, message: MessageName, prefix: string): string {
  const isOnly = messagesOn(topic).length === 1
  return `${topicName(topic, prefix)}-${isOnly ? 'value' : fullName(message)}`
}

function fullName(message: MessageName): string {
  const { name, namespace } = JSON.parse(codecs[message].schema) as { name: string; namespace?: string }
  return namespace === undefined ? name : `${namespace}.${name}`
}

/** The subjects of these topics; topics that carry no messages of Weir's own (dead letters) have none. */
export function subjectsOf(topics: readonly TopicSpec[], prefix: string): Subject[] {
  return topics.flatMap((topic) =>
    messagesOn(topic).map((message) => ({
      topic: topicName(topic, prefix),
      subject: subjectOf(topic, message, prefix),
      versions: versionsOf(codecs[message].subject),
    })),
  )
}
