/** docs/asyncapi.yaml: what Weir writes and reads on Kafka, as AsyncAPI 3, from the tables that the product itself goes by. */
import { stringify } from 'yaml'
import { codecs, versionsOf } from '../schemas/codec.ts'
import type { MessageName } from '../schemas/messages.ts'
import { messagesOn } from '../schemas/messages.ts'
import type { DeadLetterTopic, TopicSpec } from '../schemas/topics.ts'
import { topicName, topics } from '../schemas/topics.ts'
import type { Access } from '../services/cli/topics/access.ts'
import { allTopics, services } from '../services/cli/topics/access.ts'
import { settings } from '../services/platform/config/settings.ts'
import { letterHeaders } from '../services/platform/dead-letters/letter.ts'
import { wantedTopic } from '../services/platform/log/kafka/topics/plan.ts'
import { weirVersion } from '../services/platform/telemetry/version.ts'

type Json = Readonly<Record<string, unknown>>

/** What a message is called, what its CloudEvents type looks like, what its key is. */
interface MessageFacts {
  readonly title: string
  /** Regular expression. */
  readonly type: string
  /** Undefined: it has none. */
  readonly key?: string
}

const subject = 'subject_id: the pseudonym of the person or enterprise'

const facts: Readonly<Record<MessageName, MessageFacts>> = {
  transaction: {
    title: 'One payment, parties as pseudonyms',
    type: 'weir\\.transaction',
    key: 'payer: payer_id, else payer_account',
  },
  flowBlock: { title: 'Flows of many subjects, for one partition', type: 'weir\\.warn\\.flow-block\\.v1' },
  control: { title: 'What the fold depends on besides flows', type: 'weir\\.warn\\.control\\.v1' },
  fact: { title: 'Something known about a subject that is no payment', type: 'weir\\.fact', key: subject },
  pathBlock: {
    title: 'Paths that money took, for those who may pass it on',
    type: 'weir\\.warn\\.path-block\\.v1',
  },
  factsFed: {
    title: 'How many facts of a kind were delivered',
    type: 'weir\\.facts-fed\\.v1',
    key: 'kind/partition',
  },
  outcome: { title: 'What could not be scored', type: 'weir\\.outcome\\.v1', key: subject },
  warning: { title: 'A warning about a subject', type: 'weir\\.warning\\.v1', key: subject },
  caseEvent: { title: 'One fact in the life of a case', type: 'weir\\.case\\.[a-z_]+', key: 'case_id' },
  dispatch: { title: 'A task for one department', type: 'weir\\.dispatch', key: 'department: D01–D17' },
  acknowledgement: { title: 'A department’s answer to a dispatch', type: '.+', key: 'dispatch_id' },
  ruleSet: {
    title: 'A step in the life of a rule set or a rule',
    type: 'weir\\.rule-set\\.v1',
    key: 'rule_set_id/position/number',
  },
  exemption: {
    title: 'An exemption that was granted, and how it ended',
    type: 'weir\\.exemption\\.v1',
    key: 'exemption_id',
  },
  label: {
    title: 'What people found warnings to be',
    type: 'weir\\.label\\.v1',
    key: 'case_id',
  },
  deadLetterReplay: {
    title: 'A dead letter was published again',
    type: 'weir\\.dead-letter\\.replayed',
    key: 'place of the dead letter: topic/partition/offset',
  },
}

const text = { type: 'string' } as const

/** CloudEvents 1.0 in binary mode: one header for each attribute. */
const cloudEventHeaders = (type: string): Json => ({
  type: 'object',
  required: ['ce_id', 'ce_source', 'ce_type', 'ce_specversion', 'ce_time', 'content-type'],
  properties: {
    ce_id: {
      ...text,
      minLength: 1,
      description: 'Unique within ce_source; the same when a record is written again',
    },
    ce_source: { ...text, pattern: '^/', description: 'Who wrote it, e.g. /weir/warn' },
    ce_type: { ...text, pattern: `^${type}$` },
    ce_specversion: { const: '1.0' },
    ce_time: { ...text, format: 'date-time', description: 'Event time' },
    'content-type': { const: 'application/avro' },
    traceparent: {
      ...text,
      pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$',
      description: 'W3C trace context',
    },
  },
})

/** A department's system may send the attributes; Weir asks for none. */
const inboundHeaders: Json = { type: 'object', properties: { ce_id: text, ce_type: text } }

