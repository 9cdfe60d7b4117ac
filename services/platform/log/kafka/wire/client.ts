/**
 * One set of connections to the brokers, and the requests Weir sends over it. Brokers answer the requests of one connection
 * one after the other, so whoever waits (a fetch) or must not wait (a commit) has a set of its own.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { ConnectionOptions, KafkaError, WireBroker, WireCluster } from '../kafkajs/internals.ts'
import { internals, logLevel } from '../kafkajs/door.ts'
import { isMoved, logErrorOf, typeOf } from '../errors.ts'
import type { FetchedPartition, FetchRequest } from './fetch.ts'
import { fetchExchange } from './fetch.ts'
import type { ProducedPartition, ProducePartition } from './produce.ts'
import { produceExchange } from './produce.ts'

/** For tests: throwing in `before` is a request that was never sent, throwing in `after` one whose answer was lost. Named as in Kafka's protocol. */
export interface RequestFaults {
  readonly before?: (request: string) => void | Promise<void>
  readonly after?: (request: string) => void | Promise<void>
}

/** First kept and next offset of a partition. */
export interface PartitionBounds {
  readonly first: number
  readonly next: number
}

const retry = { initialRetryTime: 20, multiplier: 2, retries: 6, maxRetryTime: 1_000 }
const metadataMaxAgeMs = 300_000
const requestTimeoutMs = 30_000
const connectionTimeoutMs = 3_000
const transactionCoordinator = 1

/** kafkajs' logger, silent: what matters reaches us as errors and is logged once, in Weir's words. */
export const quiet = internals.Loggers.createLogger({
  level: logLevel.NOTHING,
  logCreator: () => () => undefined,
})

/** kafkajs' cluster with Weir's settings. */
export function openCluster(options: ConnectionOptions): WireCluster {
  return new internals.Cluster({
    logger: quiet,
    socketFactory: internals.socketFactory(),
    ...options,
    connectionTimeout: connectionTimeoutMs,
    authenticationTimeout: 10_000,
    reauthenticationThreshold: 10_000,
    requestTimeout: requestTimeoutMs,
    enforceRequestTimeout: true,
    metadataMaxAge: metadataMaxAgeMs,
    retry,
    allowAutoTopicCreation: false,
    maxInFlightRequests: null,
    instrumentationEmitter: new internals.InstrumentationEventEmitter(),
  })
}

/** Connections, and what is sent over them. Connects when first used; every error is one of the port. */
export class WireClient {
  readonly cluster: WireCluster
  private readonly faults: RequestFaults
  private readonly coordinators = new Map<string, WireBroker>()
  /** The metadata that `leaders` was made from. */
  private leadersOf: object | undefined
  private leaders: ReadonlyMap<string, readonly PartitionLeader[]> = new Map()

  constructor(options: ConnectionOptions, faults: RequestFaults = {}) {
    this.cluster = openCluster(options)
    this.faults = faults
  }

  /** Partition numbers of a topic. @throws LogError `unknown_topic`, `unavailable` */
  async partitionsOf(topic: string): Promise<readonly number[]> {
    return this.guarded(`topic ${topic}`, async () => {
      await this.know(topic)
      return this.partitions(topic).map(({ partitionId }) => partitionId)
    })
  }

  /**
   * Connects, and has metadata of the topics. kafkajs asks for all topics of a cluster at once, so a missing one that somebody
   * else asks for at the same moment spoils the answer: asked again, it does not.
   */
  private async know(...topics: readonly string[]): Promise<void> {
    if (this.isKnown(topics)) return
    for (let attempt = 1; ; attempt += 1) {
      try {
        if (!this.cluster.isConnected()) await this.cluster.connect()
        if (topics.length > 0) await this.cluster.addMultipleTargetTopics(topics)
        await this.cluster.refreshMetadataIfNecessary()
        return
      } catch (error) {
        if (typeOf(error) !== 'UNKNOWN_TOPIC_OR_PARTITION' || attempt === knowAttempts) throw error
        await delay(movingDelayMs)
      }
    }
  }

  /** The common case, decided without waiting: a transaction asks several times. */
  private isKnown(topics: readonly string[]): boolean {
    const { metadata, metadataExpireAt } = this.cluster.brokerPool
    if (metadata === null || metadataExpireAt === null || metadataExpireAt < Date.now()) return false
    if (!this.cluster.isConnected()) return false
    if (this.leadersOf !== metadata) {
      this.leadersOf = metadata
      this.leaders = new Map(
        metadata.topicMetadata.map(({ topic, partitionMetadata }) => [topic, partitionMetadata]),
      )
    }
    return topics.every((topic) => this.leaders.has(topic))
  }

