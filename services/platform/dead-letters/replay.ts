/**
 * Publishes dead letters again, each once, whatever is repeated, filtered, killed or run twice at once.
 *
 * One atomic publish holds the records, an audit record for each, and the position of a publisher named after the
 * dead-letter partition. The audit decides what was replayed: a position alone could not, because a run may pick letters by
 * reason or offset in any order. The publisher decides who may replay: taking it over fences the run before, and only then
 * is the audit read to its end, so that nothing can be added behind one's back.
 */
import { topics } from '../../../schemas/topics.ts'
import type { DeadLetterTopic } from '../../../schemas/topics.ts'
import { storedTopicName } from '../log/names.ts'
import { LogError } from '../log/port.ts'
import type { Log, Publisher } from '../log/port.ts'
import type { DeadLetter, Obstacle } from './letter.ts'
import { Pace } from './pace.ts'
import { ReplayLedger, readLetters } from './read.ts'
import { auditRecord, replayRecord } from './replay-record.ts'
import { isMeant } from './select.ts'
import type { LetterFilter } from './select.ts'

/** What is to be replayed, by whom, how fast. */
export interface ReplayRequest {
  readonly topics: readonly DeadLetterTopic[]
  readonly filter: LetterFilter
  readonly by: string
  /** Empty when nothing was said. */
  readonly why: string
  readonly runId: string
  /** Letters per second; undefined = no limit. */
  readonly ratePerSecond: number | undefined
  /** What was replayed this often before and came back each time is left alone (G9). */
  readonly triesMax: number
  /** Counts what would be replayed and writes nothing. */
  readonly dryRun: boolean
}

/** What replaying stands on. */
export interface ReplayParts {
  readonly log: Log
  /** Prefix of topic names. */
  readonly prefix: string
  /** Milliseconds since 1970, for the audit. */
  readonly now: () => number
  /** Milliseconds of a clock that does not run backwards, for the rate. */
  readonly ticks: () => number
  /** Resolves after so many ms, or as soon as `signal` is aborted. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
  /** Stops between two publishes. */
  readonly signal: AbortSignal
  readonly onProgress: (counts: ReplayCounts) => void
}

/** What became of the letters meant. */
export interface ReplayCounts {
  /** Letters that the filter chose. */
  readonly chosen: number
  /** Published again by this run; with `dryRun`, that would be. */
  readonly replayed: number
  /** Replayed by an earlier run, or by another one meanwhile. */
  readonly replayedBefore: number
  /** Came back too often. */
  readonly givenUp: number
  readonly unreplayable: Readonly<Record<Obstacle, number>>
}

/** One kind of letter that was replayed. */
export interface ReplayedGroup {
  /** Full name of the dead-letter topic. */
  readonly topic: string
  readonly reason: string
  readonly replayed: number
}

/** How a run ended: `taken_over` by a younger run on the same topic, which goes on where this one stopped. */
export interface ReplayResult extends ReplayCounts {
  readonly ended: 'done' | 'interrupted' | 'taken_over'
  readonly groups: readonly ReplayedGroup[]
}

/** Records of one publish have at most about this many bytes. */
const batchBytesMax = 1024 ** 2

/** Name of the publisher of one dead-letter partition. */
function publisherName(topic: DeadLetterTopic, partition: number): string {
  return `dead-letter-replay:${topic.name}/${partition}`
}

/** Counts of one run. */
class Tally {
  chosen = 0
  replayed = 0
  replayedBefore = 0
  givenUp = 0
  readonly unreplayable: Record<Obstacle, number> = { never_published: 0, left_out: 0, origin_unknown: 0 }
  readonly groups = new Map<string, ReplayedGroup>()

  add(topic: string, reason: string): void {
    this.replayed += 1
    const key = JSON.stringify([topic, reason])
    const replayed = (this.groups.get(key)?.replayed ?? 0) + 1
    this.groups.set(key, { topic, reason, replayed })
  }

  counts(): ReplayCounts {
    const { chosen, replayed, replayedBefore, givenUp, unreplayable } = this
    return { chosen, replayed, replayedBefore, givenUp, unreplayable: { ...unreplayable } }
  }
}

/** One run over one partition; `batch` waits to be published. */
class PartitionReplay {
  private readonly parts: ReplayParts
  private readonly request: ReplayRequest
  private readonly ledger: ReplayLedger
  private readonly tally: Tally
  private readonly pace: Pace
  private readonly name: string
  private publisher: Publisher | undefined
  private position = 0
  private batch: DeadLetter[] = []
  private bytes = 0

