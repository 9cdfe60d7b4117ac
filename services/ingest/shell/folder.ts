import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** A file of a followed folder that looks complete. */
export interface CompleteFile {
  readonly path: string
  /** Changes when the file does: inode, size, times of change of content and of permissions. */
  readonly version: string
}

/** What a folder showed last time: path → version. */
export type Sightings = ReadonlyMap<string, string>

/** Names under which files are still being written, or that are no data. */
const unfinished = /^\.|~$|\.(tmp|temp|part|partial|filepart|crdownload|swp|lock|done)$/i

async function versionOf(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path)
    return found.isFile() ? `${found.ino}:${found.size}:${found.mtimeMs}` : undefined
  } catch {
    // Gone again between listing and looking; or not ours to look at, which reading it would tell.
    return undefined
  }
}

/**
 * Looks at a folder once. A file is complete when `<name>.done` stands beside it, or when it looked the same the time before:
 * whoever writes slowly uses the marker, or another name (`.part`, `.tmp`, a leading dot) until it is done.
 * @throws NodeJS.ErrnoException when the folder cannot be listed
 */
export async function lookAt(
  directory: string,
  before: Sightings,
): Promise<{ readonly complete: readonly CompleteFile[]; readonly seen: Sightings }> {
  const names = await readdir(directory)
  const markers = new Set(names.filter((name) => name.endsWith('.done')))
  const seen = new Map<string, string>()
  const complete: CompleteFile[] = []
  for (const name of names.filter((each) => !unfinished.test(each)).toSorted()) {
    const path = join(directory, name)
    const version = await versionOf(path)
    if (version === undefined) continue
    seen.set(path, version)
    if (markers.has(`${name}.done`) || before.get(path) === version) complete.push({ path, version })
  }
  return { complete, seen }
}
