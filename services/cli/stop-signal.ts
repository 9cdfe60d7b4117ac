import { say } from './terminal.ts'

/** npm hands one Ctrl-C on a second time; what follows sooner than this is the same wish. */
const sameWishMs = 1000

/** Aborts at the first SIGINT or SIGTERM; a later second one ends the process at once. */
export function stopSignal(message: string): AbortSignal {
  const controller = new AbortController()
  let first = 0
  const onSignal = (): void => {
    const now = performance.now()
    if (controller.signal.aborted) {
      if (now - first > sameWishMs) process.exit(130)
      return
    }
    first = now
    say(message)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return controller.signal
}