  constructor(
    parts: ReplayParts,
    request: ReplayRequest,
    run: { readonly ledger: ReplayLedger; readonly tally: Tally; readonly pace: Pace },
    name: string,
  ) {
    this.parts = parts
    this.request = request
    this.ledger = run.ledger
    this.tally = run.tally
    this.pace = run.pace
    this.name = name
  }

  /** Takes a letter that the filter chose. */
  async take(letter: DeadLetter): Promise<void> {
    if (!this.isWanted(letter)) return
    this.batch.push(letter)
    this.bytes += letter.record.value?.length ?? 0
    if (this.batch.length >= this.pace.batchMax || this.bytes >= batchBytesMax) await this.flush()
  }

  private isWanted({ place, obstacle, replays }: DeadLetter): boolean {
    const { tally, request } = this
    tally.chosen += 1
    if (this.ledger.has(place)) tally.replayedBefore += 1
    else if (obstacle !== undefined) tally.unreplayable[obstacle] += 1
    else if (replays >= request.triesMax) tally.givenUp += 1
    else return true
    return false
  }

  /** Publishes what waits, unless the signal came. */
  async flush(): Promise<void> {
    const { parts, pace, request, tally } = this
    if (this.batch.length === 0) return
    if (!request.dryRun) {
      await parts.pause(pace.wait(parts.ticks()), parts.signal)
      if (parts.signal.aborted) return
      await this.publish()
    }
    for (const { topic, facts } of this.batch) tally.add(storedTopicName(topic, parts.prefix), facts.reason)
    this.batch = []
    this.bytes = 0
    parts.onProgress(tally.counts())
  }

  private async publish(): Promise<void> {
    const { parts, request } = this
    this.publisher ??= await this.takeOver()
    if (this.batch.length === 0) return
    const by = { ...request, at: parts.now(), prefix: parts.prefix }
    const records = this.batch.flatMap((letter) => [replayRecord(letter), auditRecord(letter, by)])
    this.position += this.batch.length
    await this.publisher.publish(records, this.position)
    this.pace.sent(this.batch.length, parts.ticks())
  }

  /** From here on nobody else replays this partition; what somebody did replay until now is left out. */
  private async takeOver(): Promise<Publisher> {
    await this.parts.log.ensureTopics([topics.deadLetterReplays])
    const publisher = await this.parts.log.publisher(this.name)
    this.position = await publisher.position()
    await this.ledger.catchUp()
    const left = this.batch.filter(({ place }) => !this.ledger.has(place))
    this.tally.replayedBefore += this.batch.length - left.length
    this.batch = left
    return publisher
  }

  async close(): Promise<void> {
    await this.publisher?.close()
  }
}

/**
 * Replays the letters that the filter chooses, topic by topic in order. Only letters that are there at the start of a topic
 * count: one that comes back meanwhile waits for the next run.
 * @throws LogError when the log refuses; what was published until then is on record, a repeated run goes on behind it
 */
export async function replayDeadLetters(parts: ReplayParts, request: ReplayRequest): Promise<ReplayResult> {
  const run = {
    ledger: new ReplayLedger(parts.log),
    tally: new Tally(),
    pace: new Pace(request.ratePerSecond),
  }
  await run.ledger.catchUp()
  let ended: ReplayResult['ended'] = 'done'
  for (const topic of request.topics) {
    for (let partition = 0; partition < topic.partitions && ended === 'done'; partition += 1) {
      const replay = new PartitionReplay(parts, request, run, publisherName(topic, partition))
      ended = await overPartition(replay, parts, request, { topic, partition })
    }
  }
  return { ...run.tally.counts(), ended, groups: [...run.tally.groups.values()] }
}

async function overPartition(
  replay: PartitionReplay,
  { log, prefix, signal }: ReplayParts,
  { filter }: ReplayRequest,
  { topic, partition }: { readonly topic: DeadLetterTopic; readonly partition: number },
): Promise<ReplayResult['ended']> {
  try {
    for await (const letter of readLetters(log, topic, partition, prefix)) {
      if (signal.aborted) return 'interrupted'
      if (isMeant(letter, filter)) await replay.take(letter)
    }
    await replay.flush()
    return signal.aborted ? 'interrupted' : 'done'
  } catch (error) {
    if (error instanceof LogError && error.code === 'fenced') return 'taken_over'
    throw error
  } finally {
    await replay.close()
  }
}
