/**
 * Keeps a data directory to one process: PGlite itself lets two openers in, and each then sees only its own rows.
 *
 * The lock is the file `weir-<generation>.lock` with the highest generation. Whoever finds its holder dead creates the
 * next generation with link(2), which only one can; a released lock stays, marked so, that generations never start anew.
 */
import { execFileSync } from 'node:child_process'
import { linkSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { StoreError } from './port.ts'

/** Who holds a lock. A pid alone is not enough: the system hands it out again. */
interface Holder {
  readonly pid: number
  /** Opaque; differs between two processes that had the same pid. */
  readonly processStart: string
  readonly host: string
  readonly released: boolean
}

/** Gives the directory back. Idempotent. */
export interface DirectoryLock {
  release(): void
}

const fileName = /^weir-(\d+)\.lock$/

/** When the process was started, or empty when there is none of that pid. */
function processStart(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The command name, in brackets, may hold spaces; field 22 of proc(5) is the 20th after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    if (process.platform === 'linux') return ''
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  } catch {
    return ''
  }
}

function generations(directory: string): number[] {
  return readdirSync(directory)
    .map((name) => Number(fileName.exec(name)?.[1] ?? 0))
    .filter((generation) => generation > 0)
    .toSorted((a, b) => b - a)
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function isHeld(holder: Holder): boolean {
  if (holder.released) return false
  // Of a process on another machine nothing can be known: better to ask than to destroy.
  if (holder.host !== hostname()) return true
  return processStart(holder.pid) === holder.processStart
}

function write(directory: string, holder: Holder, place: (temporary: string) => void): void {
  const temporary = join(
    directory,
    `weir-lock.${process.pid}.${holder.processStart.replaceAll(/\W/g, '')}.tmp`,
  )
  writeFileSync(temporary, `${JSON.stringify(holder)}\n`)
  try {
    place(temporary)
  } finally {
    rmSync(temporary, { force: true })
  }
}

/** @returns false when somebody else was quicker */
function claim(directory: string, generation: number, holder: Holder): boolean {
  const path = join(directory, `weir-${generation}.lock`)
  try {
    write(directory, holder, (temporary) => {
      linkSync(temporary, path)
    })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  if (generations(directory)[0] === generation) return true
  rmSync(path, { force: true })
  return false
}

/**
 * Takes the directory for this process, from a dead one if need be.
 * @throws StoreError `locked` when a living process (this one included) holds it
 */
export function lockDirectory(directory: string): DirectoryLock {
  const self: Holder = {
    pid: process.pid,
    processStart: processStart(process.pid),
    host: hostname(),
    released: false,
  }
  for (;;) {
    const newest = generations(directory)[0] ?? 0
    const newestPath = join(directory, `weir-${newest}.lock`)
    const holder = newest === 0 ? undefined : readHolder(newestPath)
    if (holder !== undefined && isHeld(holder)) {
      const where = holder.host === hostname() ? '' : ` on host ${holder.host}`
      throw new StoreError(
        'locked',
        `The data directory ${directory} is in use by process ${holder.pid}${where}. ` +
          `Stop that process first, or choose another directory; talk to a running server over HTTP. ` +
          `If it is certain that nothing uses the directory, delete ${newestPath}.`,
      )
    }
    const generation = newest + 1
    if (!claim(directory, generation, self)) continue
    for (const old of generations(directory)) {
      if (old < generation) rmSync(join(directory, `weir-${old}.lock`), { force: true })
    }
    return { release: () => releaseLock(directory, generation, self) }
  }
}

function releaseLock(directory: string, generation: number, self: Holder): void {
  const path = join(directory, `weir-${generation}.lock`)
  if (readHolder(path)?.released !== false) return
  write(directory, { ...self, released: true }, (temporary) => {
    renameSync(temporary, path)
  })
}
