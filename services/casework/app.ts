/** Composition root of casework: warnings in, cases kept, case events and dispatches out. */
import type { FastifyPluginAsync } from 'fastify'
import { Subject } from 'rxjs'
import type { Subscription } from 'rxjs'
import type { CaseDetail, Task } from '../../schemas/http/casework.ts'
import { topics } from '../../schemas/topics.ts'
import type { DeadLetterTopic, TopicSpec } from '../../schemas/topics.ts'
import type { WorkingCalendar } from '../platform/calendar/calendar.ts'
import type { Clock } from '../platform/clock.ts'
import type { IdentityVault } from '../platform/identity/port.ts'
import type { Running } from '../platform/lifecycle.ts'
import { storedTopicName } from '../platform/log/names.ts'
import type { Batch, Log } from '../platform/log/port.ts'
import { waitUntil } from '../platform/log/wait.ts'
import type { Database, Store, StoreOptions } from '../platform/store/port.ts'
import type { Telemetry } from '../platform/telemetry/port.ts'
import { caseworkDefaults } from './config.ts'
import type { CaseworkConfig } from './config.ts'
import { actorOf, executeCommand } from './shell/execute.ts'
import type { Answer, CommandRequest, Principal } from './shell/execute.ts'
import { caseworkMetrics } from './shell/metrics.ts'
import type { CaseworkMetrics } from './shell/metrics.ts'
import { positionOf } from './shell/positions.ts'
import type { Consumer } from './shell/positions.ts'
import { caseDetail, listLeads, listTasks, summarise } from './shell/queries.ts'
import type { Summary } from './shell/queries.ts'
import { receiveAcknowledgements } from './shell/receive-acknowledgements.ts'
import { receiveWarnings } from './shell/receive-warnings.ts'
import { group, outputs } from './shell/records.ts'
import { OutboxRelay } from './shell/relay.ts'
import type { RelayFaults } from './shell/relay.ts'
import { reveal } from './shell/reveal.ts'
import { caseworkRoutes } from './shell/routes.ts'
import type { Tables } from './shell/tables.ts'
import { inSpan } from './shell/tracing.ts'

export type { Answer, CommandRequest, Principal } from './shell/execute.ts'

/** What casework stands on. */
export interface CaseworkParts {
  readonly log: Log
  readonly database: Database
  readonly clock: Clock
  readonly vault: IdentityVault
  readonly calendar: WorkingCalendar
  readonly telemetry: Telemetry
  readonly config?: CaseworkConfig
  /** Prefix of topic names. Default `weir`. */
  readonly prefix?: string
  /** For tests: where the relay may be stopped as a crash would. */
  readonly faults?: RelayFaults
}

/** Running casework. */
export interface Casework extends Running {
  /** The HTTP API; needs the auth plugin before it. */
  readonly routes: FastifyPluginAsync
  /** Gives one command in a person's name, as POST /api/cases/:case_id/commands does. */
  execute(command: CommandRequest, caseId: string, principal: Principal): Promise<Answer>
  /** What a department (its code, or a member) has to do now, by due time. */
  tasks(whose: Principal | string): Promise<Task[]>
  /** What all departments have to do now, about one case or about all, by due time. */
  openTasks(caseId?: string): Promise<Task[]>
  /** The case page for one person; undefined when there is no such case for them. */
  detail(caseId: string, principal: Principal): Promise<CaseDetail | undefined>
  summary(): Promise<Summary>
  /** Resolves when every warning and acknowledgement in the log was taken in and everything to be published is. @throws when casework failed */
  idle(): Promise<void>
}

/** Where casework keeps what it knows. */
export const caseworkStore: StoreOptions = {
  schema: 'casework',
  migrations: new URL('shell/migrations/', import.meta.url),
}

const followed: Readonly<Record<Consumer, TopicSpec>> = {
  warnings: topics.warnings,
  acknowledgements: topics.acknowledgements,
}

/** Where warnings and acknowledgements go that cannot be used. */
export const caseworkDeadLetters: readonly DeadLetterTopic[] = [
  outputs.warning_dead_letters,
  outputs.acknowledgement_dead_letters,
]

const consumers = ['warnings', 'acknowledgements'] as const satisfies readonly Consumer[]

