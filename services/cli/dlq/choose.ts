/** What a person names on the command line: dead-letter topics, places, offsets, a rate. */
import type { DeadLetterTopic } from '../../../schemas/topics.ts'
import { caseworkDeadLetters } from '../../casework/app.ts'
import { factDeadLetters, ingestDeadLetters } from '../../ingest/app.ts'
import type { OffsetRange } from '../../platform/dead-letters/select.ts'
import { storedTopicName } from '../../platform/log/names.ts'
import { warnDeadLetters } from '../../warn/app.ts'
import { CommandError, exitCodes } from '../terminal.ts'

/** Every dead-letter topic of the loop. */
export const deadLetterTopics: readonly DeadLetterTopic[] = [
  ingestDeadLetters,
  factDeadLetters,
  ...Object.values(warnDeadLetters),
  ...caseworkDeadLetters,
]

/** A dead letter as a person names it. */
export interface Place {
  readonly topic: DeadLetterTopic
  readonly partition: number
  readonly offset: number
}

/**
 * The topics somebody means: a dead-letter topic, with or without the prefix; or the topic that records were set aside from,
 * which may have several; or, without a name, all.
 * @throws CommandError for an unknown name
 */
export function topicsNamed(name: string | undefined, prefix: string): readonly DeadLetterTopic[] {
  if (name === undefined) return deadLetterTopics
  const isNamed = (topic: { readonly name: string }): boolean =>
    name === topic.name || name === storedTopicName(topic as DeadLetterTopic, prefix)
  const chosen = deadLetterTopics.filter((topic) => isNamed(topic) || isNamed(topic.origin))
  if (chosen.length > 0) return chosen
  const known = deadLetterTopics.map((topic) => `  ${storedTopicName(topic, prefix)}`)
  throw new CommandError(
    `没有死信主题 "${name}" / there is no dead-letter topic "${name}". There are:\n${known.join('\n')}`,
    exitCodes.notFound,
  )
}

/** Reads `TOPIC/PARTITION/OFFSET`; undefined when a text is none. @throws CommandError for an unknown topic */
export function placeNamed(text: string, prefix: string): Place | undefined {
  const [, name, partition, offset] = /^(.+)\/(\d{1,9})\/(\d{1,15})$/.exec(text) ?? []
  if (name === undefined) return undefined
  const [topic, ...others] = topicsNamed(name, prefix)
  if (topic === undefined || others.length > 0) {
    throw new CommandError(
      `"${name}" 有多个死信主题,请写全名 / "${name}" has more than one dead-letter topic: name one in full`,
      exitCodes.usage,
    )
  }
  return { topic, partition: Number(partition), offset: Number(offset) }
}

/** Reads offsets: `7`, `3-9`, `1,4-6`. @throws CommandError */
export function offsetsNamed(text: string): readonly OffsetRange[] {
  return text.split(',').map((part) => {
    const [, first, last = first] = /^\s*(\d{1,15})(?:-(\d{1,15}))?\s*$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first)) {
      throw new CommandError(
        `"${text}" 不是偏移量 / "${text}" is no list of offsets such as 7 or 1,4-6`,
        exitCodes.usage,
      )
    }
    return { first: Number(first), last: Number(last) }
  })
}

/** Reads a rate: `20`, `20/s`, `0.5`. @throws CommandError */
export function rateNamed(text: string): number {
  const rate = Number(/^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text)?.[1])
  if (rate > 0) return rate
  throw new CommandError(
    `"${text}" 不是速率 / "${text}" is no rate: give dead letters per second, such as 20`,
    exitCodes.usage,
  )
}
