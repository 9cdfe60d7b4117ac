import { setTimeout as delay } from 'node:timers/promises'

/** Looks again and again until `isSo`; the test's own time limit ends what never comes. */
export async function until(isSo: () => boolean | Promise<boolean>, everyMs = 50): Promise<void> {
  while (!(await isSo())) await delay(everyMs)
}
