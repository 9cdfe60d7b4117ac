/** Whether this process lives, and whether it is ready for work. */

/** A named condition of readiness; resolves false or rejects while it does not hold. */
export type ReadinessCheck = () => boolean | Promise<boolean>

/** Readiness of one process. Not ready before `start`, and after `drain`. */
export interface Health {
  /** Adds a condition. A name taken already is replaced. */
  register(name: string, check: ReadinessCheck): void
  /** The parts are up: from now on the checks decide. */
  start(): void
  /** Says "not ready" for good, so that no new work comes while the process stops. */
  drain(): void
  isReady(): Promise<boolean>
  /** Every condition by name, for the operator's own eyes (`weir doctor`, the log), not for the network. */
  report(): Promise<Readonly<Record<string, boolean>>>
}

/** A check that hangs counts as failed after this time. */
const checkMsMax = 2000

async function holds(check: ReadinessCheck): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(resolve, checkMsMax, false)
  try {
    return await Promise.race([Promise.resolve().then(check), promise])
  } catch {
    return false
  } finally {
    clearTimeout(timer)
  }
}

/** Makes the readiness of a process. */
export function createHealth(): Health {
  const checks = new Map<string, ReadinessCheck>()
  let phase: 'starting' | 'running' | 'draining' = 'starting'
  const report = async (): Promise<Readonly<Record<string, boolean>>> => {
    const results = await Promise.all(
      [...checks].map(async ([name, check]) => [name, await holds(check)] as const),
    )
    return { ...Object.fromEntries(results), running: phase === 'running' }
  }
  return {
    register: (name, check) => void checks.set(name, check),
    start: () => {
      if (phase === 'starting') phase = 'running'
    },
    drain: () => {
      phase = 'draining'
    },
    isReady: async () => phase === 'running' && Object.values(await report()).every(Boolean),
    report,
  }
}
