/**
 * The only door to kafkajs 2.2.4: nothing else in Weir loads it (scripts/house-rules.ts holds that). The corrections are put
 * in place before anything of kafkajs that they concern is loaded, because CommonJS keeps what was loaded first.
 *
 * Weir takes from kafkajs what it does well – connections, TLS, SASL, metadata, group membership, administration – through
 * its own classes, and speaks Fetch, Produce and the transaction requests itself (`wire/`). docs/adr/0013-kafkajs.md lists
 * every pitfall, how it is avoided, which test holds it, and how the corrections are dropped.
 */
import { createRequire } from 'node:module'
import type * as Public from 'kafkajs'
import {
  correctAbortFilter,
  correctConnectionPool,
  correctRequestFrames,
  correctRequestQueue,
} from './corrections.ts'
import type { KafkaInternals } from './internals.ts'

const load = createRequire(import.meta.url)

// In this order: each correction first, then whatever would keep the uncorrected part.
correctAbortFilter(load)
correctRequestFrames(load)
correctRequestQueue(load)
correctConnectionPool(load)

const publicParts = load('kafkajs') as typeof Public
const Cluster = load('kafkajs/src/cluster') as KafkaInternals['Cluster']
const ConsumerGroup = load('kafkajs/src/consumer/consumerGroup') as KafkaInternals['ConsumerGroup']
const InstrumentationEventEmitter = load(
  'kafkajs/src/instrumentation/emitter',
) as KafkaInternals['InstrumentationEventEmitter']
const AssignerProtocol = load('kafkajs/src/consumer/assignerProtocol') as KafkaInternals['AssignerProtocol']
const ProtocolErrors = load('kafkajs/src/protocol/error') as KafkaInternals['ProtocolErrors']
const Loggers = load('kafkajs/src/loggers') as KafkaInternals['Loggers']
const socketFactory = load('kafkajs/src/network/socketFactory') as KafkaInternals['socketFactory']

/** kafkajs' public client: for administration, and for the limit that benches compare with. */
export const { Kafka, Partitioners, logLevel } = publicParts

/** Kafka's numbers for what administration speaks of. */
export const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  ConfigResourceTypes,
  ConfigSource,
  ResourcePatternTypes,
} = publicParts

/** kafkajs' own parts. */
export const internals: KafkaInternals = {
  Cluster,
  ConsumerGroup,
  InstrumentationEventEmitter,
  AssignerProtocol,
  ProtocolErrors,
  Loggers,
  socketFactory,
}

export type { AclEntry, Admin, KafkaConfig } from 'kafkajs'
