/** Runs a program to its end. */
import { spawn } from 'node:child_process'

/** How a program ended. */
interface Outcome {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null
  /** Standard output and standard error as they came, the last 100,000 characters. */
  readonly output: string
}

const outputMax = 100_000
const runMsMax = 1_800_000

/**
 * Runs a program without a shell and without input.
 * @param onLine hears every complete line
 * @param msMax after which it is killed
 * @throws the system's error when there is no such program (ENOENT) or it may not be run
 */
export async function run(
  program: string,
  parameters: readonly string[],
  onLine: (line: string) => void = () => undefined,
  msMax = runMsMax,
): Promise<Outcome> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'pipe'] })
  const limit = setTimeout(() => child.kill('SIGKILL'), msMax)
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  let output = ''
  let rest = ''
  const hear = (text: string): void => {
    output = `${output}${text}`.slice(-outputMax)
    const lines = `${rest}${text}`.split('\n')
    rest = lines.pop() ?? ''
    lines.forEach((line) => onLine(line))
  }
  child.stdout.setEncoding('utf8').on('data', hear)
  child.stderr.setEncoding('utf8').on('data', hear)
  child.on('error', reject)
  child.on('close', (code) => resolve({ code, output }))
  try {
    return await promise
  } finally {
    clearTimeout(limit)
  }
}

/** Whether an error says that a program is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')
}
