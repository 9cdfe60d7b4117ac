/**
 * One task on one partition: fence → barrier → position → stored state and silent replay → run. Every batch is one
 * transaction with its outputs and its position; after any error the task begins at the fence again, because only the log
 * knows what was committed.
 */
import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Batch, BatchResult, NewRecord, Progress, TaskOptions, TaskProcessor } from '../port.ts'
import { LogError } from '../port.ts'
import type { Aligner } from '../alignment.ts'
import { LocalState } from './local-state.ts'
import type { CommitFaults } from '../faults.ts'
import type { PartitionSource } from './partition-source.ts'
import type { Position, PositionReader } from './positions.ts'
import { barrierRecord, positionRecord } from './positions.ts'
import { restoreSnapshot, SnapshotUpload } from './snapshot.ts'
import type { PlacedRecord, TransactionalWriter } from './transaction.ts'
import type { WireClient } from './wire/client.ts'
import { progressOf } from '../progress.ts'

const nothing: BatchResult = { outputs: [], state: { writes: [] } }

/** What a task stands on. */
export interface TaskParts {
  readonly options: TaskOptions
  readonly partition: number
  readonly writer: TransactionalWriter
  readonly positions: PositionReader
  readonly source: PartitionSource
  /** For what the task reads besides its input. */
  readonly reads: WireClient
  /** Name at the broker of the group's topic of snapshots. */
  readonly snapshots: string
  /** At most so often is a snapshot begun, ms. */
  readonly snapshotEveryMs: number
  /** Below it lies the stored state of this group and topic. */
  readonly stateDirectory: string
  readonly aligner: Aligner | undefined
  readonly faults: CommitFaults
  readonly place: (records: readonly NewRecord[]) => Promise<PlacedRecord[]>
  /** Told of every commit, in seconds. */
  readonly committed: (seconds: number) => void
}

/** Least time between two commits of a task that keeps up: latency against the load of the brokers. */
const commitIntervalMs = 6

/** A task that has taken its partition over. */
export class PartitionTask {
  private readonly parts: TaskParts
  private readonly state: LocalState
  private readonly processor: TaskProcessor
  /** Up to here the input is folded silently: it was committed before this task took over. */
  private readonly committedTo: number
  /** Where the task stands at the broker. */
  private position: Position
  /** Next input offset. */
  private next: number
  private replayFrom: number
  private upload: SnapshotUpload | undefined
  /** When the last commit began, on the clock of `performance.now()`. */
  private committedAt = 0
  private snapshotDueAt: number

  private constructor(parts: TaskParts, state: LocalState, position: Position) {
    this.parts = parts
    this.state = state
    this.position = position
    this.committedTo = position.next
    this.replayFrom = state.replayFrom
    this.next = state.replayFrom
    this.snapshotDueAt = performance.now() + parts.snapshotEveryMs
    this.processor = parts.options.open(parts.partition, state.reader())
  }

  /** Takes the partition over and finds out where it stands. @throws LogError */
  static async open(parts: TaskParts): Promise<PartitionTask> {
    const { partition, aligner } = parts
    const position = await takeOver(parts)
    // Only now: until it is fenced, the one before may still move on.
    const bounds = await parts.source.bounds()
    const state = LocalState.open(parts.stateDirectory, partition, position.birth)
    try {
      await settleState(parts, state, position)
      checkReach(parts, state.replayFrom, position.next, bounds)
      aligner?.stands(partition, position.eventTime, position.next < bounds.next)
      return new PartitionTask(parts, state, position)
    } catch (error) {
      await state.close()
      throw error
    }
  }

  /** Processes until the signal aborts. @throws whatever the processor throws, LogError */
  async run(signal: AbortSignal, tell: (progress: Progress) => void): Promise<void> {
    const { options, partition, source, aligner } = this.parts
    const limits = { maxRecords: options.maxRecords ?? 1_000, maxBytes: options.maxBytes ?? 1024 * 1024 }
    source.seek(this.next)
    while (!signal.aborted) {
      const isReplaying = this.next < this.committedTo
      if (!isReplaying && (await aligner?.mayRead(partition, signal)) === false) return
      if (!isReplaying) await this.pace(signal)
      const slice = await source.take(limits, isReplaying ? this.committedTo : undefined, signal)
      if (slice === undefined) continue
      const batch: Batch = { topic: options.topic, partition, ...slice }
      await this.handle(batch, isReplaying)
      this.next = batch.nextOffset
      tell(progressOf(options.group, batch, isReplaying))
    }
  }

  /**
   * What a transaction costs the broker hardly depends on what is in it, and a machine that only commits does nothing else. So
   * a task that keeps up lets a few milliseconds of records gather; one that is behind has enough of them.
   */
  private async pace(signal: AbortSignal): Promise<void> {
    if (this.position.isBehind) return
    const restMs = this.committedAt + commitIntervalMs - performance.now()
    if (restMs > 0) await delay(restMs, undefined, { signal }).catch(() => undefined)
  }

