import type { Observable } from 'rxjs'
import type { FactKind } from '../../schemas/fact.ts'
import type { Transaction } from '../../schemas/types.ts'
import type { IdentityVault } from '../platform/identity/port.ts'
import type { Log, Publisher } from '../platform/log/port.ts'
import type { Telemetry } from '../platform/telemetry/port.ts'
import { withSpan } from '../platform/telemetry/tracing.ts'
import { FileRefusedError } from './core/reasons.ts'
import type { TransactionFields } from '../../schemas/transaction-csv.ts'
import { ingestDefaults } from './config.ts'
import { followFolder } from './shell/follow-folder.ts'
import { keyedQueue } from './shell/keyed-queue.ts'
import { ingestMetrics } from './shell/metrics.ts'
import { progressMeter } from './shell/progress.ts'
import type { IngestProgress } from './shell/progress.ts'
import { canonicaliser } from './shell/publish/canonicaliser.ts'
import { factDelivery, paymentDelivery, publishFile, publishRefusal } from './shell/publish/publish-file.ts'
import { publishFields, publishTransactions } from './shell/publish/publish-stream.ts'
import type { Delivery } from './shell/publish/publish-file.ts'
import type { Published, PublishParts } from './shell/publish/parts.ts'
import { ingestTopics } from './shell/publish/topics.ts'
import { openFacts } from './shell/read/open-facts.ts'
import type { FactsOptions } from './shell/read/open-facts.ts'
import { openInput } from './shell/read/open-input.ts'
import type { Input, InputOptions, RefusedInput } from './shell/read/input.ts'
import { nothingPublished, summaryOf } from './shell/summary.ts'
import type { IngestSummary } from './shell/summary.ts'

export { plainTransaction } from './core/canonical.ts'
export { fileReasons, noteTexts, recordReasons } from './core/reasons.ts'
export { openInput } from './shell/read/open-input.ts'
export { plainFact } from './core/facts/canonical.ts'
export { openFacts } from './shell/read/open-facts.ts'
export { factDeadLetters, ingestDeadLetters, ingestTopics } from './shell/publish/topics.ts'
export type { Input, InputOptions, RefusedInput } from './shell/read/input.ts'
export type { ReadBatch } from './shell/read/rows.ts'
export type { IngestProgress } from './shell/progress.ts'
export type { Published } from './shell/publish/parts.ts'
export type { IngestSummary } from './shell/summary.ts'

/** What ingest stands on. */
export interface IngestParts {
  readonly log: Log
  readonly vault: IdentityVault
  readonly telemetry: Telemetry
  /** Prefix of topic names; default `weir`. */
  readonly prefix?: string
  /** Milliseconds since 1970, for the stamps of dead letters; default the machine's clock. */
  readonly now?: () => number
}

/** How one file is taken in. */
export interface IngestFileOptions extends Omit<InputOptions, 'onInspected'> {
  /** Stops between two commits; the next call goes on there. */
  readonly signal?: AbortSignal
}

/** How one file of facts is taken in. */
export interface IngestFactsOptions extends Omit<FactsOptions, 'onInspected'> {
  /** Stops between two commits; the next call goes on there. */
  readonly signal?: AbortSignal
}

/** How a folder is followed. */
export interface FollowFolderOptions extends Omit<InputOptions, 'onInspected'> {
  /** Milliseconds between two looks at the folder; a file must look the same twice. Default 2,000. */
  readonly everyMs?: number
  readonly onProgress?: (file: string, progress: IngestProgress) => void
}

/** Ingest, started. Everything it publishes carries pseudonyms and sealed identities only (G10). */
export interface Ingest {
  /**
   * Takes in one file: plain or gzip; CSV, JSON lines or ISO 20022. The same content a second time, under any name, changes nothing;
   * a killed call is gone on with. Refusals are in the summary; nothing but infrastructure throws.
   * @throws LogError when the log cannot be written
   */
  ingestFile(
    path: string,
    options?: IngestFileOptions,
    onProgress?: (progress: IngestProgress) => void,
  ): Promise<IngestSummary>
  /** Takes in one file of facts of one kind: CSV, plain or gzip; otherwise as `ingestFile`. @throws LogError when the log cannot be written */
  ingestFacts(
    kind: FactKind,
    path: string,
    options?: IngestFactsOptions,
    onProgress?: (progress: IngestProgress) => void,
  ): Promise<IngestSummary>
  /** Publishes canonical transactions once each; `name` stands for the source, which must give the same ones in the same order every time. */
  ingestTransactions(
    name: string,
    source: Iterable<Transaction> | AsyncIterable<Transaction>,
  ): Promise<Published>
  /**
   * Publishes one batch of a stream of fields (a simulator, a poller) in one commit. `position` counts all records of the stream up to
   * and including this batch: a batch given again changes nothing.
   */
  ingestBatch(name: string, rows: readonly TransactionFields[], position: number): Promise<Published>
  /** Number of records of a stream that are in the log: where `ingestBatch` goes on after a restart. */
  batchPosition(name: string): Promise<number>
  /**
   * Takes in each file of a folder once it is complete, and goes on for ever. Moves and changes nothing; what was taken in is known by
   * content, also after a restart. A file that cannot be read is reported and looked at again when it changes. Unsubscribing stops
   * after the commit in hand.
   */
  followFolder(directory: string, options?: FollowFolderOptions): Observable<IngestSummary>
  /** Stops what runs after its commit in hand, and releases everything. Idempotent. */
  close(): Promise<void>
}

/** Streams whose publishers are kept open. */
const openStreamsMax = 32

