/** Starts a failing reader again, with back-off, until it is stopped, fails for good, or fails too often without progress. */
import type { Logger } from 'pino'
import type { LogMetrics } from './metrics.ts'
import type { Progress } from './port.ts'
import type { RestartPolicy } from './restart.ts'
import { isLasting, isOutage, restartDelayMs } from './restart.ts'

/** What the loop needs besides the work itself. */
export interface RestartParts {
  readonly policy: RestartPolicy
  readonly metrics: LogMetrics
  readonly log: Logger | undefined
}

/** Whom the loop works for; for logs and metrics. */
export interface RestartedReader {
  readonly group: string
  /** Topic name without prefix. */
  readonly topic: string
  readonly partition: number
}

/**
 * Runs `attempt` until it returns. While the log cannot be reached at all the reader waits for it, however long: that is
 * back-pressure, and giving up would only make somebody else wait.
 * @param attempt is given a function to tell its progress with; progress forgives earlier failures
 * @throws the last error, when it is a lasting one or one too many without progress
 */
export async function runRestarting(
  parts: RestartParts,
  reader: RestartedReader,
  signal: AbortSignal,
  attempt: (advance: (progress: Progress) => void) => Promise<void>,
): Promise<void> {
  let furthest = -1
  let attempts = 0
  const advance = (progress: Progress): void => {
    // A replay that always fails at the same batch makes no progress, however often it gets there.
    if (progress.nextOffset <= furthest || progress.replaying) return
    furthest = progress.nextOffset
    attempts = 0
  }
  while (!signal.aborted) {
    try {
      await attempt(advance)
      return
    } catch (error) {
      // Whoever was stopped while it waited has not failed.
      if (isStopped(signal)) return
      attempts += 1
      report(parts, reader, error, attempts)
      const isTooMany = attempts >= parts.policy.attemptsMax && !isOutage(error)
      if (isLasting(error) || isTooMany) throw error
      await parts.policy.sleep(restartDelayMs(attempts, parts.policy), signal)
    }
  }
}

function isStopped(signal: AbortSignal): boolean {
  return signal.aborted
}

function report(parts: RestartParts, reader: RestartedReader, error: unknown, attempts: number): void {
  parts.metrics.restarted(reader.group)
  const facts = { ...reader, attempts, attemptsMax: parts.policy.attemptsMax }
  parts.log?.warn({ ...facts, err: error, lasting: isLasting(error) }, 'log:reader:failed')
}