/** The parts of one running casework; `stopping` ends its loops. */
class Service implements Casework {
  readonly routes: FastifyPluginAsync
  private readonly parts: CaseworkParts
  private readonly store: Store<Tables>
  private readonly relay: OutboxRelay
  private readonly metrics: CaseworkMetrics
  private readonly prefix: string
  private readonly committed = new Subject<void>()
  /** A batch was taken in, or everything is published: whoever waits looks again. */
  private readonly moved = new Subject<void>()
  /** Next offset of every partition, since this process began to read it. */
  private readonly positions: Readonly<Record<Consumer, Map<number, number>>> = {
    warnings: new Map(),
    acknowledgements: new Map(),
  }
  private readonly stopped = new Subject<void>()
  private readonly stopping = new AbortController()
  private readonly failure = Promise.withResolvers<Error>()
  private readonly inHand = new Set<Promise<unknown>>()
  private subscriptions: readonly Subscription[] = []
  private relaying: Promise<void> = Promise.resolve()
  private broken: Error | undefined
  private stop_: Promise<void> | undefined

  constructor(parts: CaseworkParts, store: Store<Tables>, relay: OutboxRelay) {
    this.parts = parts
    this.store = store
    this.relay = relay
    this.metrics = caseworkMetrics(parts.telemetry.registry, store.db)
    this.prefix = parts.prefix ?? 'weir'
    const { db } = store
    const { clock } = parts
    this.routes = caseworkRoutes({
      leads: (actor, filter) => listLeads(db, actor, filter, clock.now()),
      detail: (actor, caseId) => caseDetail(db, actor, caseId, clock.now()),
      tasks: (department) => listTasks(db, { department }, clock.now()),
      execute: (command, caseId, principal) => this.execute(command, caseId, principal),
      reveal: (caseId, reason, actor) =>
        this.commit(() =>
          store.transaction((trx) => reveal(trx, { caseId, reason, actor }, parts.vault, this.time())),
        ),
      stream: { db, committed: this.committed, stopped: this.stopped },
    })
  }

  get failed(): Promise<Error> {
    return this.failure.promise
  }

  /** Begins reading and publishing. */
  begin(): void {
    this.relaying = this.relay
      .run(this.stopping.signal, () => this.moved.next())
      .catch((error: unknown) => {
        this.fail(error)
      })
    this.subscriptions = [
      this.follow('warnings', (batch) => this.takeWarnings(batch)),
      this.follow('acknowledgements', (batch) => this.takeAcknowledgements(batch)),
    ]
  }

  async execute(command: CommandRequest, caseId: string, principal: Principal): Promise<Answer> {
    const { type } = command
    const actor = actorOf(principal)
    const answer = await inSpan('casework command', 'internal', { 'weir.command.type': type }, () =>
      this.commit(() =>
        this.store.transaction((trx) => {
          const { now, calendar } = this.time()
          return executeCommand(trx, { command, caseId, actor }, now, calendar)
        }),
      ),
    )
    this.metrics.commands.inc({ type, outcome: answer.outcome })
    return answer
  }

  async tasks(whose: Principal | string): Promise<Task[]> {
    const department = typeof whose === 'string' ? whose : whose.seat.department
    const { tasks } = await listTasks(this.store.db, { department }, this.parts.clock.now())
    return tasks
  }

  async openTasks(caseId?: string): Promise<Task[]> {
    const { tasks } = await listTasks(this.store.db, { caseId }, this.parts.clock.now())
    return tasks
  }

  detail(caseId: string, principal: Principal): Promise<CaseDetail | undefined> {
    return caseDetail(this.store.db, actorOf(principal), caseId, this.parts.clock.now())
  }

  summary(): Promise<Summary> {
    return summarise(this.store.db, this.parts.clock.now())
  }

  async idle(): Promise<void> {
    await waitUntil(() => this.isIdle(), this.moved)
  }

  stop(): Promise<void> {
    this.stop_ ??= this.finish()
    return this.stop_
  }

  private async finish(): Promise<void> {
    for (const subscription of this.subscriptions) subscription.unsubscribe()
    this.stopping.abort()
    this.stopped.next()
    await Promise.allSettled(this.inHand)
    await this.relaying
    this.committed.complete()
    this.moved.complete()
  }

