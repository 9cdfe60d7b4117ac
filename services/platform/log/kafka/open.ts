/** The log on Apache Kafka. What it promises and how: docs/adr/0011-kafka-log.md. */
import { join } from 'node:path'
import type { Observable } from 'rxjs'
import type { TopicSpec } from '../../../../schemas/topics.ts'
import { withPartitions } from '../../../../schemas/topics.ts'
import type { Clock } from '../../clock.ts'
import { systemClock } from '../../clock.ts'
import type { Framing } from '../../registry/framing.ts'
import type { Telemetry } from '../../telemetry/port.ts'
import { Aligner } from '../alignment.ts'
import type { CommitFaults } from '../faults.ts'
import type { LogMetrics, ReaderStanding } from '../metrics.ts'
import { logMetrics } from '../metrics.ts'
import { storedTopicName } from '../names.ts'
import type { FollowOptions, Log, LogRecord, Progress, Publisher, TaskOptions } from '../port.ts'
import { LogError } from '../port.ts'
import type { RestartPolicy } from '../restart.ts'
import { restartDefault } from '../restart.ts'
import { withKafkaAdmin } from './admin.ts'
import type { KafkaConnection } from './connection.ts'
import { kafkaOptions } from './connection.ts'
import { follow } from './follower.ts'
import type { GroupParts } from './group.ts'
import { readersOf } from './group.ts'
import type { ConnectionOptions } from './kafkajs/internals.ts'
import { warmPartitions } from './local-state.ts'
import type { MembershipParts, MembershipTimes } from './membership.ts'
import { Membership, membershipDefaults } from './membership.ts'
import { PartitionSource } from './partition-source.ts'
import { Placer } from './place.ts'
import { PositionReader } from './positions.ts'
import { openPublisher, PublisherPositions } from './publisher.ts'
import { PartitionTask } from './task.ts'
import { ensureKafkaTopics } from './topics/apply.ts'
import {
  groupTopics,
  kafkaGroup,
  publishersTopic,
  publisherTransactionalId,
  taskTransactionalIds,
} from './topics/internal.ts'
import { TransactionalWriter } from './transaction.ts'
import type { RequestFaults } from './wire/client.ts'
import { WireClient } from './wire/client.ts'

/** How the log on Kafka is opened. */
export interface KafkaLogOptions {
  readonly connection: KafkaConnection
  /** Stored state of tasks lies in `state/` below it; worth keeping, safe to lose. */
  readonly directory: string
  readonly telemetry?: Telemetry
  /** Prefix of topics, groups and transactional ids. Default `weir`. */
  readonly prefix?: string
  /** Copies of topics that are made when missing. Default 1. */
  readonly replication?: number
  /** Partitions of every topic that is cut into several; fixed when the topics are made. Default: as the topics say. */
  readonly partitions?: number
  /** Confluent framing when there is a registry. */
  readonly framing?: Framing
  /** How long the broker may hold a fetch that has nothing to say, ms. Default 250. */
  readonly fetchWaitMs?: number
  /** At most so often is a snapshot of a task's state begun, ms. Default ten minutes. */
  readonly snapshotEveryMs?: number
  readonly times?: Partial<MembershipTimes>
  readonly clock?: Clock
  readonly restart?: Partial<RestartPolicy>
  /** For tests only. */
  readonly faults?: CommitFaults & { readonly requests?: RequestFaults; readonly isStalled?: () => boolean }
}

const snapshotEveryMsDefault = 600_000

/** Opens the log. Connects at first use, so that an outage of the brokers at the start is waited out like any other. */
export async function openKafkaLog(options: KafkaLogOptions): Promise<Log> {
  return new KafkaLog(options)
}

class KafkaLog implements Log {
  private readonly options: KafkaLogOptions
  private readonly connection: ConnectionOptions
  private readonly prefix: string
  private readonly policy: RestartPolicy
  private readonly metrics: LogMetrics
  private readonly closing = new AbortController()
  private readonly running = new Set<Promise<void>>()
  private readonly standings = new Map<string, ReaderStanding>()
  private readonly publishers = new Set<WireClient>()
  /** For what nobody waits on: metadata, offsets, positions, reading without a group. */
  private readonly control: WireClient
  private readonly placer: Placer
  private readonly positionReaders = new Map<string, PositionReader>()
  private publisherPositions: PublisherPositions | undefined
  private closed: Promise<void> | undefined

  constructor(options: KafkaLogOptions) {
    this.options = options
    this.connection = kafkaOptions(options.connection)
    this.prefix = options.prefix ?? 'weir'
    this.policy = { ...restartDefault, ...options.restart }
    this.control = new WireClient(this.connection)
    this.placer = new Placer(this.control, this.prefix, (topic) => this.cut(topic), options.framing)
    const { clock = systemClock } = options
    this.metrics = logMetrics(
      options.telemetry?.registry,
      () => this.standings.values(),
      () => clock.now(),
    )
  }

