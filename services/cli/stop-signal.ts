import { onStopSignal } from '../platform/process/stop-signal.ts'
import { say } from './terminal.ts'

/** Aborts at the first signal to stop, and says so; a later second one ends the process at once. */
export function stopSignal(message: string): AbortSignal {
  return onStopSignal(() => say(message))
}
