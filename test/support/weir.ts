/** Runs the real `weir` command in a process of its own: nothing in between, so that a kill hits the command itself. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../services/cli/main.ts', import.meta.url))

/** How a command ended, and what it said. */
export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** A command at work. */
export interface Command {
  readonly child: ChildProcess
  readonly ended: Promise<Ended>
  /** What it said until now. */
  readonly said: () => Pick<Ended, 'stdout' | 'stderr'>
}

/** Starts `weir` with the settings of this process and those given. */
export function weir(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Command {
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { promise: ended, resolve, reject } = Promise.withResolvers<Ended>()
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.on('error', reject)
  child.on('close', (code, signal) => {
    resolve({ code, signal, stdout, stderr })
  })
  return { child, ended, said: () => ({ stdout, stderr }) }
}
