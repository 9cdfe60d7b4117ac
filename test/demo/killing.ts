/** Kills a demo on its way, at places spread over the whole of an undisturbed run. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { DemoSummary } from '../../services/cli/demo/summary.ts'
import type { Random } from '../../services/simulate/core/random.ts'
import { weir } from '../support/weir.ts'
import { demoArguments, stateFile, summaryOf } from './run.ts'
import type { District } from './run.ts'

/** Where a demo was at a moment of its run: real ms since its start, and the district's time then, 0 before there is one. */
export interface Moment {
  readonly elapsedMs: number
  readonly districtTime: number
}

/** When a process is to be killed: so long after its start, or so long after it brought the district to a time. */
export type Kill =
  | { readonly at: 'start'; readonly afterMs: number }
  | { readonly at: 'time'; readonly districtTime: number; readonly afterMs: number }

/** What a demo came to. */
export type Outcome = 'killed' | 'finished'

async function districtTime({ directory }: District): Promise<number> {
  try {
    return (JSON.parse(await readFile(stateFile(directory), 'utf8')) as { now: number }).now
  } catch {
    return 0
  }
}

/** Runs a demo undisturbed, and remembers when it was where. @throws Error when it does not end well */
export async function runWhole(district: District): Promise<{ summary: DemoSummary; moments: Moment[] }> {
  const began = performance.now()
  const moments: Moment[] = []
  const { ended } = weir(demoArguments(district))
  const over = new AbortController()
  void ended.then(() => over.abort())
  while (!over.signal.aborted) {
    moments.push({ elapsedMs: performance.now() - began, districtTime: await districtTime(district) })
    await delay(10)
  }
  return { summary: summaryOf(await ended), moments }
}

/**
 * Moments spread evenly over the real time of the undisturbed run, its start included. What lies behind the start is held
 * in the district's time, so that a slower or a faster machine is killed at the same places; starts come in between.
 */
export function planKills(moments: readonly Moment[], count: number, random: Random): Kill[] {
  const end = moments.at(-1)?.elapsedMs ?? 0
  const first = moments.find((moment) => moment.districtTime > 0)?.districtTime ?? 0
  const startMs = moments.find((moment) => moment.districtTime > first)?.elapsedMs ?? end
  const planned = Array.from({ length: count }, () => random.unit() * end).toSorted((a, b) => a - b)
  const kills = planned
    .filter((ms) => ms >= startMs)
    .map((ms): Kill => {
      const { districtTime: time = 0 } = moments.findLast(({ elapsedMs }) => elapsedMs <= ms) ?? {}
      const reached = moments.find((moment) => moment.districtTime === time)?.elapsedMs ?? ms
      return { at: 'time', districtTime: time, afterMs: ms - reached + random.unit() * 30 }
    })
  for (const ms of planned.filter((moment) => moment < startMs)) {
    kills.splice(random.int(kills.length + 1), 0, { at: 'start', afterMs: ms })
  }
  return kills
}

/** Starts a demo and kills it with SIGKILL as planned, unless it comes to its end before. @throws Error when it ends badly by itself */
export async function startAndKill(district: District, kill: Kill): Promise<Outcome> {
  const from = await districtTime(district)
  const { child, ended } = weir(demoArguments(district))
  const exited = once(child, 'exit')
  if (kill.at === 'time') {
    // An earlier process may have come further than planned: then its next step counts.
    const until = Math.max(kill.districtTime, from + 1)
    while (child.exitCode === null && (await districtTime(district)) < until) await delay(5)
  }
  await Promise.race([delay(kill.afterMs), exited])
  child.kill('SIGKILL')
  const end = await ended
  if (end.signal === 'SIGKILL') return 'killed'
  summaryOf(end)
  return 'finished'
}
