/** Bounded exponential back-off with jitter for loops that fail. */
import { setTimeout as delay } from 'node:timers/promises'
import { LogError } from './port.ts'

/** How a failing loop is restarted. */
export interface RestartPolicy {
  /** Failures in a row without progress after which the loop gives up. */
  readonly attemptsMax: number
  readonly delayMsFirst: number
  readonly delayMsMax: number
  /** 0 ≤ x < 1. */
  readonly random: () => number
  /** Resolves after `ms`, or early when the signal aborts; never rejects. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** 10 attempts, from 100 ms to 5 s: about half a minute of trying. */
export const restartDefault: RestartPolicy = {
  attemptsMax: 10,
  delayMsFirst: 100,
  delayMsMax: 5_000,
  random: Math.random,
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
}

/** True when the log itself cannot be reached or written just now. */
export function isOutage(error: unknown): boolean {
  return error instanceof LogError && error.code === 'unavailable' && error.retriable
}

/** Delay before the given attempt (1, 2, …), in milliseconds: doubling, at most the maximum, half of it random. */
export function restartDelayMs(attempt: number, policy: RestartPolicy): number {
  const full = Math.min(policy.delayMsMax, policy.delayMsFirst * 2 ** Math.min(attempt - 1, 30))
  return full / 2 + (full / 2) * policy.random()
}

/** True when starting again cannot help: the log said so itself. Whatever else a processor throws may be passing. */
export function isLasting(error: unknown): boolean {
  return error instanceof LogError && !error.retriable
}
