/**
 * Who has the log open, so that a stop of the whole machine is noticed at the next start.
 *
 * A killed process harms nothing: what it committed is in the kernel's page cache, and LMDB's transactions are whole. A
 * stopped machine (power cut, kernel panic, reset) loses what was not flushed, and without a flush per commit the file may
 * then hold a mixture of old and new pages. Every opener therefore leaves a marker with the machine's boot id and takes it
 * away after its last flush; a marker of another boot says that the machine stopped while the log was open.
 */
import { randomUUID } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SyncMode } from './environment.ts'

interface Marker {
  readonly pid: number
  readonly bootId: string
  readonly sync: SyncMode
}

/** This opener's marker. */
export interface Presence {
  /** Takes the marker away; call after the last flush. */
  leave(): void
}

/** What was found before this opener came. */
export interface Found {
  /** True when the machine stopped while somebody had the log open without flushing every commit: its file needs verifying. */
  readonly machineStopped: boolean
  /** Markers that say so; remove them once the file is verified. */
  readonly stale: readonly string[]
}

/** Looks at the markers in `<directory>/log/openers`. Those of dead processes of this boot are taken away. */
export function inspectPresence(directory: string, bootId: string = currentBootId()): Found {
  const folder = openersFolder(directory)
  const stale: string[] = []
  let machineStopped = false
  for (const file of listed(folder)) {
    const path = join(folder, file)
    const marker = readMarker(path)
    if (marker?.bootId !== bootId || bootId === '') {
      if (bootId === '' && marker && isAlive(marker.pid)) continue
      stale.push(path)
      machineStopped ||= marker?.sync !== 'every-commit'
    } else if (!isAlive(marker.pid)) rmSync(path, { force: true })
  }
  return { machineStopped, stale }
}

/** Leaves a marker. */
export function enter(directory: string, sync: SyncMode, bootId: string = currentBootId()): Presence {
  const folder = openersFolder(directory)
  mkdirSync(folder, { recursive: true })
  const path = join(folder, `${process.pid}-${randomUUID()}.json`)
  const marker: Marker = { pid: process.pid, bootId, sync }
  writeFileSync(path, JSON.stringify(marker))
  return { leave: () => rmSync(path, { force: true }) }
}

/** Removes the markers found. */
export function forget(found: Found): void {
  for (const path of found.stale) rmSync(path, { force: true })
}

function openersFolder(directory: string): string {
  return join(directory, 'log', 'openers')
}

function listed(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Undefined when the file is empty or torn, as it may be after the machine stopped. */
function readMarker(path: string): Marker | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Marker
  } catch {
    return undefined
  }
}

/** Changes with every start of the machine; empty where the system does not tell. */
function currentBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}

/** Whether a process of this machine runs. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
