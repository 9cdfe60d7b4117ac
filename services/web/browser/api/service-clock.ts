/**
 * The service's clock as far as the browser can know it. Every answer brings `now`; between two answers it goes on at the
 * pace last seen, because in the demo a district's day passes in seconds.
 */
import { useSyncExternalStore } from 'react'

interface Sample {
  readonly service: number
  readonly local: number
}

/** The pace is taken over about this much of local time. */
const paceWindowMs = 20_000
const tickMs = 1000

const samples: Sample[] = []
const listeners = new Set<() => void>()
let shown = Date.now()
let timer: ReturnType<typeof setInterval> | undefined

/** Tells the clock what an answer said. Older answers than the newest one known are ignored. */
export function observeServiceTime(now: number): void {
  const last = samples.at(-1)
  if (last !== undefined && now < last.service) return
  samples.push({ service: now, local: performance.now() })
  while (samples.length > 2 && performance.now() - (samples[1]?.local ?? 0) > paceWindowMs) samples.shift()
  if (last === undefined) tick()
}

/** Milliseconds since 1970 on the service's clock; the machine's own until the first answer. */
export function serviceTime(): number {
  const last = samples.at(-1)
  if (last === undefined) return Date.now()
  return Math.round(last.service + (performance.now() - last.local) * pace())
}

function pace(): number {
  const [first] = samples
  const last = samples.at(-1)
  if (first === undefined || last === undefined || last.local - first.local < 1000) return 1
  // A clock that stands still between answers is shown standing still, a fast one fast.
  return (last.service - first.service) / (last.local - first.local)
}

function tick(): void {
  shown = serviceTime()
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(tick, tickMs)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** The service's time, again every second; one timer however many ask. */
export function useServiceTime(): number {
  return useSyncExternalStore(subscribe, () => shown)
}
