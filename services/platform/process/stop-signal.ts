/** npm hands one Ctrl-C on a second time; what follows sooner than this is the same wish. */
const sameWishMs = 1000

/** Aborts at the first SIGINT, SIGTERM or SIGHUP, and calls `first` then; a later second one ends the process at once. */
export function onStopSignal(first: () => void): AbortSignal {
  const controller = new AbortController()
  let at = 0
  const onSignal = (): void => {
    const now = performance.now()
    if (controller.signal.aborted) {
      if (now - at > sameWishMs) process.exit(130)
      return
    }
    at = now
    controller.abort()
    first()
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  return controller.signal
}

/** Resolves when the signal aborts. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