  private opened(): void {
    if (this.closed) throw new LogError('unavailable', 'the log is closed')
  }

  private name(topic: TopicSpec): string {
    return storedTopicName(topic, this.prefix)
  }

  /** The topic as it is cut here. */
  private cut(topic: TopicSpec): TopicSpec {
    const { partitions } = this.options
    return partitions === undefined ? topic : withPartitions(topic, partitions)
  }

  private newWire(): WireClient {
    return new WireClient(this.connection, this.options.faults?.requests)
  }

  async ensureTopics(topics: readonly TopicSpec[]): Promise<void> {
    await this.ensureExactly(topics.map((topic) => this.cut(topic)))
  }

  private async ensureExactly(topics: readonly TopicSpec[]): Promise<void> {
    this.opened()
    const unique = [...new Map(topics.map((topic) => [topic.name, topic])).values()]
    const layout = { prefix: this.prefix, replication: this.options.replication ?? 1 }
    await withKafkaAdmin(this.options.connection, (admin) => ensureKafkaTopics(admin, unique, layout))
  }

  task(options: TaskOptions): Observable<Progress> {
    return this.readers(options, async () => this.taskGroup(options))
  }

  follow(options: FollowOptions): Observable<Progress> {
    return this.readers(options, async () => this.followGroup(options))
  }

  private readers(
    { group, topic }: Pick<TaskOptions, 'group' | 'topic'>,
    open: () => Promise<Pick<GroupParts, 'attempt' | 'left'> & { readonly warm: () => readonly number[] }>,
  ): Observable<Progress> {
    return readersOf(
      (run) => this.track(run),
      this.closing.signal,
      this.policy,
      async () => {
        this.opened()
        const { attempt, left, warm } = await open()
        const partitions = await this.control.partitionsOf(this.name(topic))
        const membership = this.membershipParts(group, topic, partitions, warm)
        return {
          policy: this.policy,
          metrics: this.metrics,
          log: this.options.telemetry?.log,
          reader: { group, topic: topic.name },
          attempt: async (partition, signal, tell) =>
            attempt(partition, signal, (progress) => {
              this.standings.set(`${group}/${topic.name}/${partition}`, { ...progress })
              tell(progress)
            }),
          left: (partition) => {
            this.standings.delete(`${group}/${topic.name}/${partition}`)
            left(partition)
          },
          join: (told) => new Membership({ ...membership, ...told }),
        }
      },
    )
  }

  private membershipParts(
    group: string,
    topic: TopicSpec,
    partitions: readonly number[],
    warm: () => readonly number[],
  ): Omit<MembershipParts, 'assigned'> {
    const { times, faults, telemetry } = this.options
    return {
      connection: this.connection,
      times: { ...membershipDefaults, ...times },
      groupId: kafkaGroup(this.prefix, group, topic),
      topic: this.name(topic),
      partitions,
      policy: this.policy,
      warm,
      membersDirectory: join(this.options.directory, 'members', this.prefix, group, topic.name),
      failing: (err) => telemetry?.log.warn({ err, group, topic: topic.name }, 'log:membership:failed'),
      ...(faults?.isStalled && { isStalled: faults.isStalled }),
    }
  }

  private async taskGroup(options: TaskOptions) {
    const { positions, snapshots } = groupTopics(options.group, this.cut(options.topic))
    await this.ensureExactly([positions, snapshots])
    const topic = this.name(options.topic)
    const stateDirectory = join(this.options.directory, 'state', this.prefix, options.group, topic)
    const aligner = await this.alignerOf(options, positions)
    const attempt: GroupParts['attempt'] = async (partition, signal, tell) => {
      const [writes, reads] = [this.newWire(), this.newWire()]
      const source = this.source(reads, topic, partition, signal)
      const id = `${taskTransactionalIds(this.prefix, options.group)}${options.topic.name}.${partition}`
      try {
        const task = await PartitionTask.open({
          options,
          partition,
          source,
          reads,
          snapshots: this.name(snapshots),
          snapshotEveryMs: this.options.snapshotEveryMs ?? snapshotEveryMsDefault,
          stateDirectory,
          aligner,
          writer: new TransactionalWriter(writes, id),
          positions: new PositionReader(reads, this.name(positions)),
          faults: this.options.faults ?? {},
          place: async (records) => this.placer.place(records),
          committed: (seconds) => this.metrics.committed('task', seconds),
        })
        try {
          await task.run(signal, tell)
        } finally {
          await task.close()
        }
      } finally {
        await Promise.all([writes.close(), reads.close()])
      }
    }
    return {
      attempt,
      left: (partition: number) => aligner?.left(partition),
      warm: () => warmPartitions(stateDirectory),
    }
  }

