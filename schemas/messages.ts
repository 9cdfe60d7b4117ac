import type { codecs } from './codec.ts'
import type { TopicSpec } from './topics.ts'
import { topics } from './topics.ts'

/** A kind of message, as `codecs` calls it. */
export type MessageName = keyof typeof codecs

/** The kinds of messages each topic carries: what registries hold and documents show. Empty: nothing writes there yet. */
export const messages: Readonly<Record<keyof typeof topics, readonly MessageName[]>> = {
  transactions: ['transaction'],
  facts: ['fact'],
  flows: ['flowBlock', 'control', 'pathBlock', 'fact'],
  factsFed: ['factsFed'],
  outcomes: ['outcome'],
  shadowWarnings: ['warning'],
  warnings: ['warning'],
  caseEvents: ['caseEvent'],
  dispatches: ['dispatch'],
  acknowledgements: ['acknowledgement'],
  ruleSets: ['ruleSet'],
  exemptions: ['exemption'],
  labels: ['label'],
  auditCheckpoints: [],
  deadLetterReplays: ['deadLetterReplay'],
}

const byName: ReadonlyMap<string, readonly MessageName[]> = new Map(
  Object.entries(topics).map(([key, { name }]) => [name, messages[key as keyof typeof topics]] as const),
)

/** What a topic carries; none for dead letters, whose bytes stay as they came. */
export function messagesOn({ name }: Pick<TopicSpec, 'name'>): readonly MessageName[] {
  return byName.get(name) ?? []
}
