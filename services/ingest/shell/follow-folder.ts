import { setTimeout as pause } from 'node:timers/promises'
import type { Logger } from 'pino'
import { Observable } from 'rxjs'
import { LogError } from '../../platform/log/port.ts'
import { lookAt } from './folder.ts'
import type { CompleteFile, Sightings } from './folder.ts'
import type { IngestSummary } from './summary.ts'

/** What following a folder needs. */
export interface FolderParts {
  readonly directory: string
  readonly everyMs: number
  readonly log: Logger
  /** Ends the following, like unsubscribing. */
  readonly closing: AbortSignal
  readonly ingest: (path: string, signal: AbortSignal) => Promise<IngestSummary>
}

/**
 * Emits a summary for every file taken in, refused, or found to be known already. Completes when `closing` is aborted; ends with an
 * error when the log fails for good.
 */
export function followFolder(parts: FolderParts): Observable<IngestSummary> {
  return new Observable((subscriber) => {
    const stop = new AbortController()
    const signal = AbortSignal.any([stop.signal, parts.closing])
    follow(parts, signal, (summary) => subscriber.next(summary)).then(
      () => subscriber.complete(),
      (error: unknown) => (signal.aborted ? subscriber.complete() : subscriber.error(error)),
    )
    return () => stop.abort()
  })
}

async function follow(
  parts: FolderParts,
  signal: AbortSignal,
  emit: (summary: IngestSummary) => void,
): Promise<void> {
  let seen: Sightings = new Map()
  /** Versions that need no second look, by path. */
  let handled = new Map<string, string>()
  while (!signal.aborted) {
    const look = await tryToLook(parts, seen)
    seen = look.seen
    handled = new Map([...handled].filter(([path]) => seen.has(path)))
    for (const file of look.complete.filter(({ path, version }) => handled.get(path) !== version)) {
      signal.throwIfAborted()
      const summary = await take(parts, file, signal)
      if (summary === undefined || summary.status === 'interrupted') continue
      handled.set(file.path, file.version)
      emit(summary)
    }
    await pause(parts.everyMs, undefined, { signal }).catch(() => undefined)
  }
}

/** A folder on a network drive may be gone for a while: it is looked for again. */
async function tryToLook(
  { directory, log }: FolderParts,
  seen: Sightings,
): Promise<{ readonly complete: readonly CompleteFile[]; readonly seen: Sightings }> {
  try {
    return await lookAt(directory, seen)
  } catch (error) {
    log.error({ err: error }, 'ingest:folder:unreadable')
    return { complete: [], seen }
  }
}

/** @returns undefined when another process is taking in the same file: it is looked at again later */
async function take(
  { ingest, log }: FolderParts,
  file: CompleteFile,
  signal: AbortSignal,
): Promise<IngestSummary | undefined> {
  try {
    return await ingest(file.path, signal)
  } catch (error) {
    if (!(error instanceof LogError) || (error.code !== 'fenced' && !error.retriable)) throw error
    log.warn({ err: error }, 'ingest:file:later')
    return undefined
  }
}