  private async alignerOf(options: TaskOptions, positions: TopicSpec): Promise<Aligner | undefined> {
    if (options.alignMs === undefined) return undefined
    const reader = this.positionReader(this.name(positions))
    return new Aligner({
      limitMs: options.alignMs,
      partitions: await this.control.partitionsOf(this.name(options.topic)),
      look: async (partition) => reader.newest(partition),
    })
  }

  private async followGroup(options: FollowOptions) {
    const topic = this.name(options.topic)
    const attempt: GroupParts['attempt'] = async (partition, signal, tell) => {
      const reads = this.newWire()
      const source = this.source(reads, topic, partition, signal)
      const committed = (seconds: number): void => this.metrics.committed('follow', seconds)
      try {
        await follow({ options, partition, source, committed }, signal, tell)
      } finally {
        await reads.close()
      }
    }
    return { attempt, left: () => undefined, warm: () => [] }
  }

  private source(wire: WireClient, topic: string, partition: number, signal: AbortSignal): PartitionSource {
    const { framing, fetchWaitMs = 250 } = this.options
    return new PartitionSource(wire, topic, partition, {
      maxWaitMs: fetchWaitMs,
      ...(framing && { prepare: (values) => framing.incoming(values, signal) }),
    })
  }

  private track(run: Promise<void>): void {
    this.running.add(run)
    void run.finally(() => this.running.delete(run))
  }

  async publisher(name: string): Promise<Publisher> {
    this.opened()
    this.publisherPositions ??= await this.openPublisherPositions()
    const wire = this.newWire()
    this.publishers.add(wire)
    return openPublisher({
      name,
      wire,
      transactionalId: publisherTransactionalId(this.prefix, name),
      positions: this.publisherPositions,
      faults: this.options.faults ?? {},
      closing: this.closing.signal,
      place: async (records) => this.placer.place(records),
      committed: (seconds) => this.metrics.committed('publish', seconds),
      closed: () => this.publishers.delete(wire),
    })
  }

  private async openPublisherPositions(): Promise<PublisherPositions> {
    await this.ensureExactly([publishersTopic])
    return new PublisherPositions(this.control, this.name(publishersTopic), publishersTopic.partitions)
  }

  async offsets(topic: TopicSpec): Promise<readonly { readonly first: number; readonly next: number }[]> {
    this.opened()
    return this.control.bounds(this.name(topic))
  }

  async *read(topic: TopicSpec, partition: number, from: number): AsyncIterable<LogRecord> {
    this.opened()
    const { framing } = this.options
    const bounds = (await this.offsets(topic))[partition]
    if (bounds === undefined)
      throw new LogError('unknown_topic', `topic ${topic.name} has no partition ${partition}`)
    for (let at = Math.max(from, bounds.first); at < bounds.next;) {
      this.opened()
      const [fetched] = await this.control.fetch({
        topic: this.name(topic),
        partitions: [{ partition, offset: at }],
        isolation: 'committed',
        maxWaitMs: 50,
        maxBytes: 1024 * 1024,
      })
      if (fetched === undefined) continue
      await framing?.incoming(
        fetched.records.map(({ value }) => value),
        this.closing.signal,
      )
      for (const record of fetched.records) if (record.offset < bounds.next) yield record
      at = fetched.nextOffset > at ? fetched.nextOffset : Math.max(at, fetched.firstOffset)
    }
  }

  private positionReader(topic: string): PositionReader {
    const known = this.positionReaders.get(topic)
    if (known !== undefined) return known
    const reader = new PositionReader(this.control, topic)
    this.positionReaders.set(topic, reader)
    return reader
  }

  async committed(group: string, topic: TopicSpec, partition: number): Promise<number> {
    this.opened()
    const { positions } = groupTopics(group, topic)
    try {
      return (await this.positionReader(this.name(positions)).newest(partition))?.next ?? 0
    } catch (error) {
      // A follower has no positions in the log; what it showed the group is all there is to see.
      if (!(error instanceof LogError) || error.code !== 'unknown_topic') throw error
      return this.control.shownPosition(kafkaGroup(this.prefix, group, topic), this.name(topic), partition)
    }
  }

  close(): Promise<void> {
    this.closed ??= this.shut()
    return this.closed
  }

  private async shut(): Promise<void> {
    this.closing.abort()
    await Promise.allSettled(this.running)
    this.metrics.close()
    this.options.framing?.close()
    await Promise.all([...this.publishers, this.control].map(async (wire) => wire.close()))
  }
}
