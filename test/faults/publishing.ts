/** The source: publishes the stream at a steady rate whatever happens behind it, each record once. */
import { setTimeout as delay } from 'node:timers/promises'
import { LogError } from '../../services/platform/log/port.ts'
import type { Log, NewRecord, Publisher } from '../../services/platform/log/port.ts'
import { inputRecords } from './input.ts'
import { publishing } from './messages.ts'
import type { Report, WorkerSpec } from './messages.ts'
import { publisherName } from './topics.ts'

const tickMs = 80
const recordsMax = 500

/** What the source is told and tells. */
export interface Publishing {
  readonly log: Log
  readonly spec: Pick<WorkerSpec, 'seed' | 'partitions' | 'rate' | 'startedAt'>
  /** Stops at once. */
  readonly signal: AbortSignal
  /** Publishes no more, and says so. */
  readonly isEnding: () => boolean
  readonly tell: (report: Report) => void
  /** Hears of errors that may pass. */
  readonly failing: (error: unknown) => void
}

/** Whether an error may pass: then it is not known what was written. */
function isPassing(error: unknown): boolean {
  return error instanceof LogError && error.retriable
}

/** The position once the log says it; waits as long as that takes. @throws LogError when somebody younger publishes now */
async function positionOf(publisher: Publisher, { signal, failing }: Publishing): Promise<number> {
  for (;;) {
    try {
      return await publisher.position()
    } catch (error) {
      if (!isPassing(error) || signal.aborted) throw error
      failing(error)
      await delay(100)
    }
  }
}

/** Publishes until told otherwise. The position is the number of records published. @throws LogError `fenced` */
export async function publishStream(parts: Publishing): Promise<void> {
  const { log, spec, signal, isEnding, tell } = parts
  const publisher = await log.publisher(publisherName)
  const stream = inputRecords(spec.seed, spec.partitions)
  let at = await positionOf(publisher, parts)
  for (let skipped = 0; skipped < at; skipped += 1) stream.next()
  while (!signal.aborted) {
    if (isEnding()) {
      tell({ report: 'ended', index: at })
      await delay(tickMs)
      continue
    }
    const due = Math.floor(((Date.now() - spec.startedAt) / 1000) * spec.rate)
    const count = Math.min(due - at, recordsMax)
    if (count <= 0) {
      await delay(tickMs)
      continue
    }
    const from = at
    const records = Array.from({ length: count }, (_, n): NewRecord => stream.next().value.make(from + n))
    await publishOnce(publisher, records, at, parts)
    at += count
    tell({ report: 'progress', group: publishing, records: count })
    if (due - at < recordsMax) await delay(tickMs)
  }
  await publisher.close()
}

async function publishOnce(
  publisher: Publisher,
  records: readonly NewRecord[],
  from: number,
  parts: Publishing,
): Promise<void> {
  const to = from + records.length
  for (;;) {
    try {
      await publisher.publish(records, to)
      return
    } catch (error) {
      if (!isPassing(error) || parts.signal.aborted) throw error
      parts.failing(error)
    }
    const position = await positionOf(publisher, parts)
    if (position === to) return
    if (position !== from) throw new Error(`published up to ${position}: neither ${from} nor ${to}`)
  }
}