const framing =
  'The value is Avro. Without a schema registry: single-object encoding (C3 01, 8 bytes CRC-64-AVRO of the schema, body). With one: Confluent framing (00, 4 bytes schema id, body). Readers should take both; Weir does.'

function isInbound({ name }: TopicSpec): boolean {
  return name.startsWith('inbound.')
}

function messageOf(name: MessageName, topic: TopicSpec): Json {
  const { subject: folder } = codecs[name]
  const newest = versionsOf(folder).at(-1)
  const { title, type, key } = facts[name]
  const schema = JSON.parse(newest?.text ?? '') as { readonly name: string; readonly doc?: string }
  return {
    name: schema.name,
    title,
    summary: schema.doc ?? title,
    description: framing,
    contentType: 'application/avro',
    headers: isInbound(topic) ? inboundHeaders : cloudEventHeaders(type),
    payload: { schemaFormat: 'application/vnd.apache.avro;version=1.9.0', schema },
    bindings: {
      kafka: {
        ...(key === undefined ? {} : { key: { ...text, description: key } }),
        schemaIdLocation: 'payload',
        schemaIdPayloadEncoding: '4',
        schemaLookupStrategy:
          messagesOn(topic).length === 1 ? 'TopicNameStrategy' : 'TopicRecordNameStrategy',
        bindingVersion: '0.5.0',
      },
    },
  }
}

const deadLetter: Json = {
  name: 'DeadLetter',
  title: 'A record that could not be used',
  summary:
    'Key, value and headers as they were, and the facts in further headers, named as Kafka Streams names them (KIP-1034).',
  description:
    'Published again with `weir dlq replay`. What ingestion refused is sealed: the value can be opened with the identity keys only.',
  headers: {
    type: 'object',
    required: [letterHeaders.topic, letterHeaders.partition, letterHeaders.offset, letterHeaders.reason],
    properties: {
      [letterHeaders.topic]: {
        ...text,
        description: 'Full name of the topic it was read from, or meant for',
      },
      [letterHeaders.partition]: { ...text, pattern: '^-?[0-9]+$', description: '-1: ingestion refused it' },
      [letterHeaders.offset]: { ...text, pattern: '^[0-9]+$' },
      [letterHeaders.exception]: { ...text, description: 'Kind of error' },
      [letterHeaders.message]: { ...text, description: 'For people; never a value of the record' },
      [letterHeaders.reason]: { ...text, description: 'Short and stable' },
    },
  },
}

/** A topic of the document: what code calls it, and what it carries. */
interface Channel {
  readonly key: string
  readonly topic: TopicSpec
  readonly tag: 'public' | 'inbound' | 'internal' | 'dead letters'
  readonly description: string
}

const keysByName: ReadonlyMap<string, string> = new Map(
  Object.entries(topics).map(([key, topic]: [string, TopicSpec]) => [topic.name, key]),
)

function camel(...words: readonly string[]): string {
  const [first = '', ...rest] = words.join('.').split(/[^a-zA-Z0-9]+/)
  return first + rest.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
}

function tagOf(topic: TopicSpec): Channel['tag'] {
  if (topic.name.startsWith('public.')) return 'public'
  return isInbound(topic) ? 'inbound' : 'internal'
}

const purposes: Readonly<Record<Channel['tag'], string>> = {
  public:
    'For regulators and departments. A name ending in v1 keeps its meaning for ever: what changes incompatibly gets a new name.',
  inbound: 'Written by departments’ own systems.',
  internal: 'Between the services of Weir: may change with any version.',
  'dead letters': 'Set aside by one reader, to be looked at by people.',
}

function channels(): readonly Channel[] {
  return allTopics(Number(settings.kafkaPartitions.fallback)).flatMap(({ topic, purpose }): Channel[] => {
    if (purpose === 'positions') return []
    if (purpose === 'dead_letters') {
      const { origin } = topic as DeadLetterTopic
      const reader = topic.name.slice(origin.name.length + 1)
      const key = camel(keysByName.get(origin.name) ?? origin.name, reader)
      return [{ key, topic, tag: 'dead letters', description: purposes['dead letters'] }]
    }
    if (messagesOn(topic).length === 0) return []
    const tag = tagOf(topic)
    return [{ key: keysByName.get(topic.name) ?? topic.name, topic, tag, description: purposes[tag] }]
  })
}

function messageKeys({ tag, topic }: Channel): readonly string[] {
  return tag === 'dead letters' ? ['deadLetter'] : messagesOn(topic)
}

