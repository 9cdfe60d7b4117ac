/** When a process that ended is started again. Pure. */

/** How often and how soon. */
export interface RestartPolicy {
  /** Ends in a row without having been ready, after which it is given up. */
  readonly failuresMax: number
  readonly delayMsFirst: number
  readonly delayMsMax: number
  /** A process that was ready for so long begins with a clean record. */
  readonly stableMs: number
}

/** Half a second at first, half a minute at most; given up at the fifth try that came to nothing. */
export const restartPolicy: RestartPolicy = {
  failuresMax: 5,
  delayMsFirst: 500,
  delayMsMax: 30_000,
  stableMs: 60_000,
}

/** What is remembered of a process. */
export interface RestartRecord {
  /** Ends in a row without having been ready. */
  readonly failures: number
  /** Starts since it was last stable. */
  readonly restarts: number
}

/** A process that never ended. */
export const cleanRecord: RestartRecord = { failures: 0, restarts: 0 }

/** What to do after an end. `delayMs` undefined: give it up. */
export interface Verdict {
  readonly record: RestartRecord
  readonly delayMs: number | undefined
}

/** @param readyMs how long it was ready; undefined when it never was */
export function afterEnd(record: RestartRecord, readyMs: number | undefined, policy: RestartPolicy): Verdict {
  const isStable = readyMs !== undefined && readyMs >= policy.stableMs
  const failures = readyMs === undefined ? record.failures + 1 : 0
  const restarts = isStable ? 1 : record.restarts + 1
  const delayMs = Math.min(policy.delayMsMax, policy.delayMsFirst * 2 ** (restarts - 1))
  return { record: { failures, restarts }, delayMs: failures >= policy.failuresMax ? undefined : delayMs }
}
