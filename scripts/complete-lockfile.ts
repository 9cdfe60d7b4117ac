/**
 * Completes package-lock.json with the platform packages that the registry used for `npm install` did not have.
 *
 * npm leaves an optional package it cannot find out of the lockfile, and `npm ci` then refuses that lockfile. A mirror that
 * carries only some platforms would so break the installation for everyone. Name and exact version are known from the
 * package that wants it, operating system and processor from the name: enough for npm to know that it need not fetch it.
 * Run after every `npm install`; changes nothing when nothing is missing.
 */
import { readFileSync, writeFileSync } from 'node:fs'

interface LockedPackage {
  readonly version?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly devOptional?: boolean
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
}

interface Lockfile {
  packages: Record<string, LockedPackage>
}

const systems: Readonly<Record<string, string>> = {
  aix: 'aix',
  android: 'android',
  darwin: 'darwin',
  freebsd: 'freebsd',
  linux: 'linux',
  linuxmusl: 'linux',
  netbsd: 'netbsd',
  openbsd: 'openbsd',
  openharmony: 'openharmony',
  sunos: 'sunos',
  win32: 'win32',
  windows: 'win32',
}
const processors: Readonly<Record<string, string>> = {
  arm: 'arm',
  arm64: 'arm64',
  ia32: 'ia32',
  loong64: 'loong64',
  mips64el: 'mips64el',
  ppc64: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  wasm32: 'wasm32',
  x64: 'x64',
}

/** What a platform package's name says, e.g. `@oxlint/binding-linux-arm64-musl`; undefined where it names no platform. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu'> | undefined {
  const words = (name.split('/').at(-1) ?? '').split('-')
  const os = words.map((word) => systems[word]).find((found) => found !== undefined)
  const cpu = words.map((word) => processors[word]).find((found) => found !== undefined)
  return os === undefined || cpu === undefined ? undefined : { os: [os], cpu: [cpu] }
}

/** What `name`, asked for from the package at `path`, resolves to: the nearest one on the way up the tree. */
function resolved(lock: Lockfile, path: string, name: string): LockedPackage | undefined {
  for (let at = path; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/node_modules/')))) {
    const found = lock.packages[at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`]
    if (found !== undefined || at === '') return found
  }
}

/** Platform packages are wanted in one exact version; a range is taken as met by what npm itself chose. */
function isFit(found: LockedPackage, range: string): boolean {
  return found.version === range || /^[~^]/.test(range)
}

/** Adds every missing platform package. @returns the names added */
export function complete(lock: Lockfile): string[] {
  const added: string[] = []
  for (const [path, parent] of Object.entries(lock.packages)) {
    for (const [name, range] of Object.entries(parent.optionalDependencies ?? {})) {
      const platform = platformOf(name)
      const version = range.replace(/^[~^]/, '')
      const found = resolved(lock, path, name)
      if (platform === undefined || (found !== undefined && isFit(found, range))) continue
      const development = parent.dev === true ? { dev: true } : {}
      const folder = found === undefined ? '' : `${path}/`
      lock.packages[`${folder}node_modules/${name}`] = {
        version,
        ...platform,
        ...development,
        optional: true,
      }
      added.push(name)
    }
  }
  return added
}

function main(): void {
  const file = new URL('../package-lock.json', import.meta.url)
  const lock = JSON.parse(readFileSync(file, 'utf8')) as Lockfile
  const added = complete(lock)
  if (added.length === 0) return
  const sorted = Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1))
  lock.packages = Object.fromEntries(sorted)
  writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`)
  process.stdout.write(`package-lock.json: ${added.length} platform package(s) added\n`)
}

if (import.meta.main) main()