  private partitions(topic: string): readonly PartitionLeader[] {
    return this.isKnown([topic]) ? (this.leaders.get(topic) ?? []) : []
  }

  private async leaderOf(topic: string, partition: number): Promise<WireBroker> {
    await this.know(topic)
    const found = this.partitions(topic).find(({ partitionId }) => partitionId === partition)
    if (found === undefined || found.leader < 0) {
      await this.cluster.refreshMetadata()
      throw internals.ProtocolErrors.createErrorFromCode(found === undefined ? 3 : 5)
    }
    return this.cluster.findBroker({ nodeId: found.leader })
  }

  private async byLeader<Item extends { readonly partition: number }>(
    items: readonly Item[],
    topicOf: (item: Item) => string,
  ): Promise<Map<WireBroker, Item[]>> {
    const groups = new Map<WireBroker, Item[]>()
    for (const item of items) {
      const broker = await this.leaderOf(topicOf(item), item.partition)
      const group = groups.get(broker)
      if (group === undefined) groups.set(broker, [item])
      else group.push(item)
    }
    return groups
  }

  /** Runs one request with faults injected; stale metadata and broken connections are forgotten before the error goes on. */
  private async guarded<T>(where: string, work: () => Promise<T>, request?: string): Promise<T> {
    try {
      if (request !== undefined) await this.faults.before?.(request)
      const answer = await work()
      if (request !== undefined) await this.faults.after?.(request)
      return answer
    } catch (error) {
      await this.forget(error)
      throw logErrorOf(error, where)
    }
  }

  private async forget(error: unknown): Promise<void> {
    const { name } = error as KafkaError
    if (name === 'KafkaJSConnectionClosedError' || name === 'KafkaJSConnectionError' || isMoved(error)) {
      this.coordinators.clear()
      await this.refreshIfConnected()
    }
  }

  private async refreshIfConnected(): Promise<void> {
    try {
      if (this.cluster.isConnected()) await this.cluster.refreshMetadata()
    } catch {
      // Whoever asks next connects anew and hears of it.
    }
  }

  /** Reads from partitions of one topic. @throws LogError */
  async fetch(request: FetchRequest): Promise<readonly FetchedPartition[]> {
    return this.guarded(
      `read ${request.topic}`,
      async () =>
        this.atLeaders(
          request.partitions,
          () => request.topic,
          async (broker, partitions) => broker.connectionPool.send(fetchExchange({ ...request, partitions })),
          (one, answer) => one.partition === answer.partition,
        ),
      'Fetch',
    )
  }

  /** Writes batches; every one is on all in-sync replicas when it resolves. @throws LogError */
  async produce(
    transactionalId: string | undefined,
    partitions: readonly ProducePartition[],
  ): Promise<readonly ProducedPartition[]> {
    const topics = [...new Set(partitions.map(({ topic }) => topic))].join(', ')
    return this.guarded(
      `write to ${topics}`,
      async () =>
        this.atLeaders(
          partitions,
          ({ topic }) => topic,
          async (broker, own) => broker.connectionPool.send(produceExchange(transactionalId, own)),
          (one, answer) => one.partition === answer.partition && one.topic === answer.topic,
        ),
      'Produce',
    )
  }

  /**
   * Asks the leaders of all partitions. What a broker refuses because it does not lead (any more, or yet) is asked again of
   * whom the fresh metadata names: nothing of it was done. @throws the broker's first other error
   */
  private async atLeaders<Item extends { readonly partition: number }, Answer extends PartitionAnswer>(
    items: readonly Item[],
    topicOf: (item: Item) => string,
    ask: (broker: WireBroker, own: readonly Item[]) => Promise<readonly Answer[]>,
    isAbout: (item: Item, answer: Answer) => boolean,
  ): Promise<readonly Answer[]> {
    const answered: Answer[] = []
    let left = items
    for (const until = performance.now() + movingMsMax; ; await delay(movingDelayMs)) {
      const groups = await this.byLeader(left, topicOf)
      const answers = (await Promise.all([...groups].map(async ([broker, own]) => ask(broker, own)))).flat()
      const moved = answers.filter(({ errorCode }) => movedCodes.has(errorCode))
      const failed = answers.find(({ errorCode }) => !isExpected(errorCode) && !movedCodes.has(errorCode))
      if (failed !== undefined) throw internals.ProtocolErrors.createErrorFromCode(failed.errorCode)
      answered.push(...answers.filter(({ errorCode }) => isExpected(errorCode)))
      if (moved.length === 0) return answered
      if (performance.now() > until)
        throw internals.ProtocolErrors.createErrorFromCode(moved[0]?.errorCode ?? 6)
      left = left.filter((item) => moved.some((answer) => isAbout(item, answer)))
      await this.cluster.refreshMetadata()
    }
  }

