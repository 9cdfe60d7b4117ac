/** What a process of this machine has used, as Linux tells it. Elsewhere nobody knows: undefined. */
import { readFileSync } from 'node:fs'

/** Linux counts processor time in hundredths of a second, on every architecture that Node runs on. */
const ticksPerSecond = 100

function fileOf(pid: number | undefined, name: string): string | undefined {
  try {
    return pid === undefined ? undefined : readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return undefined
  }
}

/** Seconds of processor time since the process began, all its threads together. */
export function cpuSeconds(pid: number | undefined): number | undefined {
  const stat = fileOf(pid, 'stat')
  // The name in parentheses may hold anything: what counts follows it.
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields === undefined) return undefined
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

/** The most memory that it ever had at once, MB. */
export function peakMemoryMb(pid: number | undefined): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+)/m.exec(fileOf(pid, 'status') ?? '')?.[1]
  return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 1024)
}

/** Processor time of several processes, measured from one moment to another. */
export class CpuMeter {
  private readonly began: ReadonlyMap<string, number | undefined>
  private readonly pids: Readonly<Record<string, number | undefined>>

  /** Begins now. @param pids by what the caller calls them */
  constructor(pids: Readonly<Record<string, number | undefined>>) {
    this.pids = pids
    this.began = new Map(Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)]))
  }

  /** Seconds since then, by name; null where nobody knows. */
  used(): Readonly<Record<string, number | null>> {
    return Object.fromEntries(
      Object.entries(this.pids).map(([name, pid]) => {
        const [before, now] = [this.began.get(name), cpuSeconds(pid)]
        return [name, before === undefined || now === undefined ? null : rounded(now - before, 2)]
      }),
    )
  }
}

/** Rounds to so many decimals. */
export function rounded(value: number, decimals: number): number {
  const scale = 10 ** decimals
  return Math.round(value * scale) / scale
}

/** The middle of the values, the lower of the two where there are two; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN
}

/** Sum of values of which each is known, else null. */
export function sum(values: readonly (number | null | undefined)[]): number | null {
  let total = 0
  for (const value of values) {
    if (value === null || value === undefined) return null
    total += value
  }
  return rounded(total, 2)
}
