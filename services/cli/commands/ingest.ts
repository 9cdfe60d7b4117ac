import { readFile } from 'node:fs/promises'
import { fromEvent, takeUntil } from 'rxjs'
import type { FactKind } from '../../../schemas/fact.ts'
import { loadConfig } from '../../platform/config/config.ts'
import { processParts } from '../../platform/process/parts.ts'
import { createTelemetry } from '../../platform/telemetry/telemetry.ts'
import { createIngest, noteTexts } from '../../ingest/app.ts'
import type { Ingest, IngestProgress, IngestSummary } from '../../ingest/app.ts'
import { encodingOf, factKindOf, openRefusal } from '../input.ts'
import { stopSignal } from '../stop-signal.ts'
import { CommandError, count, duration, exitCodes, printJson, progressLine, say } from '../terminal.ts'

/** Options of `weir ingest`. */
export interface IngestCommandOptions {
  readonly follow?: boolean
  readonly encoding?: string
  readonly source?: string
  readonly facts?: string
  readonly basis?: string
  readonly purpose?: string
  readonly words?: string
  readonly data?: string
  readonly json?: boolean
}

/** Takes in a file, or follows a folder. Works beside a running `weir start` or `weir demo` on the same data directory. */
export async function ingest(path: string, options: IngestCommandOptions): Promise<void> {
  const data = options.data === undefined ? {} : { WEIR_DATA_DIRECTORY: options.data }
  const config = loadConfig({ WEIR_LOG_LEVEL: 'warn', ...process.env, ...data })
  const telemetry = createTelemetry({ service: 'ingest', level: config.logLevel })
  const encoding = encodingOf(options.encoding)
  const kind = factKindOf(options.facts)
  if (kind !== undefined && options.follow === true)
    throw new CommandError(
      '--follow takes in transactions; give each file of facts by itself',
      exitCodes.usage,
    )
  const signal = stopSignal('stopping after the commit in hand …')
  const parts = processParts(config, telemetry)
  try {
    const vault = await parts.vault()
    const log = await parts.log()
    const service = createIngest({ log, vault, telemetry, prefix: config.topicPrefix })
    const how = {
      ...(encoding === undefined ? {} : { encoding }),
      ...(options.source === undefined ? {} : { sourceId: options.source }),
    }
    try {
      if (kind !== undefined) await takeInFacts(service, kind, path, { ...how, signal }, options)
      else if (options.follow === true) await follow(service, path, how, options, signal)
      else await takeIn(service, path, { ...how, signal }, options)
    } finally {
      await service.close()
    }
  } finally {
    await parts.close()
  }
}

async function takeIn(
  service: Ingest,
  path: string,
  how: Parameters<Ingest['ingestFile']>[1],
  options: IngestCommandOptions,
): Promise<void> {
  const line = progressLine()
  const summary = await service.ingestFile(path, how, (progress) => line.update(progressText(progress)))
  line.done(resultText(summary, 'transactions'))
  tell(path, summary, options)
}

async function takeInFacts(
  service: Ingest,
  kind: FactKind,
  path: string,
  how: Parameters<Ingest['ingestFile']>[1],
  options: IngestCommandOptions,
): Promise<void> {
  const { basis: legalBasis, purpose: allowedPurpose, words } = options
  const line = progressLine()
  const given = {
    ...how,
    ...(legalBasis === undefined ? {} : { legalBasis }),
    ...(allowedPurpose === undefined ? {} : { allowedPurpose }),
    ...(words === undefined ? {} : { words: await wordsOf(words) }),
  }
  const summary = await service.ingestFacts(kind, path, given, (progress) =>
    line.update(progressText(progress)),
  )
  line.done(resultText(summary, `facts (${kind})`))
  tell(path, summary, options, { facts: kind })
}

/** Watch words, one a line. */
async function wordsOf(path: string): Promise<readonly string[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

function tell(
  path: string,
  summary: IngestSummary,
  options: IngestCommandOptions,
  more: Readonly<Record<string, unknown>> = {},
): void {
  sayNotes(summary)
  if (options.json === true) printJson({ ...more, ...toJson(summary) })
  if (summary.refusal !== undefined) throw openRefusal(path, summary.refusal)
  if (summary.refused > 0) process.exitCode = exitCodes.partial
}

async function follow(
  service: Ingest,
  directory: string,
  how: Parameters<Ingest['followFolder']>[1],
  options: IngestCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  say(`following ${directory}; Ctrl-C stops`)
  const line = progressLine()
  await new Promise<void>((resolve, reject) => {
    service
      .followFolder(directory, {
        ...how,
        onProgress: (file, progress) => line.update(`${file}: ${progressText(progress)}`),
      })
      .pipe(takeUntil(fromEvent(signal, 'abort')))
      .subscribe({
        next(summary) {
          line.done(resultText(summary, 'transactions'))
          sayNotes(summary)
          if (options.json === true) printJson(toJson(summary))
        },
        error: reject,
        complete: resolve,
      })
  })
}

/** What the person who delivered the file should know: a guess that was made, columns that were not read. */
function sayNotes({ notes }: IngestSummary): void {
  for (const { code, detail } of notes) {
    const { zh, en } = noteTexts[code]
    say(`  ${zh} / ${en}: ${detail}`)
  }
}

function progressText({ phase, records, refused, ratePerSecond, restMs }: IngestProgress): string {
  if (phase === 'inspecting') return 'looking at the file …'
  const rest = restMs === undefined ? '' : `, ${duration(restMs / 1000)} left`
  return `${count(records)} records, ${count(refused)} refused, ${count(ratePerSecond)}/s${rest}`
}

function resultText(
  { name, status, published, refused, refusedBy, alreadyTaken, refusal }: IngestSummary,
  what: string,
): string {
  if (refusal !== undefined) return `${name}: refused, nothing was taken in`
  if (status === 'unchanged') return `${name}: taken in before, nothing changed 已导入过,无变化`
  const reasons = Object.entries(refusedBy).map(([reason, n]) => `${reason} ${count(n)}`)
  const bad = refused === 0 ? '' : `, ${count(refused)} set aside (${reasons.join(', ')})`
  const before = alreadyTaken === 0 ? '' : `, ${count(alreadyTaken)} were there already`
  return `${name}: ${count(published)} ${what} taken in${bad}${before}`
}

/** Contract fields are snake_case on stdout. */
function toJson(summary: IngestSummary): Readonly<Record<string, unknown>> {
  const { refusedBy, alreadyTaken, isGzip, durationMs, ...rest } = summary
  return {
    ...rest,
    refused_by: refusedBy,
    already_taken: alreadyTaken,
    is_gzip: isGzip,
    duration_ms: durationMs,
  }
}
