/** What a process spent its time on, from a profile that Node wrote (`--cpu-prof`): functions by their own time. */
import { readFile } from 'node:fs/promises'

/** One function. */
export interface OwnTime {
  /** As V8 calls it: a name, `(anonymous)`, `(garbage collector)`, `(program)` … */
  readonly name: string
  /** File and line, shortened; empty for V8's own. */
  readonly place: string
  /** Milliseconds spent in it and not in what it calls. */
  readonly ms: number
  /** Of all time that was not idle. */
  readonly share: number
}

interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
    }
  }[]
  readonly samples: readonly number[]
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[]
}

const idle = '(idle)'

/** The functions of a profile with the most time of their own, the largest first. Pure. */
export function ownTimes(profile: CpuProfile, count: number): readonly OwnTime[] {
  const keys = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const sums = new Map<string, { name: string; place: string; ms: number }>()
  let busyMs = 0
  for (const [index, id] of profile.samples.entries()) {
    const frame = keys.get(id)
    if (frame === undefined || frame.functionName === idle) continue
    const ms = (profile.timeDeltas[index] ?? 0) / 1000
    busyMs += ms
    const place = placeOf(frame.url, frame.lineNumber)
    const key = `${frame.functionName} ${place}`
    const sum = sums.get(key)
    if (sum === undefined) sums.set(key, { name: frame.functionName || '(anonymous)', place, ms })
    else sum.ms += ms
  }
  return [...sums.values()]
    .toSorted((a, b) => b.ms - a.ms)
    .slice(0, count)
    .map((one) => ({ ...one, share: busyMs === 0 ? 0 : one.ms / busyMs }))
}

/** Reads a profile. @throws the file system's error */
export async function readOwnTimes(file: string, count = 20): Promise<readonly OwnTime[]> {
  return ownTimes(JSON.parse(await readFile(file, 'utf8')) as CpuProfile, count)
}

function placeOf(url: string, line: number): string {
  if (url === '') return ''
  const [, short = url] = /^.*\/((?:services|schemas|node_modules)\/.*)$/.exec(url) ?? []
  return `${short}:${line + 1}`
}

/** The table as text, one function a line. */
export function ownTimeLines(times: readonly OwnTime[]): string[] {
  return times.map(
    ({ name, place, ms, share }) =>
      `${(100 * share).toFixed(1).padStart(5)} %  ${Math.round(ms).toString().padStart(6)} ms  ${name}  ${place}`,
  )
}
