/** The shapes of kafkajs' inner classes, as far as Weir uses them (kafkajs 2.2.4; pinned, so that they cannot move). */
import type { KafkaConfig } from 'kafkajs'

/** One request as kafkajs' connection sends it. */
export interface WireRequest {
  readonly apiKey: number
  readonly apiVersion: number
  readonly apiName: string
  readonly requestTimeout?: number
  expectResponse?(): boolean
  /** The whole frame, length in front; see `correctRequestFrames`. */
  frame(correlationId: number, clientId: string): Buffer
}

/** How an answer is read: `decode` the bytes, then `parse` throws on errors inside. */
export interface WireResponse<Answer> {
  decode(bytes: Buffer): Promise<Answer>
  parse(answer: Answer): Promise<Answer>
}

/** A broker with its two connections: one for fetching, one for the rest. */
export interface WireBroker {
  readonly nodeId: number
  readonly connectionPool: {
    readonly host: string
    readonly port: number
    send<Answer>(exchange: {
      readonly request: WireRequest
      readonly response: WireResponse<Answer>
    }): Promise<Answer>
  }
  initProducerId(request: {
    readonly transactionalId: string
    readonly transactionTimeout: number
  }): Promise<{ readonly producerId: string; readonly producerEpoch: number }>
  addPartitionsToTxn(request: {
    readonly transactionalId: string
    readonly producerId: string
    readonly producerEpoch: number
    readonly topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  }): Promise<unknown>
  endTxn(request: {
    readonly transactionalId: string
    readonly producerId: string
    readonly producerEpoch: number
    readonly transactionResult: boolean
  }): Promise<unknown>
  leaveGroup(request: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
  offsetCommit(request: {
    readonly groupId: string
    readonly groupGenerationId: number
    readonly memberId: string
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
    }[]
  }): Promise<unknown>
  offsetFetch(request: {
    readonly groupId: string
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number }[]
    }[]
  }): Promise<{
    readonly responses: readonly {
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
    }[]
  }>
  listOffsets(request: {
    readonly isolationLevel: number
    readonly topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly timestamp: number }[]
    }[]
  }): Promise<{
    readonly responses: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number; readonly offset: string }[]
    }[]
  }>
  metadata(topics: readonly string[]): Promise<{ readonly clusterId: string }>
}

/** Connections to all brokers of a cluster. */
export interface WireCluster {
  readonly brokerPool: {
    /** Milliseconds since 1970. */
    readonly metadataExpireAt: number | null
    readonly metadata: {
      readonly clusterId?: string
      readonly topicMetadata: readonly {
        readonly topic: string
        readonly partitionMetadata: readonly { readonly partitionId: number; readonly leader: number }[]
      }[]
    } | null
  }
  isConnected(): boolean
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  refreshMetadataIfNecessary(): Promise<void>
  addMultipleTargetTopics(topics: readonly string[]): Promise<void>
  removeBroker(address: { readonly host: string; readonly port: number }): void
  findBroker(which: { readonly nodeId: number }): Promise<WireBroker>
  findGroupCoordinator(which: {
    readonly groupId: string
    readonly coordinatorType?: number
  }): Promise<WireBroker>
}

/** One member of a group, as the leader sees it. */
export interface GroupMember {
  readonly memberId: string
  readonly memberMetadata: Buffer
}

/** How partitions are shared out; the leader of the group does it for all. */
export interface GroupAssigner {
  readonly name: string
  readonly version: number
  assign(group: {
    readonly members: readonly GroupMember[]
    readonly topics: readonly string[]
  }): Promise<readonly { readonly memberId: string; readonly memberAssignment: Buffer }[]>
  protocol(subscription: { readonly topics: readonly string[] }): {
    readonly name: string
    readonly metadata: Buffer
  }
}

/** Membership of a group. */
export interface WireGroup {
  readonly generationId: number | null
  readonly memberId: string | null
  readonly coordinator: WireBroker | null
  joinAndSync(): Promise<void>
  heartbeat(when: { readonly interval: number }): Promise<void>
  assigned(): readonly { readonly topic: string; readonly partitions: readonly number[] }[]
  leave(): Promise<void>
}

/** kafkajs' logger. */
export interface WireLogger {
  namespace(name: string): WireLogger
}

/** The classes themselves. */
export interface KafkaInternals {
  readonly Cluster: new (options: object) => WireCluster
  readonly ConsumerGroup: new (options: object) => WireGroup
  readonly InstrumentationEventEmitter: new () => object
  readonly AssignerProtocol: {
    readonly MemberMetadata: {
      encode(data: { version: number; topics: readonly string[]; userData: Buffer }): Buffer
      decode(bytes: Buffer): { readonly topics: readonly string[]; readonly userData: Buffer | null }
    }
    readonly MemberAssignment: {
      encode(data: {
        version: number
        assignment: Readonly<Record<string, readonly number[]>>
        userData: Buffer
      }): Buffer
    }
  }
  readonly ProtocolErrors: { createErrorFromCode(code: number): Error }
  readonly Loggers: {
    createLogger(options: { readonly level: number; readonly logCreator: unknown }): WireLogger
  }
  readonly socketFactory: () => unknown
}

/** What an error of kafkajs may say. */
export interface KafkaError extends Error {
  /** Name of the protocol's error, e.g. `CONCURRENT_TRANSACTIONS`. */
  readonly type?: string
  /** Number of the protocol's error, or a system code. */
  readonly code?: number | string
  readonly retriable?: boolean
}

/** kafkajs' connection settings. */
export type ConnectionOptions = Pick<KafkaConfig, 'brokers' | 'ssl' | 'sasl' | 'clientId'>
