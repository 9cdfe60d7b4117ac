/** `bin/weir.js`: whatever Node starts it, the command runs under the project's own, and ends as if it had been started directly. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'

const repository = join(import.meta.dirname, '..')
const root = realpathSync(mkdtempSync(join(tmpdir(), 'weir-launcher-')))
const elsewhere = join(root, 'elsewhere')
const launcher = join(root, 'bin', 'weir.js')
const ownNode = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin')

/** A project with nothing but the launcher and a command that tells what it was started as. */
function lay(): void {
  mkdirSync(elsewhere)
  mkdirSync(ownNode, { recursive: true })
  mkdirSync(join(root, 'services', 'cli'), { recursive: true })
  cpSync(join(repository, 'bin'), join(root, 'bin'), { recursive: true })
  symlinkSync(process.execPath, join(ownNode, 'node'))
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  writeFileSync(
    join(root, 'services', 'cli', 'main.ts'),
    `const mode: string | undefined = process.argv[2]
     process.on('SIGTERM', () => process.exit(9))
     process.on('SIGINT', () => process.exit(7))
     if (mode === 'exit') process.exitCode = Number(process.argv[3])
     if (mode === 'wait') setInterval(() => {}, 1000)
     const { WEIR_LAUNCHED } = process.env
     console.log(JSON.stringify({ args: process.argv.slice(2), cwd: process.cwd(), pid: process.pid, WEIR_LAUNCHED }))`,
  )
  // Loaded before the launcher: makes this Node say it is older, or another platform. What it starts again says the truth.
  const old = `if (!process.env.WEIR_LAUNCHED) Object.defineProperty(process.versions, 'node', { value: '20.20.2' })`
  writeFileSync(join(root, 'old-node.cjs'), old)
  writeFileSync(
    join(root, 'no-node.cjs'),
    `${old}; Object.defineProperty(process, 'platform', { value: 'plan9' })`,
  )
}

lay()
afterAll(() => {
  rmSync(root, { recursive: true })
})

interface Told {
  readonly args: string[]
  readonly cwd: string
  readonly pid: number
  readonly WEIR_LAUNCHED?: string
}

interface Launched {
  readonly child: ChildProcess
  /** First line on standard output. */
  readonly told: Promise<Told>
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; stderr: string }>
}

function launch(
  pretend: 'old-node' | 'no-node' | 'this-node',
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Launched {
  const preload = pretend === 'this-node' ? [] : ['--require', join(root, `${pretend}.cjs`)]
  const child = spawn(process.execPath, [...preload, launcher, ...args], {
    cwd: env['INIT_CWD'] === undefined ? elsewhere : root,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const told = once(child.stdout, 'data').then(([chunk]) => JSON.parse(String(chunk)) as Told)
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
    stderr,
  }))
  return { child, told, ended }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe.each(['this-node', 'old-node'] as const)('started by %s', (pretend) => {
  it('gets the arguments and the folder the person is in', async () => {
    const { told, ended } = launch(pretend, ['a', '--b=c d'])
    expect(await told).toMatchObject({ args: ['a', '--b=c d'], cwd: elsewhere })
    expect(await ended).toMatchObject({ code: 0 })
  })

  it('hides how it was started', async () => {
    expect(await launch(pretend, []).told).not.toHaveProperty('WEIR_LAUNCHED')
  })

  it('ends with the exit code of the command', async () => {
    expect(await launch(pretend, ['exit', '5']).ended).toMatchObject({ code: 5 })
  })

  it.each([
    ['SIGTERM', 9],
    ['SIGINT', 7],
  ] as const)('passes %s on, and waits for the command to end', async (signal, code) => {
    const { child, told, ended } = launch(pretend, ['wait'])
    const { pid } = await told
    child.kill(signal)
    expect(await ended).toMatchObject({ code })
    expect(isAlive(pid)).toBe(false)
  })

  it('takes the command down with it when it is killed', async () => {
    const { child, told, ended } = launch(pretend, ['wait'])
    const { pid } = await told
    child.kill('SIGKILL')
    await ended
    await expect.poll(() => isAlive(pid), { timeout: 60_000 }).toBe(false)
  })

  it('goes back to where npm was called', async () => {
    const { told } = launch(pretend, [], { INIT_CWD: elsewhere, npm_lifecycle_event: 'weir' })
    expect((await told).cwd).toBe(elsewhere)
  })
})

it('started by an old Node where none came with npm, says in both languages what to install', async () => {
  const { code, stderr } = await launch('no-node', []).ended
  expect(code).toBe(1)
  expect(stderr).toMatch(/needs Node 24.*this is Node 20\.20\.2/s)
  expect(stderr).toMatch(/堰需要 Node 24/)
})