function channelOf(channel: Channel): Json {
  const { topic, tag, description } = channel
  const { settings: made } = wantedTopic(topic, { prefix: 'weir', replication: 3 })
  return {
    address: `{prefix}.${topic.name}`,
    title: topicName(topic),
    description,
    parameters: { prefix: { $ref: '#/components/parameters/prefix' } },
    tags: [{ name: tag }],
    messages: Object.fromEntries(
      messageKeys(channel).map((key) => [key, { $ref: `#/components/messages/${key}` }]),
    ),
    bindings: {
      kafka: {
        topic: topicName(topic),
        partitions: topic.partitions,
        replicas: 3,
        topicConfiguration: {
          'cleanup.policy': [topic.cleanup],
          'retention.ms': Number(made['retention.ms']),
          'max.message.bytes': Number(made['max.message.bytes']),
        },
        bindingVersion: '0.5.0',
      },
    },
  }
}

type Action = 'receive' | 'send'

/** Topics a service reads and writes, each once. */
function dealings({
  tasks = [],
  follows = [],
  publishers = [],
  reads = [],
}: Access): readonly [Action, string][] {
  const read = [...tasks.map((task) => task.reads), ...follows.map((follow) => follow.reads), ...reads]
  const written = [...tasks, ...publishers].flatMap(({ writes }) => writes)
  const once = (list: readonly TopicSpec[]): readonly string[] => [...new Set(list.map(({ name }) => name))]
  return [
    ...once(read).map((name): [Action, string] => ['receive', name]),
    ...once(written).map((name): [Action, string] => ['send', name]),
  ]
}

function operations(all: readonly Channel[]): Json {
  const byName = new Map(all.map((channel) => [channel.topic.name, channel]))
  const entries = Object.entries<Access>(services).flatMap(([service, access]) =>
    dealings(access).flatMap(([action, name]) => {
      const channel = byName.get(name)
      if (channel === undefined) return []
      const operation = {
        action,
        channel: { $ref: `#/channels/${channel.key}` },
        summary: `${service} ${action === 'send' ? 'writes' : 'reads'} ${topicName(channel.topic)}`,
        tags: [{ name: service }],
        messages: messageKeys(channel).map((key) => ({ $ref: `#/channels/${channel.key}/messages/${key}` })),
        bindings: { kafka: { clientId: { const: access.user }, bindingVersion: '0.5.0' } },
      }
      return [[camel(service, action === 'send' ? 'sends' : 'receives', channel.key), operation] as const]
    }),
  )
  return Object.fromEntries(entries)
}

const servers: Json = {
  production: {
    host: '{broker}',
    protocol: 'kafka-secure',
    description:
      'TLS 1.2 or newer. Ask whoever runs Weir for the address, a user of your own and the authority of its certificates.',
    variables: { broker: { default: 'kafka.example.test:9093', description: 'host:port of any broker' } },
    security: [{ $ref: '#/components/securitySchemes/scram' }],
  },
  machine: {
    host: 'localhost:9092',
    protocol: 'kafka',
    description: 'A broker for trying things out, as `weir kafka up` starts it',
  },
}

function documentOf(all: readonly Channel[]): Json {
  const messages = new Map(
    all.flatMap(({ topic }) => messagesOn(topic).map((name) => [name, messageOf(name, topic)] as const)),
  )
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Weir',
      version: weirVersion(),
      description:
        'Early warnings on money flows and the casework that follows. Accounts and names appear as keyed pseudonyms and sealed identities only. Records with equal keys are in order; partitions are chosen as Kafka’s default partitioner does (murmur2). Read with isolation.level=read_committed. Who may do what: `weir topics acls`.',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/avro',
    servers,
    channels: Object.fromEntries(all.map((channel) => [channel.key, channelOf(channel)])),
    operations: operations(all),
    components: {
      messages: { ...Object.fromEntries(messages), deadLetter },
      parameters: {
        prefix: { default: 'weir', description: `Prefix of all topics: ${settings.topicPrefix.variable}` },
      },
      securitySchemes: { scram: { type: 'scramSha512', description: 'SASL SCRAM-SHA-512' } },
    },
  }
}

/** The document as a value. */
export function asyncApiDocument(): Json {
  return documentOf(channels())
}

/** The document as YAML; docs/asyncapi.yaml holds it. */
export function asyncApiYaml(): string {
  const header =
    '# Written by `npm run docs` from schemas/ and services/cli/topics/access.ts: edit those instead.\n'
  return header + stringify(asyncApiDocument(), { lineWidth: 110, aliasDuplicateObjects: false })
}