  private time() {
    return { now: this.parts.clock.now(), calendar: this.parts.calendar }
  }

  /** Runs a writing transaction and tells everybody who waits for commits. */
  private async commit<T>(work: () => Promise<T>): Promise<T> {
    const running = work()
    this.inHand.add(running)
    try {
      return await running
    } finally {
      this.inHand.delete(running)
      this.committed.next()
      this.relay.notify()
    }
  }

  private follow(consumer: Consumer, handle: (batch: Batch) => Promise<void>): Subscription {
    return this.parts.log
      .follow({
        group,
        topic: followed[consumer],
        maxRecords: (this.parts.config ?? caseworkDefaults).batchRecordsMax,
        position: (partition) => this.readingFrom(consumer, partition),
        handle,
      })
      .subscribe({
        next: ({ partition, nextOffset }) => {
          this.positions[consumer].set(partition, nextOffset)
          this.moved.next()
        },
        error: (error: unknown) => {
          this.fail(error)
        },
      })
  }

  /** Where a partition is read from, now and after a failure: somebody else may have read on in between. */
  private async readingFrom(consumer: Consumer, partition: number): Promise<number> {
    const position = await positionOf(this.store.db, consumer, partition)
    this.positions[consumer].set(partition, position)
    this.moved.next()
    return position
  }

  private async takeWarnings(batch: Batch): Promise<void> {
    const { name } = topics.warnings
    const { counts, setAside } = await inSpan(`process ${name}`, 'consumer', spanAttributes(batch), () =>
      this.commit(() =>
        this.store.transaction((trx) => {
          const { now, calendar } = this.time()
          return receiveWarnings(trx, batch, now, calendar, this.prefix)
        }),
      ),
    )
    for (const [outcome, n] of Object.entries(counts)) this.metrics.warnings.inc({ outcome }, n)
    this.countSetAside(topics.warnings, setAside)
  }

  private async takeAcknowledgements(batch: Batch): Promise<void> {
    const { name } = topics.acknowledgements
    const { counts, setAside } = await inSpan(`process ${name}`, 'consumer', spanAttributes(batch), () =>
      this.commit(() =>
        this.store.transaction((trx) => {
          const { now, calendar } = this.time()
          return receiveAcknowledgements(trx, batch, now, calendar, this.prefix)
        }),
      ),
    )
    for (const [outcome, n] of Object.entries(counts)) this.metrics.acknowledgements.inc({ outcome }, n)
    this.countSetAside(topics.acknowledgements, setAside)
  }

  private countSetAside(topic: TopicSpec, reasons: readonly string[]): void {
    const name = storedTopicName(topic, this.prefix)
    for (const reason of reasons) this.metrics.deadLetters.inc({ topic: name, reason })
  }

  private async isIdle(): Promise<boolean> {
    if (this.broken !== undefined) throw this.broken
    if (this.inHand.size > 0 || !this.relay.isDrained) return false
    for (const consumer of consumers) {
      const offsets = await this.parts.log.offsets(followed[consumer])
      const read = this.positions[consumer]
      if (offsets.some(({ first, next }, partition) => Math.max(read.get(partition) ?? 0, first) < next))
        return false
    }
    return this.inHand.size === 0 && this.relay.isDrained
  }

  private fail(error: unknown): void {
    this.broken ??= error instanceof Error ? error : new Error(String(error))
    this.failure.resolve(this.broken)
  }
}

function spanAttributes({ topic, partition, records }: Batch) {
  return {
    'messaging.system.name': 'weir',
    'messaging.operation.type': 'process',
    'messaging.destination.name': topic.name,
    'messaging.destination.partition.id': String(partition),
    'messaging.consumer.group.name': group,
    'messaging.batch.message_count': records.length,
  }
}

/**
 * Starts casework: topics and tables are made when missing, what an earlier run left in the outbox is published.
 * @throws StoreError, LogError, or Error when database and log do not belong together
 */
export async function startCasework(parts: CaseworkParts): Promise<Casework> {
  await parts.log.ensureTopics([topics.warnings, topics.acknowledgements, ...Object.values(outputs)])
  const store = await parts.database.open<Tables>(caseworkStore)
  const relay = await OutboxRelay.open(store, parts.log, parts.faults)
  const service = new Service(parts, store, relay)
  service.begin()
  return service
}
