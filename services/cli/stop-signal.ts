import { say } from './terminal.ts'

/** Aborts at the first SIGINT or SIGTERM; the second ends the process at once. */
export function stopSignal(message: string): AbortSignal {
  const controller = new AbortController()
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130)
    say(message)
    controller.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  return controller.signal
}
