/** Programs that outlive the command that started them: what is written down about them, and how they are found and ended again. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { folderMark } from './java-process.ts'
import type { KafkaVersion } from './versions.ts'

/** A broker that runs on its own, as a process or as a container. */
export interface ResidentBroker {
  /** `host:port`. */
  readonly bootstrap: string
  readonly version: KafkaVersion
  /** Process id of the broker that Java runs. */
  readonly pid?: number
  /** Name of the container that Docker runs. */
  readonly container?: string
}

/** A registry that runs on its own. */
export interface ResidentRegistry {
  readonly url: string
  readonly pid: number
  /** Absolute path of its folder. */
  readonly directory: string
}

/** Everything that was started for one data folder. */
export interface Residents {
  readonly broker?: ResidentBroker
  readonly registry?: ResidentRegistry
}

const stopPollMs = 50
const stopMsMax = 30_000

function fileIn(data: string): string {
  return join(data, 'running.json')
}

/** What was written down for a data folder; it may have ended since. */
export function readResidents(data: string): Residents {
  try {
    return JSON.parse(readFileSync(fileIn(data), 'utf8')) as Residents
  } catch {
    return {}
  }
}

/** Writes down what runs for a data folder. */
export async function writeResidents(data: string, residents: Residents): Promise<void> {
  const file = fileIn(data)
  if (residents.broker === undefined && residents.registry === undefined) {
    await rm(file, { force: true })
    return
  }
  await mkdir(data, { recursive: true })
  await writeFile(`${file}.next`, `${JSON.stringify(residents, null, 2)}\n`)
  await rename(`${file}.next`, file)
}

/** The parameters of a process, empty when there is none. */
function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    if (process.platform === 'linux') return ''
  }
  try {
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trimEnd()
  } catch {
    return ''
  }
}

/** Whether a process is the program that was started for a folder: systems give process ids out again. */
export function isOfFolder(pid: number, directory: string): boolean {
  return `${commandOf(pid)} `.includes(` ${folderMark(directory)} `)
}

/**
 * Ends the program of a folder in an orderly way; kills it when that takes more than half a minute. Never touches another process.
 * @returns false when it did not run
 */
export async function endOfFolder(pid: number, directory: string): Promise<boolean> {
  if (!isOfFolder(pid, directory)) return false
  process.kill(pid, 'SIGCONT')
  process.kill(pid, 'SIGTERM')
  const deadline = performance.now() + stopMsMax
  while (isOfFolder(pid, directory)) {
    if (performance.now() > deadline) process.kill(pid, 'SIGKILL')
    await sleep(stopPollMs)
  }
  return true
}
