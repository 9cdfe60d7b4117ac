/** Where downloaded programs are kept, and how they get there once, whoever asks at the same time. */
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StoreError } from '../store/port.ts'
import { lockDirectory } from '../store/directory-lock.ts'
import type { DirectoryLock } from '../store/directory-lock.ts'

const lockPollMs = 200
/** A download that was begun longer ago than this and is not finished was killed. */
const abandonedMs = 3_600_000

/** The folder for downloads: `WEIR_CACHE_DIRECTORY`, else `weir` in the user's cache folder. @returns absolute path */
export function cacheDirectoryOf(environment: Readonly<Record<string, string | undefined>>): string {
  const named = environment['WEIR_CACHE_DIRECTORY']
  if (named !== undefined && named !== '') return resolve(named)
  const base = environment['XDG_CACHE_HOME']
  return join(base !== undefined && base.startsWith('/') ? base : join(homedir(), '.cache'), 'weir')
}

/** Takes a folder for this process as soon as nobody else has it; makes it if need be. */
export async function lockWhenFree(folder: string): Promise<DirectoryLock> {
  await mkdir(folder, { recursive: true })
  for (;;) {
    try {
      return lockDirectory(folder)
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'locked')) throw error
      await sleep(lockPollMs)
    }
  }
}

async function removeAbandoned(cacheDirectory: string): Promise<void> {
  for (const name of await readdir(cacheDirectory)) {
    const path = join(cacheDirectory, name)
    if (name.startsWith('.new-') && Date.now() - (await stat(path)).mtimeMs > abandonedMs) {
      await rm(path, { recursive: true, force: true })
    }
  }
}

/**
 * Makes a folder of the cache unless it is there. It appears complete or not at all; of several processes that ask, one makes it and the
 * others wait.
 * @param make fills the empty folder that it is given
 * @returns absolute path of the folder
 * @throws whatever `make` throws; then nothing is left behind
 */
export async function cached(
  cacheDirectory: string,
  name: string,
  make: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = join(cacheDirectory, name)
  if (existsSync(folder)) return folder
  const lock = await lockWhenFree(join(cacheDirectory, '.lock'))
  try {
    if (existsSync(folder)) return folder
    await removeAbandoned(cacheDirectory)
    const made = await mkdtemp(join(cacheDirectory, '.new-'))
    try {
      await make(made)
      await rename(made, folder)
    } finally {
      await rm(made, { recursive: true, force: true })
    }
    return folder
  } finally {
    lock.release()
  }
}
