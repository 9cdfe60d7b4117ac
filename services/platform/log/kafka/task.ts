/**
 * One task on one partition: fence → barrier → position → stored state and silent replay → run. Every batch is one
 * transaction with its outputs and its position; after any error the task begins at the fence again, because only the log
 * knows what was committed.
 */
import { randomUUID } from 'node:crypto'
import type { Batch, BatchResult, NewRecord, Progress, TaskOptions, TaskProcessor } from '../port.ts'
import { LogError } from '../port.ts'
import type { Aligner } from '../alignment.ts'
import { LocalState } from './local-state.ts'
import type { CommitFaults } from '../faults.ts'
import type { PartitionSource } from './partition-source.ts'
import type { Position, PositionReader } from './positions.ts'
import { barrierRecord, birthRecord, positionRecord } from './positions.ts'
import type { PlacedRecord, TransactionalWriter } from './transaction.ts'
import { progressOf } from '../progress.ts'

const nothing: BatchResult = { outputs: [], state: { writes: [] } }

/** What a task stands on. */
export interface TaskParts {
  readonly options: TaskOptions
  readonly partition: number
  /** Name of the input topic at the broker. */
  readonly topic: string
  readonly writer: TransactionalWriter
  readonly positions: PositionReader
  readonly source: PartitionSource
  /** Below it lies the stored state of this group and topic. */
  readonly stateDirectory: string
  readonly aligner: Aligner | undefined
  readonly faults: CommitFaults
  readonly place: (records: readonly NewRecord[]) => Promise<PlacedRecord[]>
  /** Told of every commit, in seconds. */
  readonly committed: (seconds: number) => void
}

/** A task that has taken its partition over. */
export class PartitionTask {
  private readonly parts: TaskParts
  private readonly state: LocalState
  private readonly processor: TaskProcessor
  private readonly source: PartitionSource
  /** Next input offset; everything before it is committed (or, while replaying, was). */
  private next: number
  private readonly committedTo: number
  private replayFrom: number
  private eventTime: number | undefined

  private constructor(
    parts: TaskParts,
    state: LocalState,
    committedTo: number,
    eventTime: number | undefined,
  ) {
    this.parts = parts
    this.state = state
    this.source = parts.source
    this.committedTo = committedTo
    this.eventTime = eventTime
    this.replayFrom = state.replayFrom
    this.next = state.replayFrom
    this.processor = parts.options.open(parts.partition, state.reader())
  }

  /** Takes the partition over and finds out where it stands. @throws LogError */
  static async open(parts: TaskParts): Promise<PartitionTask> {
    const { writer, positions, partition } = parts
    await writer.fence()
    const { topic } = positions
    const [barrier] = await writer.commit([barrierRecord(topic, partition, randomUUID())])
    const found = await positions.before(partition, barrier?.baseOffset ?? 0)
    const birth = found.birth ?? randomUUID()
    if (found.birth === undefined) await writer.commit([birthRecord(topic, partition, birth)])
    const bounds = await parts.source.bounds()
    const committedTo = found.position?.next ?? bounds.first
    const state = LocalState.open(parts.stateDirectory, partition, birth)
    try {
      settleState(state, committedTo, bounds.first, found.position !== undefined)
      checkReach(parts, state.replayFrom, committedTo, bounds)
      parts.aligner?.stands(partition, found.position?.eventTime, committedTo < bounds.next)
      return new PartitionTask(parts, state, committedTo, found.position?.eventTime)
    } catch (error) {
      await state.close()
      throw error
    }
  }

  /** Processes until the signal aborts. @throws whatever the processor throws, LogError */
  async run(signal: AbortSignal, tell: (progress: Progress) => void): Promise<void> {
    const { options, partition } = this.parts
    const limits = { maxRecords: options.maxRecords ?? 1_000, maxBytes: options.maxBytes ?? 1024 * 1024 }
    this.source.seek(this.next)
    while (!signal.aborted) {
      const isReplaying = this.next < this.committedTo
      if (!isReplaying) await this.parts.aligner?.mayRead(partition, signal)
      const slice = await this.source.take(limits, isReplaying ? this.committedTo : undefined, signal)
      if (slice === undefined) continue
      const batch: Batch = { topic: options.topic, partition, ...slice }
      await this.handle(batch, isReplaying)
      this.next = batch.nextOffset
      tell(progressOf(options.group, batch, isReplaying))
    }
  }

  private async handle(batch: Batch, isReplaying: boolean): Promise<void> {
    // Offsets without records are none of the processor's business; the position moves behind them.
    const result = batch.records.length === 0 ? nothing : await this.processor.process(batch)
    if (!isReplaying) await this.commit(batch, result)
    this.keep(batch, result)
  }

  private async commit(batch: Batch, result: BatchResult): Promise<void> {
    const { partition, positions, writer, faults, aligner } = this.parts
    this.eventTime = result.eventTime ?? this.eventTime
    const position: Position = {
      next: batch.nextOffset,
      eventTime: this.eventTime,
      isBehind: batch.nextOffset < batch.endOffset,
    }
    const records = await this.parts.place(result.outputs)
    records.push(positionRecord(positions.topic, partition, position))
    const began = performance.now()
    faults.before?.()
    await writer.commit(records)
    faults.after?.()
    this.parts.committed((performance.now() - began) / 1000)
    aligner?.stands(partition, this.eventTime, position.isBehind)
  }

  /** What a batch changed is stored once it is committed; a batch that changes nothing costs nothing. */
  private keep(batch: Batch, { state }: BatchResult): void {
    if (state.writes.length === 0 && state.replayFrom === undefined) return
    this.replayFrom = state.replayFrom ?? this.replayFrom
    this.state.store(state.writes, batch.nextOffset, this.replayFrom)
  }

  async close(): Promise<void> {
    await this.state.close()
  }
}

/** State is of use when everything in it was committed and nothing between it and the position is gone. */
function settleState(state: LocalState, committedTo: number, first: number, isKnown: boolean): void {
  if (!isKnown) state.clear(first)
  else if (state.writtenTo > committedTo) state.clear(0)
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