  private async handle(batch: Batch, isReplaying: boolean): Promise<void> {
    // Offsets without records are none of the processor's business; the position moves behind them.
    const result = batch.records.length === 0 ? nothing : await this.processor.process(batch)
    if (!isReplaying) await this.commit(batch, result)
    this.keep(batch, result)
  }

  private async commit(batch: Batch, result: BatchResult): Promise<void> {
    const { partition, positions, writer, faults, aligner } = this.parts
    const chunk = await this.chunk()
    const position: Position = {
      birth: this.position.birth,
      origin: this.position.origin,
      next: batch.nextOffset,
      eventTime: result.eventTime ?? this.position.eventTime,
      isBehind: batch.nextOffset < batch.endOffset,
      snapshot: chunk?.mark ?? this.position.snapshot,
    }
    const records = await this.parts.place(result.outputs)
    if (chunk !== undefined) records.push(chunk.record)
    records.push(positionRecord(positions.topic, partition, position))
    // Others need not wait for the commit: how far it is read is what counts.
    aligner?.stands(partition, position.eventTime, position.isBehind)
    this.committedAt = performance.now()
    faults.before?.()
    await writer.commit(records)
    faults.after?.()
    this.parts.committed((performance.now() - this.committedAt) / 1000)
    this.position = position
  }

  /** What a batch changed is stored once it is committed; a batch that changes nothing costs nothing. */
  private keep(batch: Batch, { state }: BatchResult): void {
    // Whole state stays whole over offsets without records.
    const isWhole = batch.records.length === 0 && this.replayFrom === this.next
    const replayFrom = isWhole ? batch.nextOffset : state.replayFrom
    if (state.writes.length === 0 && replayFrom === undefined) return
    this.replayFrom = replayFrom ?? this.replayFrom
    this.state.store(state.writes, batch.nextOffset, this.replayFrom)
  }

  /** The next piece of the snapshot under way; begins one when it is time and there is something new. */
  private async chunk(): Promise<ReturnType<SnapshotUpload['next']> | undefined> {
    if (this.upload === undefined) await this.beginSnapshot()
    const chunk = this.upload?.next()
    if (chunk?.mark !== undefined) this.upload = undefined
    return chunk
  }

  private async beginSnapshot(): Promise<void> {
    const { snapshots, partition, reads, snapshotEveryMs } = this.parts
    const last = this.position.snapshot
    if (performance.now() < this.snapshotDueAt || this.state.replayFrom <= (last?.replayFrom ?? 0)) return
    this.snapshotDueAt = performance.now() + snapshotEveryMs
    const offset = (await reads.bounds(snapshots))[partition]?.next ?? 0
    this.upload = new SnapshotUpload(snapshots, partition, last?.slot === 0 ? 1 : 0, offset, this.state)
  }

  async close(): Promise<void> {
    this.upload?.abandon()
    await this.state.close()
  }
}

/** Fences whoever ran the partition, and reads where it was left. */
async function takeOver(parts: TaskParts): Promise<Position> {
  const { writer, positions, partition } = parts
  await writer.fence()
  const { topic } = positions
  const [barrier] = await writer.commit([barrierRecord(topic, partition, randomUUID())])
  const found = await positions.before(partition, barrier?.baseOffset ?? 0)
  if (found !== undefined) return found
  const { first: next, next: end } = await parts.source.bounds()
  const isBehind = next < end
  const position = {
    birth: randomUUID(),
    origin: next,
    next,
    eventTime: undefined,
    isBehind,
    snapshot: undefined,
  }
  await writer.commit([positionRecord(topic, partition, position)])
  return position
}

/** Stored state is of use when everything in it was committed; a snapshot, when it reaches further. */
async function settleState(
  { reads, snapshots, partition }: TaskParts,
  state: LocalState,
  { origin, next, snapshot }: Position,
): Promise<void> {
  if (state.writtenTo > next || state.writtenTo === 0) state.clear(origin)
  if (snapshot === undefined || snapshot.replayFrom <= state.replayFrom) return
  await restoreSnapshot(reads, snapshots, partition, snapshot, state)
}

function checkReach(
  parts: TaskParts,
  replayFrom: number,
  committedTo: number,
  bounds: { readonly first: number; readonly next: number },
): void {
  const { options, partition } = parts
  const where = `${options.group} reads ${options.topic.name}/${partition} from`
  if (Math.min(replayFrom, committedTo) < bounds.first)
    throw new LogError(
      'gap',
      `${where} ${replayFrom}, but the log begins at ${bounds.first}: records in between are gone, and no stored state reaches over them. Bring the state back (the data folder of the machine that ran it), or rebuild from a longer log`,
    )
  if (committedTo > bounds.next)
    throw new LogError(
      'gap',
      `${where} ${committedTo}, but the log ends at ${bounds.next}: the log is older than its reader. Restore both from the same moment`,
    )
}