class IngestService implements Ingest {
  private readonly parts: PublishParts
  private readonly telemetry: Telemetry
  private readonly closing = new AbortController()
  /** One call at a time for each file content and each stream: their publishers would fence one another. */
  private readonly queue = keyedQueue()
  /** Open publishers of streams, the one used last at the end. */
  private readonly streams = new Map<string, Publisher>()
  private topicsReady: Promise<void> | undefined

  constructor({ log, vault, telemetry, prefix = 'weir', now = Date.now }: IngestParts) {
    this.telemetry = telemetry
    this.parts = {
      log,
      vault,
      prefix,
      now,
      canonical: canonicaliser(vault),
      metrics: ingestMetrics(telemetry.registry, prefix),
    }
  }

  async ingestFile(
    path: string,
    { signal, ...options }: IngestFileOptions = {},
    onProgress?: (progress: IngestProgress) => void,
  ): Promise<IngestSummary> {
    return this.file(paymentDelivery(this.parts), signal, onProgress, (onInspected) =>
      openInput(path, { ...options, onInspected }),
    )
  }

  async ingestFacts(
    kind: FactKind,
    path: string,
    { signal, ...options }: IngestFactsOptions = {},
    onProgress?: (progress: IngestProgress) => void,
  ): Promise<IngestSummary> {
    return this.file(factDelivery(this.parts, kind), signal, onProgress, (onInspected) =>
      openFacts(path, kind, { ...options, onInspected }),
    )
  }

  private async file<Clear>(
    delivery: Delivery<Clear>,
    signal: AbortSignal | undefined,
    onProgress: ((progress: IngestProgress) => void) | undefined,
    open: (onInspected: (bytes: number) => void) => Promise<Input<Clear> | RefusedInput>,
  ): Promise<IngestSummary> {
    await this.ready()
    const begun = performance.now()
    const meter = progressMeter(onProgress ?? (() => undefined), () => performance.now())
    const stop = AbortSignal.any([this.closing.signal, ...(signal === undefined ? [] : [signal])])
    const input = await open(meter.inspecting)
    const summary = await withSpan('ingest.file', {}, {}, (traceparent) =>
      this.take(delivery, input, { traceparent, signal: stop }, meter.reading),
    )
    const timed = { ...summary, durationMs: Math.round(performance.now() - begun) }
    this.report(timed)
    return timed
  }

  async ingestTransactions(
    name: string,
    source: Iterable<Transaction> | AsyncIterable<Transaction>,
  ): Promise<Published> {
    return this.withStream(name, (publisher) => publishTransactions(this.parts, publisher, name, source))
  }

  async ingestBatch(name: string, rows: readonly TransactionFields[], position: number): Promise<Published> {
    return this.withStream(name, (publisher) => publishFields(this.parts, publisher, name, rows, position))
  }

  async batchPosition(name: string): Promise<number> {
    return this.withStream(name, (publisher) => publisher.position())
  }

  followFolder(directory: string, options: FollowFolderOptions = {}): Observable<IngestSummary> {
    const { everyMs = ingestDefaults.follow_every_ms, onProgress, ...inputOptions } = options
    return followFolder({
      directory,
      everyMs,
      log: this.telemetry.log,
      closing: this.closing.signal,
      ingest: (path, signal) =>
        this.ingestFile(path, { ...inputOptions, signal }, (progress) => onProgress?.(path, progress)),
    })
  }

  async close(): Promise<void> {
    this.closing.abort()
    await this.queue.idle()
    for (const publisher of this.streams.values()) await publisher.close()
    this.streams.clear()
  }

  private async ready(): Promise<void> {
    this.topicsReady ??= this.parts.log.ensureTopics(ingestTopics)
    await this.topicsReady
  }

  private async take<Clear>(
    delivery: Delivery<Clear>,
    input: Input<Clear> | RefusedInput,
    call: { readonly traceparent: string; readonly signal: AbortSignal },
    onProgress: ReturnType<typeof progressMeter>['reading'],
  ): Promise<IngestSummary> {
    if (input.kind === 'refused') {
      const { sha256, reason, detail } = input
      if (sha256 !== '') {
        await this.queue.run(sha256, () =>
          publishRefusal(this.parts, delivery, sha256, { reason, detail }, call.traceparent),
        )
      }
      return summaryOf(input, { status: 'refused', refusal: { reason, detail }, ...nothingPublished })
    }
    try {
      const published = await this.queue.run(delivery.publisher + input.sha256, () =>
        publishFile(this.parts, delivery, input, {
          ...call,
          onProgress: (progress) => onProgress(progress, input.bytes),
        }),
      )
      return summaryOf(input, published)
    } catch (error) {
      if (!(error instanceof FileRefusedError)) throw error
      return summaryOf(input, { status: 'refused', refusal: error.refusal, ...nothingPublished })
    } finally {
      await input.close()
    }
  }

  private async withStream<Result>(
    name: string,
    work: (publisher: Publisher) => Promise<Result>,
  ): Promise<Result> {
    await this.ready()
    return this.queue.run(`stream:${name}`, async () => {
      const publisher = this.streams.get(name) ?? (await this.parts.log.publisher(`ingest-stream:${name}`))
      this.streams.delete(name)
      this.streams.set(name, publisher)
      const [oldest] = this.streams
      if (this.streams.size > openStreamsMax && oldest !== undefined) {
        this.streams.delete(oldest[0])
        await oldest[1].close()
      }
      return work(publisher)
    })
  }

  /** Says what became of a file, without its name: that may hold an account number. */
  private report({ name: _name, notes: _notes, ...facts }: IngestSummary): void {
    const level = facts.status === 'refused' ? 'warn' : 'info'
    this.telemetry.log[level](facts, 'ingest:file:done')
  }
}

/** Builds ingest over a log and a vault. Topics are created with the first call. */
export function createIngest(parts: IngestParts): Ingest {
  return new IngestService(parts)
}