  /** Bounds of every partition. `next` counts transactions under way. @throws LogError `unknown_topic`, `unavailable` */
  async bounds(topic: string): Promise<readonly PartitionBounds[]> {
    return this.guarded(`offsets of ${topic}`, async () => {
      await this.know(topic)
      const partitions = this.partitions(topic).map(({ partitionId }) => ({ partition: partitionId }))
      if (partitions.length === 0) throw internals.ProtocolErrors.createErrorFromCode(3)
      const [first, next] = await this.patiently(async () =>
        Promise.all([
          this.listOffsets(topic, partitions, earliest),
          this.listOffsets(topic, partitions, latest),
        ]),
      )
      return partitions
        .toSorted((a, b) => a.partition - b.partition)
        .map(({ partition }) => ({ first: first.get(partition) ?? 0, next: next.get(partition) ?? 0 }))
    })
  }

  private async patiently<T>(work: () => Promise<T>): Promise<T> {
    for (const until = performance.now() + movingMsMax; ; await delay(movingDelayMs)) {
      try {
        return await work()
      } catch (error) {
        if (!isMoved(error) || performance.now() > until) throw error
        await this.cluster.refreshMetadata()
      }
    }
  }

  private async listOffsets(
    topic: string,
    partitions: readonly { readonly partition: number }[],
    timestamp: number,
  ): Promise<Map<number, number>> {
    const groups = await this.byLeader(partitions, () => topic)
    const found = new Map<number, number>()
    for (const [broker, own] of groups) {
      const asked = own.map(({ partition }) => ({ partition, timestamp }))
      const { responses } = await broker.listOffsets({
        isolationLevel: 0,
        topics: [{ topic, partitions: asked }],
      })
      for (const { partition, offset } of responses.flatMap((one) => one.partitions))
        found.set(partition, Number(offset))
    }
    return found
  }

  /** What a group shows of itself for people; 0 when nothing. @throws LogError */
  async shownPosition(groupId: string, topic: string, partition: number): Promise<number> {
    return this.guarded(`group ${groupId}`, async () => {
      await this.know()
      return this.patiently(async () => {
        const broker = await this.cluster.findGroupCoordinator({ groupId })
        const { responses } = await broker.offsetFetch({
          groupId,
          topics: [{ topic, partitions: [{ partition }] }],
        })
        return Math.max(0, Number(responses[0]?.partitions[0]?.offset ?? 0))
      })
    })
  }

  /** Runs a request at the coordinator of a transactional id, which is remembered. @throws LogError */
  async atCoordinator<T>(
    transactionalId: string,
    request: string,
    work: (broker: WireBroker) => Promise<T>,
  ): Promise<T> {
    return this.guarded(
      `transaction ${transactionalId}`,
      async () => {
        await this.know()
        const known = this.coordinators.get(transactionalId)
        const broker =
          known ??
          (await this.cluster.findGroupCoordinator({
            groupId: transactionalId,
            coordinatorType: transactionCoordinator,
          }))
        this.coordinators.set(transactionalId, broker)
        return work(broker)
      },
      request,
    )
  }

  /** Forgets the coordinators: they may have moved. */
  forgetCoordinators(): void {
    this.coordinators.clear()
  }

  /** Forgets the coordinators when the error says that they moved. */
  forgetMoved(error: unknown): void {
    if (isMoved(error)) this.coordinators.clear()
  }

  async close(): Promise<void> {
    await this.cluster.disconnect().catch(() => undefined)
  }
}

interface PartitionLeader {
  readonly partitionId: number
  readonly leader: number
}

interface PartitionAnswer {
  readonly partition: number
  readonly errorCode: number
}

const earliest = -2
const latest = -1
/** LEADER_NOT_AVAILABLE, NOT_LEADER_FOR_PARTITION, FENCED_LEADER_EPOCH, UNKNOWN_LEADER_EPOCH. */
const movedCodes = new Set([5, 6, 74, 75])
const movingDelayMs = 20
const knowAttempts = 3
const movingMsMax = 10_000

/** The broker's error for an offset that is not (or no longer) in the partition. */
export const offsetOutOfRange = 1

/** Answers that the caller deals with. */
function isExpected(errorCode: number): boolean {
  return errorCode === 0 || errorCode === offsetOutOfRange
}

/** Whether an error is one of a transaction that has not ended at the broker yet: wait a moment and ask again. */
export function isPassing(error: unknown): boolean {
  const type = typeOf(error)
  return (
    type === 'CONCURRENT_TRANSACTIONS' ||
    type === 'GROUP_LOAD_IN_PROGRESS' ||
    type === 'GROUP_COORDINATOR_NOT_AVAILABLE' ||
    type === 'NOT_COORDINATOR_FOR_GROUP'
  )
}
