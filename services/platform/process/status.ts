/** What a process tells whoever started it (`weir start`), over the channel that Node gives to children. */

/** One step in the life of a process; snake_case because it is printed as it is. */
export type ProcessStatus =
  | { readonly status: 'starting'; readonly metrics_url: string }
  | { readonly status: 'ready'; readonly metrics_url: string; readonly url?: string }
  | { readonly status: 'stopping' }

/** Says so to the supervisor; without one, to nobody. */
export function tellSupervisor(status: ProcessStatus): void {
  // The supervisor may be gone in this very moment: `supervisorLost` tells.
  if (process.connected) process.send?.(status, undefined, undefined, () => undefined)
}

/** Aborts, and calls `first`, when the supervisor that started this process is gone. Never without a supervisor. */
export function supervisorLost(first: () => void): AbortSignal {
  const controller = new AbortController()
  process.once('disconnect', () => {
    controller.abort()
    first()
  })
  return controller.signal
}

/** Understands what a child sent; undefined when it is nothing of ours. */
export function processStatus(message: unknown): ProcessStatus | undefined {
  if (typeof message !== 'object' || message === null || !('status' in message)) return undefined
  return ['starting', 'ready', 'stopping'].includes(String(message.status))
    ? (message as ProcessStatus)
    : undefined
}
