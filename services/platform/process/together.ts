import type { Running } from '../lifecycle.ts'
import { stopAll } from '../lifecycle.ts'
import type { StartedService } from './run.ts'

/** Several parts as one service, given in order of starting: fails with the first that fails, stops in reverse. */
export function together(parts: readonly Running[], url?: string): StartedService {
  return {
    failed: Promise.race(parts.map((part) => part.failed)),
    stop: () => stopAll(parts),
    ...(url === undefined ? {} : { url }),
  }
}
