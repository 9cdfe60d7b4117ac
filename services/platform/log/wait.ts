/** Waiting until what was asked of the log came about. */
import { firstValueFrom, map, merge, timer } from 'rxjs'
import type { Observable } from 'rxjs'

/** Milliseconds: the first look when nothing tells of progress, and the longest pause between two looks. */
const pauseMsMin = 10
const pauseMsMax = 250

/**
 * Resolves when `isDone` says so. It is asked at once, after every `progress`, and when there is none in pauses that grow:
 * each look may cost a request to a broker.
 */
export async function waitUntil(
  isDone: () => boolean | Promise<boolean>,
  progress: Observable<unknown>,
): Promise<void> {
  for (let pauseMs = pauseMsMin; !(await isDone());) {
    const hasMoved = await firstValueFrom(
      merge(progress.pipe(map(() => true)), timer(pauseMs).pipe(map(() => false))),
    )
    pauseMs = hasMoved ? pauseMsMin : Math.min(pauseMsMax, pauseMs * 2)
  }
}
