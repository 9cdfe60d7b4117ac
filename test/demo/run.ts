/** Runs the real `weir` command in a process of its own: nothing in between, so that a kill hits the command itself. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { DemoSummary } from '../../services/cli/demo/summary.ts'

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

/** A small district that still has every story: about nine seconds of work. */
export interface District {
  readonly directory: string
  readonly transactions: number
  readonly days: number
  readonly seed: number
}

/** First day of every demo of the tests. */
export const firstDay = '2026-03-02'

/** The arguments of a demo without a browser, from the beginning to the end. */
export function demoArguments({ directory, transactions, days, seed }: District): string[] {
  return [
    'demo',
    '--once',
    '--json',
    ...['--transactions', String(transactions), '--days', String(days)],
    ...['--seed', String(seed), '--start', firstDay, '--data', directory],
  ]
}

/** Where a demo keeps how far it is. */
export function stateFile(directory: string): string {
  return join(directory, 'demo.json')
}

/** What a demo printed at its end. @throws Error with all it said when it did not end well */
export function summaryOf({ code, signal, stdout, stderr }: Ended): DemoSummary {
  if (code !== 0) {
    throw new Error(`the demo ended with ${code ?? signal ?? '?'}\nstdout: ${stdout}\nstderr: ${stderr}`)
  }
  return JSON.parse(stdout) as DemoSummary
}
